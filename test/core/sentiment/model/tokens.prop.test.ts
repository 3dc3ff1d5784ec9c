/** Goal: whatever the text, tokens stand in it in order and apart, and the work grows as the text does. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Units } from '../../../../src/core/message/units.ts';
import { newTokens, tokenize } from '../../../../src/core/sentiment/model/tokens.ts';
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

/** Reads with units that count how often they are looked at. */
function looksAt(
  text: string,
  read = (units: Units, length: number): void => {
    tokenize(units, length, newTokens());
  },
): number {
  let looks = 0;
  const units = new Proxy(
    Uint16Array.from({ length: text.length + 1 }, (_, at) => text.charCodeAt(at) || 0),
    {
      get(target, at) {
        looks += 1;
        return target[Number(at)];
      },
    },
  );
  read(units, text.length);
  return looks;
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
    const once = part.repeat(Math.ceil(2_000 / Math.max(1, part.length))).slice(0, 2_000);
    const looks = looksAt(once);
    expect(looks).toBeLessThan(40 * once.length + 40);
    expect(looksAt(once + once)).toBeLessThan(2.1 * looks + 200);
  });
});

test('negative control: work that grows with the square of the text is seen', () => {
  const quadratic = (units: Units, length: number) => {
    for (let at = 0; at < length; at += 1) for (let back = 0; back < at; back += 1) void units[back];
  };
  const looks = looksAt('a'.repeat(500), quadratic);
  expect(looks).toBeGreaterThan(40 * 500 + 40);
  expect(looksAt('a'.repeat(1_000), quadratic)).toBeGreaterThan(2.1 * looks + 200);
});
