/** Goal: a rating takes the place of its tokens and of nothing else, whatever the text. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readUnits, units } from '../../../../src/core/message/units.ts';
import { joinRatings } from '../../../../src/core/sentiment/model/ratings.ts';
import { newTokens, tokenize } from '../../../../src/core/sentiment/model/tokens.ts';
import { tokensOf, type Token } from './support.ts';

const PIECES = [
  ...['4/5', '8.5/10', '98/100', '12/10', '0', '5', '10', '/', '.', ',', ' ', ' ', '(', ')', '-', 'é'],
  ...[
    'nine',
    ' out of ',
    'ten',
    ' star',
    ' stars',
    '★',
    '☆',
    '⭐',
    '\ufe0f',
    'of',
    ' Thursday ',
    'food',
    '😍',
  ],
];
const anyText = fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((parts) => parts.join(''));

function joined(text: string): Token[] {
  const tokens = newTokens();
  const length = readUnits(text);
  tokenize(units, length, tokens);
  joinRatings(length, tokens);
  return Array.from({ length: tokens.count }, (_, index) => ({
    kind: tokens.kinds[index] ?? 'mark',
    start: tokens.starts[index] ?? 0,
    end: tokens.ends[index] ?? 0,
  }));
}

test('tokens stand in order and apart, and those outside of ratings are as they were', () => {
  let ratings = 0;
  fc.assert(
    fc.property(anyText, (text) => {
      const tokens = joined(text);
      let reached = 0;
      for (const { start, end } of tokens) {
        expect(start).toBeGreaterThanOrEqual(reached);
        expect(end).toBeGreaterThan(start);
        reached = end;
      }
      expect(reached).toBeLessThanOrEqual(text.length);
      const found = tokens.filter(({ kind }) => kind === 'rating');
      ratings += found.length;
      const isInRating = (token: Token) =>
        found.some(({ start, end }) => token.start >= start && token.end <= end);
      expect(tokens.filter(({ kind }) => kind !== 'rating')).toEqual(
        tokensOf(text).filter((token) => !isInRating(token)),
      );
    }),
    { numRuns: 5_000 },
  );
  expect(ratings).toBeGreaterThan(500); // Else nothing was shown.
});

test('a text of nothing but ratings, and one of nothing but signs, are read whole', () => {
  expect(joined('0/5 '.repeat(1_024)).filter(({ kind }) => kind === 'rating')).toHaveLength(1_024);
  expect(joined('★★★★★ '.repeat(682)).filter(({ kind }) => kind === 'rating')).toHaveLength(682);
  for (const sign of ['/ ', 'out ', 'stars ', '★', '5/', '1/5 '])
    expect(joined(sign.repeat(Math.floor(4_096 / sign.length))).length).toBeLessThanOrEqual(4_096);
});
