/** Goal: a sliding sum is a recount of the buckets it covers, through gaps and restarts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlidingSum } from '../../../src/core/baseline/sliding-sum.ts';

test('recount', () => {
  const step = fc.record({ aheadMs: fc.oneof(fc.nat(8), fc.nat(90)), value: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 7 }), (steps, paneMs) => {
      const window = { spanMs: 40, paneMs, bucketsMax: 10 };
      let sum = new SlidingSum(window);
      const bucketMs = Math.max(paneMs, 4);
      const buckets = Math.round(sum.spanMs / bucketMs);
      const seen: { bucket: number; value: number }[] = [];
      let timeMs = 1_000;
      for (const { aheadMs, value } of steps) {
        timeMs += aheadMs;
        const newest = Math.floor(timeMs / bucketMs);
        seen.push({ bucket: newest, value });
        const inside = seen.filter(({ bucket }) => bucket > newest - buckets);
        const observed = inside.reduce((total, one) => total + one.value, 0);
        const one = { observed: value, expected: 2 * value, panes: 1, posts: 3 };
        const peeked = sum.peek(timeMs, one);
        const sums = sum.add(timeMs, one);
        expect(peeked).toEqual(sums);
        expect(sums).toEqual({
          observed,
          expected: 2 * observed,
          panes: inside.length,
          posts: 3 * inside.length,
        });
        sum = new SlidingSum(window, sum.state);
      }
    }),
    { numRuns: 200 },
  );
});
