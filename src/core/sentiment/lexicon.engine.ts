/** Any engine with a pipeline's lexicon on top: the engine does not see the terms, they shift what it says of the rest. */
import type { BatchEngine, Because, EngineReading, Probability, SentimentEngine } from './engine.port.ts';
import { completed, movable, scoreIn, scoreOf, weightUnit } from './explanation.ts';
import { ENGINE_LIMITS } from './engine-limits.ts';
import type { Lexicon, LexiconMatch } from './lexicon.ts';

/** Of the weights of one text, in log-odds: beyond it nothing changes any more. */
const WEIGHT_MAX = 16;

/** The engine under its own name. A text without a term costs one tokenization more than without a lexicon. */
export function withLexicon(
  engine: SentimentEngine | BatchEngine,
  lexicon: Lexicon,
): SentimentEngine | BatchEngine {
  const { name, languages } = engine;
  const find = (text: string) => lexicon.find(text.slice(0, ENGINE_LIMITS.textCharsMax));
  if (engine.kind === 'batch') {
    return {
      name,
      languages,
      kind: 'batch',
      readBatch: async (texts, options) => {
        const found = texts.map(find);
        const masked = texts.map((text, index) => mask(text, found[index] ?? []));
        const readings = await engine.readBatch(masked, options);
        return readings.map((reading, index) => shifted(reading, texts[index] ?? '', found[index] ?? []));
      },
    };
  }
  return {
    name,
    languages,
    kind: 'immediate',
    read(text, options) {
      const matches = find(text);
      return shifted(engine.read(mask(text, matches), options), text, matches);
    },
  };
}

/** The terms as spaces of equal length: every offset stays. */
function mask(text: string, matches: readonly LexiconMatch[]): string {
  if (matches.length === 0) return text;
  let masked = '';
  let from = 0;
  for (const { start, end } of matches) {
    masked += text.slice(from, start) + ' '.repeat(end - start);
    from = end;
  }
  return masked + text.slice(from);
}

/** `reading` is of the masked text. */
function shifted(reading: EngineReading, text: string, matches: readonly LexiconMatch[]): EngineReading {
  if (matches.length === 0) return reading;
  const total = matches.reduce((sum, { weight }) => sum + weight, 0);
  const probability = shift(reading.probability, total);
  const sure = scoreOf(probability);
  const score = sure + movable(sure, scoreIn(reading) - scoreOf(reading.probability));
  if (reading.because === undefined) return { probability, score };
  const unit = weightUnit(total, (weight) => scoreOf(shift(reading.probability, weight)));
  const terms = matches.map(({ start, end, weight }): Because => {
    return { text: text.slice(start, end), start, end, weight: weight * unit, kind: 'lexicon' };
  });
  // What the engine quotes is as it stands in the text, not as it was masked.
  const others = reading.because.map((item) => ({ ...item, text: text.slice(item.start, item.end) }));
  const because = [...others, ...terms].sort((a, b) => a.start - b.start || a.end - b.end);
  return {
    probability,
    score,
    because: completed(because, score, Math.min(text.length, ENGINE_LIMITS.textCharsMax)),
  };
}

/** P(positive) times e^weight, P(negative) times e^-weight, made to sum to 1. */
function shift({ negative, neutral, positive }: Probability, weight: number): Probability {
  const bounded = Math.max(-WEIGHT_MAX, Math.min(WEIGHT_MAX, weight));
  const [low, high] = [negative * Math.exp(-bounded), positive * Math.exp(bounded)];
  const sum = low + neutral + high;
  return { negative: low / sum, neutral: neutral / sum, positive: high / sum };
}
