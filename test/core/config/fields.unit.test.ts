/** Goal: durations there and back, and names that are also subject tokens. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { duration, formatDuration, name, parseDurationMs } from '../../../src/core/config/fields.ts';

test.each<[string, number | undefined]>([
  ['500ms', 500],
  ['10s', 10_000],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
  ['1d2h3m4s5ms', 93_784_005],
  ['0s', 0],
  ['10', undefined],
  ['10 s', undefined],
  ['-1s', undefined],
  ['1.5s', undefined],
  ['1w', undefined],
  ['', undefined],
  ['1s1s1s1s1s1s', undefined],
])('parseDurationMs(%j)', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test('whole seconds survive being written and read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
      expect(parseDurationMs(formatDuration(seconds * 1_000))).toBe(seconds * 1_000);
    }),
  );
  expect([0, 999, 1_000, 90_000, 86_400_000].map(formatDuration)).toEqual([
    '0ms',
    '999ms',
    '1s',
    '1m30s',
    '1d',
  ]);
});

test('duration: the bounds belong to it', () => {
  const field = duration('How long.', { min: '1s', max: '1m' });
  expect(['1s', '60s', '1m'].map((text) => field.parse(text))).toEqual([1_000, 60_000, 60_000]);
  for (const text of ['999ms', '61s']) expect(() => field.parse(text)).toThrow('must be between 1s and 1m');
});

test.each<[string, boolean]>([
  ['acme', true],
  ['0-a_b', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  ['', false],
  ['Acme', false],
  ['-a', false],
  ['a.b', false],
  ['a b', false],
  ['a\n', false],
])('name(%j): %s', (text, isName) => {
  expect(name('A name.').safeParse(text).success).toBe(isName);
});
