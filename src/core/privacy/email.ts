/** E-mail addresses: the dot-atom and the quoted form of RFC 5322 with domains of RFC 1035, the letters of RFC 6531, and
 *  address literals. A name in the fediverse (`@name@server`) is a mention, not an address. */
import { isDigit, isLetter, isUnspaced } from './chars.ts';
import type { Found } from './kinds.ts';
import { BARRIER } from './readable.ts';

/** RFC 5321, 4.5.3.1. */
const LOCAL_CHARS_MAX = 64;
const DOMAIN_CHARS_MAX = 253;
const LABEL_CHARS_MAX = 63;

/** Quotes and the like that are taken for a part of the name at first. */
const OPENING_CHARS_MAX = 4;
const SPECIAL = new Set("!#$%&'*+-^_`{|}~.");
const LETTER = /[\p{L}\p{N}\p{M}]/u;
/** An accent alone belongs to what stands before it. */
const LETTER_ALONE = /[\p{L}\p{N}]/u;
/** Beyond: scripts whose words stand beside an address without a space. */
const LATIN_END = 0x250;
/** Names of files and of packages (`icon@2x.png`), where a domain would end in a country or an institution. */
const FILE_ENDINGS = new Set(
  'png jpg jpeg gif svg webp js mjs ts tsx jsx css scss html json yaml yml xml txt pdf'.split(' '),
);
/** `RT@name.more` is a repost whose space was lost; `cc@example.com` may be an address. */
const MENTION_WORDS = new Set(['rt', 'via', 'cc', 'mt', 'ht']);

export function findEmails(text: string): Found[] {
  const found: Found[] = [];
  const next = signs(text);
  for (let sign = next(0); sign !== undefined;) {
    const { at, end: from } = sign;
    const isAscii = text.charCodeAt(from) < 0x80;
    const start = localStart(text, at, found.at(-1)?.end ?? 0, isAscii);
    const end = start < 0 ? -1 : domainEnd(text, from);
    if (end >= 0 && !isMention(text, start, at, end)) {
      const canonical = `${text.slice(start, at)}@${text.slice(from, end)}`.toLowerCase();
      found.push({ start, end, canonical });
    }
    sign = next(Math.max(from, end));
  }
  return found;
}

/** The next `@`, or `%40` as web addresses have it, from an offset on that never goes back. */
function signs(text: string): (from: number) => { readonly at: number; readonly end: number } | undefined {
  let [plain, escaped] = [-2, -2];
  return (from) => {
    if (plain !== NONE && plain < from) plain = text.indexOf('@', from);
    if (escaped !== NONE && escaped < from) escaped = text.indexOf('%40', from);
    if (plain === NONE && escaped === NONE) return undefined;
    const isPlain = escaped === NONE || (plain !== NONE && plain < escaped);
    return isPlain ? { at: plain, end: plain + 1 } : { at: escaped, end: escaped + 3 };
  };
}

/** What `indexOf` answers. */
const NONE = -1;

/** Where the local part begins, or -1. `isAscii`: of the domain, so that a name in digits ends where another script does
 *  (`电话10001@qq.com`). */
function localStart(text: string, at: number, min: number, isAscii: boolean): number {
  if (text[at - 1] === '"') return quotedStart(text, at, min);
  const low = Math.max(min, at - LOCAL_CHARS_MAX - OPENING_CHARS_MAX);
  let start = at;
  let script: 'latin' | 'other' | undefined;
  for (; start > low; start--) {
    const code = text.charCodeAt(start - 1);
    if (isLetter(code) || (code >= LATIN_END ? false : code >= 0xc0)) {
      if (script === 'other') break;
      script = 'latin';
    } else if (code >= LATIN_END) {
      const char = text.charAt(start - 1);
      if (script === 'latin' || char === BARRIER || !LETTER.test(char)) break;
      if (script === undefined && start < at && isAscii && isUnspaced(char)) break;
      script = 'other';
    } else if (!isDigit(code) && !SPECIAL.has(text.charAt(start - 1))) break;
  }
  // What opens an address in running text is not part of it: quotes, bullets, dots.
  while (start < at && text[start] !== '_' && !LETTER_ALONE.test(text.charAt(start))) start++;
  const isDotted = text[at - 1] === '.' || text.slice(start, at).includes('..');
  return start === at || at - start > LOCAL_CHARS_MAX || isDotted ? -1 : start;
}

function quotedStart(text: string, at: number, min: number): number {
  const low = Math.max(min, at - LOCAL_CHARS_MAX);
  for (let open = at - 2; open >= low && text[open] !== '\n'; open--)
    if (text[open] === '"' && !isEscaped(text, open, low)) return at - open > 2 ? open : -1;
  return -1;
}

/** Behind an odd number of backslashes. */
function isEscaped(text: string, at: number, low: number): boolean {
  let start = at;
  while (start > low && text[start - 1] === '\\') start--;
  return (at - start) % 2 === 1;
}

/** Where the domain that begins here ends, or -1. */
function domainEnd(text: string, from: number): number {
  if (text[from] === '[') {
    const literal = /^\[(?:IPv6:)?[0-9a-f.:]{2,45}\]/i.exec(text.slice(from, from + 55));
    return literal === null ? -1 : from + literal[0].length;
  }
  const max = Math.min(text.length, from + DOMAIN_CHARS_MAX);
  const isAscii = text.charCodeAt(from) < 0x80;
  let end = -1;
  let labelStart = from;
  for (let at = from; at <= max; at++) {
    const code = at < max ? text.charCodeAt(at) : Number.NaN;
    if (isLetter(code) || isDigit(code) || code === 0x2d || isForeign(text, at, isAscii)) continue;
    if (!isLabel(text, labelStart, at)) break;
    const label = code === 0x2e ? text.slice(labelStart, at) : withoutTail(text.slice(labelStart, at));
    if (labelStart > from && isTopLevel(label, text.slice(from, labelStart))) end = labelStart + label.length;
    if (code !== 0x2e) break;
    labelStart = at + 1;
  }
  return end;
}

/** `com-mirror`: what follows a hyphen is no part of a country or an institution. */
function withoutTail(label: string): string {
  return /^(?!xn--)[a-z]{2,}(?=-)/i.exec(label)?.[0] ?? label;
}

/** A letter beyond ASCII: of any script, or only of the Latin one. */
function isForeign(text: string, at: number, isLatin: boolean): boolean {
  const code = text.charCodeAt(at);
  return (
    code >= 0xc0 && (!isLatin || code < LATIN_END) && text[at] !== BARRIER && LETTER.test(text.charAt(at))
  );
}

function isLabel(text: string, start: number, end: number): boolean {
  return end > start && end - start <= LABEL_CHARS_MAX && text[start] !== '-' && text[end - 1] !== '-';
}

/** Words that are no top-level domains: `w@tch.the`. */
const COMMON_WORDS = new Set(
  (
    'of the and for you that this with but not was are have from they she her his what who why how when where then than ' +
    'them your our if or an he we on lol omg'
  ).split(' '),
);
/** Of which a capital is a slip of the keyboard. */
const COMMON_ENDINGS = new Set(['com', 'net', 'org', 'edu', 'gov']);

/** Two letters or more of one alphabet. `@name.You` is the beginning of a sentence. */
function isTopLevel(label: string, before: string): boolean {
  if (/^xn--[a-z0-9-]+$/i.test(label)) return true;
  if (!/^(?:[a-z]{2,}|[^\0-\x7f]{2,})$/i.test(label) || FILE_ENDINGS.has(label.toLowerCase())) return false;
  if (COMMON_ENDINGS.has(label.toLowerCase())) return true;
  if (COMMON_WORDS.has(label.toLowerCase())) return false;
  return !(/^[A-Z][a-z]/.test(label) && before === before.toLowerCase());
}

function isMention(text: string, start: number, at: number, end: number): boolean {
  if (text[start - 1] === '@') return true;
  const topLevel = text.slice(text.lastIndexOf('.', end - 1) + 1, end);
  return (
    MENTION_WORDS.has(text.slice(start, at).toLowerCase()) && !COMMON_ENDINGS.has(topLevel.toLowerCase())
  );
}
