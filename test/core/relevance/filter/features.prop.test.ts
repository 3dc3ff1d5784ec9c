/** Goal: a text has the features that their definition gives, whatever was read before it. */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { createFeatureReader } from '../../../../src/core/relevance/filter/features.ts';
import { FilterWords } from '../../../../src/core/relevance/filter/filter-words.ts';
import { createAnalyzer } from '../../../../src/core/sentiment/model/analysis.ts';
import { combine, hashText } from '../../../../src/core/sentiment/model/hash.ts';
import type { TokenKind } from '../../../../src/core/sentiment/model/tokens.ts';
import { describeWord, visitFeatures } from '../../../../src/core/sentiment/model/words.ts';
import { texts } from '../../sentiment/texts.ts';

const BITS = 18;
const MASK = (1 << BITS) - 1;

/** Of tokens alone, from their spelling as a string. */
function definition(kind: TokenKind, spelling: string): number[] {
  const found: number[] = [];
  visitFeatures(kind, describeWord(kind, spelling), (hash) => found.push(hash & MASK));
  if (kind === 'link') {
    const host = /^(?:https?:\/\/)?(?:www\.)?([^/\s?#]{1,60})/i.exec(spelling)?.[1]?.toLowerCase() ?? '';
    if (!['', 'http', 'https'].includes(host)) found.push(hashText(host, 21) & MASK);
  } else if (kind === 'number') {
    const digits = Math.min(spelling.replace(/\D/g, '').length, 15);
    found.push(combine(digits, 22) & MASK, hashText(`${spelling.slice(0, 2)}:${String(digits)}`, 22) & MASK);
  }
  return found;
}

const analyze = createAnalyzer((kind, spelling) => describeWord(kind, spelling), { forSentiment: false });

/** Each bucket once, with the token that has it first. */
function expected(text: string): string[] {
  const { count, kinds, starts, ends } = analyze(text);
  const seen = new Map<number, number>();
  for (let at = 0; at < count; at += 1)
    for (const bucket of definition(kinds[at] ?? 'mark', text.slice(starts[at], ends[at])))
      if (!seen.has(bucket)) seen.set(bucket, at);
  return [...seen].map(([bucket, at]) => `${bucket} of ${at}`);
}

function found(read: ReturnType<typeof createFeatureReader>, text: string): string[] {
  const all: string[] = [];
  read(text, (bucket, first) => all.push(`${bucket} of ${first}`));
  return all;
}

const dense = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          'https://t.co/a1',
          'https://t.co/b2',
          'http://www.Example.com/x?y',
          'www./x',
          'http:///x',
          'https://пример.рф/я',
          `http://${'a'.repeat(70)}.com/`,
          'http',
        ],
      ),
      fc.constantFrom('07', '1.50', '£900', '09061701461', '12345678901234567', '٣٤', '1,000', '5'),
      fc.constantFrom('free', 'FREE', 'you', "i'm", '#WinBig', '@you', '@me', 'naïve', '😀', ':)', '!!'),
      texts,
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(' '));

test('words have the features of their spelling', () => {
  const read = createFeatureReader(BITS);
  fc.assert(
    fc.property(dense, (text) => {
      const want = expected(text);
      expect(found(read, text).slice(0, want.length)).toEqual(want);
    }),
    { numRuns: 1_000 },
  );
});

/** A word of four letters at least, another for each number. */
function inLetters(number: number): string {
  return `${(number + 20 ** 3).toString(20).replace(/\d/g, (digit) => 'klmnopqrst'[Number(digit)] ?? '')}`;
}

test('what was forgotten is found out again', () => {
  const read = createFeatureReader(BITS);
  const text = 'FREE prize, call 09061701461 or see https://t.co/x now :) ok';
  const before = found(read, text);
  // New words, of fourteen features and more each: several times what is remembered.
  for (let number = 0; number < 300; number += 1) {
    const words = Array.from({ length: 700 }, (_, at) => inLetters(number * 700 + at));
    read(words.join(' '));
    if (number % 20 === 0) expect(found(read, text)).toEqual(before);
  }
  expect(before.length).toBeGreaterThan(100);
});

/** Of the table that holds them: it doubles, and a text may begin when half of it is used. */
const REMEMBERED_MAX = 1 << 21;

test('what is remembered of words is bounded, however many there are', () => {
  const remembered = vi.spyOn(FilterWords.prototype, 'buckets', 'get');
  try {
    const read = createFeatureReader(BITS);
    let learned = 0;
    for (let number = 0; learned <= 2 * REMEMBERED_MAX; number += 1) {
      const words = Array.from({ length: 700 }, (_, at) => inLetters(number * 700 + at));
      read(words.join(' '));
      learned += 14 * words.length;
    }
    const sizes = remembered.mock.results.map(({ value }) => (value as Uint32Array).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(REMEMBERED_MAX);
  } finally {
    remembered.mockRestore();
  }
});
