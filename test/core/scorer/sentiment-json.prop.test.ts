/** Goal: what is written by hand is what JSON.stringify writes, byte for byte. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter } from '../../../src/core/message/json-writer.ts';
import { writeSentiment } from '../../../src/core/scorer/sentiment-json.ts';
import { SENTIMENT_LABELS, type Sentiment } from '../../../src/core/sentiment/engine.port.ts';

test('any sentiment', () => {
  const number = fc.oneof(
    fc.integer({ min: -20_000, max: 20_000 }).map((units) => units / 10_000),
    fc.double(),
    fc.constantFrom(-0, 0, 1, -1, 0.0001, 1.0001, 5e-324),
  );
  const sentiments = fc.record<Sentiment>(
    {
      label: fc.constantFrom(...SENTIMENT_LABELS),
      score: number,
      probability: fc.record({ negative: number, neutral: number, positive: number }),
      engine: fc.oneof(fc.constant('earshot'), fc.string()),
      reason: fc.constantFrom('language' as const, 'below_threshold' as const),
      because: fc.constant([{ text: 'awful', start: 0, end: 5, weight: -0.5, kind: 'word' as const }]),
    },
    { requiredKeys: ['label', 'score', 'probability', 'engine'] },
  );
  fc.assert(
    fc.property(sentiments, (sentiment) => {
      const writer = new JsonWriter();
      writeSentiment(writer, sentiment);
      expect(new TextDecoder().decode(writer.written())).toBe(JSON.stringify(sentiment));
    }),
    { numRuns: 2_000 },
  );
});
