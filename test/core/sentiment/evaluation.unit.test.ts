/** Goal: figures worked out by hand, and sensible answers where a figure has nothing to stand on. */
import { expect, test } from 'vitest';
import { macroRecallInterval } from '../../../src/core/sentiment/evaluation.bootstrap.ts';
import { accuracyAtCoverage } from '../../../src/core/sentiment/evaluation.calibration.ts';
import type { ClassAnswer, SentimentClass } from '../../../src/core/sentiment/evaluation.classes.ts';
import { evaluateRatings } from '../../../src/core/sentiment/evaluation.ratings.ts';
import { evaluateLabels, type JudgedText } from '../../../src/core/sentiment/evaluation.ts';

const row = (
  gold: SentimentClass,
  negative: number,
  neutral: number,
  positive: number,
  label: JudgedText['label'] = gold,
): JudgedText => ({ gold, probability: { negative, neutral, positive }, label });

test('four texts', () => {
  const evaluation = evaluateLabels([
    row('negative', 0.7, 0.2, 0.1),
    row('negative', 0.2, 0.3, 0.5, 'uncertain'),
    row('positive', 0.1, 0.1, 0.8),
    row('neutral', 0.1, 0.5, 0.4),
  ]);
  expect(evaluation).toMatchObject({
    rows: 4,
    accuracy: 0.75,
    macroRecall: (0.5 + 1 + 1) / 3,
    uncertainShare: 0.25,
    classes: {
      negative: { rows: 2, predicted: 1, precision: 1, recall: 0.5, f1: 2 / 3 },
      neutral: { rows: 1, predicted: 1, precision: 1, recall: 1, f1: 1 },
      positive: { rows: 1, predicted: 2, precision: 0.5, recall: 1, f1: 2 / 3 },
    },
    confusion: {
      negative: { negative: 1, neutral: 0, positive: 0, uncertain: 1 },
      neutral: { negative: 0, neutral: 1, positive: 0, uncertain: 0 },
      positive: { negative: 0, neutral: 0, positive: 1, uncertain: 0 },
    },
  });
  expect(evaluation.macroF1).toBeCloseTo((2 / 3 + 1 + 2 / 3) / 3, 12);
  // Bins of 1/15: two texts of 0.5 half right, 0.7 and 0.8 right.
  expect(evaluation.calibrationError).toBeCloseTo((2 * 0 + 0.3 + 0.2) / 4, 12);
  expect(evaluation.brier).toBeCloseTo((0.14 + 0.98 + 0.06 + 0.42) / 4, 12);
  expect(evaluation.negativeLogLikelihood).toBeCloseTo(-Math.log(0.7 * 0.2 * 0.8 * 0.5) / 4, 12);
  expect(evaluation.coverage.find(({ share }) => share === 0.5)).toEqual({ share: 0.5, accuracy: 1 });
});

test.each<[string, JudgedText[], object]>([
  [
    'one row, right',
    [row('positive', 0, 0, 1)],
    {
      accuracy: 1,
      macroRecall: 1,
      macroF1: 1,
      macroRecallInterval: { low: 1, high: 1 },
      calibrationError: 0,
      brier: 0,
    },
  ],
  [
    'one row, surely wrong: bounded',
    [row('positive', 1, 0, 0, 'negative')],
    {
      accuracy: 0,
      macroRecall: 0,
      macroF1: 0,
      calibrationError: 1,
      brier: 2,
      negativeLogLikelihood: -Math.log(1e-15),
    },
  ],
  [
    'a class that people never used does not count, though it was predicted',
    [row('negative', 1, 0, 0), row('negative', 0, 0, 1, 'positive')],
    {
      macroRecall: 0.5,
      macroF1: 2 / 3,
      classes: {
        positive: { rows: 0, predicted: 1, precision: 0, recall: null, f1: 0 },
        neutral: { rows: 0, predicted: 0, precision: null, recall: null, f1: null },
      },
    },
  ],
  [
    'a class that was never predicted counts as missed',
    [row('negative', 0, 1, 0, 'neutral'), row('neutral', 0, 1, 0)],
    { macroRecall: 0.5, macroF1: 1 / 3, classes: { negative: { precision: null, recall: 0, f1: 0 } } },
  ],
  [
    'all equal: neutral, and of two the negative one, as labels are given',
    [row('neutral', 1 / 3, 1 / 3, 1 / 3), row('negative', 0.4, 0.2, 0.4)],
    { accuracy: 1 },
  ],
  [
    'all uncertain: accuracy stands',
    [row('neutral', 0, 1, 0, 'uncertain')],
    { accuracy: 1, uncertainShare: 1 },
  ],
])('labels: %s', (_what, rows, expected) => {
  expect(evaluateLabels(rows)).toMatchObject(expected);
});

test('of nothing there is no figure', () => {
  expect(() => evaluateLabels([])).toThrow(RangeError);
  expect(() => evaluateRatings([])).toThrow(RangeError);
});

test('a probability that is no number is not counted silently', () => {
  expect(() => evaluateLabels([row('negative', Number.NaN, 0, 0)])).toThrow(
    'row 0: a probability is no number',
  );
});

test('bins: (low, high], the first with 0', () => {
  const { reliability } = evaluateLabels([
    row('neutral', 0.2, 0.4, 0.4),
    row('neutral', 0.3, 0.4 + 1e-9, 0.3 - 1e-9),
    row('neutral', 0, 1, 0),
  ]);
  expect(reliability).toHaveLength(15);
  expect(reliability.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
  expect(reliability[0]).toEqual({ low: 0, high: 1 / 15, count: 0, confidence: null, accuracy: null });
  expect(reliability[14]).toEqual({ low: 14 / 15, high: 1, count: 1, confidence: 1, accuracy: 1 });
});

test('coverage: equally sure ones share what is left of the place', () => {
  const forecasts = [
    { confidence: 0.9, correct: true },
    { confidence: 0.6, correct: true },
    { confidence: 0.6, correct: false },
    { confidence: 0.6, correct: false },
  ];
  const accuracyAt = (share: number) =>
    accuracyAtCoverage(forecasts).find((one) => one.share === share)?.accuracy;
  expect(accuracyAt(0.2)).toBe(1); // One row, rounded up.
  expect(accuracyAt(0.5)).toBeCloseTo((1 + 1 / 3) / 2, 12);
  expect(accuracyAt(0.9)).toBeCloseTo(2 / 4, 12);
});

test.each<[string, [number, number][], number | null, number | null]>([
  ['a line', [[1, -1], [2, 0], [3, 1]], 1, 1],
  ['a falling line', [[1, 1], [2, 0], [3, -1]], -1, -1],
  ['rising together, not on a line', [[1, 0], [2, 0.1], [3, 9]], 0.8708, 1],
  ['equals share a rank', [[1, 1], [1, 2], [2, 3]], Math.sqrt(3) / 2, Math.sqrt(3) / 2],
  ['one row', [[1, 1]], null, null],
  ['the engine always says the same', [[1, 0.1], [2, 0.1], [3, 0.1]], null, null],
  ['people always say the same', [[0.1, 1], [0.1, 2], [0.1, 3]], null, null],
])('ratings: %s', (_what, pairs, pearson, spearman) => {
  const evaluation = evaluateRatings(pairs.map(([rating, score]) => ({ rating, score })));
  for (const [actual, expected] of [[evaluation.pearson, pearson], [evaluation.spearman, spearman]] as const) {
    if (expected === null) expect(actual).toBeNull();
    else expect(actual).toBeCloseTo(expected, 4);
  }
}); // prettier-ignore

test('the interval is as wide as theory has it', () => {
  const answers = Array.from({ length: 1_000 }, (_, index): ClassAnswer => ({
    gold: 'negative',
    predicted: index < 700 ? 'negative' : 'neutral',
  }));
  const { low, high } = macroRecallInterval(answers);
  const deviation = Math.sqrt((0.7 * 0.3) / 1_000);
  expect((low + high) / 2).toBeCloseTo(0.7, 2);
  expect((high - low) / (2 * 1.96 * deviation)).toBeGreaterThan(0.8);
  expect((high - low) / (2 * 1.96 * deviation)).toBeLessThan(1.2);
});
