/** Where a link leads: what stands behind its path says nothing about the text, and is new in nearly every one. */
import type { Units } from '../../message/units.ts';

const HTTP = Array.from('http', (letter) => letter.charCodeAt(0));
const WWW = Array.from('www', (letter) => letter.charCodeAt(0));
const LOWER_S = 0x73;
const SLASH = 0x2f;
const COLON = 0x3a;
const FULL_STOP = 0x2e;
const QUESTION = 0x3f;
const HASH_SIGN = 0x23;
const LOWER_CASE_BIT = 0x20;

export interface Place {
  start: number;
  end: number;
}
/** One for all. */
const host: Place = { start: 0, end: 0 };

/** The host of the link from `start` to `end`, without `www.`; undefined where it has none, or one that is not of ASCII alone.
 *  Valid until the next link. */
export function findHost(units: Units, start: number, end: number): Readonly<Place> | undefined {
  let at = start;
  if (standsAt(units, at, HTTP)) {
    const scheme = at + HTTP.length + (((units[at + HTTP.length] ?? 0) | LOWER_CASE_BIT) === LOWER_S ? 1 : 0);
    if (units[scheme] === COLON && units[scheme + 1] === SLASH && units[scheme + 2] === SLASH)
      at = scheme + 3;
  }
  if (standsAt(units, at, WWW) && units[at + WWW.length] === FULL_STOP) at += WWW.length + 1;
  host.start = at;
  for (; at < end; at += 1) {
    const unit = units[at] ?? 0;
    if (unit >= 0x80) return undefined;
    if (unit === SLASH || unit === QUESTION || unit === HASH_SIGN) break;
  }
  host.end = at;
  return at > host.start ? host : undefined;
}

function standsAt(units: Units, at: number, word: readonly number[]): boolean {
  for (let index = 0; index < word.length; index += 1)
    if (((units[at + index] ?? 0) | LOWER_CASE_BIT) !== word[index]) return false;
  return true;
}
