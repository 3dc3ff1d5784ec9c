/** Goal: a map of hashes that answers as a Map does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HashIndex } from '../../../src/core/random/hash-index.ts';

const hash = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.integer({ min: 0, max: 40 }).map((n) => n * 65_536),
);
const pairs = fc.array(fc.tuple(hash, fc.nat(2 ** 31 - 2)), { maxLength: 200 });

test('as a Map of the same pairs', () => {
  fc.assert(
    fc.property(pairs, fc.array(hash), (known, others) => {
      const index = new HashIndex(
        known.map(([key]) => key),
        known.map(([, value]) => value),
      );
      const map = new Map(known);
      for (const key of [...map.keys(), ...others]) expect(index.get(key)).toBe(map.get(key) ?? -1);
    }),
  );
});

test('without numbers, by place', () => {
  const index = new HashIndex([7, 0, 0xffffffff]);
  expect([7, 0, 0xffffffff, 8].map((key) => index.get(key))).toEqual([0, 1, 2, -1]);
});
