/** The text as finders read it: of the same length, digits, dashes and spaces of every script as those of ASCII, and what
 *  was found already behind a barrier. */
import { PII_KINDS } from './kinds.ts';

/** A private-use character. It counts as part of a word, so that nothing is found right beside what was found before. */
export const BARRIER = '\ue000';

/** Zeros of the decimal digits that people write messages with, after ASCII: Arabic, Persian, the scripts of India, Thai,
 *  Lao, Tibetan, Burmese, Khmer, full width. */
const ZEROS = '٠۰०০੦૦୦௦౦೦൦๐໐༠၀០０';
const OTHER: ReadonlyMap<string, string> = new Map([
  ...[...ZEROS].flatMap((zero) =>
    Array.from({ length: 10 }, (_, digit): [string, string] => [
      String.fromCharCode(zero.charCodeAt(0) + digit),
      String(digit),
    ]),
  ),
  ...pairs('‐‑‒–−－', '-'),
  ...pairs('\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000', ' '),
  ...pairs('＠﹫', '@'),
  ...pairs('．', '.'),
  ...pairs('＋', '+'),
  ...pairs('（', '('),
  ...pairs('）', ')'),
  ...pairs('：', ':'),
  ...pairs('／', '/'),
]);
const OTHER_CLASS = [...OTHER.keys()].join('');
const OTHERS = new RegExp(`[${OTHER_CLASS}]`, 'g');
/** What every kind needs at least one of: most texts have none. */
const NEEDED = new RegExp(`[@0-9${OTHER_CLASS}]|::|%40`);
const NOT_ASCII = /[^\0-\x7f]/;

function pairs(from: string, to: string): [string, string][] {
  return [...from].map((char) => [char, to]);
}

const TOKEN = new RegExp(`\\[(?:${PII_KINDS.join('|')})(?::[0-9a-f]{4})?\\]`, 'g');

export function mayHoldAnything(text: string): boolean {
  return NEEDED.test(text);
}

export function readable(text: string): string {
  const plain = NOT_ASCII.test(text) ? text.replace(OTHERS, (char) => OTHER.get(char) ?? char) : text;
  const unescaped = plain.includes('%2') ? plain.replace(/%2[Bb]/g, '%%+') : plain;
  return unescaped.includes('[')
    ? unescaped.replace(TOKEN, (token) => BARRIER.repeat(token.length))
    : unescaped;
}

/** The text with barriers where something was found. */
export function behindBarriers(text: string, found: readonly { start: number; end: number }[]): string {
  if (found.length === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of found) {
    parts.push(text.slice(from, start), BARRIER.repeat(end - start));
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}
