/** Goal: how a text is set, one row for each amount. */
import { expect, test } from 'vitest';
import { createStyleReader, STYLE_AMOUNTS } from '../../../../src/core/relevance/filter/style.ts';

const read = createStyleReader();
const amountsOf = (text: string) => {
  const amounts = new Float64Array(STYLE_AMOUNTS.length);
  read(text, amounts);
  return Object.fromEntries(STYLE_AMOUNTS.map((name, at) => [name, amounts[at]]));
};

test.each<[string, Partial<Record<(typeof STYLE_AMOUNTS)[number], number>>]>([
  ['ok', { 'begins with': 0, 'ends with': 0, 'sentences that begin small': 1 }],
  ['Call 123', { 'begins with': 1, 'ends with': 2, 'sentences that begin small': 0 }],
  ['9 lives.', { 'begins with': 2, 'ends with': 3 }],
  ['Win!', { 'ends with': 4 }],
  ['Why? because. so! Then', { 'sentences that begin small': 2 }],
  ['ab abcd', { 'mean length of words, in halves': 6 }],
  ['Harry Potter and The Order', { 'sixths of words with a capital first': 3 }],
  ['FREE entry CALL N0W 123', { 'words in capitals': 3, 'words of letters and digits': 1 }],
  ['characters of some astonishing length', { 'long words': 2 }],
  ['wait... and see.. ok.', { 'runs of full stops': 3 }],
  ['   ', { 'ends with': 3, 'mean length of words, in halves': 0 }],
])('%j', (text, expected) => {
  expect(amountsOf(text)).toMatchObject(expected);
});

test('every amount is capped', () => {
  const long = Object.values(
    amountsOf(`${'A1. a.. Bc'.repeat(50)} ${'x'.repeat(5_000)} ${'Ab1 '.repeat(900)}`),
  );
  for (const amount of long) expect(amount).toBeLessThanOrEqual(40);
});
