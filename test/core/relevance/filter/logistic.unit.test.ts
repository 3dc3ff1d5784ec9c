/** Goal: the trainer finds the minimum, and weights that tell the two kinds apart. */
import { expect, test } from 'vitest';
import { minimize } from '../../../../src/core/relevance/filter/train/lbfgs.ts';
import { fitLogistic, scoresOf } from '../../../../src/core/relevance/filter/train/logistic.ts';
import {
  addShared,
  createSharedWeights,
  shareGradient,
} from '../../../../src/core/relevance/filter/train/shared-weights.ts';
import { entryHash } from '../../../../src/core/sentiment/model/words.ts';

const EXACT = { stepsMax: 500, gainMin: 0 };

test.each([
  ['round', [1, 1, 1]],
  ['long valley', [1, 100, 10_000]],
])('a bowl: %s', (_shape, curvatures) => {
  const bottom = [3, -2, 0.5];
  const point = minimize(
    3,
    (at, gradient) =>
      curvatures.reduce((sum, curvature, index) => {
        const off = (at[index] ?? 0) - (bottom[index] ?? 0);
        gradient[index] = 2 * curvature * off;
        return sum + curvature * off * off;
      }, 1),
    EXACT,
  );
  for (const [index, value] of bottom.entries()) expect(point[index]).toBeCloseTo(value, 5);
});

test('already at the bottom: stays there', () => {
  const flat = minimize(
    2,
    (_at, gradient) => {
      gradient.fill(0);
      return 1;
    },
    EXACT,
  );
  expect([...flat]).toEqual([0, 0]);
});

/** Each row: the buckets of a text, how relevant it is, and what it counts. */
const packed = (rows: readonly (readonly [readonly number[], number, number?])[]) => ({
  count: rows.length,
  buckets: Uint32Array.from(rows.flatMap(([buckets]) => buckets)),
  offsets: Uint32Array.from([0, ...rows.map((_row, at) => rows.slice(0, at + 1).flatMap(([own]) => own).length)]),
  scales: new Float64Array(rows.length).fill(1),
  relevant: Float64Array.from(rows, ([, relevant]) => relevant),
  weights: Float64Array.from(rows, ([, , weight = 1]) => weight),
  textOf: Uint32Array.from(rows.keys()),
  groups: Uint32Array.from(rows.keys()),
}); // prettier-ignore

test('a feature weighs for its kind; one that stands everywhere, or once, weighs nothing', () => {
  const examples = packed([
    [[1, 3], 1],
    [[1, 3], 1],
    [[2, 3], 0],
    [[2, 3, 4], 0],
  ]);
  const line = fitLogistic(examples, { bits: 3, ridge: 0.1 });
  expect(line.weights[1]).toBeGreaterThan(0.5);
  expect(line.weights[2]).toBeCloseTo(-(line.weights[1] ?? 0), 1);
  expect(Math.abs(line.weights[3] ?? 1)).toBeLessThan(0.05);
  expect(line.weights[4]).toBe(0);
  expect([...scoresOf(line, examples)].map(Math.sign)).toEqual([1, 1, -1, -1]);
});

test('the gradient vanishes: predicted and true relevant texts are as many (the bias costs nothing)', () => {
  const rows = Array.from(
    { length: 40 },
    (_, at) => [[at % 3, 3 + (at % 4)], at % 5 === 0 ? 1 : 0] as [number[], 0 | 1],
  );
  const examples = packed(rows);
  const scores = scoresOf(fitLogistic(examples, { bits: 4, ridge: 0.5 }), examples);
  const expected = scores.reduce((sum, score) => sum + 1 / (1 + Math.exp(-score)), 0);
  expect(Math.abs(expected - 8)).toBeLessThan(0.2);
});

test('what stands in one group only weighs nothing', () => {
  const examples = {
    ...packed([
      [[1, 3], 1],
      [[1, 3], 1],
      [[2], 0],
      [[2], 0],
      [[3], 1],
    ]),
    groups: Uint32Array.of(0, 0, 0, 1, 1),
  };
  const { weights } = fitLogistic(examples, { bits: 3, ridge: 0.1 });
  expect(weights[1]).toBe(0);
  expect(weights[2]).toBeLessThan(-0.5);
  expect(weights[3]).toBeGreaterThan(0.5);
});

test('an example between the kinds, or of less weight, is as many whole ones', () => {
  const rows: readonly (readonly [readonly number[], number])[] = [
    [[1, 3], 1],
    [[1], 1],
    [[2, 3], 0],
    [[2], 0],
  ];
  const twice = fitLogistic(packed([...rows, [[1, 2, 3], 1], [[1, 2, 3], 0]]), { bits: 3, ridge: 0.1 }); // prettier-ignore
  const between = fitLogistic(packed([...rows, [[1, 2, 3], 0.5, 2]]), { bits: 3, ridge: 0.1 });
  for (const [bucket, weight] of twice.weights.entries())
    expect(between.weights[bucket]).toBeCloseTo(weight, 5);
  expect(between.bias).toBeCloseTo(twice.bias, 5);
});

test('words of like meaning share their weight, also one that no text holds', () => {
  const bits = 10;
  const vectors = {
    words: ['prize', 'award', 'lunch', 'dinner', 'never'],
    dimensions: 2,
    values: Float32Array.from([1, 0, 1, 0.1, 0, 1, 0.1, 1, -1, -1]),
  };
  const bucket = (word: string) => entryHash(word) & ((1 << bits) - 1);
  const [prize, lunch] = [bucket('prize'), bucket('lunch')];
  const examples = packed([
    [[prize], 0],
    [[prize], 0],
    [[lunch], 1],
    [[lunch], 1],
  ]);
  const weights = createSharedWeights(vectors, bits);
  const alone = fitLogistic(examples, { bits, ridge: 0.1 });
  expect(alone.weights[bucket('award')]).toBe(0);
  const line = fitLogistic(examples, { bits, ridge: 0.1, shared: { weights, ridge: 0.1 } });
  expect(line.weights[prize]).toBeLessThan(-0.5);
  expect(line.weights[bucket('award')]).toBeLessThan(-0.1);
  expect(line.weights[bucket('dinner')]).toBeGreaterThan(0.1);
});

test('the slope along what words share is that of the loss', () => {
  const shared = { dimensions: 2, columns: Uint32Array.of(1), vectors: Float64Array.of(2, -1), ridge: 0.5 };
  const weights = Float64Array.of(1, 1, 1);
  expect(addShared(weights, shared, Float64Array.of(3, 4), 0.5)).toBe(6.25);
  expect([...weights]).toEqual([1, 3, 1]);
  const slope = new Float64Array(2);
  shareGradient(Float64Array.of(9, 10, 9), shared, Float64Array.of(3, 4), slope);
  expect([...slope]).toEqual([21.5, -8]);
});
