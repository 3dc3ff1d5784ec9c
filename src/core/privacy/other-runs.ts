/** Runs of groups that are no telephone numbers as a whole, whichever of their groups look like one. */
import { isWordChar } from './chars.ts';
import type { DigitRun } from './digit-runs.ts';

/** An account's number: one that fails its check is still no telephone number. */
const ACCOUNT_HEAD = /^[A-Z]{2}[0-9]{2}$/;
const ACCOUNT_GROUPS_MIN = 4;
const ACCOUNT_GROUP_DIGITS = 4;
/** More than the groups of any telephone number. */
const SERIES_GROUPS_MIN = 7;

/** `DE89 3704 0044 0532 0130 01`. */
export function isAccount(text: string, { starts, ends }: DigitRun): boolean {
  const [start = 0] = starts;
  if (starts.length < ACCOUNT_GROUPS_MIN || !ACCOUNT_HEAD.test(text.slice(Math.max(0, start - 2), ends[0])))
    return false;
  const middle = starts.slice(1, -1);
  return (
    !isWordChar(text, start - 3) &&
    middle.every((from, at) => (ends[at + 1] ?? 0) - from === ACCOUNT_GROUP_DIGITS)
  );
}

/** `2 4 8 16 32 64 128 256 512 1024`: so many numbers, none below the one before it, and one separator. */
export function isSeries(text: string, { starts, ends }: DigitRun): boolean {
  if (starts.length < SERIES_GROUPS_MIN) return false;
  const separator = text.slice(ends[0], starts[1]);
  let before = 0;
  return starts.every((start, at) => {
    const value = Number(text.slice(start, ends[at]));
    const isNext = value >= before && (at === 0 || text.slice(ends[at - 1], start) === separator);
    before = value;
    return isNext;
  });
}
