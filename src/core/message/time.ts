/** Event time as sources write it, to epoch milliseconds. */
import { Refusal, quote } from './dead.ts';

/** A smaller number is epoch seconds (up to the year 5138), a larger one milliseconds (from March 1973). */
export const EPOCH_SECONDS_MAX = 1e11;
/** The end of the year 9999. */
export const TIME_MS_MAX = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const ALLOWED =
  'ISO 8601 such as 2026-11-20T10:11:12Z (without a zone: UTC), epoch milliseconds or epoch seconds, 1970 to 9999';

/** The usual shape, for `Date.parse`, which takes February 30 for March 2: days 29 to 31 go the longer way. */
const COMMON = /^(?:19[7-9]|[2-9]\d\d)\d-\d\d-(?:[01]\d|2[0-8])T(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{3})?Z$/;
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?(?: ?([Zz]|[+-]\d\d(?::?\d\d)?))?)?$/;
/** Nine digits at least: `2026` and `20261120` are dates that someone meant, not seconds. */
const DIGITS = /^\d{9,15}(?:\.\d{1,9})?$/;

/** Epoch milliseconds, whole. */
export function readTime(value: unknown): number | Refusal {
  const ms =
    typeof value === 'number' ? fromNumber(value) : typeof value === 'string' ? fromText(value) : NaN;
  if (ms >= 0 && ms <= TIME_MS_MAX) return ms;
  return new Refusal('bad_time', `time ${quote(value)} is not a time; allowed: ${ALLOWED}`);
}

function fromNumber(value: number): number {
  return Math.trunc(Math.abs(value) < EPOCH_SECONDS_MAX ? value * 1_000 : value) + 0; // -0 becomes 0.
}

function fromText(text: string): number {
  if (COMMON.test(text)) return Date.parse(text);
  if (DIGITS.test(text)) return fromNumber(Number(text));
  const parts = ISO.exec(text);
  if (parts === null) return NaN;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = parts;
  const y = Number(year);
  const mo = Number(month);
  const d = Number(day);
  const [h, mi, s] = [Number(hour), Number(minute), Number(second)];
  const daysInMonth = new Date(Date.UTC(y, mo, 0)).getUTCDate();
  if (y < 1970 || mo < 1 || mo > 12 || d < 1 || d > daysInMonth || h > 23 || mi > 59 || s > 60) return NaN;
  return Date.UTC(y, mo - 1, d, h, mi, s, Number(fraction.slice(0, 3).padEnd(3, '0'))) - zoneMs(zone);
}

/** `+0530`, `+05:30`, `+05`, `Z` to milliseconds; NaN beyond a day. */
function zoneMs(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', ''));
  if (hours > 23 || minutes > 59) return NaN;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
