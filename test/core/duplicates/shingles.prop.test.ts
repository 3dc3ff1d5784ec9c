/** Goal: a plain text, whose words are hashed where they stand, has the words that the tokenizer finds in it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bareWords, sampleRuns, unmarkedWords } from '../../../src/core/duplicates/shingles.ts';
import { isPlain } from '../../../src/core/relevance/text-tokens.ts';
import { hashOf } from '../../../src/core/trend/hash.ts';

/** Adds no word, and keeps a text from being plain. */
const NOT_PLAIN = ' §';

const plainText = fc
  .array(
    fc.oneof(
      fc.constantFrom('rt', 'RT ', 'Rt:', '@Ann', '#tag', '$ABC', 'a@b', '##x', '@', '_', 'x_1', 'It’s', '…', '«', '\u00a0', '\n'),
      fc.constantFrom('http://t.co/aB1', 'see https://a.example/p?q=1. ', 'http://', 'xhttp://y.example', 'https://e.example/cut…'),
      fc.stringMatching(/^[ -~]{0,6}$/),
      fc.constant(' '),
    ),
    { maxLength: 150 },
  )
  .map((pieces) => pieces.join('')); // prettier-ignore

test('what is found in plain texts is what is found in any', () => {
  let plain = 0;
  fc.assert(
    fc.property(plainText, (text) => {
      if (isPlain(text)) plain += 1;
      expect(isPlain(text + NOT_PLAIN)).toBe(false);
      expect(bareWords(text)).toEqual(bareWords(text + NOT_PLAIN));
      expect(unmarkedWords(text)).toEqual(unmarkedWords(text + NOT_PLAIN));
    }),
    { numRuns: 2_000 },
  );
  expect(plain).toBe(2_000);
});

test.each<[string, string, string[]]>([
  [
    'links, mentions and the mark of a repost are left out',
    'RT @Ann: Read https://t.co/x now',
    ['read', 'now'],
  ],
  ['hashtags and cashtags are words', 'Buy #Gold $ABC', ['buy', 'gold', 'abc']],
  ['an address is two words', 'bob@example', ['bob', 'example']],
  ['a last word that was cut off is left out', 'all is we…', ['all', 'is']],
  ['the first 64 decide', `rt ${'a '.repeat(100)}`, Array<string>(63).fill('a')],
])('%s', (_what, text, words) => {
  const hashes = words.map((word) => hashOf(word));
  expect(bareWords(text)).toEqual(hashes);
  expect(bareWords(text + NOT_PLAIN)).toEqual(hashes);
});

test('the least runs, ascending, each once', () => {
  const hash = fc.nat({ max: 8 }).map((word) => hashOf(`word ${word}`));
  fc.assert(
    fc.property(fc.array(hash, { minLength: 3, maxLength: 64 }), fc.integer({ min: 1, max: 16 }), (words, max) => {
      const all = sampleRuns(words, 64);
      const lows = all.map(({ low }) => low);
      expect(lows).toEqual([...new Set(lows)].sort((a, b) => a - b));
      expect(new Set(lows).size).toBe(new Set(words.slice(2).map((_, at) => sampleRuns(words.slice(at, at + 3), 1)[0]?.low)).size);
      expect(sampleRuns(words, max)).toEqual(all.slice(0, max));
    }),
  );
}); // prettier-ignore
