/** IP addresses: four numbers with dots, and the forms of RFC 4291. What follows a word such as `version` is none, nor is
 *  what stands in the path of a web address. */
import { isDigit, isWordChar, wordAfter, wordsBefore } from './chars.ts';
import type { Found } from './kinds.ts';
import { BARRIER } from './readable.ts';
import { webAddresses, type AddressAt } from './web-addresses.ts';

const V4 =
  /(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}/g;
/** Every address of version 4 has this, and few other texts do. */
const V4_HINT = /[0-9]\.[0-9]{1,3}\.[0-9]/;
/** Of hexadecimal digits, colons and dots with two colons at least; bounded by what they are not. */
const V6_TOKEN = /[0-9a-fA-F:.]{2,}/g;
/** Every address of version 6 has one of these. */
const V6_HINT = /::|[0-9a-f]:[0-9a-f]/i;
const V6_CHARS_MAX = 45;
/** With a label before and a mark behind. */
const V6_TOKEN_CHARS_MAX = 50;
const V4_WHOLE = new RegExp(`^${V4.source}$`);

/** What comes after one of these is a version, also after `to`, `is` and the like. */
const VERSION_WORDS = new Set(
  (
    'v ver vers version versions versión versão versione wersja versie verzia verze sürüm versiyon release rel build ' +
    'firmware fw revision rev upgrade upgraded upgrading upgrades downgrade downgraded downgrading patched ' +
    'версия версии версию версией обновление إصدار الإصدار'
  ).split(' '),
);
/** The same in scripts without spaces. */
const VERSION_BEFORE =
  /(?:版本[号號]?|バージョン|버전|업데이트|更新[到至]?|升[级級][到至]?|รุ่น|เวอร์ชัน)[:：はが]?\s?$/;
const VERSION_BEFORE_CHARS_MAX = 12;
/** What comes right after one of these is a version or the number of a part. */
const NUMBERED_WORDS = new Set(
  (
    'update updated patch driver drivers software sw sdk app kernel ios ipados android chrome firefox safari edge ' +
    'opera windows macos whatsapp skype zoom teams discord telegram signal spotify photoshop bios miui java php section sect chapter clause paragraph figure fig table appendix annex step item rule article'
  ).split(' '),
);
/** Right before and right behind: `the 5.1.2.3 update`. */
const DETERMINERS = new Set(['the', 'this', 'that', 'new', 'latest', 'last', 'since', 'after']);
const VERSIONED_WORDS = new Set(['version', 'update', 'patch', 'release', 'firmware', 'hotfix', 'build']);
/** Networks of homes, offices and machines themselves: no version is that high. */
const LOCAL = /^(?:192\.168|172\.(?:1[6-9]|2[0-9]|3[01])|127\.0\.0|169\.254|255\.255)\./;
/** No version begins so high that has nothing above 255 behind it: `app 203.0.113.7`. */
const HIGH = /^(?:1[3-9]|2[0-9])[0-9]\./;
/** Before `to`, what follows is a version too. */
const UPDATE_WORDS = new Set(['update', 'updates', 'updated', 'updating']);
const LINK_WORDS = new Set(['to', 'from', 'is', 'no', 'number', 'nr', '#', 'of']);
/** Of an earlier version, each of its four numbers is a word. */
const WORDS_BEFORE_MAX = 8;

export function findIps(text: string): Found[] {
  const addressAt = webAddresses(text);
  const found = findV4(text, addressAt);
  if (!V6_HINT.test(text)) return found;
  const v6 = findV6(text);
  if (v6.length === 0) return found;
  // The last part of an address of version 6 may look like one of version 4.
  const others = found.filter(({ start }) => !v6.some((six) => start >= six.start && start < six.end));
  return [...others, ...v6].sort((a, b) => a.start - b.start);
}

function findV4(text: string, addressAt: AddressAt): Found[] {
  const found: Found[] = [];
  if (!V4_HINT.test(text)) return found;
  for (const match of text.matchAll(V4)) {
    const start = match.index;
    const end = start + match[0].length;
    if (isPartOfMore(text, start, end) || !isPlaceOfHost(text, start, addressAt)) continue;
    if (!LOCAL.test(match[0]) && isVersion(text, start, end)) continue;
    found.push({ start, end, canonical: match[0] });
  }
  return found;
}

function isPartOfMore(text: string, start: number, end: number): boolean {
  const before = text[start - 1];
  if (isWordChar(text, start - 1) || before === '.' || before === '+' || isWordChar(text, end)) return true;
  const after = text[end];
  if (after === '.') return isDigit(text.charCodeAt(end + 1));
  // `1.2.3.4-beta`, but not a range of addresses.
  const isLetterAt = (at: number) => isWordChar(text, at) && !isDigit(text.charCodeAt(at));
  return (before === '-' && isLetterAt(start - 2)) || (after === '-' && isLetterAt(end + 1));
}

function isPlaceOfHost(text: string, start: number, addressAt: AddressAt): boolean {
  const address = addressAt(start);
  const before = text[start - 1];
  if (address === undefined) return true;
  return before === '=' || before === '@' || text.slice(address.start, start).endsWith('://');
}

function isVersion(text: string, start: number, end: number): boolean {
  const words = wordsBefore(text, start, WORDS_BEFORE_MAX);
  const [nearest = ''] = words;
  if (NUMBERED_WORDS.has(nearest) && !HIGH.test(text.slice(start, end))) return true;
  if (/§ ?$/.test(text.slice(Math.max(0, start - 2), start))) return true;
  if (nearest === 'to' && UPDATE_WORDS.has(words[1] ?? '')) return true;
  if (DETERMINERS.has(nearest) && VERSIONED_WORDS.has(wordAfter(text, end))) return true;
  if (VERSION_BEFORE.test(text.slice(Math.max(0, start - VERSION_BEFORE_CHARS_MAX), start))) return true;
  const word = words.find((candidate) => !LINK_WORDS.has(candidate) && !/^[0-9]+$/.test(candidate));
  return word !== undefined && VERSION_WORDS.has(word);
}

function findV6(text: string): Found[] {
  const found: Found[] = [];
  for (const match of text.matchAll(V6_TOKEN)) {
    if (match[0].length > V6_TOKEN_CHARS_MAX) continue;
    // What a colon glues to another find was no address before that was found.
    if (text[match.index - 1] === BARRIER || text[match.index + match[0].length] === BARRIER) continue;
    const [from, to] = trimmed(text, match.index, match.index + match[0].length);
    const address = text.slice(from, to);
    if (isWordChar(text, from - 1) || isWordChar(text, to) || !isV6(address)) continue;
    found.push({ start: from, end: to, canonical: address.toLowerCase() });
  }
  return found;
}

/** Without the label before (`IPv6:`), and without the dot or the colon of the sentence. */
function trimmed(text: string, start: number, end: number): readonly [number, number] {
  let [from, to] = [start, end];
  if (isWordChar(text, from - 1)) from = Math.max(from, text.indexOf(':', from) + 1);
  else if (text[from] === ':' && (text[from + 1] !== ':' || text[from + 2] === ':')) from += 1;
  if (text[to - 1] === '.' || (text[to - 1] === ':' && text[to - 2] !== ':')) to -= 1;
  return [from, to];
}

const GROUPS = 8;
/** `fe80::1`, `2001::`, `cafe::1`, `::1`, `::1234:5678`, `::192.0.2.1`. */
const SHORT = /^(?:(?=[^:]*[0-9]|.*::[0-9])[0-9a-f]{3,4}:|::1$|::[0-9][0-9a-f]*[:.])/i;
/** Every group of two digits: the address of a device (EUI-64), or a list. */
const PAIRS = /^(?:[0-9a-f]{2}:){7}[0-9a-f]{2}$/i;

/** `16:9::4:3`, `a:b::c:d`: as the one to the other, so the third to the fourth. */
const TERM = '(?:[0-9a-f]{1,2}|[0-9]{3})';
const PROPORTION = new RegExp(`^${TERM}:${TERM}::${TERM}:${TERM}$`, 'i');

function isV6(token: string): boolean {
  if (token.length > V6_CHARS_MAX || token.indexOf(':') === token.lastIndexOf(':')) return false;
  const halves = token.split('::');
  if (halves.length > 2 || PROPORTION.test(token)) return false;
  const parts = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  let groups = parts.length;
  const last = parts.at(-1) ?? '';
  if (last.includes('.')) {
    if (!V4_WHOLE.test(last)) return false;
    parts.pop();
    groups += 1;
  }
  if (!parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return false;
  if (halves.length === 1) return groups === GROUPS && !PAIRS.test(token);
  // Of two groups, `a::b` is a name in several programming languages and `10::1` a ratio.
  return groups < GROUPS && (groups > 2 || SHORT.test(token));
}
