/** Goal: what was asked for lately is remembered, no more than there is room for, and no two spellings are taken for one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readUnits } from '../../../../src/core/message/units.ts';
import { Spellings } from '../../../../src/core/sentiment/model/spellings.ts';

const TEXT_MAX = 64;

/** Asks as a reader of texts does: what is made of a spelling is kept by its number. */
function createAsker<T>(capacity: number, make: (spelling: string) => T) {
  const spellings = new Spellings(capacity, TEXT_MAX);
  const kept: T[] = [];
  const ask = (text: string, start: number, end: number, group = 0): T => {
    const number = spellings.find(start, end, group);
    if (spellings.isNew) kept[number] = make(text.slice(start, end));
    return kept[number] as T;
  };
  const begin = (text: string) => {
    readUnits(text);
    spellings.beginText();
  };
  const whole = (text: string) => {
    begin(text);
    return ask(text, 0, text.length);
  };
  return { ask, begin, whole, spellings };
}

test('is asked with a place in a text, and tells what it does not know', () => {
  const made: string[] = [];
  const { ask, begin } = createAsker(8, (spelling) => {
    made.push(spelling);
    return `<${spelling}>`;
  });
  const text = 'good day, good night';
  begin(text);
  const get = (start: number, end: number) => ask(text, start, end);
  expect([get(0, 4), get(5, 8), get(10, 14), get(15, 20)]).toEqual(['<good>', '<day>', '<good>', '<night>']);
  expect(made).toEqual(['good', 'day', 'night']);
});

test('spelled alike in another group is something else', () => {
  const { ask, begin, spellings } = createAsker(64, (spelling) => spelling);
  for (const text of ['xD', 'né', 'internationalization']) {
    begin(text);
    const numbers = [0, 1, 2, 3].map((group) => {
      ask(text, 0, text.length, group);
      expect(spellings.isNew).toBe(true);
      return spellings.find(0, text.length, group);
    });
    expect(new Set(numbers).size).toBe(4);
  }
});

const word = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀'), minLength: 1, maxLength: 3 }),
  fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 11, maxLength: 14 }),
  fc.constantFrom('\u0180', '\u8080', 'a\u0080', '\u0080', '\u0100a', 'aaaa', 'aaaaaaaa'),
);

test('whatever is asked for in whatever order, the answer is that of the spelling', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 300 }), fc.constantFrom(4, 16), (words, capacity) => {
      const { ask, begin } = createAsker(capacity, (spelling) => spelling);
      for (const each of words) {
        const text = `_${each}_`;
        begin(text);
        expect(ask(text, 1, 1 + each.length)).toBe(each);
      }
    }),
  );
});

test('within a text different spellings have different numbers, however little room there is', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const { begin, spellings } = createAsker(4, (spelling) => spelling);
      const text = words.join(' ');
      begin(text);
      const spelledBy = new Map<number, string>();
      let start = 0;
      for (const each of words) {
        const number = spellings.find(start, start + each.length, 0);
        expect(spelledBy.get(number) ?? each).toBe(each);
        expect(number).toBeLessThan(spellings.records.size);
        spelledBy.set(number, each);
        start += each.length + 1;
      }
    }),
  );
});

/** How many of the words have to be made anew when all of them are asked for in turn a second time. */
function madeAgain(capacity: number, words: number): number {
  let made = 0;
  const { whole } = createAsker(capacity, () => (made += 1));
  for (let round = 0; round < 2; round += 1) {
    made = 0;
    for (let at = 0; at < words; at += 1) whole(`word${at}`);
  }
  return made;
}

test('what fits is remembered, but for a few that share a place', () => {
  expect(madeAgain(4_096, 1_000)).toBeLessThan(40);
});

test('what does not fit is forgotten: it is bounded', () => {
  expect(madeAgain(64, 1_000)).toBeGreaterThan(900);
});

test('what is asked for often outlives what is met once', () => {
  let made = 0;
  const { whole } = createAsker(64, () => (made += 1));
  for (let at = 0; at < 5_000; at += 1) {
    whole('the');
    whole(`rare${at}`);
  }
  expect(made).toBeLessThanOrEqual(5_002);
});

test('forgets when told to, and gives its numbers anew', () => {
  const { spellings, begin } = createAsker(8, (spelling) => spelling);
  begin('good naïve');
  const first = [spellings.find(0, 4, 0), spellings.find(5, 10, 0)];
  spellings.forget();
  const again = [spellings.find(0, 4, 0), spellings.isNew, spellings.find(5, 10, 0), spellings.isNew];
  expect(again).toEqual([first[0], true, first[1], true]);
});
