/** Goal: all name the same holder, keys spread, and who comes or goes moves only their own keys. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextEpoch, preferredHolder } from '../../../src/core/lease/holders.ts';

const KEYS = Array.from({ length: 200 }, (_, index) => `watcher.pipeline-${index}`);
const member = (holder: string, keys = KEYS) => ({ holder, keys });
const holders = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 6 });

test('the order in which members are seen does not matter', () => {
  fc.assert(
    fc.property(holders, fc.constantFrom(...KEYS), (names, key) => {
      const members = names.map((name) => member(name));
      expect(preferredHolder(key, members)).toBe(preferredHolder(key, members.toReversed()));
    }),
  );
});

test('one that leaves moves its own keys only; one that comes takes keys for itself only', () => {
  fc.assert(
    fc.property(holders, fc.uuid(), (names, other) => {
      fc.pre(!names.includes(other));
      const without = names.map((name) => member(name));
      const withOther = [...without, member(other)];
      for (const key of KEYS) {
        const before = preferredHolder(key, without);
        const after = preferredHolder(key, withOther);
        expect([before, other]).toContain(after);
      }
    }),
    { numRuns: 30 },
  );
});

test('keys spread: of 200 nobody of four has more than half or less than a tenth', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid(), { minLength: 4, maxLength: 4 }), (names) => {
      const members = names.map((name) => member(name));
      for (const name of names) {
        const share = KEYS.filter((key) => preferredHolder(key, members) === name).length;
        expect(share).toBeGreaterThan(20);
        expect(share).toBeLessThan(100);
      }
    }),
    { numRuns: 30 },
  );
});

test('only who is ready for a key is named', () => {
  const members = [member('a', ['x']), member('b', ['y']), member('c', [])];
  expect(['x', 'y', 'z'].map((key) => preferredHolder(key, members))).toEqual(['a', 'b', undefined]);
});

test.each([
  ['goes on with time', 5, 1_000.7, 1_000],
  ['by one at least', 2_000, 1_000, 2_001],
  ['begins anew above what was lost', 0, 1_000, 1_000],
])('an epoch %s', (_how, previous, nowMs, expected) => {
  expect(nextEpoch(previous, nowMs)).toBe(expected);
});
