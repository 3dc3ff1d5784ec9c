/** Goal: the ways to write a time. One row per rule; the name is the rule. */
import { expect, test } from 'vitest';
import { Refusal } from '../../../src/core/message/dead.ts';
import { readTime } from '../../../src/core/message/time.ts';

test.each<[string, unknown, string]>([
  ['UTC', '2026-11-20T10:11:12Z', '2026-11-20T10:11:12.000Z'],
  ['milliseconds', '2026-11-20T10:11:12.345Z', '2026-11-20T10:11:12.345Z'],
  ['microseconds are cut', '2026-11-20T10:11:12.345999Z', '2026-11-20T10:11:12.345Z'],
  ['tenths', '2026-11-20T10:11:12.3Z', '2026-11-20T10:11:12.300Z'],
  ['an offset', '2026-11-20T10:11:12+05:30', '2026-11-20T04:41:12.000Z'],
  ['an offset without a colon', '2026-11-20T10:11:12-0800', '2026-11-20T18:11:12.000Z'],
  ['an offset of hours', '2026-11-20T10:11:12+02', '2026-11-20T08:11:12.000Z'],
  ['no zone is UTC', '2026-11-20T10:11:12', '2026-11-20T10:11:12.000Z'],
  ['a space for the T', '2026-11-20 10:11:12.5', '2026-11-20T10:11:12.500Z'],
  ['no seconds', '2026-11-20T10:11Z', '2026-11-20T10:11:00.000Z'],
  ['a date', '2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['the end of a month', '2026-11-30T10:11:12Z', '2026-11-30T10:11:12.000Z'],
  ['a leap day', '2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ['a leap second', '2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ['epoch milliseconds', 1_795_169_472_345, '2026-11-20T10:11:12.345Z'],
  ['epoch seconds', 1_795_169_472, '2026-11-20T10:11:12.000Z'],
  ['epoch seconds with a fraction', 1_795_169_472.345, '2026-11-20T10:11:12.345Z'],
  ['digits', '1795169472345', '2026-11-20T10:11:12.345Z'],
  ['digits of seconds', '1795169472.345', '2026-11-20T10:11:12.345Z'],
  ['the start', 0, '1970-01-01T00:00:00.000Z'],
  ['the end', '9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
])('%s', (_why, value, expected) => {
  const ms = readTime(value);
  expect(typeof ms === 'number' && new Date(ms).toISOString()).toBe(expected);
});

test.each<[string, unknown]>([
  ['nonsense', 'yesterday'],
  ['empty', ''],
  ['another calendar form', 'Fri, 20 Nov 2026 10:11:12 GMT'],
  ['a year', '2026'],
  ['a date without hyphens', '20261120'],
  ['February 30', '2026-02-30T00:00:00Z'],
  ['February 29 of a common year', '2026-02-29T00:00:00Z'],
  ['April 31', '2026-04-31'],
  ['day 0', '2026-04-00T00:00:00Z'],
  ['month 13', '2026-13-01T00:00:00Z'],
  ['hour 24', '2026-01-01T24:00:00Z'],
  ['minute 60', '2026-01-01T10:60:00Z'],
  ['an offset of 24 hours', '2026-01-01T10:00:00+24:00'],
  ['before 1970', '1969-12-31T23:59:59Z'],
  ['before 1970 by its zone', '1970-01-01T00:00:00+01:00'],
  ['year 75', '0075-01-01T00:00:00Z'],
  ['negative', -1],
  ['microseconds', 1_795_169_472_345_000],
  ['not finite', Infinity],
  ['an object', {}],
  ['a boolean', true],
])('refused: %s', (_why, value) => {
  expect(readTime(value)).toBeInstanceOf(Refusal);
});
