/** Goal: the text is base64 as everyone writes it, and bytes come back from it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBytes, encodeBytes } from '../../../src/core/window/base64.ts';

test('as Node writes it, without padding, and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      const text = encodeBytes(bytes);
      const isNothing = bytes.every((byte) => byte === 0);
      expect(text).toBe(isNothing ? '' : Buffer.from(bytes).toString('base64').replaceAll('=', ''));
      const back = new Uint8Array(bytes.length);
      decodeBytes(text, back);
      expect(back).toEqual(bytes);
    }),
    { numRuns: 500 },
  );
});

test('a text of another length is refused', () => {
  expect(() => {
    decodeBytes('AAAA', new Uint8Array(4));
  }).toThrow('4 characters of base64; needed: 6');
});
