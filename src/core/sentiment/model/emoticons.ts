/** Emoticons of the western and the simplest eastern kind. */
import type { Units } from '../../message/units.ts';
import { classOf, DIGIT, LETTER, MARK } from './char-classes.ts';

const EYES = new Set(Array.from(':;=xX', (char) => char.charCodeAt(0)));
const NOSES = new Set(Array.from("-o^'*~,", (char) => char.charCodeAt(0)));
const MOUTHS = new Set(Array.from(')](}[{DPpdbOo0/\\|3*$@sScC><Xx', (char) => char.charCodeAt(0)));
const REVERSED_MOUTHS = new Set(Array.from('()[]{}D', (char) => char.charCodeAt(0)));
/** Eyes that are letters need a mouth that no word begins with: `xD`. */
const MOUTHS_OF_LETTER_EYES = new Set(Array.from(')(Dd', (char) => char.charCodeAt(0)));
const WHOLE = [
  '</3',
  '<3',
  '^_^',
  '^^',
  '-_-',
  'T_T',
  'T.T',
  'o_O',
  'O_o',
  'o_o',
  'O_O',
  '>_<',
  '>.<',
  ';_;',
  'u_u',
  'XOXO',
].map((face) => Array.from(face, (char) => char.charCodeAt(0)));
const WHOLE_FIRST = new Set(WHOLE.map(([first]) => first));
/** What no emoticon begins with, of ASCII: 0. */
const ASCII_BEGINS = Uint8Array.from({ length: 0x80 }, (_, unit) =>
  EYES.has(unit) || REVERSED_MOUTHS.has(unit) || WHOLE_FIRST.has(unit) ? 1 : 0,
);
/** Mouths that begin something else before a letter or digit: `:@name`, `:$5`. */
const SIGNS = new Set(Array.from('@$', (char) => char.charCodeAt(0)));
const REPEATS_MAX = 16;
const UPPER_X = 0x58;
const LOWER_X = 0x78;
const CLOSING = 0x29;
const THREE = 0x33;

/** Letters of scripts written without spaces do not count: a face may follow at once. */
function isAlphanumeric(unit: number): boolean {
  if (unit === 0xfe0e || unit === 0xfe0f) return false; // An emoji's variation selector.
  const kind = classOf(unit);
  return kind === LETTER || kind === DIGIT || kind === MARK;
}

/** Units of the emoticon that begins at `at`; 0 when there is none. One must stand apart from words. */
export function emoticonAt(units: Units, at: number): number {
  const first = units[at] ?? 0;
  if (first >= 0x80 || ASCII_BEGINS[first] === 0) return 0;
  if (at > 0 && isAlphanumeric(units[at - 1] ?? 0)) return 0;
  const length = wholeAt(units, at, first) || facingLeft(units, at, first) || facingRight(units, at, first);
  if (length === 0) return 0;
  const last = units[at + length - 1] ?? 0;
  const after = units[at + length] ?? 0;
  if (isAlphanumeric(after) && (isAlphanumeric(last) || SIGNS.has(last))) return 0;
  return length;
}

function wholeAt(units: Units, at: number, first: number): number {
  for (const face of WHOLE) {
    if (face[0] !== first) continue;
    let length = 1;
    while (length < face.length && units[at + length] === face[length]) length += 1;
    if (length < face.length) continue;
    // More love: `<333`.
    return face[length - 1] === THREE ? repeatEnd(units, at + length - 1) - at : length;
  }
  return 0;
}

/** Eyes, an optional tear or nose, mouth, perhaps repeated: `:-)`, `:'(`, `:)))`. */
function facingLeft(units: Units, at: number, eyes: number): number {
  if (!EYES.has(eyes)) return 0;
  const letterEyes = isAlphanumeric(eyes);
  const nose = !letterEyes && NOSES.has(units[at + 1] ?? 0) ? 1 : 0;
  const tear = nose === 1 && NOSES.has(units[at + 2] ?? 0) ? 1 : 0;
  for (let noses = nose + tear; noses >= 0; noses -= 1) {
    const mouthAt = at + 1 + noses;
    const mouth = units[mouthAt] ?? 0;
    if (!(letterEyes ? MOUTHS_OF_LETTER_EYES : MOUTHS).has(mouth)) continue;
    // `(a, x)` and `iPhone X)` are parentheses more often than faces.
    if (eyes === UPPER_X && mouth === CLOSING) return 0;
    if (
      eyes === LOWER_X &&
      mouth === CLOSING &&
      at > 0 &&
      !ENDS.test(String.fromCharCode(units[at - 1] ?? 0))
    )
      return 0;
    return repeatEnd(units, mouthAt) - at;
  }
  return 0;
}

/** What may stand before `x)`. */
const ENDS = /[\s.!?]/;

/** Where the run of the character at `start` ends, or at `REPEATS_MAX`. */
function repeatEnd(units: Units, start: number): number {
  const unit = units[start];
  let end = start + 1;
  while (end - start < REPEATS_MAX && units[end] === unit) end += 1;
  return end;
}

/** `(:`, `(-;`, `D:`. */
function facingRight(units: Units, at: number, mouth: number): number {
  if (!REVERSED_MOUTHS.has(mouth)) return 0;
  const nose = units[at + 1] === 0x2d ? 1 : 0;
  const eyes = units[at + 1 + nose];
  if (eyes !== 0x3a && eyes !== 0x3b && eyes !== 0x3d) return 0;
  // `(:` before a word is the beginning of a parenthesis with a colon; faces stand before a space or the end.
  return (units[at + 2 + nose] ?? 0) <= 0x20 ? 2 + nose : 0;
}

const HAPPY = /[)\]}D>3bpPd*]/;
const SAD = /[([{<@cC]/;

/** The mood of an emoticon: `happy`, `sad`, `playful`, `doubtful`, `love`, `broken`, `other`. */
export function moodOf(emoticon: string): string {
  if (emoticon.startsWith('<3') || emoticon === 'XOXO') return 'love';
  if (emoticon.startsWith('</3')) return 'broken';
  if (emoticon.startsWith('^')) return 'happy';
  if (/^[T;u>]_|^T\.|^>\./.test(emoticon)) return 'sad';
  if (/^-_|_/.test(emoticon)) return 'other';
  const reversed = /[:;=]$/.test(emoticon);
  const mouth = reversed ? mirror(emoticon.charAt(0)) : emoticon.charAt(emoticon.length - 1);
  if (reversed && emoticon.startsWith('D')) return 'sad';
  if (/[pPb]/.test(mouth)) return 'playful';
  if (emoticon.startsWith(';') && HAPPY.test(mouth)) return 'playful';
  if (/[/\\|sS$]/.test(mouth)) return 'doubtful';
  if (mouth === '*') return 'love';
  if (HAPPY.test(mouth)) return 'happy';
  return SAD.test(mouth) ? 'sad' : 'other';
}

function mirror(mouth: string): string {
  const at = '()[]{}'.indexOf(mouth);
  return at === -1 ? mouth : ')(][}{'.charAt(at);
}
