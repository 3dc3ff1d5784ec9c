/** Goal: a score follows its direction and its strength, and never says the opposite of the label. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createModelEngine, loadModel } from '../../../../src/core/sentiment/model/engine.ts';
import { scoreReading } from '../../../../src/core/sentiment/model/score.ts';
import { labelSentiment } from '../../../../src/core/sentiment/sentiment.ts';
import { texts } from '../texts.ts';
import { LANGUAGES, openShipped, SHIPPED } from './support.ts';

const intensityOf = (sum: number) => ({ sum, value: sum / Math.sqrt(sum * sum + 15) });
const logit = fc.double({ min: -30, max: 30, noNaN: true });
const logits = fc.tuple(logit, logit, logit).map((values) => Float64Array.from(values));
const sums = fc.double({ min: -100, max: 100, noNaN: true });

test('in [-1, 1], of the sign of the margin, the sum of what both add', () => {
  fc.assert(
    fc.property(logits, sums, (of, sum) => {
      const { value, perMargin, perValence } = scoreReading(of, intensityOf(sum));
      const margin = (of[2] ?? 0) - (of[0] ?? 0);
      expect(Math.abs(value)).toBeLessThanOrEqual(1);
      expect(value * margin).toBeGreaterThanOrEqual(0);
      expect(margin * perMargin + sum * perValence).toBeCloseTo(value, 9);
    }),
  );
});

test('stronger words make more of the same direction', () => {
  const scores = [-9, -3, 0, 3, 9].map((sum) => scoreReading([-1, 0, 1], intensityOf(sum)).value);
  expect(scores).toEqual(scores.toSorted((a, b) => a - b));
  expect(new Set(scores).size).toBe(scores.length);
});

test('where nobody rated the words, the margin alone', () => {
  const { value, perValence } = scoreReading([-30, 0, 30], undefined);
  expect(value).toBeCloseTo(1, 6);
  expect(perValence).toBe(0);
});

describe.each(SHIPPED)('%s', async (name) => {
  const engine = createModelEngine(loadModel(await openShipped(name)));

  test('never the opposite of the label, and the same with an explanation', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...LANGUAGES), (text, language) => {
        const options = language === undefined ? {} : { language };
        const reading = engine.read(text, options);
        const { label, score } = labelSentiment(reading, { abstainBelow: 0, engine: 'earshot', text });
        if (label === 'positive') expect(score).toBeGreaterThanOrEqual(0);
        if (label === 'negative') expect(score).toBeLessThanOrEqual(0);
        expect(engine.read(text, { ...options, explain: true }).score).toBe(reading.score);
      }),
    );
  });
});
