/** Text as people read it: one form for one writing, nothing invisible that hides or reorders words, bounded. */
import { htmlToText, looksLikeHtml, unescapeEntities } from './html.ts';
import { MESSAGE_LIMITS } from './limits.ts';

/** How a text is to be read: `auto` takes for HTML what has unmistakable tags, and decodes entities. */
export type TextFormat = 'auto' | 'html' | 'text';

const { textCharsMax, textCharsReadMax, marksMax } = MESSAGE_LIMITS;

/** Printable ASCII without `&` and `<`: nothing to do, in any format. */
const PLAIN = /^[\x20-\x25\x27-\x3b\x3d-\x7e]*$/;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Printable ASCII, Latin letters with their accents, dashes, typographic quotes, ellipses, `€`, `\n`: nothing of it is dropped or
 *  replaced, and no two of it become one. */
const CLEAN = /^[\n\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u20ac]*$/;

const LINE_BREAK = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
const SPACE = /[\t\p{Zs}]/gu;
/** Controls, soft hyphens, zero-width spaces, and the marks that override the direction of what follows. The joiners
 *  U+200C and U+200D stay: emoji and several scripts need them. */
const INVISIBLE =
  /(?!\n)\p{Cc}|[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;
/** Normalization takes time quadratic in the length of a run of marks, so long runs are cut before, exactly after. */
const MARKS_LONG = marksBeyond(4 * marksMax);
const MARKS = marksBeyond(marksMax);
/** A run of marks within a text this short is normalized in well under a millisecond. */
const MARKS_UNCHECKED_CHARS = 512;
const CONTINUES = /[\p{M}\p{Emoji_Modifier}\u200d]/u;
/** How far back a cut may move so as not to split a character from its marks. */
const CLUSTER_CHARS_MAX = 64;

/** Normalized text of at most `textCharsMax` UTF-16 units: NFC, markup and entities gone (by `format`), control and
 *  direction characters dropped, line breaks as `\n`, other white space as spaces, a lone surrogate as U+FFFD, at most
 *  `marksMax` combining marks and joiners in a row. With format `text` it is idempotent. */
export function normalizeText(raw: string, format: TextFormat): string {
  if (raw.length <= textCharsMax && PLAIN.test(raw)) return raw.trim();
  const read = cut(raw, textCharsReadMax);
  return cut(clean(toPlain(read, format)).trim(), textCharsMax).trim();
}

/** A short string on one line: a name, a tag. */
export function normalizeLine(raw: string): string {
  return PRINTABLE_ASCII.test(raw) ? raw.trim() : clean(raw).replaceAll('\n', ' ').trim();
}

function toPlain(text: string, format: TextFormat): string {
  if (format === 'text') return text;
  return format === 'html' || looksLikeHtml(text) ? htmlToText(text) : unescapeEntities(text);
}

function clean(raw: string): string {
  if (CLEAN.test(raw)) return raw;
  const text = raw.toWellFormed().replace(LINE_BREAK, '\n').replace(SPACE, ' ').replace(INVISIBLE, '');
  const bounded = text.length > MARKS_UNCHECKED_CHARS ? text.replace(MARKS_LONG, '$1') : text;
  return bounded.normalize('NFC').replace(MARKS, '$1');
}

/** Matches a run of marks and joiners longer than `count`; `$1` is its beginning. */
function marksBeyond(count: number): RegExp {
  return new RegExp(String.raw`([\p{M}\u200c\u200d]{${count}})[\p{M}\u200c\u200d]+`, 'gu');
}

/** At most `charsMax` UTF-16 units, not ending within a surrogate pair, nor (within reason) within an emoji sequence or
 *  between a letter and its marks. */
function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  let end = charsMax;
  while (end > charsMax - CLUSTER_CHARS_MAX && continues(text, end)) end--;
  if (continues(text, end)) end = isLowSurrogate(text, charsMax) ? charsMax - 1 : charsMax;
  return text.slice(0, end);
}

/** Whether what stands at this index belongs to the character before it. */
function continues(text: string, at: number): boolean {
  if (isLowSurrogate(text, at) || text[at - 1] === '\u200d') return true;
  return CONTINUES.test(String.fromCodePoint(text.codePointAt(at) ?? 0));
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
