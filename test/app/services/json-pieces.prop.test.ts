/** Goal: pieces together are what `JSON.stringify` writes, whatever the size of texts and lists. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonPieces } from '../../../src/app/services/json-pieces.ts';

test('any plain value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect([...jsonPieces(value)].join('')).toBe(JSON.stringify(value));
    }),
  );
});

test('long texts with every kind of character, long lists, and what is undefined', () => {
  const text = `"\\\n\u0000é😀`.repeat(20_001);
  const list = Array.from({ length: 1_000 }, (_, at) => ({ at, text: 'x' }));
  const value = { text, list, absent: undefined, empty: {}, none: [] };
  const pieces = [...jsonPieces(value)];
  expect(JSON.parse(pieces.join(''))).toEqual(JSON.parse(JSON.stringify(value)));
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(500_000);
});
