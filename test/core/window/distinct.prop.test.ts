/** Goal: counts within the promised error, and the same whatever the order and the partition. Oracle: a Set. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DistinctCounter,
  EXACT_VALUES_MAX,
  hash53,
  type DistinctState,
} from '../../../src/core/window/distinct.ts';

function counterOf(values: Iterable<string>, hash = hash53): DistinctCounter {
  const counter = new DistinctCounter();
  for (const value of values) counter.add(hash(value));
  return counter;
}
const range = (count: number, prefix = 'user') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

test('exact up to the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 400 }), (values) => {
      const expected = new Set(values).size;
      fc.pre(expected <= EXACT_VALUES_MAX);
      expect(counterOf(values).count).toBe(expected);
    }),
  );
});

/** Four standard errors of 1.6%; deterministic, since the hash is. */
const errorMax = (count: number) => Math.ceil(count * 0.065);

test.each([257, 300, 500, 1_000, 3_000, 10_000, 20_000, 100_000, 300_000])(
  'within the error at %i',
  (count) => {
    for (const prefix of ['user', 'https://example.test/', '', 'ä😀'])
      expect(Math.abs(counterOf(range(count, prefix)).count - count)).toBeLessThanOrEqual(errorMax(count));
  },
);

test('the standard error is below 2%, without bias, over many sets', () => {
  const errors = Array.from({ length: 150 }, (_, set) => {
    const count = 300 + set * 97;
    return (counterOf(range(count, `set${set}:`)).count - count) / count;
  });
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
  expect(deviation).toBeLessThan(0.02);
  expect(Math.abs(mean)).toBeLessThan(0.006);
});

test('negative control: a rank that shares bits with the index breaks the bound', () => {
  const shared = (text: string) => {
    const low = hash53(text) >>> 0;
    return ((low & 0xfff) << 9) * 2 ** 32 + low;
  };
  const count = 20_000;
  expect(Math.abs(counterOf(range(count), shared).count - count)).toBeGreaterThan(errorMax(count));
});

test('half a million ids that differ little have no collision', () => {
  const hashes = new Set<number>();
  for (let i = 0; i < 250_000; i++) hashes.add(hash53(`${i}`)).add(hash53(`user-${i}-x`));
  expect(hashes.size).toBe(500_000);
});

test('merging the parts is counting the whole, in any order, through JSON', () => {
  const part = fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 400 });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const whole = counterOf(parts.flat().map(String));
      const merged = new DistinctCounter();
      for (const values of parts.toReversed()) {
        const state = JSON.parse(JSON.stringify(counterOf(values.map(String)).toState())) as DistinctState;
        merged.merge(DistinctCounter.fromState(state));
      }
      expect(merged.count).toBe(whole.count);
      const ofWhole = whole.toState();
      const ofMerged = merged.toState();
      if (typeof ofWhole === 'string') expect(ofMerged).toBe(ofWhole);
      else expect(new Set<unknown>(ofMerged)).toEqual(new Set<unknown>(ofWhole));
    }),
    { numRuns: 200 },
  );
});

test('a counter of hundreds of thousands is some 4 kB of JSON', () => {
  const json = JSON.stringify(counterOf(range(300_000)).toState());
  expect(json.length).toBe(4_096 + 2);
});
