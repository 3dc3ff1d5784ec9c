/** What stands beside a find: whether it belongs to it. */
import { BARRIER } from './readable.ts';

/** Scripts that put no space between words: a datum stands right beside their letters. */
const UNSPACED =
  '\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Hang}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}';
const UNSPACED_LETTER = new RegExp(`[${UNSPACED}]`, 'u');
const WORD = new RegExp(`(?![${UNSPACED}])[\\p{L}\\p{N}_]`, 'u');

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** ASCII. */
export function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

/** A letter of a script with spaces, a digit, an underscore or a barrier; a half of a surrogate pair is none. */
export function isWordChar(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 0x80) return isDigit(code) || isLetter(code) || code === 0x5f;
  if (Number.isNaN(code)) return false;
  const char = text.charAt(at);
  return char === BARRIER || WORD.test(char);
}

/** Of a script that puts no space between words. */
export function isUnspaced(char: string): boolean {
  return UNSPACED_LETTER.test(char);
}

/** How far back the words before a find are looked at. */
const BEFORE_CHARS = 40;
const AFTER_CHARS = 16;
const NOT_WORD = /[^\p{L}\p{N}\p{M}#]+/u;

/** The last words before an offset, lower case, the nearest first. What stands before a barrier or a line break is none. */
export function wordsBefore(text: string, at: number, wordsMax: number): readonly string[] {
  const near = text.slice(Math.max(0, at - BEFORE_CHARS), at);
  const cut = Math.max(near.lastIndexOf(BARRIER), near.lastIndexOf('\n'));
  const words = near
    .slice(cut + 1)
    .toLowerCase()
    .split(NOT_WORD);
  return words
    .filter((word) => word !== '')
    .reverse()
    .slice(0, wordsMax);
}

/** The word that follows within a space, lower case, or an empty string. */
export function wordAfter(text: string, at: number): string {
  const near = text.slice(at, at + AFTER_CHARS);
  const word = /^ ?([\p{L}]{1,12})/u.exec(near)?.[1] ?? '';
  return word.toLowerCase();
}
