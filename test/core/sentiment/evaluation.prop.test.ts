/** Goal: the figures against the plainest way to compute each, for any answers; the order of texts never matters. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accuracyAtCoverage, type Forecast } from '../../../src/core/sentiment/evaluation.calibration.ts';
import { CLASSES, type SentimentClass } from '../../../src/core/sentiment/evaluation.classes.ts';
import { evaluateRatings } from '../../../src/core/sentiment/evaluation.ratings.ts';
import { evaluateLabels, type JudgedText } from '../../../src/core/sentiment/evaluation.ts';

const aClass = fc.constantFrom<SentimentClass>(...CLASSES);
/** Few distinct values, so that ties and borders of bins come up. */
const probability = fc
  .tuple(fc.nat(6), fc.nat(6), fc.nat(6))
  .filter(([a, b, c]) => a + b + c > 0)
  .map(([a, b, c]) => ({ negative: a / (a + b + c), neutral: b / (a + b + c), positive: c / (a + b + c) }));
const judged: fc.Arbitrary<JudgedText> = fc.record({
  gold: aClass,
  probability,
  label: fc.constantFrom('negative', 'neutral', 'positive', 'uncertain'),
});
const someJudged = fc.array(judged, { minLength: 1, maxLength: 40 });

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const top = ({ probability: of }: JudgedText) => Math.max(of.negative, of.neutral, of.positive);
const predicted = (row: JudgedText): SentimentClass =>
  (['neutral', 'negative', 'positive'] as const).find((name) => row.probability[name] === top(row)) ??
  'neutral';

test('accuracy, recall, precision, F1, Brier, log-likelihood', () => {
  fc.assert(
    fc.property(someJudged, (rows) => {
      const evaluation = evaluateLabels(rows);
      const right = rows.filter((row) => predicted(row) === row.gold);
      expect(evaluation.accuracy).toBeCloseTo(right.length / rows.length, 12);
      const recalls: number[] = [];
      const f1s: number[] = [];
      for (const name of CLASSES) {
        const gold = rows.filter((row) => row.gold === name);
        const said = rows.filter((row) => predicted(row) === name);
        const both = gold.filter((row) => said.includes(row));
        const recall = gold.length === 0 ? null : both.length / gold.length;
        const precision = said.length === 0 ? null : both.length / said.length;
        expect(evaluation.classes[name]).toMatchObject({ recall, precision });
        if (recall === null) continue;
        recalls.push(recall);
        f1s.push(
          precision === null || both.length === 0 ? 0 : (2 * precision * recall) / (precision + recall),
        );
      }
      expect(evaluation.macroRecall).toBeCloseTo(mean(recalls), 12);
      expect(evaluation.macroF1).toBeCloseTo(mean(f1s), 12);
      const square = (row: JudgedText, name: SentimentClass) =>
        (row.probability[name] - Number(row.gold === name)) ** 2;
      expect(evaluation.brier).toBeCloseTo(
        mean(rows.map((row) => square(row, 'negative') + square(row, 'neutral') + square(row, 'positive'))),
        12,
      );
      expect(evaluation.negativeLogLikelihood).toBeCloseTo(
        mean(rows.map(({ gold, probability: of }) => -Math.log(of[gold] === 0 ? 1e-15 : of[gold]))),
        9,
      );
      const counted = CLASSES.flatMap((name) => Object.values(evaluation.confusion[name]));
      expect(counted.reduce((sum, count) => sum + count, 0)).toBe(rows.length);
    }),
  );
});

test('calibration error: bin by bin', () => {
  fc.assert(
    fc.property(someJudged, (rows) => {
      let error = 0;
      for (let bin = 1; bin <= 15; bin++) {
        const inside = rows.filter((row) => top(row) * 15 > bin - 1 && top(row) * 15 <= bin);
        if (inside.length === 0) continue;
        const accuracy = mean(inside.map((row) => Number(predicted(row) === row.gold)));
        error += (inside.length / rows.length) * Math.abs(accuracy - mean(inside.map(top)));
      }
      expect(evaluateLabels(rows).calibrationError).toBeCloseTo(error, 12);
    }),
  );
});

test('the order of texts does not matter', () => {
  const shuffled = someJudged.chain((rows) =>
    fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
  );
  fc.assert(
    fc.property(shuffled, ([rows, others]) => {
      const [a, b] = [evaluateLabels(rows), evaluateLabels(others)];
      expect(b.macroRecallInterval).toEqual(a.macroRecallInterval);
      expect(b.classes).toEqual(a.classes);
      for (const [index, { accuracy }] of a.coverage.entries()) {
        expect(b.coverage[index]?.accuracy).toBeCloseTo(accuracy, 12);
      }
    }),
  );
});

test('the interval lies around the macro-recall, within 0 and 1', () => {
  fc.assert(
    fc.property(someJudged, (rows) => {
      const { macroRecall, macroRecallInterval: interval } = evaluateLabels(rows);
      expect(interval.low).toBeGreaterThanOrEqual(0);
      expect(interval.high).toBeLessThanOrEqual(1);
      expect(interval.low).toBeLessThanOrEqual(interval.high);
      if (macroRecall === 0 || macroRecall === 1)
        expect(interval).toEqual({ low: macroRecall, high: macroRecall });
    }),
  );
});

function permutations<T>(values: readonly T[]): T[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value, at) => permutations(values.toSpliced(at, 1)).map((rest) => [value, ...rest]));
}

test('coverage: the mean over every order of the equally sure', () => {
  const forecast: fc.Arbitrary<Forecast> = fc.record({
    confidence: fc.constantFrom(0.4, 0.5, 0.9),
    correct: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(forecast, { minLength: 1, maxLength: 5 }), (forecasts) => {
      const orders = permutations(forecasts).map((order) =>
        order.sort((a, b) => b.confidence - a.confidence),
      );
      for (const { share, accuracy } of accuracyAtCoverage(forecasts)) {
        const rows = Math.ceil(Math.round(share * 10) * forecasts.length / 10); // prettier-ignore
        const each = orders.map((order) => mean(order.slice(0, rows).map(({ correct }) => Number(correct))));
        expect(accuracy).toBeCloseTo(mean(each), 12);
      }
    }),
  );
});

test('correlations: by their definitions', () => {
  const value = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.double({ min: -1, max: 1, noNaN: true }));
  const rank = (values: readonly number[]) =>
    values.map(
      (one) =>
        values.filter((other) => other < one).length +
        (values.filter((other) => other === one).length + 1) / 2,
    );
  const correlation = (a: readonly number[], b: readonly number[]) => {
    const spread = (values: readonly number[]) =>
      Math.sqrt(mean(values.map((one) => (one - mean(values)) ** 2)));
    return mean(a.map((one, at) => (one - mean(a)) * ((b[at] ?? 0) - mean(b)))) / (spread(a) * spread(b));
  };
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 30 }), (pairs) => {
      const [a, b] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
      const { pearson, spearman } = evaluateRatings(pairs.map(([rating, score]) => ({ rating, score })));
      const varies = new Set(a).size > 1 && new Set(b).size > 1;
      if (!varies) expect([pearson, spearman]).toEqual([null, null]);
      else {
        expect(spearman).toBeCloseTo(correlation(rank(a), rank(b)), 9);
        const expected = correlation(a, b);
        if (Number.isFinite(expected) && Math.abs(expected) <= 1) expect(pearson).toBeCloseTo(expected, 9);
      }
    }),
  );
});
