/** One pass over a text: its letters by script, and its function words by language. No allocation, no regular expression. */
import { readUnits, units } from '../message/units.ts';
import {
  addToHash,
  EMPTY_HASH,
  ENGLISH,
  FOREIGN,
  groupOf,
  GROUPS,
  HINDI,
  HINDI_PERHAPS,
} from './function-words.ts';
import { CLASSES, HAN, KANA, LATIN, NO_LETTER, UNIT_CLASSES } from './scripts.ts';

/** Counts; one object for all texts, good until the next one is looked at. */
export interface Evidence {
  /** Letters of the Latin script. */
  latin: number;
  /** The most frequent other script, as a class of `UNIT_CLASSES`, and its letters. */
  script: number;
  scriptLetters: number;
  /** Function words; the same word twice in a row counts once. */
  english: number;
  foreign: number;
  hindi: number;
  hindiPerhaps: number;
}

/** UTF-16 units of a text that are looked at. */
export const CHARS_READ = 1_000;

const SPACE = 0x20;
const isSpace = (unit: number) => unit <= SPACE || unit === 0xa0;
const isApostrophe = (unit: number) => unit === 0x27 || unit === 0x2019;
/** # @ ＃ ＠ */
const isSign = (unit: number) => unit === 0x23 || unit === 0x40 || unit === 0xff03 || unit === 0xff20;

/** Letters of ASCII in lower case; 0 for what is none. */
const ASCII_LOWER = Uint8Array.from({ length: 0x80 }, (_, unit) => {
  const lower = unit | 0x20;
  return unit >= 0x41 && lower >= 0x61 && lower <= 0x7a ? lower : 0;
});

/** Mentions, hashtags and links are names, not language: they are passed over. */
export function createLook(): (text: string) => Evidence {
  const letters = new Uint32Array(CLASSES);
  const evidence: Evidence = {
    latin: 0,
    script: 0,
    scriptLetters: 0,
    english: 0,
    foreign: 0,
    hindi: 0,
    hindiPerhaps: 0,
  };
  const groups = new Uint32Array(GROUPS);
  return (text) => {
    letters.fill(0);
    groups.fill(0);
    let lastHash = 0;
    let latin = 0;
    const end = Math.min(readUnits(text), CHARS_READ);
    for (let at = 0; at < end;) {
      const unit = units[at] ?? 0;
      const isLetter = UNIT_CLASSES[unit] !== NO_LETTER;
      if (isLetter ? isLink(at) : isSign(unit)) {
        while (at < end && !isSpace(units[at] ?? 0)) at += 1;
        continue;
      }
      if (!isLetter) {
        at += 1;
        continue;
      }
      let hash = EMPTY_HASH;
      for (; at < end; at += 1) {
        const letter = units[at] ?? 0;
        if (letter < ASCII_LOWER.length) {
          const lower = ASCII_LOWER[letter] ?? 0;
          if (lower !== 0) {
            latin += 1;
            hash = addToHash(hash, lower);
          } else if (!isApostrophe(letter)) break;
          continue;
        }
        const unitClass = UNIT_CLASSES[letter] ?? NO_LETTER;
        if (unitClass === NO_LETTER) {
          if (isApostrophe(letter)) continue;
          break;
        }
        if (unitClass === LATIN) latin += 1;
        else letters[unitClass] = (letters[unitClass] ?? 0) + 1;
        hash = addToHash(hash, letter >= 0xc0 && letter <= 0xde ? letter | 0x20 : letter); // À to Þ
      }
      if (hash === lastHash) continue;
      lastHash = hash;
      const group = groupOf(hash);
      groups[group] = (groups[group] ?? 0) + 1;
    }
    evidence.english = groups[ENGLISH] ?? 0;
    evidence.foreign = groups[FOREIGN] ?? 0;
    evidence.hindi = groups[HINDI] ?? 0;
    evidence.hindiPerhaps = groups[HINDI_PERHAPS] ?? 0;
    if (letters[KANA] !== 0) letters[KANA] = (letters[KANA] ?? 0) + (letters[HAN] ?? 0);
    evidence.latin = latin;
    evidence.script = evidence.scriptLetters = 0;
    for (let script = LATIN + 1; script < CLASSES; script += 1) {
      const found = letters[script] ?? 0;
      if (found <= evidence.scriptLetters) continue;
      evidence.script = script;
      evidence.scriptLetters = found;
    }
    return evidence;
  };
}

const LINKS = ['http', 'HTTP', 'www.'].map((link) => Array.from(link, (char) => char.charCodeAt(0)));

function isLink(at: number): boolean {
  const unit = (units[at] ?? 0) | 0x20;
  if (unit !== 0x68 && unit !== 0x77) return false;
  for (const link of LINKS) {
    let length = 0;
    while (length < link.length && units[at + length] === link[length]) length += 1;
    if (length === link.length) return true;
  }
  return false;
}
