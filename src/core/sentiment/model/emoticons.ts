/** Emoticons of the western and the simplest eastern kind. */
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
];
const WHOLE_BY_FIRST = new Map<number, string[]>();
for (const face of WHOLE) {
  const first = face.charCodeAt(0);
  WHOLE_BY_FIRST.set(first, [...(WHOLE_BY_FIRST.get(first) ?? []), face]);
}
/** What no emoticon begins with, of ASCII: 0. */
const ASCII_BEGINS = Uint8Array.from({ length: 0x80 }, (_, unit) =>
  EYES.has(unit) || REVERSED_MOUTHS.has(unit) || WHOLE_BY_FIRST.has(unit) ? 1 : 0,
);
/** Mouths that begin something else before a letter or digit: `:@name`, `:$5`. */
const SIGNS = new Set(Array.from('@$', (char) => char.charCodeAt(0)));
const REPEATS_MAX = 16;
const UPPER_X = 0x58;
const LOWER_X = 0x78;
const CLOSING = 0x29;

/** Letters of scripts written without spaces do not count: a face may follow at once. */
function isAlphanumeric(unit: number): boolean {
  // Beyond the text; an emoji's variation selector.
  if (Number.isNaN(unit) || unit === 0xfe0e || unit === 0xfe0f) return false;
  const kind = classOf(unit);
  return kind === LETTER || kind === DIGIT || kind === MARK;
}

/** Units of the emoticon that begins at `at`; 0 when there is none. One must stand apart from words. */
export function emoticonAt(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first >= 0x80 || ASCII_BEGINS[first] === 0) return 0;
  if (at > 0 && isAlphanumeric(text.charCodeAt(at - 1))) return 0;
  const length = wholeAt(text, at, first) || facingLeft(text, at, first) || facingRight(text, at, first);
  if (length === 0) return 0;
  const last = text.charCodeAt(at + length - 1);
  const after = text.charCodeAt(at + length);
  if (isAlphanumeric(after) && (isAlphanumeric(last) || SIGNS.has(last))) return 0;
  return length;
}

function wholeAt(text: string, at: number, first: number): number {
  for (const face of WHOLE_BY_FIRST.get(first) ?? []) {
    if (!text.startsWith(face, at)) continue;
    // More love: `<333`.
    return face.endsWith('3') ? repeatEnd(text, at + face.length - 1) - at : face.length;
  }
  return 0;
}

/** Eyes, an optional tear or nose, mouth, perhaps repeated: `:-)`, `:'(`, `:)))`. */
function facingLeft(text: string, at: number, eyes: number): number {
  if (!EYES.has(eyes)) return 0;
  const letterEyes = isAlphanumeric(eyes);
  const nose = !letterEyes && NOSES.has(text.charCodeAt(at + 1)) ? 1 : 0;
  const tear = nose === 1 && NOSES.has(text.charCodeAt(at + 2)) ? 1 : 0;
  for (const noses of [nose + tear, nose, 0]) {
    const mouthAt = at + 1 + noses;
    const mouth = text.charCodeAt(mouthAt);
    if (!(letterEyes ? MOUTHS_OF_LETTER_EYES : MOUTHS).has(mouth)) continue;
    // `(a, x)` and `iPhone X)` are parentheses more often than faces.
    if (eyes === UPPER_X && mouth === CLOSING) return 0;
    if (eyes === LOWER_X && mouth === CLOSING && /[^\s.!?]/.test(text.charAt(at - 1))) return 0;
    return repeatEnd(text, mouthAt) - at;
  }
  return 0;
}

/** Where the run of the character at `start` ends, or at `REPEATS_MAX`. */
function repeatEnd(text: string, start: number): number {
  const unit = text.charCodeAt(start);
  let end = start + 1;
  while (end - start < REPEATS_MAX && text.charCodeAt(end) === unit) end += 1;
  return end;
}

/** `(:`, `(-;`, `D:`. */
function facingRight(text: string, at: number, mouth: number): number {
  if (!REVERSED_MOUTHS.has(mouth)) return 0;
  const nose = text.charCodeAt(at + 1) === 0x2d ? 1 : 0;
  const eyes = text.charCodeAt(at + 1 + nose);
  if (eyes !== 0x3a && eyes !== 0x3b && eyes !== 0x3d) return 0;
  // `(:` before a word is the beginning of a parenthesis with a colon; faces stand before a space or the end.
  return text.length === at + 2 + nose || text.charCodeAt(at + 2 + nose) <= 0x20 ? 2 + nose : 0;
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
