/** What words and hashtags of ASCII say, without a string: nearly all that is new in English text. The same as `describeWord`
 *  says of them. */
import type { Units } from '../../message/units.ts';
import { functionWordsOf, WORD_SEED } from './function-words.ts';
import { isGroup } from './groups.ts';
import { begin, extend, finish } from './hash.ts';
import type { TokenKind } from './tokens.ts';
import { CAPS, DEGREE, ELONGATED, KIND_TRAITS, NEGATOR } from './traits.ts';
import { MARKED_FIRST, markedForm } from './word-features.ts';
import { SPELLING_CHARS_MAX, type Sense } from './words.ts';

const HASH_SIGN = 0x23;
const APOSTROPHE = 0x27;
const GRAVE = 0x60;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const ELONGATED_RUN = 3;

interface AsciiSense extends Sense {
  hash: number;
  plainHash: number;
  stemHash: number;
  traits: number;
  /** Units of the form, which stands in `markedForm`. */
  formLength: number;
}
/** One for all. */
const sense: AsciiSense = { hash: 0, plainHash: 0, stemHash: 0, traits: 0, formLength: 0 };

/** Which units of the form in hand were written three times or more (1), and whether any was. */
const longRuns = { any: false, at: new Uint8Array(SPELLING_CHARS_MAX) };

/** How the letters of the spelling in hand are written. */
const letters = { upper: 0, lower: 0, hasRun: false };

/** Undefined for what is not of ASCII alone, holds an escape, or stands for a group of people. Valid until the next word. */
export function readAsciiWord(
  kind: TokenKind,
  units: Units,
  start: number,
  end: number,
  language: string | undefined,
): Readonly<AsciiSense> | undefined {
  if (kind !== 'word' && kind !== 'hashtag') return undefined;
  const from = kind === 'hashtag' && units[start] === HASH_SIGN ? start + 1 : start;
  const to = Math.min(end, start + SPELLING_CHARS_MAX);
  const length = fold(units, from, to);
  if (length < 0) return undefined;
  const isDoubled = hashForm(length);
  if (kind === 'word' && isGroup(sense.hash)) return undefined;
  let traits = KIND_TRAITS[kind] | Math.max(0, functionWordsOf(language).get(sense.hash));
  if (endsInNot(length)) traits |= NEGATOR;
  if (kind === 'word' && isChanged(units, start, end, length)) {
    countLetters(units, from, to);
    if (letters.upper > 1 && letters.lower === 0) traits |= CAPS;
    if (isDoubled && letters.hasRun)
      traits |= ELONGATED | (Math.max(0, functionWordsOf(language).get(sense.plainHash)) & DEGREE);
  }
  sense.traits = traits;
  sense.formLength = length;
  return sense;
}

/** Lower case, digits as `0`, a run of three or more as two; returns its length, or -1 when it takes more than that. */
function fold(units: Units, from: number, to: number): number {
  let length = 0;
  let run = 0;
  let before = -1;
  longRuns.any = false;
  for (let at = from; at < to; at += 1) {
    let unit = units[at] ?? 0;
    if (unit >= 0x80 || unit === BACKSLASH) return -1;
    if (unit >= 0x41 && unit <= 0x5a) unit |= 0x20;
    else if (unit >= ZERO && unit <= 0x39) unit = ZERO;
    else if (unit === GRAVE) unit = APOSTROPHE;
    run = unit === before ? run + 1 : 1;
    before = unit;
    if (run > 2) {
      longRuns.any = true;
      longRuns.at[length - 1] = 1;
      continue;
    }
    longRuns.at[length] = 0;
    markedForm[MARKED_FIRST + length] = unit;
    length += 1;
  }
  return length;
}

/** Writes the three hashes; returns whether the form holds the same unit twice in a row. */
function hashForm(length: number): boolean {
  let state = begin(WORD_SEED);
  let plain = state;
  let stem = -1;
  let before = -1;
  let isDoubled = false;
  for (let at = MARKED_FIRST; at < MARKED_FIRST + length; at += 1) {
    const unit = markedForm[at] ?? 0;
    if (unit === APOSTROPHE && stem === -1) stem = finish(state);
    state = extend(state, unit);
    if (unit === before) isDoubled = true;
    if (unit !== before || (longRuns.any && longRuns.at[at - MARKED_FIRST] === 0))
      plain = extend(plain, unit);
    before = unit;
  }
  sense.hash = finish(state);
  sense.plainHash = isDoubled ? finish(plain) : sense.hash;
  sense.stemHash = stem === -1 ? sense.hash : stem;
  return isDoubled;
}

function endsInNot(length: number): boolean {
  const last = MARKED_FIRST + length - 1;
  return (
    length >= 3 &&
    markedForm[last] === LOWER_T &&
    markedForm[last - 1] === APOSTROPHE &&
    markedForm[last - 2] === LOWER_N
  );
}

function isChanged(units: Units, start: number, end: number, length: number): boolean {
  if (end - start !== length) return true;
  for (let at = 0; at < length; at += 1) if (units[start + at] !== markedForm[MARKED_FIRST + at]) return true;
  return false;
}

function countLetters(units: Units, from: number, to: number): void {
  let run = 0;
  let before = -1;
  letters.upper = 0;
  letters.lower = 0;
  letters.hasRun = false;
  for (let at = from; at < to; at += 1) {
    const unit = units[at] ?? 0;
    const isUpper = unit >= 0x41 && unit <= 0x5a;
    if (!isUpper && !(unit >= 0x61 && unit <= 0x7a)) continue;
    if (isUpper) letters.upper += 1;
    else letters.lower += 1;
    run = unit === before ? run + 1 : 1;
    before = unit;
    if (run >= ELONGATED_RUN) letters.hasRun = true;
  }
}
