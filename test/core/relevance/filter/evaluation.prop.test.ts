/** Goal: the figures are what their definitions say, on any answers. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluateFilter, type JudgedText } from '../../../../src/core/relevance/filter/evaluation.ts';

const judged = fc.array(
  fc.record({ relevant: fc.boolean(), probability: fc.constantFrom(0, 0.1, 0.25, 0.5, 0.7, 0.9, 1) }),
  { minLength: 1, maxLength: 40 },
);

/** Of all pairs of an irrelevant and a relevant text, how many are in the right order; halves for equals. */
function pairwise(texts: readonly JudgedText[]): number | null {
  let [right, pairs] = [0, 0];
  for (const wanted of texts.filter(({ relevant }) => relevant)) {
    for (const other of texts.filter(({ relevant }) => !relevant)) {
      pairs += 1;
      right +=
        wanted.probability > other.probability ? 1 : wanted.probability === other.probability ? 0.5 : 0;
    }
  }
  return pairs === 0 ? null : right / pairs;
}

test('ROC AUC is the share of pairs in order; F1 is the harmonic mean; the order of texts does not matter', () => {
  fc.assert(
    fc.property(judged, (texts) => {
      const result = evaluateFilter(texts);
      const oracle = pairwise(texts);
      if (oracle === null) expect(result.rocAuc).toBeNull();
      else expect(result.rocAuc).toBeCloseTo(oracle, 12);
      for (const { precision, recall, f1 } of [result.relevant, result.irrelevant]) {
        if (precision === null || recall === null || precision + recall === 0) continue;
        expect(f1).toBeCloseTo((2 * precision * recall) / (precision + recall), 12);
      }
      const backwards = evaluateFilter([...texts].reverse());
      expect([backwards.rocAuc, backwards.prAuc, backwards.accuracy]).toEqual([
        result.rocAuc,
        result.prAuc,
        result.accuracy,
      ]);
    }),
  );
});

test('a hand-made one', () => {
  const result = evaluateFilter([
    { relevant: true, probability: 0.9 },
    { relevant: true, probability: 0.4 },
    { relevant: false, probability: 0.2 },
    { relevant: false, probability: 0.6 },
  ]);
  expect(result).toMatchObject({
    texts: 4,
    accuracy: 0.5,
    irrelevant: { texts: 2, precision: 0.5, recall: 0.5, f1: 0.5 },
    rocAuc: 0.75,
    prAuc: (1 + 2 / 3) / 2,
  });
});

test('nothing, and what is no probability, is refused', () => {
  expect(() => evaluateFilter([])).toThrow('no texts');
  expect(() => evaluateFilter([{ relevant: true, probability: Number.NaN }])).toThrow('no probability');
});
