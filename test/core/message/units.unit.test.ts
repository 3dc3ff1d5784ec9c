/** Goal: the units in the array are those of the text, whichever was read before. */
import { expect, test } from 'vitest';
import {
  codePointAt,
  fourUnitsAt,
  isAsciiInHand,
  readUnits,
  readUnitsOf,
  textOf,
  units,
} from '../../../src/core/message/units.ts';

test.each(['', 'a', 'good day', 'né 😀 \ud83d', '\u0000a', 'x'.repeat(4_096)])('of %j', (text) => {
  readUnits('another text that is longer than most');
  const length = readUnits(text);
  expect(length).toBe(text.length);
  expect(textOf(units, 0, length)).toBe(text);
  expect(units[length]).toBe(0);
});

test('no further than 4,096', () => {
  expect(readUnits('y'.repeat(1_000_000))).toBe(4_096);
  expect(units[4_096]).toBe(0);
});

test('the same text twice, another of the same length between', () => {
  for (const text of ['good', 'evil', 'good', 'good']) {
    readUnits(text);
    expect(textOf(units, 0, 4)).toBe(text);
  }
});

test.each(['', 'good day', 'z'.repeat(5_000)])('of bytes: %j', (text) => {
  readUnits('é'.repeat(200));
  readUnitsOf(text, new TextEncoder().encode(`"${text}"`), 1);
  const length = readUnits(text);
  expect(textOf(units, 0, length)).toBe(text.slice(0, 4_096));
  expect([units[length], isAsciiInHand()]).toEqual([0, true]);
  readUnits('größer');
  expect(isAsciiInHand()).toBe(false);
});

test('four at once, the first one lowest; the highest bit of what is not ASCII', () => {
  readUnits('abcdé');
  expect(fourUnitsAt(0)).toBe(0x64636261);
  expect(fourUnitsAt(1) >>> 0).toBe(0x80646362);
});

test('code points as strings have them', () => {
  const text = 'a😀é\ud83d\ud83d\udc00\udc00b\ud800';
  readUnits(text);
  for (let at = 0; at < text.length; at += 1) expect(codePointAt(units, at)).toBe(text.codePointAt(at));
});
