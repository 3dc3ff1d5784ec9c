/** Goal: an audit at its edges, against figures by hand; and how marks find their stratum. */
import { expect, test } from 'vitest';
import { estimateAudit, type Stratum } from '../../../../src/core/relevance/audit/audit.ts';
import { AuditCount } from '../../../../src/core/relevance/audit/count.ts';
import { wilson } from '../../../../src/core/relevance/audit/interval.ts';
import type { RelevanceMark } from '../../../../src/core/relevance/marks/mark.ts';

const stratum = (verdict: Stratum['verdict'], fields: Partial<Stratum> = {}): Stratum => {
  return { verdict, sample: 1, published: 1_000, marked: 100, relevant: 80, ...fields };
};

test.each<[string, number, number, number | undefined, [number, number]]>([
  // Wilson's interval as tabulated: 0 of 10 gives 0 to 0.2775, 5 of 10 gives 0.2366 to 0.7634.
  ['none of ten', 0, 10, undefined, [0, 0.2775]],
  ['half of ten', 5, 10, undefined, [0.2366, 0.7634]],
  ['all of ten', 10, 10, undefined, [0.7225, 1]],
  ['all that there are', 4, 10, 10, [0.4, 0.4]],
  ['nothing marked', 0, 0, undefined, [0, 1]],
])('wilson: %s', (_what, hits, marked, population, [low, high]) => {
  const found = wilson(hits, marked, population);
  expect(found.low).toBeCloseTo(low, 4);
  expect(found.high).toBeCloseTo(high, 4);
});

test('drops count by what they stand for', () => {
  const kept = stratum('keep', { published: 1_000, marked: 1_000, relevant: 900 });
  const lost = stratum('drop', { published: 100, sample: 0.1, marked: 100, relevant: 10 });
  const { recall, precision, missed } = estimateAudit([kept, lost], 0.1);
  expect(recall?.value).toBeCloseTo(900 / (900 + 100), 10);
  expect(precision).toMatchObject({ value: 0.9, low: 0.9, high: 0.9 });
  expect(missed?.value).toBeCloseTo(100, 10);
  expect(recall?.low).toBeLessThan(0.9);
});

test('recall: nothing marked, anything is possible', () => {
  const unmarked = { marked: 0, relevant: 0 };
  const { recall } = estimateAudit([stratum('keep', unmarked), stratum('drop', unmarked)], 0.1);
  expect(recall).toMatchObject({ low: 0, high: 1 });
});

test.each<[string, Stratum[], { precision: boolean; missed: boolean }]>([
  ['nothing', [], { precision: false, missed: false }],
  ['no drop', [stratum('keep')], { precision: true, missed: false }],
  [
    'no drop of those that there were',
    [stratum('keep'), stratum('drop', { published: 0 })],
    { precision: true, missed: false },
  ],
  ['nothing kept', [stratum('drop')], { precision: false, missed: true }],
])('the recall is unknown: %s was seen', (_what, strata, known) => {
  const { recall, precision, missed, needed } = estimateAudit(strata, 0.1);
  expect([recall, needed]).toEqual([null, undefined]);
  expect({ precision: precision !== null, missed: missed !== null }).toEqual(known);
});

test('it says where marks are too few and how many more it needs; and when all of them would not do', () => {
  const few = [stratum('keep'), stratum('drop', { marked: 5, relevant: 1 })];
  const { tooFew, needed } = estimateAudit(few, 0.1);
  expect(tooFew).toEqual(['drop']);
  const more = needed?.find(({ verdict }) => verdict === 'drop')?.marks ?? 0;
  expect(more).toBeGreaterThanOrEqual(25);
  const enough = estimateAudit(
    [stratum('keep', { marked: 900, relevant: 720 }), stratum('drop', { marked: 900, relevant: 9 })],
    0.1,
  );
  expect(enough).toMatchObject({ tooFew: [], needed: [{ marks: 0 }, { marks: 0 }] });
  // Four drops of a thousand were published: their number alone is too uncertain.
  const thin = [stratum('keep'), stratum('drop', { published: 4, sample: 0.004, marked: 4, relevant: 2 })];
  expect(estimateAudit(thin, 0.05).needed).toBeUndefined();
});

let marks = 0;
const mark = (fields: Partial<RelevanceMark>): RelevanceMark => {
  marks += 1;
  return { id: `m${marks}`, pipeline: 'acme', mark: 'keep', by: 'ann', atMs: 0, text: 'x', ...fields };
};

test('marks find their stratum by what was published; the last word on a message counts', () => {
  const count = new AuditCount([
    mark({ message: 'k1', verdict: 'keep' }),
    mark({ message: 'd1', mark: 'drop' }), // Says nothing of the verdict.
    mark({ message: 'd2', verdict: 'drop', sample: 0.5, mark: 'drop' }),
    mark({ message: 'd2', verdict: 'drop', sample: 0.5 }),
    mark({ message: 'l1', verdict: 'drop', reason: 'language' }),
    mark({ message: 'gone' }),
    mark({ message: 'lost', verdict: 'keep' }), // There are kept ones, but not this one.
    mark({}),
  ]);
  count.see({ id: 'k1', text: '', relevance: { verdict: 'keep' } });
  count.see({ id: 'k2', text: '', relevance: {} });
  count.see({ id: 'r1', text: '', relevance: { verdict: 'review' } });
  for (const id of ['d1', 'd2', 'd3'])
    count.see({ id, text: '', dropped: { reason: 'irrelevant', sample: 0.5 } });
  count.see({ id: 'l1', text: '', dropped: { reason: 'language', sample: 1 } });
  const { strata, leftOut } = count.result();
  expect(strata).toEqual([
    { verdict: 'keep', sample: 1, published: 2, marked: 1, relevant: 1 },
    { verdict: 'review', sample: 1, published: 1, marked: 0, relevant: 0 },
    { verdict: 'drop', sample: 0.5, published: 3, marked: 2, relevant: 1 },
  ]);
  expect(leftOut).toEqual({ repeated: 1, notDrawn: 0, otherReason: 1, unplaced: 3 });
  expect(count.isDrawn).toBe(false);
});

test('where messages were drawn at random, only those count', () => {
  const count = new AuditCount([
    mark({ message: 'a', verdict: 'drop', drawn: true }),
    mark({ message: 'b', verdict: 'drop' }),
  ]);
  count.see({ id: 'a', text: '', dropped: { reason: 'irrelevant' } });
  expect(count.isDrawn).toBe(true);
  expect(count.result()).toMatchObject({ strata: [{ marked: 1 }], leftOut: { notDrawn: 1 } });
});

test('many marks do not make messages', () => {
  const ids = Array.from({ length: 100 }, (_, at) => `k${at}`);
  const count = new AuditCount(ids.map((message) => mark({ message, verdict: 'keep' })));
  count.see({ id: 'k7', text: '', relevance: { verdict: 'keep' } });
  expect(count.result()).toMatchObject({ strata: [{ published: 1, marked: 1 }], leftOut: { unplaced: 99 } });
});

test('what was dropped and, edited, kept: the mark is on what the filter had said of it', () => {
  const count = new AuditCount([mark({ message: 'a', verdict: 'drop' })]);
  count.see({ id: 'a', text: '', dropped: { reason: 'irrelevant' } });
  count.see({ id: 'a', text: '', relevance: { verdict: 'keep' } });
  expect(count.result().strata).toMatchObject([
    { verdict: 'drop', marked: 1 },
    { verdict: 'keep', marked: 0 },
  ]);
});
