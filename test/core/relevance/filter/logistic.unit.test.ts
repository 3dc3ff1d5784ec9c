/** Goal: the trainer finds the minimum, and weights that tell the two kinds apart. */
import { expect, test } from 'vitest';
import { minimize } from '../../../../src/core/relevance/filter/train/lbfgs.ts';
import { fitLogistic, scoresOf } from '../../../../src/core/relevance/filter/train/logistic.ts';

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

/** Each row: the buckets of a text, and whether it is relevant. */
const packed = (rows: readonly (readonly [readonly number[], 0 | 1])[]) => ({
  count: rows.length,
  buckets: Uint32Array.from(rows.flatMap(([buckets]) => buckets)),
  offsets: Uint32Array.from([0, ...rows.map((_row, at) => rows.slice(0, at + 1).flatMap(([own]) => own).length)]),
  scales: new Float64Array(rows.length).fill(1),
  relevant: Uint8Array.from(rows, ([, relevant]) => relevant),
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
