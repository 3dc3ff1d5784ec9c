/** Goal: pages by shift of a wall clock, with its daylight saving time. */
import { expect, test } from 'vitest';
import { shiftCounter } from '../../../src/app/backtest/shifts.ts';

const at = (iso: string) => Date.parse(`${iso}Z`);
const span = (start: string, end: string) => ({ startMs: at(start), endMs: at(end) });

test.each<[string, string, string[], ReturnType<typeof span>, object[]]>([
  [
    'two days, four pages',
    'UTC',
    ['2026-01-05T03:00', '2026-01-05T03:30', '2026-01-06T07:59', '2026-01-06T16:00'],
    span('2026-01-05T00:00', '2026-01-07T00:00'),
    [
      { shift: '00-08', pages: 3, perShift: 1.5, most: 2 },
      { shift: '08-16', pages: 0, perShift: 0, most: 0 },
      { shift: '16-24', pages: 1, perShift: 0.5, most: 1 },
    ],
  ],
  [
    'the clock of Kolkata is half an hour off',
    'Asia/Kolkata',
    ['2026-01-05T02:29', '2026-01-05T02:30'],
    span('2026-01-04T18:30', '2026-01-05T18:30'),
    [
      { shift: '00-08', pages: 1, perShift: 1, most: 1 },
      { shift: '08-16', pages: 1, perShift: 1, most: 1 },
      { shift: '16-24', pages: 0, perShift: 0, most: 0 },
    ],
  ],
  [
    'a night of seven hours: no whole one',
    'Europe/Vienna',
    ['2026-03-29T00:30'],
    span('2026-03-28T23:00', '2026-03-29T22:00'),
    [
      { shift: '00-08', pages: 1, most: 1 },
      { shift: '08-16', pages: 0, perShift: 0, most: 0 },
      { shift: '16-24', pages: 0, perShift: 0, most: 0 },
    ],
  ],
  [
    'nothing',
    'UTC',
    [],
    span('2026-01-05T00:00', '2026-01-05T00:00'),
    [
      { shift: '00-08', pages: 0, most: 0 },
      { shift: '08-16', pages: 0, most: 0 },
      { shift: '16-24', pages: 0, most: 0 },
    ],
  ],
])('%s', (_what, zone, pages, within, expected) => {
  expect(shiftCounter(within, zone)(pages.map(at))).toEqual(expected);
});

test('a span of centuries is walked through quickly', () => {
  const count = shiftCounter(span('1970-01-01T00:00', '2970-01-01T00:00'), 'UTC');
  const [night] = count([at('2026-01-05T03:00')]);
  expect(night?.pages).toBe(1);
  expect(night?.perShift).toBeLessThan(0.00001);
});

test('no time zone', () => {
  expect(() => shiftCounter(span('2026-01-05T00:00', '2026-01-06T00:00'), 'Mars/Phobos')).toThrow(RangeError);
});
