/** Goal: what was asked for lately is remembered, no more than there is room for, and no two spellings are taken for one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Spellings } from '../../../../src/core/sentiment/model/spellings.ts';

test('is asked with a place in a text, and makes what it does not know', () => {
  const spellings = new Spellings<string>(8);
  const text = 'good day, good night';
  const made: string[] = [];
  const get = (start: number, end: number) =>
    spellings.get(text, start, end, (spelling) => {
      made.push(spelling);
      return `<${spelling}>`;
    });
  expect([get(0, 4), get(5, 8), get(10, 14), get(15, 20)]).toEqual(['<good>', '<day>', '<good>', '<night>']);
  expect(made).toEqual(['good', 'day', 'night']);
});

test('whatever is asked for in whatever order, the answer is that of the spelling', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀'), minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 300 }), fc.constantFrom(4, 16), (words, capacity) => {
      const spellings = new Spellings<string>(capacity);
      for (const each of words) {
        const text = `_${each}_`;
        expect(spellings.get(text, 1, 1 + each.length, (spelling) => spelling)).toBe(each);
      }
    }),
  );
});

/** How many of the words have to be made anew when all of them are asked for in turn a second time. */
function madeAgain(capacity: number, words: number): number {
  const spellings = new Spellings<number>(capacity);
  let made = 0;
  for (let round = 0; round < 2; round += 1) {
    made = 0;
    for (let at = 0; at < words; at += 1) {
      const text = `word${at}`;
      spellings.get(text, 0, text.length, () => (made += 1));
    }
  }
  return made;
}

test('what fits is remembered, but for a few that share a place', () => {
  expect(madeAgain(4_096, 1_000)).toBeLessThan(20);
});

test('what does not fit is forgotten: it is bounded', () => {
  expect(madeAgain(64, 1_000)).toBeGreaterThan(900);
});

test('what is asked for often outlives what is met once', () => {
  const spellings = new Spellings<number>(64);
  let made = 0;
  const ask = (text: string) => spellings.get(text, 0, text.length, () => (made += 1));
  for (let at = 0; at < 5_000; at += 1) {
    ask('the');
    ask(`rare${at}`);
  }
  expect(made).toBeLessThanOrEqual(5_002);
});
