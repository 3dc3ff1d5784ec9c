/** Digits as people group them: groups that separators join to a run, such as `4111 1111-1111 1111`. */
import { isDigit } from './chars.ts';

export interface DigitRun {
  /** UTF-16 offsets of each group. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const BETWEEN_CHARS_MAX = 4;

/** Runs with at least `digitsMin` digits, in reading order. `joins` says whether what stands between two groups, at most
 *  four characters, keeps them together. */
export function digitRuns(
  text: string,
  digitsMin: number,
  joins: (between: string) => boolean,
): readonly DigitRun[] {
  if (!hasDigits(text, digitsMin)) return NONE;
  const runs: DigitRun[] = [];
  let [starts, ends]: [number[], number[]] = [[], []];
  let digits = 0;
  for (let start = nextDigit(text, 0); start < text.length;) {
    const end = nextOther(text, start);
    const before = ends.at(-1) ?? start;
    if (starts.length > 0 && (start - before > BETWEEN_CHARS_MAX || !joins(text.slice(before, start)))) {
      if (digits >= digitsMin) runs.push({ starts, ends });
      [starts, ends, digits] = [[], [], 0];
    }
    starts.push(start);
    ends.push(end);
    digits += end - start;
    start = nextDigit(text, end);
  }
  if (digits >= digitsMin) runs.push({ starts, ends });
  return runs;
}

const NONE: readonly DigitRun[] = [];

function hasDigits(text: string, count: number): boolean {
  let digits = 0;
  for (let at = 0; at < text.length; at++) if (isDigit(text.charCodeAt(at)) && ++digits >= count) return true;
  return false;
}

function nextDigit(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isDigit(text.charCodeAt(at))) at++;
  return at;
}

function nextOther(text: string, from: number): number {
  let at = from;
  while (at < text.length && isDigit(text.charCodeAt(at))) at++;
  return at;
}
