/** What a UTF-16 unit or code point can begin or be part of, answered from a table. */

export const SPACE = 1;
export const LETTER = 2;
export const DIGIT = 3;
/** A combining mark; belongs to the letter before it. */
export const MARK = 4;
export const EMOJI = 5;
/** Two of these make a flag. */
export const REGIONAL = 6;
/** A letter of a script written without spaces: a word of its own. */
export const SOLO = 7;
export const OTHER = 8;

const FIRST_EMOJI = 0x203c;
/** `©`, `®`, `™` and arrows are pictographs by Unicode and typography in practice. */
const TYPOGRAPHY = /[\u2122\u2139\u2194-\u21aa]/;
const SPACELESS =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

function classify(codePoint: number): number {
  const char = String.fromCodePoint(codePoint);
  if (codePoint <= 0x20 || /[\s\p{Z}\p{C}]/u.test(char)) return SPACE;
  if (codePoint >= 0x1f1e6 && codePoint <= 0x1f1ff) return REGIONAL;
  if (codePoint >= FIRST_EMOJI && /\p{Extended_Pictographic}/u.test(char)) {
    return TYPOGRAPHY.test(char) ? OTHER : EMOJI;
  }
  if (/\p{L}/u.test(char)) return SPACELESS.test(char) ? SOLO : LETTER;
  if (/\p{N}/u.test(char)) return DIGIT;
  return /\p{M}/u.test(char) ? MARK : OTHER;
}

/** The first two planes of Unicode: 128 KiB, filled as characters are met. */
const classes = new Uint8Array(0x20000);

/** The class of a code point. */
export function classOf(codePoint: number): number {
  if (codePoint >= classes.length) return classify(codePoint);
  return (classes[codePoint] ||= classify(codePoint));
}

/** UTF-16 units of a code point. */
export const widthOf = (codePoint: number): number => (codePoint > 0xffff ? 2 : 1);
