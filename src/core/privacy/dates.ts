/** Dates, spans of years and of hours among groups of digits: they look like telephone numbers to whoever counts digits alone. */
import type { DigitRun } from './digit-runs.ts';

/** For each group of a run whether it is part of a date or of a span. */
export function datedGroups(text: string, run: DigitRun): readonly boolean[] {
  const { starts, ends } = run;
  const groups = starts.map((start, at) => text.slice(start, ends[at]));
  const between = (at: number) => (at < 0 ? '' : text.slice(ends[at], starts[at + 1] ?? ends[at]).trim());
  if (groups.length >= TIMES_MIN && groups.every((group) => HOURS.test(group))) return groups.map(() => true);
  const dated = groups.map(isCompactDate);
  for (let at = 0; at + 1 < groups.length; at++) {
    const [first = '', second = '', third = ''] = groups.slice(at, at + 3);
    const separator = between(at);
    if (groups.length === 3 && isSpacedDate(first, second, third)) dated.fill(true);
    if (groups.length === 2 && isYear(first) && isYear(second)) dated.fill(true);
    if (separator === '' || between(at - 1) === separator) continue;
    if (between(at + 1) !== separator) {
      if (isSpan(first, second) && separator !== '.') dated.fill(true, at, at + 2);
    } else if (at + 2 < groups.length && between(at + 2) !== separator && isDate(first, second, third))
      dated.fill(true, at, at + 3);
  }
  return dated;
}

/** `0900 1030 1200`: so many times of the day in a row are a timetable. */
const TIMES_MIN = 3;
const HOURS = /^(?:[01][0-9]|2[0-4])[0-5][05]$/;

function isYear(group: string): boolean {
  return /^(?:19|20)[0-9]{2}$/.test(group);
}

/** `2010-2014`, `0900-1730`. */
function isSpan(first: string, second: string): boolean {
  return (isYear(first) && isYear(second)) || (HOURS.test(first) && HOURS.test(second));
}

function isDayAndMonth(a: string, b: string): boolean {
  const [first, second] = [Number(a), Number(b)];
  const isShort = a.length <= 2 && b.length <= 2 && first > 0 && second > 0;
  return isShort && Math.min(first, second) <= 12 && Math.max(first, second) <= 31;
}

function isDate(first: string, second: string, third: string): boolean {
  if (isYear(first)) return isDayAndMonth(second, third);
  return (isYear(third) || third.length === 2) && isDayAndMonth(first, second);
}

/** `20 11 2026`, `2026 11 20`, whatever stands between; the year in full, since shorter groups are how numbers are written in
 *  several countries. */
function isSpacedDate(first: string, second: string, third: string): boolean {
  const isYearFirst = isYear(first) && second.length === 2 && third.length === 2;
  return (isYearFirst || (isYear(third) && first.length === 2)) && isDate(first, second, third);
}

/** `20261120`. */
function isCompactDate(group: string): boolean {
  return group.length === 8 && isYear(group.slice(0, 4)) && isDayAndMonth(group.slice(4, 6), group.slice(6));
}
