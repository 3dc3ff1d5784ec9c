/** Goal: whatever the text, tokens stand in it in order and apart, and the work grows as the text does. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visitTokens } from '../../../../src/core/sentiment/model/tokens.ts';
import { HOSTILE, texts } from '../texts.ts';
import { tokensOf } from './support.ts';

/** Characters on which the tokenizer decides something. */
const units = fc.constantFrom(
  ...Array.from("aZ9_ *#@:;=xXD)(<3^-oT.!?'’`\\\u200d\ufe0f\u20e3\u0301東คé\n/"),
  ...['👍', '🏽', '🇩', '\u{e0067}', '❤', '\ud83d', '\udc4d', 'http', 'www.', '\\u2019', 'ﷺ', '𝓖', 'क्'],
);
const dense = fc.array(units, { maxLength: 60 }).map((parts) => parts.join(''));
const anyText = fc.oneof(texts, dense, fc.string({ unit: 'binary', maxLength: 80 }));

test('tokens stand in the text, in order, apart, none empty', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      let reached = 0;
      for (const { start, end } of tokensOf(text)) {
        expect(start).toBeGreaterThanOrEqual(reached);
        expect(end).toBeGreaterThan(start);
        reached = end;
      }
      expect(reached).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 5_000 },
  );
});

test('no letter or digit is lost', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const covered = new Set<number>();
      for (const { start, end } of tokensOf(text)) for (let at = start; at < end; at += 1) covered.add(at);
      const escapes = new Set<number>();
      for (const { index } of text.matchAll(/\\u[0-9a-f]{4}/gi))
        for (let at = index; at < index + 6; at += 1) escapes.add(at);
      for (const { index } of text.matchAll(/[a-zA-Z0-9東คé]/g))
        expect(covered.has(index) || escapes.has(index)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('words apart by spaces are read as they are alone', () => {
  fc.assert(
    fc.property(fc.array(dense, { maxLength: 6 }), (parts) => {
      const words = parts.flatMap((part) => part.split(/\s+/)).filter((part) => part !== '');
      const alone = words.flatMap((word) => tokensOf(word).map(({ start, end }) => word.slice(start, end)));
      const text = words.join(' ');
      expect(tokensOf(text).map(({ start, end }) => text.slice(start, end))).toEqual(alone);
    }),
    { numRuns: 2_000 },
  );
});

/** A text that counts how often it is looked at; the tokenizer uses no more of a string than this. */
class CountedText {
  looks = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  charCodeAt(at: number): number {
    this.looks += 1;
    return this.#text.charCodeAt(at);
  }

  charAt(at: number): string {
    this.looks += 1;
    return this.#text.charAt(at);
  }

  codePointAt(at: number): number | undefined {
    this.looks += 1;
    return this.#text.codePointAt(at);
  }

  startsWith(part: string, at: number): boolean {
    this.looks += part.length;
    return this.#text.startsWith(part, at);
  }

  slice(start: number, end: number): string {
    this.looks += end - start;
    return this.#text.slice(start, end);
  }
}

function looksAt(text: string, read = (counted: string) => visitTokens(counted, () => undefined)): number {
  const counted = new CountedText(text);
  read(counted as unknown as string);
  return counted.looks;
}

const REPEATED = [
  ...[
    'a*',
    '**a',
    "a'",
    "'a",
    '#aB',
    '#_',
    '@',
    '@a',
    ':-',
    ":'",
    ':',
    '(',
    '(:',
    'x',
    'T_',
    '<',
    '\\u',
    '\\u2019',
  ],
  ...[
    'http',
    'www',
    'www.',
    '👍🏽',
    '👩‍',
    '\u200d',
    '\ufe0f',
    '🇩',
    '🏴\u{e0067}',
    '\u{e0067}',
    '\ud83d',
    '\udc00',
  ],
  ...['a\u0301', '\u0301', 'क्‍', 'a\u200c', '東', '!', '?!', '.', '-', '1', '1️⃣', '\u00a0', '´', 'a´', 'ﷺ'],
];

describe('bounded work', () => {
  test.each([...HOSTILE, ...REPEATED.map((part) => [`only ${part}`, part] as const)])('%s', (_why, part) => {
    const once = part.repeat(Math.ceil(2_000 / Math.max(1, part.length))).slice(0, 4_000);
    const looks = looksAt(once);
    expect(looks).toBeLessThan(40 * once.length + 40);
    expect(looksAt(once + once)).toBeLessThan(2.1 * looks + 200);
  });
});

test('negative control: work that grows with the square of the text is seen', () => {
  const quadratic = (text: string) => {
    for (let at = 0; at < text.length; at += 1) text.slice(0, at);
  };
  const looks = looksAt('a'.repeat(2_000), quadratic);
  expect(looks).toBeGreaterThan(40 * 2_000 + 40);
  expect(looksAt('a'.repeat(4_000), quadratic)).toBeGreaterThan(2.1 * looks + 200);
});
