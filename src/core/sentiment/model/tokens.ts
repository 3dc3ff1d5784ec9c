/** How social text becomes tokens for scoring: words, hashtags split at their capitals, mentions, links, emoji with their
 *  joiners and skin tones, emoticons, censored words, runs of punctuation. One pass; each character is looked at a bounded
 *  number of times, whatever the text. */
import {
  classOf,
  DIGIT,
  EMOJI,
  LETTER,
  MARK,
  OTHER,
  REGIONAL,
  SOLO,
  SPACE,
  widthOf,
} from './char-classes.ts';
import { emoticonAt } from './emoticons.ts';

export const TOKEN_KINDS = [
  'word',
  'hashtag',
  'mention',
  'link',
  'emoji',
  'emoticon',
  'number',
  'mark',
] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** Receives one token: its kind and UTF-16 offsets. A hashtag comes as its words, each of kind `hashtag`; the sign belongs
 *  to the first of them. `mark` is punctuation that carries tone or ends a clause, a run of it as one token. */
export type TokenVisitor = (kind: TokenKind, start: number, end: number) => void;

const APOSTROPHES = new Set([0x27, 0x2019, 0x2018, 0x2bc, 0x60, 0xb4]);
const ESCAPED_APOSTROPHE = '\\u2019';
/** Any other escape left as text only separates. */
const ESCAPE = /^\\u[0-9a-f]{4}$/i;
const BACKSLASH = 0x5c;
const ASTERISK = 0x2a;
const UNDERSCORE = 0x5f;
const LOWER_H = 0x68;
const LOWER_W = 0x77;
const ZERO_WIDTH_JOINER = 0x200d;
const ZERO_WIDTH_NON_JOINER = 0x200c;
const VARIATION = 0xfe0f;
const TAG_FIRST = 0xe0020;
const TAG_LAST = 0xe007f;

/** Letters, digits and `_` of ASCII, by unit. */
const ASCII_RUN = Uint8Array.from({ length: 0x80 }, (_, unit) =>
  /[0-9A-Za-z_]/.test(String.fromCharCode(unit)) ? 1 : 0,
);

const isWordClass = (kind: number) => kind === LETTER || kind === DIGIT || kind === MARK;

function classAt(text: string, at: number): number {
  if (at >= text.length) return SPACE;
  const unit = text.charCodeAt(at);
  return classOf(unit >= 0xd800 && unit < 0xdc00 ? (text.codePointAt(at) ?? 0) : unit);
}

const stepAt = (text: string, at: number) => {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xdc00 ? widthOf(text.codePointAt(at) ?? 0) : 1;
};

/** Where a run of letters, digits, marks and `_` ends. Joiners between letters are part of it: Hindi and Persian need them. */
function runEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      if (ASCII_RUN[unit] === 0) break;
      at += 1;
      continue;
    }
    if (unit === ZERO_WIDTH_JOINER || unit === ZERO_WIDTH_NON_JOINER) {
      if (at === start || classAt(text, at + 1) !== LETTER) break;
    } else if (!isWordClass(classAt(text, at))) break;
    at += stepAt(text, at);
  }
  return at;
}

/** Units of an apostrophe at `at`: one, or six where an exporter left `\\u2019` as text; 0 when there is none. */
function apostropheAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit === 0x20) return 0; // What most words end at.
  if (APOSTROPHES.has(unit)) return 1;
  return unit === BACKSLASH && text.startsWith(ESCAPED_APOSTROPHE, at) ? ESCAPED_APOSTROPHE.length : 0;
}

/** A word may hold an apostrophe before a letter (`don't`) and asterisks (`f***ing`). */
function wordEnd(text: string, start: number): number {
  let at = start;
  for (;;) {
    at = runEnd(text, at);
    const unit = text.charCodeAt(at);
    const apostrophe = apostropheAt(text, at);
    if (apostrophe > 0 && classAt(text, at + apostrophe) === LETTER && classAt(text, at - 1) === LETTER) {
      at += apostrophe;
    } else if (unit === ASTERISK && at > start) {
      let stars = at;
      while (text.charCodeAt(stars) === ASTERISK) stars += 1;
      // One star alone at the end is markup (`*bold*`) more often than a letter left out; so are any behind a star before.
      const isMarkup = stars - at === 1 || text.charCodeAt(start - 1) === ASTERISK;
      if (isMarkup && classAt(text, stars) !== LETTER) return at;
      at = stars;
    } else return at;
  }
}

function linkEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && classAt(text, at) !== SPACE) at += 1;
  return at;
}

/** `http`, `https` and `www.` begin a link; so does the bare word `http` that masked data sets leave. */
function isLink(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length < 3 || length > 5) return false;
  const first = text.charCodeAt(start) | 0x20;
  if (first !== LOWER_H && first !== LOWER_W) return false;
  const word = text.slice(start, end).toLowerCase();
  if (word === 'http' || word === 'https') return true;
  return word === 'www' && text.charCodeAt(end) === 0x2e;
}

/** Where the emoji that begins at `start` ends: skin tones, variation selectors, joiners, flags and tag sequences. */
function emojiEnd(text: string, start: number): number {
  const first = text.codePointAt(start) ?? 0;
  let at = start + widthOf(first);
  if (classOf(first) === REGIONAL) {
    return classAt(text, at) === REGIONAL ? at + widthOf(text.codePointAt(at) ?? 0) : at;
  }
  while (at < text.length) {
    const codePoint = text.codePointAt(at) ?? 0;
    const isTag = codePoint >= TAG_FIRST && codePoint <= TAG_LAST;
    const isTone = codePoint >= 0x1f3fb && codePoint <= 0x1f3ff;
    if (codePoint === VARIATION || codePoint === 0xfe0e || isTone || isTag) at += widthOf(codePoint);
    else if (codePoint === ZERO_WIDTH_JOINER && classAt(text, at + 1) === EMOJI) {
      at += 1 + stepAt(text, at + 1);
    } else break;
  }
  return at;
}

/** Shows the words of a hashtag: split at `_`, between lower and upper case, before the last capital of a run that a
 *  lower-case letter follows (`NHSCrisis`), and between letters and digits. */
function visitHashtag(text: string, start: number, end: number, visit: TokenVisitor): void {
  let from = start;
  let wordStart = start + 1;
  const close = (at: number) => {
    if (at > wordStart) {
      visit('hashtag', from, at);
      from = at;
    }
    wordStart = at;
  };
  let previous = caseAt(text, start + 1);
  for (let at = start + 2; at < end; at += 1) {
    const current = caseAt(text, at);
    if (text.charCodeAt(at) === UNDERSCORE) {
      close(at);
      wordStart = at + 1;
      from = at + 1;
    } else if (current === 'mark' || previous === 'other') {
      // Belongs to what is before it.
    } else if (current === 'digit' ? previous !== 'digit' : previous === 'digit') close(at);
    else if (current === 'upper' && previous === 'lower') close(at);
    else if (current === 'upper' && previous === 'upper' && caseAt(text, at + 1) === 'lower' && at + 1 < end)
      close(at);
    if (current !== 'mark') previous = current;
  }
  close(end);
}

function caseAt(text: string, at: number): 'upper' | 'lower' | 'digit' | 'mark' | 'other' {
  if (at >= text.length) return 'other';
  const unit = text.charCodeAt(at);
  if (unit >= 0x61 && unit <= 0x7a) return 'lower';
  if (unit >= 0x41 && unit <= 0x5a) return 'upper';
  if (unit >= 0x30 && unit <= 0x39) return 'digit';
  if (unit < 0x80) return 'other';
  if (classOf(unit) === MARK || (unit >= 0xdc00 && unit < 0xe000)) return 'mark';
  const char = text.charAt(at);
  const upper = char.toUpperCase();
  const lower = char.toLowerCase();
  if (upper === lower) return 'lower';
  return char === upper ? 'upper' : 'lower';
}

/** Marks of one kind run together: `!!!`, `?!`, `...`. The rest of punctuation separates and is not shown. */
const TONE_MARKS = new Set(Array.from('!?…¡¿‼⁉', (char) => char.charCodeAt(0)));
const CLAUSE_MARKS = new Set(
  Array.from('.,;:"()[]。、，；：！？،؛؟।-–—|“”«»/', (char) => char.charCodeAt(0)),
);

function markEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  const isTone = TONE_MARKS.has(first);
  let at = start + 1;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    if (isTone ? !TONE_MARKS.has(unit) : unit !== first) break;
    at += 1;
  }
  return at;
}

/** Shows the tokens of a text in reading order. The caller bounds the length. */
export function visitTokens(text: string, visit: TokenVisitor): void {
  let at = 0;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    if (unit === 0x20) {
      at += 1;
      continue;
    }
    const kind = classAt(text, at);
    if (kind === LETTER) at = visitWord(text, at, visit);
    else if (kind === SPACE || kind === MARK) at += stepAt(text, at);
    else if (kind === OTHER) at = visitSign(text, at, unit, visit);
    else {
      let end: number;
      if (kind === DIGIT) end = wordEnd(text, at);
      else if (kind === SOLO) end = at + stepAt(text, at);
      else end = emojiEnd(text, at);
      visit(kind === DIGIT ? 'number' : kind === SOLO ? 'word' : 'emoji', at, end);
      at = end;
    }
  }
}

function visitWord(text: string, at: number, visit: TokenVisitor): number {
  const emoticon = emoticonAt(text, at);
  if (emoticon > 0) {
    visit('emoticon', at, at + emoticon);
    return at + emoticon;
  }
  const end = wordEnd(text, at);
  if (isLink(text, at, end)) {
    const linkTo = linkEnd(text, end);
    visit('link', at, linkTo);
    return linkTo;
  }
  visit('word', at, end);
  return end;
}

/** A character that is neither space, letter, digit nor emoji. */
function visitSign(text: string, at: number, unit: number, visit: TokenVisitor): number {
  const next = classAt(text, at + 1);
  const startsName = next === LETTER || next === DIGIT || text.charCodeAt(at + 1) === UNDERSCORE;
  const afterWord = at > 0 && isWordClass(classAt(text, at - 1));
  if ((unit === 0x40 || unit === 0xff20) && startsName && !afterWord) {
    const end = runEnd(text, at + 1);
    visit('mention', at, end);
    return end;
  }
  if ((unit === 0x23 || unit === 0xff03) && startsName && !afterWord) {
    const end = runEnd(text, at + 1);
    visitHashtag(text, at, end, visit);
    return end;
  }
  const emoticon = emoticonAt(text, at);
  if (emoticon > 0) {
    visit('emoticon', at, at + emoticon);
    return at + emoticon;
  }
  if (unit === BACKSLASH && ESCAPE.test(text.slice(at, at + 6))) return at + 6;
  if (!TONE_MARKS.has(unit) && !CLAUSE_MARKS.has(unit)) return at + 1;
  const end = markEnd(text, at);
  visit('mark', at, end);
  return end;
}
