/** How social text becomes tokens for scoring: words, hashtags split at their capitals, mentions, links, emoji with their
 *  joiners and skin tones, emoticons, censored words, runs of punctuation. One pass; each character is looked at a bounded
 *  number of times, whatever the text. */
import { ENGINE_LIMITS } from '../engine-limits.ts';
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
import { codePointAt, unitsOf, type Units } from '../../message/units.ts';
import { emoticonAt } from './emoticons.ts';
import { isLink } from './links.ts';

export const TOKEN_KINDS = [
  'word',
  'hashtag',
  'mention',
  'link',
  'emoji',
  'emoticon',
  'number',
  'rating',
  'mark',
] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** The tokens of a text in reading order: kinds and UTF-16 offsets. A hashtag comes as its words, each of kind `hashtag`; the
 *  sign belongs to the first of them. `mark` is punctuation that carries tone or ends a clause, a run of it as one token. */
export interface Tokens {
  count: number;
  readonly kinds: TokenKind[];
  readonly starts: Uint16Array;
  readonly ends: Uint16Array;
}

/** A token has at least one unit. */
export const TOKENS_MAX = ENGINE_LIMITS.textCharsMax;

export const newTokens = (): Tokens => ({
  count: 0,
  kinds: new Array<TokenKind>(TOKENS_MAX).fill('mark'),
  starts: new Uint16Array(TOKENS_MAX),
  ends: new Uint16Array(TOKENS_MAX),
});

/** Adds a token behind the others. */
export function take(tokens: Tokens, kind: TokenKind, start: number, end: number): void {
  const { count, kinds, starts, ends } = tokens;
  kinds[count] = kind;
  starts[count] = start;
  ends[count] = end;
  tokens.count = count + 1;
}

const BACKSLASH = 0x5c;
const ASTERISK = 0x2a;
const UNDERSCORE = 0x5f;
const SPACE_UNIT = 0x20;
const ZERO_WIDTH_JOINER = 0x200d;
const ZERO_WIDTH_NON_JOINER = 0x200c;
const VARIATION = 0xfe0f;
const TAG_FIRST = 0xe0020;
const TAG_LAST = 0xe007f;

const APOSTROPHE = 1;
/** Marks of one kind run together: `!!!`, `?!`, `...`. The rest of punctuation separates and is no token. */
const TONE = 2;
const CLAUSE = 3;
/** What a sign of the basic plane is; 0 for any other unit. */
const SIGNS = new Uint8Array(0x10000);
for (const unit of unitsOf("'’‘ʼ`´")) SIGNS[unit] = APOSTROPHE;
for (const unit of unitsOf('!?…¡¿‼⁉')) SIGNS[unit] = TONE;
for (const unit of unitsOf('.,;:"()[]。、，；：！？،؛؟।-–—|“”«»/')) SIGNS[unit] = CLAUSE;

const ESCAPED_APOSTROPHE = unitsOf('\\u2019');

/** Letters, digits and `_` of ASCII, by unit. */
const ASCII_RUN = Uint8Array.from({ length: 0x80 }, (_, unit) =>
  /[0-9A-Za-z_]/.test(String.fromCharCode(unit)) ? 1 : 0,
);

const isWordClass = (kind: number) => kind === LETTER || kind === DIGIT || kind === MARK;

const classAt = (units: Units, at: number) => classOf(codePointAt(units, at));
const stepAt = (units: Units, at: number) => widthOf(codePointAt(units, at));

/** Where a run of letters, digits, marks and `_` ends. Joiners between letters are part of it: Hindi and Persian need them. */
function runEnd(units: Units, start: number): number {
  let at = start;
  for (;;) {
    const unit = units[at] ?? 0;
    if (unit < 0x80) {
      if (ASCII_RUN[unit] === 0) return at;
      at += 1;
      continue;
    }
    if (unit === ZERO_WIDTH_JOINER || unit === ZERO_WIDTH_NON_JOINER) {
      if (at === start || classAt(units, at + 1) !== LETTER) return at;
    } else if (!isWordClass(classAt(units, at))) return at;
    at += stepAt(units, at);
  }
}

function standsAt(units: Units, at: number, part: readonly number[]): boolean {
  for (let index = 0; index < part.length; index += 1) if (units[at + index] !== part[index]) return false;
  return true;
}

/** Units of an apostrophe at `at`: one, or six where an exporter left `\\u2019` as text; 0 when there is none. */
function apostropheAt(units: Units, at: number): number {
  const unit = units[at] ?? 0;
  if (unit === SPACE_UNIT) return 0; // What most words end at.
  if (SIGNS[unit] === APOSTROPHE) return 1;
  return unit === BACKSLASH && standsAt(units, at, ESCAPED_APOSTROPHE) ? ESCAPED_APOSTROPHE.length : 0;
}

/** A word may hold an apostrophe before a letter (`don't`) and asterisks (`f***ing`). */
function wordEnd(units: Units, start: number): number {
  let at = start;
  for (;;) {
    at = runEnd(units, at);
    const apostrophe = apostropheAt(units, at);
    if (apostrophe > 0) {
      if (classAt(units, at + apostrophe) !== LETTER || classAt(units, at - 1) !== LETTER) return at;
      at += apostrophe;
    } else if (units[at] === ASTERISK && at > start) {
      let stars = at;
      while (units[stars] === ASTERISK) stars += 1;
      // One star alone at the end is markup (`*bold*`) more often than a letter left out; so are any behind a star before.
      const isMarkup = stars - at === 1 || (start > 0 && units[start - 1] === ASTERISK);
      if (isMarkup && classAt(units, stars) !== LETTER) return at;
      at = stars;
    } else return at;
  }
}

function linkEnd(units: Units, start: number, length: number): number {
  let at = start;
  while (at < length && classAt(units, at) !== SPACE) at += 1;
  return at;
}

/** Where the emoji that begins at `start` ends: skin tones, variation selectors, joiners, flags and tag sequences. */
function emojiEnd(units: Units, start: number, length: number): number {
  const first = codePointAt(units, start);
  let at = start + widthOf(first);
  if (classOf(first) === REGIONAL) return classAt(units, at) === REGIONAL ? at + stepAt(units, at) : at;
  while (at < length) {
    const codePoint = codePointAt(units, at);
    const isTag = codePoint >= TAG_FIRST && codePoint <= TAG_LAST;
    const isTone = codePoint >= 0x1f3fb && codePoint <= 0x1f3ff;
    if (codePoint === VARIATION || codePoint === 0xfe0e || isTone || isTag) at += widthOf(codePoint);
    else if (codePoint === ZERO_WIDTH_JOINER && classAt(units, at + 1) === EMOJI) {
      at += 1 + stepAt(units, at + 1);
    } else break;
  }
  return at;
}

const LOWER_CASE = 1;
const UPPER_CASE = 2;
const FIGURE = 3;
const COMBINING = 4;
const NO_CASE = 5;

/** Takes the words of a hashtag: split at `_`, between lower and upper case, before the last capital of a run that a
 *  lower-case letter follows (`NHSCrisis`), and between letters and digits. */
function takeHashtag(tokens: Tokens, units: Units, start: number, end: number): void {
  let from = start;
  let wordStart = start + 1;
  let previous = caseAt(units, start + 1);
  for (let at = start + 2; at < end; at += 1) {
    const current = caseAt(units, at);
    const isBreak = units[at] === UNDERSCORE;
    if (isBreak || beginsWord(units, at, end, previous, current)) {
      if (at > wordStart) {
        take(tokens, 'hashtag', from, at);
        from = at;
      }
      wordStart = at;
      if (isBreak) from = wordStart = at + 1;
    }
    if (current !== COMBINING) previous = current;
  }
  if (end > wordStart) take(tokens, 'hashtag', from, end);
}

function beginsWord(units: Units, at: number, end: number, previous: number, current: number): boolean {
  if (current === COMBINING || previous === NO_CASE) return false; // Belongs to what is before it.
  if (current === FIGURE) return previous !== FIGURE;
  if (previous === FIGURE) return true;
  if (current !== UPPER_CASE) return false;
  return (
    previous === LOWER_CASE ||
    (previous === UPPER_CASE && at + 1 < end && caseAt(units, at + 1) === LOWER_CASE)
  );
}

function caseAt(units: Units, at: number): number {
  const unit = units[at] ?? 0;
  if (unit >= 0x61 && unit <= 0x7a) return LOWER_CASE;
  if (unit >= 0x41 && unit <= 0x5a) return UPPER_CASE;
  if (unit >= 0x30 && unit <= 0x39) return FIGURE;
  if (unit < 0x80) return NO_CASE;
  if (classOf(unit) === MARK || (unit >= 0xdc00 && unit < 0xe000)) return COMBINING;
  const char = String.fromCharCode(unit);
  const upper = char.toUpperCase();
  const lower = char.toLowerCase();
  if (upper === lower) return LOWER_CASE;
  return char === upper ? UPPER_CASE : LOWER_CASE;
}

function markEnd(units: Units, start: number): number {
  const first = units[start] ?? 0;
  const isTone = SIGNS[first] === TONE;
  let at = start + 1;
  while (isTone ? SIGNS[units[at] ?? 0] === TONE : units[at] === first) at += 1;
  return at;
}

/** Writes the tokens of the first `length` units, behind which a 0 stands. */
export function tokenize(units: Units, length: number, tokens: Tokens): void {
  tokens.count = 0;
  let at = 0;
  while (at < length) {
    const unit = units[at] ?? 0;
    if (unit === SPACE_UNIT) {
      at += 1;
      continue;
    }
    const kind = classAt(units, at);
    if (kind === LETTER) at = takeWord(tokens, units, at, length);
    else if (kind === SPACE || kind === MARK) at += stepAt(units, at);
    else if (kind === OTHER) at = takeSign(tokens, units, at, unit);
    else {
      let end: number;
      if (kind === DIGIT) end = wordEnd(units, at);
      else if (kind === SOLO) end = at + stepAt(units, at);
      else end = emojiEnd(units, at, length);
      take(tokens, kind === DIGIT ? 'number' : kind === SOLO ? 'word' : 'emoji', at, end);
      at = end;
    }
  }
}

function takeWord(tokens: Tokens, units: Units, at: number, length: number): number {
  const emoticon = emoticonAt(units, at);
  if (emoticon > 0) {
    take(tokens, 'emoticon', at, at + emoticon);
    return at + emoticon;
  }
  const end = wordEnd(units, at);
  if (isLink(units, at, end)) {
    const linkTo = linkEnd(units, end, length);
    take(tokens, 'link', at, linkTo);
    return linkTo;
  }
  take(tokens, 'word', at, end);
  return end;
}

/** A character that is neither space, letter, digit nor emoji. */
function takeSign(tokens: Tokens, units: Units, at: number, unit: number): number {
  if (unit === 0x40 || unit === 0xff20 || unit === 0x23 || unit === 0xff03) {
    const next = classAt(units, at + 1);
    const startsName = next === LETTER || next === DIGIT || units[at + 1] === UNDERSCORE;
    if (startsName && !(at > 0 && isWordClass(classAt(units, at - 1)))) {
      const end = runEnd(units, at + 1);
      if (unit === 0x40 || unit === 0xff20) take(tokens, 'mention', at, end);
      else takeHashtag(tokens, units, at, end);
      return end;
    }
  }
  const emoticon = emoticonAt(units, at);
  if (emoticon > 0) {
    take(tokens, 'emoticon', at, at + emoticon);
    return at + emoticon;
  }
  if (unit === BACKSLASH && isEscape(units, at)) return at + ESCAPE_UNITS;
  const sign = SIGNS[unit];
  if (sign !== TONE && sign !== CLAUSE) return at + 1;
  const end = markEnd(units, at);
  take(tokens, 'mark', at, end);
  return end;
}

const ESCAPE_UNITS = 6;

/** `\\u00e9` and the like, left as text by an exporter, only separate. */
function isEscape(units: Units, at: number): boolean {
  if (((units[at + 1] ?? 0) | 0x20) !== 0x75) return false;
  for (let digit = at + 2; digit < at + ESCAPE_UNITS; digit += 1) {
    const unit = units[digit] ?? 0;
    const lower = unit | 0x20;
    if (!((unit >= 0x30 && unit <= 0x39) || (lower >= 0x61 && lower <= 0x66))) return false;
  }
  return true;
}
