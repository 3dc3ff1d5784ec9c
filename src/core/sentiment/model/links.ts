/** What begins a link, and where it leads. */
import { unitsOf, type Units } from '../../message/units.ts';

const HTTP = unitsOf('http');
const HTTPS = unitsOf('https');
const WWW = unitsOf('www');
const SLASH = 0x2f;
const COLON = 0x3a;
const FULL_STOP = 0x2e;
const QUESTION = 0x3f;
const HASH_SIGN = 0x23;
const LOWER_CASE_BIT = 0x20;

/** Whether the word from `start` to `end` begins one: `http`, `https` and `www.` do; so does the bare word `http` that masked data
 *  sets leave. */
export function isLink(units: Units, start: number, end: number): boolean {
  if (isWord(units, start, end, HTTP) || isWord(units, start, end, HTTPS)) return true;
  return units[end] === FULL_STOP && isWord(units, start, end, WWW);
}

/** One for all. */
const host = { start: 0, end: 0 };

/** The host of the link from `start` to `end`, without `www.`; undefined where it has none, or one that is not of ASCII alone.
 *  Valid until the next link. */
export function findHost(units: Units, start: number, end: number): Readonly<typeof host> | undefined {
  let at = start;
  if (standsAt(units, at, HTTP)) {
    const scheme = at + (standsAt(units, at, HTTPS) ? HTTPS.length : HTTP.length);
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

function isWord(units: Units, start: number, end: number, word: readonly number[]): boolean {
  return end - start === word.length && standsAt(units, start, word);
}

/** In capitals or not. */
function standsAt(units: Units, at: number, word: readonly number[]): boolean {
  for (let index = 0; index < word.length; index += 1)
    if (((units[at + index] ?? 0) | LOWER_CASE_BIT) !== word[index]) return false;
  return true;
}
