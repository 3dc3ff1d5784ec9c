/** One pass over a text: its letters by script, and its function words by language. No allocation, no regular expression. */
import { addToHash, EMPTY_HASH, ENGLISH, FOREIGN, groupOf, HINDI, HINDI_PERHAPS } from './function-words.ts';
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
  let lastHash = 0;
  const count = (hash: number) => {
    const group = hash === lastHash ? 0 : groupOf(hash);
    lastHash = hash;
    if (group === ENGLISH) evidence.english += 1;
    else if (group === FOREIGN) evidence.foreign += 1;
    else if (group === HINDI) evidence.hindi += 1;
    else if (group === HINDI_PERHAPS) evidence.hindiPerhaps += 1;
  };
  return (text) => {
    letters.fill(0);
    evidence.english = evidence.foreign = evidence.hindi = evidence.hindiPerhaps = 0;
    lastHash = 0;
    let latin = 0;
    const end = Math.min(text.length, CHARS_READ);
    for (let at = 0; at < end;) {
      const unit = text.charCodeAt(at);
      if (isSign(unit) || isLink(text, at)) {
        while (at < end && !isSpace(text.charCodeAt(at))) at += 1;
        continue;
      }
      if (UNIT_CLASSES[unit] === NO_LETTER) {
        at += 1;
        continue;
      }
      let hash = EMPTY_HASH;
      for (; at < end; at += 1) {
        const letter = text.charCodeAt(at);
        const unitClass = UNIT_CLASSES[letter] ?? NO_LETTER;
        if (unitClass === NO_LETTER) {
          if (isApostrophe(letter)) continue;
          break;
        }
        if (unitClass === LATIN) latin += 1;
        else letters[unitClass] = (letters[unitClass] ?? 0) + 1;
        // Lower case for ASCII and for À to Þ.
        hash = addToHash(hash, letter < 0x5b || (letter >= 0xc0 && letter <= 0xde) ? letter | 0x20 : letter);
      }
      count(hash);
    }
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

function isLink(text: string, at: number): boolean {
  const unit = text.charCodeAt(at) | 0x20;
  return (
    (unit === 0x68 && (text.startsWith('http', at) || text.startsWith('HTTP', at))) ||
    (unit === 0x77 && text.startsWith('www.', at))
  );
}
