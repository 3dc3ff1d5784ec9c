/** Earshot's own engine: a trained model behind the port of sentiment engines. */
import { UNDETERMINED } from '../../language/identify.ts';
import type { Probability, SentimentEngine } from '../engine.port.ts';
import { explain } from './explain.ts';
import { intensityOf } from './intensity.ts';
import { scoreReading } from './score.ts';
import { loadModel, type Logits, type SentimentModel } from './model.ts';

export { loadModel };

/** Languages in which people rated the words of the lexicons; nobody knows of a text is mostly English. */
const RATED_LANGUAGES: ReadonlySet<string | undefined> = new Set([undefined, UNDETERMINED, 'en']);

function probabilityOf(logits: Logits, strayShare: number): Probability {
  const negative = logits[0] ?? 0; // Not by a pattern: that takes an iterator.
  const neutral = logits[1] ?? 0;
  const positive = logits[2] ?? 0;
  const highest = Math.max(negative, neutral, positive);
  const low = Math.exp(negative - highest);
  const middle = Math.exp(neutral - highest);
  const high = Math.exp(positive - highest);
  const followed = (1 - strayShare) / (low + middle + high);
  const stray = strayShare / 3;
  return {
    negative: low * followed + stray,
    neutral: middle * followed + stray,
    positive: high * followed + stray,
  };
}

/** One engine reads one text at a time; it keeps spellings that it has met, which does not show in what it answers. */
export function createModelEngine(model: SentimentModel): SentimentEngine {
  const { strayShare } = model.manifest;
  return {
    name: 'earshot',
    kind: 'immediate',
    languages: new Set(model.manifest.languages),
    read(text, options) {
      const reading = model.read(text, options?.language);
      const probability = probabilityOf(reading.logits, strayShare);
      const isRated = RATED_LANGUAGES.has(options?.language);
      const intensity = isRated ? intensityOf(reading.scan, model.weights.lexicons) : undefined;
      const score = scoreReading(reading.logits, intensity);
      if (options?.explain !== true) return { probability, score: score.value };
      const because = explain({ text, model, reading, score, language: options.language });
      return { probability, score: score.value, because };
    },
  };
}
