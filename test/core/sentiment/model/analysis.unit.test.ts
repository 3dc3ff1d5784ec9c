/** Goal: how far a negation reaches, where a contrast is, and that remembering spellings does not show. */
import { describe, expect, test } from 'vitest';
import { analyzerOf, negations } from './support-analysis.ts';

describe('negation', () => {
  test.each([
    ['reaches five tokens', 'not a b c d e f', 'not [a] [b] [c] [d] [e] f'],
    ['ends at a comma', 'not good, bad', 'not [good] , bad'],
    ['ends at a full stop', 'not good. bad', 'not [good] . bad'],
    ['ends at a bang', 'no! good', 'no ! good'],
    ['ends at an Arabic comma', 'not حلو، جميل', 'not [حلو] ، جميل'],
    ['does not end at a quotation mark', 'not "good"', 'not ["] [good] ["]'],
    ['ends at a contrast', 'not good but bad', 'not [good] but bad'],
    ['a contraction', "isn't good", "isn't [good]"],
    ['begins anew at the next', 'not a b c never d e f g h i', 'not [a] [b] [c] never [d] [e] [f] [g] [h] i'],
    ['reaches emoji, mentions and hashtags', 'no 😀 @me #SoGood', 'no [😀] [@] [so] [good]'],
    ['of a hashtag', '#NotGood', 'not [good]'],
    ['does not reach back', 'good not', 'good not'],
    ['does not reach into the next text', 'good', 'good'],
  ])('%s', (_why, text, expected) => {
    expect(negations(text)).toBe(expected);
  });
});

describe('contrast', () => {
  test.each([
    ['good bad', -1],
    ['good but bad', 1],
    ['but good, however bad', 3],
    ['But', 0],
  ])('%s: at %d', (text, contrast) => {
    expect(analyzerOf()(text).contrast).toBe(contrast);
  });
});

test('nothing of a text is left in the next one', () => {
  const analyze = analyzerOf();
  analyze('not good but never very BAD');
  const { count, contrast, negated } = analyze('good bad');
  expect([count, contrast, ...negated.slice(0, count)]).toEqual([2, -1, 0, 0]);
});

test('places stand in the text', () => {
  const text = 'I ❤️ it, #SoGood!';
  const { count, starts, ends } = analyzerOf()(text);
  const pieces = Array.from({ length: count }, (_, index) => text.slice(starts[index], ends[index]));
  expect(pieces).toEqual(['I', '❤️', 'it', ',', '#So', 'Good', '!']);
});

test('only the first 4,096 characters are read', () => {
  const analyze = analyzerOf();
  expect(analyze('a '.repeat(3_000)).count).toBe(2_048);
  expect(analyze('x'.repeat(1_000_000)).ends[0]).toBe(4_096);
});

test('a spelling is what its kind makes of it, whatever was read before', () => {
  // `xD` is a word behind the digit of an escape, else a face.
  const texts = ['xD', '\\u00e9xD', '#xD', '1 #1', '@a a'];
  const readings = (order: readonly string[]) => {
    const analyze = analyzerOf();
    return new Map(
      order.map((text) => {
        const { count, words } = analyze(text);
        return [text, words.slice(0, count).map(({ form, hash }) => `${form} ${hash}`)];
      }),
    );
  };
  const forward = readings(texts);
  const backward = readings(texts.toReversed());
  for (const text of texts) expect(backward.get(text)).toEqual(forward.get(text));
});
