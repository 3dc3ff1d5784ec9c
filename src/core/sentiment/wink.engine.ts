/** wink-nlp with its English lite model: lexicon, emoji and negation scope, sentence by sentence. */
import model from 'wink-eng-lite-web-model';
import winkNLP, { type Document } from 'wink-nlp';
import { calibrate, type Calibration } from './calibration.ts';
import { ENGINE_LIMITS } from './engine-limits.ts';
import type { Because, SentimentEngine } from './engine.port.ts';
import { explainRaw, scoreOf } from './explanation.ts';

/** Fitted class-balanced on the validation split of TweetEval sentiment (2,000 tweets): macro-recall 0.565, accuracy 0.554,
 *  calibration error 0.079 as they come and 0.013 with classes weighted equally; 5-fold: 0.564, 0.553, 0.084, 0.021. */
const CALIBRATION: Calibration = {
  softness: 0.05,
  negative: { bias: -0.104, signed: -1.223, absolute: 0.375 },
  neutral: { bias: 0.358, signed: 0.049, absolute: -0.402 },
  positive: { bias: -0.254, signed: 1.174, absolute: 0.027 },
};

const PIPE = ['sbd', 'negation', 'sentiment'];

/** wink remembers every unknown word for ever, and packs its shapes into 14 bits, beyond which they spoil other features.
 *  After so many new words, what was learned is forgotten: 10 ms, once in about 3,000 tweets. */
const WORDS_LEARNED_MAX = 10_000;

/** wink's tokenizer is quadratic in an unbroken run (70 ms for 4,096 exclamation marks): the next character becomes a space. */
const UNBROKEN_RUN = /(\S{128})\S/g;

/** A part of the model that grows: values by number, and numbers by value. */
interface Feature {
  readonly list: string[];
  readonly hash: Record<string, number>;
  index: number;
}
const GROWING = ['prefix', 'suffix', 'shape', 'lexeme'] as const;
interface Core {
  readonly features: Readonly<Record<(typeof GROWING)[number], Feature>>;
}

/** wink-nlp within its memory: what is read before never changes what is read after. */
function createReader(): { read: (text: string) => Document; sentimentOf: (span: number[]) => number } {
  const core = (model.core as () => Core)();
  // wink-eng-lite-web-model 1.8.1 quotes this part anew at each call, to twice its length: it is asked once.
  const metaCER = (model.metaCER as () => unknown)();
  const start = () => winkNLP({ ...model, core: () => core, metaCER: () => metaCER }, PIPE);
  const growing = GROWING.map((name) => ({
    feature: core.features[name],
    size: core.features[name].list.length,
  }));
  const wordsMax = core.features.lexeme.list.length + WORDS_LEARNED_MAX;
  let wink = start();

  const forget = () => {
    for (const { feature, size } of growing) {
      for (const value of feature.list.splice(size)) Reflect.deleteProperty(feature.hash, value);
      feature.index = size;
    }
    wink = start();
  };
  return {
    read: (text) => {
      if (core.features.lexeme.list.length > wordsMax) forget();
      return wink.readDoc(text);
    },
    // eslint-disable-next-line @typescript-eslint/unbound-method -- wink tells its helpers apart by identity
    sentimentOf: wink.its.sentiment,
  };
}

/** What each sentence added to the raw score, which is the mean over all sentences; only those that added something. */
function piecesOf(
  text: string,
  scored: string,
  sentences: readonly string[],
  scores: readonly number[],
): Because[] {
  const pieces: Because[] = [];
  let offset = 0;
  for (const [index, sentence] of sentences.entries()) {
    if (pieces.length === ENGINE_LIMITS.becauseMax) break;
    const start = scored.indexOf(sentence, offset);
    if (start === -1) continue;
    offset = start + sentence.length;
    const weight = (scores[index] ?? 0) / scores.length;
    if (weight !== 0)
      pieces.push({ text: text.slice(start, offset), start, end: offset, weight, kind: 'sentence' });
  }
  return pieces;
}

const probabilityAt = (rawScore: number) => calibrate(rawScore, CALIBRATION);

/** Raw score: wink's document sentiment, the mean over sentences of the mean weight of their words and emoji. */
export function createWinkEngine(): SentimentEngine {
  const { read, sentimentOf } = createReader();
  return {
    name: 'wink',
    kind: 'immediate',
    languages: new Set(['en']),
    read(text, options) {
      const scored = text.slice(0, ENGINE_LIMITS.textCharsMax).replace(UNBROKEN_RUN, '$1 ');
      const document = read(scored);
      const rawScore = document.out(sentimentOf) as number;
      const probability = probabilityAt(rawScore);
      if (options?.explain !== true) return { probability };
      const sentences = document.sentences();
      const pieces = piecesOf(text, scored, sentences.out(), sentences.out(sentimentOf) as number[]);
      const scoreAt = (raw: number) => scoreOf(probabilityAt(raw));
      return { probability, because: explainRaw({ pieces, rawScore, textChars: scored.length, scoreAt }) };
    },
  };
}
