/** Earshot's own engine: a trained model behind the port of sentiment engines. */
import type { Probability, SentimentEngine } from '../engine.port.ts';
import { explain } from './explain.ts';
import { loadModel, type Logits, type SentimentModel } from './model.ts';

export { loadModel };

function softmax(logits: Logits): Probability {
  const negative = logits[0] ?? 0; // Not by a pattern: that takes an iterator.
  const neutral = logits[1] ?? 0;
  const positive = logits[2] ?? 0;
  const highest = Math.max(negative, neutral, positive);
  const low = Math.exp(negative - highest);
  const middle = Math.exp(neutral - highest);
  const high = Math.exp(positive - highest);
  const sum = low + middle + high;
  return { negative: low / sum, neutral: middle / sum, positive: high / sum };
}

/** One engine reads one text at a time; it keeps spellings that it has met, which does not show in what it answers. */
export function createModelEngine(model: SentimentModel): SentimentEngine {
  return {
    name: 'earshot',
    kind: 'immediate',
    languages: new Set(model.manifest.languages),
    read(text, options) {
      const reading = model.read(text, options?.language);
      const probability = softmax(reading.logits);
      if (options?.explain !== true) return { probability };
      return {
        probability,
        because: explain({ text, model, reading, probability, language: options.language }),
      };
    },
  };
}
