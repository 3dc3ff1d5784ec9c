/** How people write who know each other, and how a text is set that goes to many: capitals where a sentence begins, long words,
 *  words with digits in them, what a text ends with. One pass over its characters; the amounts are few, and capped. */
import { ENGINE_LIMITS } from '../../sentiment/engine-limits.ts';

/** Per text, in this order. */
export const STYLE_AMOUNTS = [
  'begins with',
  'ends with',
  'mean length of words, in halves',
  'sixths of words with a capital first',
  'words in capitals',
  'words of letters and digits',
  'long words',
  'sentences that begin small',
  'runs of full stops',
] as const;

const TEXT_CHARS_MAX = ENGINE_LIMITS.textCharsMax;
const [SMALL, CAPITAL, DIGIT, STOP, CALL, QUESTION, OTHER] = [0, 1, 2, 3, 4, 5, 6];
const SHARES = 6;
const LONG_CHARS_MIN = 9;
const HALVES_MAX = 40;
const CAPITALS_MAX = 5;
const MIXED_MAX = 3;
const LONG_MAX = 5;
const SMALL_BEGINNINGS_MAX = 3;
const STOPS_MAX = 3;

function kindOf(unit: number): number {
  if (unit >= 0x61 && unit <= 0x7a) return SMALL;
  if (unit >= 0x41 && unit <= 0x5a) return CAPITAL;
  if (unit >= 0x30 && unit <= 0x39) return DIGIT;
  if (unit === 0x2e) return STOP;
  if (unit === 0x21) return CALL;
  return unit === 0x3f ? QUESTION : OTHER;
}

/** Writes the amounts of a text, one for each of `STYLE_AMOUNTS`. */
export function createStyleReader(): (text: string, amounts: Float64Array) => void {
  /** Characters of the word in hand by kind. */
  const own = new Uint16Array(OTHER + 1);
  return (text, amounts) => {
    const chars = Math.min(text.length, TEXT_CHARS_MAX);
    let [words, letters, titled, capitals, mixed, long, small, stops] = [0, 0, 0, 0, 0, 0, 0, 0];
    let [first, second, length, before, last] = [OTHER, OTHER, 0, STOP, OTHER];
    for (let at = 0; at <= chars; at += 1) {
      const unit = at < chars ? text.charCodeAt(at) : 0x20;
      if (unit > 0x20) {
        const kind = kindOf(unit);
        if (length === 0) {
          first = kind;
          if (kind === SMALL && before >= STOP && before <= QUESTION) small += 1;
        } else if (length === 1) second = kind;
        if (kind === STOP && last === STOP) stops += 1;
        own[kind] = (own[kind] ?? 0) + 1;
        length += 1;
        last = kind;
        continue;
      }
      if (length === 0) continue;
      const hasLetters = (own[SMALL] ?? 0) + (own[CAPITAL] ?? 0) > 0;
      if (words > 0 && first === CAPITAL && second === SMALL) titled += 1;
      if ((own[CAPITAL] ?? 0) > 1 && own[SMALL] === 0) capitals += 1;
      if (hasLetters && (own[DIGIT] ?? 0) > 0) mixed += 1;
      if (length >= LONG_CHARS_MIN) long += 1;
      words += 1;
      letters += length;
      before = last;
      [first, second, length] = [OTHER, OTHER, 0];
      own.fill(0);
      last = OTHER;
    }
    amounts[0] = kindOf(text.charCodeAt(0));
    amounts[1] = before;
    amounts[2] = Math.min(HALVES_MAX, Math.floor((2 * letters) / Math.max(1, words)));
    amounts[3] = Math.floor((SHARES * titled) / Math.max(1, words));
    amounts[4] = Math.min(CAPITALS_MAX, capitals);
    amounts[5] = Math.min(MIXED_MAX, mixed);
    amounts[6] = Math.min(LONG_MAX, long);
    amounts[7] = Math.min(SMALL_BEGINNINGS_MAX, small);
    amounts[8] = Math.min(STOPS_MAX, stops);
  };
}
