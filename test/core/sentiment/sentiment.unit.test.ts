/** Goal: label, reason, rounding and ties. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { labelSentiment } from '../../../src/core/sentiment/sentiment.ts';

const because = [{ text: 'late', start: 0, end: 4, weight: -0.5, kind: 'word' as const }];
const label = ([negative, neutral, positive]: readonly number[], abstainBelow = 0, text = 'late') =>
  labelSentiment(
    { probability: { negative: negative ?? 0, neutral: neutral ?? 0, positive: positive ?? 0 } },
    { abstainBelow, engine: 'natural', text },
  );

test.each([
  ['negative', [0.6, 0.3, 0.1], 0, { label: 'negative', score: -0.5 }],
  ['neutral', [0.2, 0.5, 0.3], 0, { label: 'neutral', score: 0.1 }],
  ['positive', [0.1, 0.2, 0.7], 0, { label: 'positive', score: 0.6 }],
  ['at the threshold', [0.6, 0.3, 0.1], 0.6, { label: 'negative' }],
  [
    'below the threshold',
    [0.6, 0.3, 0.1],
    0.61,
    { label: 'uncertain', reason: 'below_threshold', score: -0.5 },
  ],
  ['before rounding', [0.59999, 0.3, 0.10001], 0.6, { label: 'uncertain' }],
  ['tie of all', [1 / 3, 1 / 3, 1 / 3], 0, { label: 'neutral' }],
  ['tie of negative and positive', [0.4, 0.2, 0.4], 0, { label: 'negative', score: 0 }],
  ['tie of neutral and positive', [0.2, 0.4, 0.4], 0, { label: 'neutral' }],
  [
    'four decimals',
    [0.123456, 0.2, 0.676544],
    0,
    { probability: { negative: 0.1235, neutral: 0.2, positive: 0.6765 } },
  ],
  [
    'sum kept when both halves round up',
    [0.50005, 0, 0.49995],
    0,
    { probability: { negative: 0.5001, neutral: 0, positive: 0.5 } },
  ],
] as const)('labelSentiment: %s', (_why, probability, abstainBelow, expected) => {
  expect(label(probability, abstainBelow)).toMatchObject({ engine: 'natural', ...expected });
});

test("an engine's own score is taken, and an explanation sums to it", () => {
  const reading = { probability: { negative: 0.1, neutral: 0.2, positive: 0.7 }, score: 0.34567 };
  const item = { text: 'late', start: 0, end: 4, weight: 0.34567, kind: 'word' as const };
  const options = { abstainBelow: 0, engine: 'earshot', text: 'late' };
  const found = labelSentiment({ ...reading, because: [item] }, options);
  expect(found).toMatchObject({ label: 'positive', score: 0.3457, because: [{ weight: 0.3457 }] });
});

test.each(['', ' ', '\n\t\u00a0'])('blank text %j has no sentiment, whatever was read', (text) => {
  expect(label([0.9, 0.05, 0.05], 0, text)).toEqual({
    label: 'uncertain',
    score: 0,
    probability: { negative: 0.3333, neutral: 0.3334, positive: 0.3333 },
    engine: 'natural',
    reason: 'no_text',
  });
});

test('a reason only when uncertain, an explanation only when there is one', () => {
  expect(label([0.6, 0.3, 0.1])).not.toHaveProperty('reason');
  expect(label([0.6, 0.3, 0.1])).not.toHaveProperty('because');
  const probability = { negative: 0.6, neutral: 0.3, positive: 0.1 };
  const options = { abstainBelow: 0.9, engine: 'natural', text: 'late' };
  expect(labelSentiment({ probability, because }, options)).toMatchObject({ label: 'uncertain', because });
});

test('no reading: a language that the engine is not for', () => {
  expect(labelSentiment(undefined, { abstainBelow: 0, engine: 'natural', text: 'Ik ga douchen' })).toEqual({
    label: 'uncertain',
    score: 0,
    probability: { negative: 0.3333, neutral: 0.3334, positive: 0.3333 },
    engine: 'natural',
    reason: 'language',
  });
});

test('rounded weights sum to the rounded score exactly, and each moves by little', () => {
  const weights = fc.array(fc.double({ min: -0.4, max: 0.4, noNaN: true }), { minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(weights, fc.double({ min: -0.9, max: 0.9, noNaN: true }), (parts, score) => {
      const rest = score - parts.reduce((sum, part) => sum + part, 0);
      const items = [...parts, rest].map((weight) => ({ ...because[0]!, weight }));
      const probability = { negative: (1 - score) / 2, neutral: 0, positive: (1 + score) / 2 };
      const options = { abstainBelow: 0, engine: 'natural', text: 'late' };
      const found = labelSentiment({ probability, because: items }, options);
      const units = (found.because ?? []).map(({ weight }) => Math.round(weight * 10_000));
      expect(units.reduce((sum, unit) => sum + unit, 0)).toBe(Math.round(found.score * 10_000));
      for (const [index, { weight }] of (found.because ?? []).entries())
        expect(Math.abs(weight - (items[index]?.weight ?? 0))).toBeLessThan(0.006);
    }),
  );
});
