/** How text becomes words, for messages and for listening queries alike. One pass, no regular expression over the text.
 *
 *  A word is a run of letters, marks, digits and `_`; every other character separates, so `coca-cola` and `skyline's` are
 *  two words each. Scripts written without spaces (Han, kana, Thai, Lao, Khmer, Burmese) give one word per character. An
 *  emoji is a word of its own, without its skin tone. `#`, `@` and `$` that stand before a run and not behind one make a
 *  mark of it: `#skyline` is the word `skyline` and the mark `#skyline` at the same place. */

export interface Tokens {
  /** Folded words in text order; the index is the position that phrases count in. */
  readonly words: readonly string[];
  /** Folded hashtags, mentions and cashtags with their sign, by the position of their first word. */
  readonly marks: ReadonlyMap<number, string>;
}

/** How `?` and `*` stand within a word of a query while it is tokenized: letters by decree, of the private use area. */
export const ANY_LETTER = '\ue03f';
export const ANY_ENDING = '\ue02a';

const NO_MARKS: ReadonlyMap<number, string> = new Map();

const SEPARATOR = 1;
const WORD = 2;
/** A letter of a script without spaces. */
const SOLO = 3;
/** A combining mark: belongs to the letter before it. */
const COMBINING = 4;
const EMOJI = 5;
/** Two of these make a flag. */
const REGIONAL = 6;

const ZERO_WIDTH_JOINER = 0x200d;
/** `©`, `®`, `™` and arrows are pictographs by Unicode and typography in brand names: they only separate. */
const FIRST_EMOJI = 0x231a;
const SPACELESS =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

function classify(codePoint: number): number {
  const char = String.fromCodePoint(codePoint);
  if (codePoint >= 0x1f1e6 && codePoint <= 0x1f1ff) return REGIONAL;
  if (codePoint >= FIRST_EMOJI && /\p{Extended_Pictographic}/u.test(char)) return EMOJI;
  if (/\p{M}/u.test(char)) return COMBINING;
  if (char === ANY_LETTER || char === ANY_ENDING) return WORD;
  if (/[\p{L}\p{N}_]/u.test(char)) return /\p{L}/u.test(char) && SPACELESS.test(char) ? SOLO : WORD;
  return SEPARATOR;
}

/** What `classify` answered, for the first two planes of Unicode: 128 KiB, filled as characters are met. */
const classes = new Uint8Array(0x20000);

function classOf(codePoint: number): number {
  if (codePoint >= classes.length) return classify(codePoint);
  return (classes[codePoint] ||= classify(codePoint));
}

/** `#`, `@`, `$` for themselves and their full-width forms; empty for everything else. */
function signOf(code: number): string {
  if (code === 0x23 || code === 0xff03) return '#';
  if (code === 0x40 || code === 0xff20) return '@';
  return code === 0x24 || code === 0xff04 ? '$' : '';
}

/** Accents, Hebrew and Arabic vowel points, enclosing marks, variation selectors. */
const ACCENTS =
  /[\u0300-\u036f]|[\u05b0-\u05bd\u05c1\u05c2\u05c7]|[\u064b-\u0652\u0670]|[\u20d0-\u20ff]|[\ufe00-\ufe0f]/g;
const ASCII = /^[\0-\x7f]*$/;
export const isAscii = (text: string) => ASCII.test(text);

/** The largest unit of a plain text. */
export const PLAIN_UNIT_MAX = 0x20ac;
const PLAIN = /^[\0-\x7f\xa0\xa3\xab\xbb\u2010-\u2027\u20ac]*$/;
/** Whether all words of the text are of ASCII: beside them there are no-break spaces, `£`, `«`, `»`, `€`, dashes, typographic
 *  quotes, bullets and ellipses at most, which all separate. */
export const isPlain = (text: string) => PLAIN.test(text);

/** Letters that Unicode does not take apart, as they are written where a keyboard has none of them. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ħ: 'h',
  ı: 'i',
  ς: 'σ',
};
const TO_PLAIN = new RegExp(`[${Object.keys(PLAIN_LETTERS).join('')}]`, 'g');

/** The form in which words are compared: lower case, without accents, strokes and vowel points, compatibility
 *  forms resolved (`𝐬𝐤𝐲`, `ｓｋｙ`, `ﬁ`), `ß` as `ss`, `æ` as `ae`, final sigma as sigma. Marks that tell letters apart stay:
 *  `が` is not `か`. */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(TO_PLAIN, (letter) => PLAIN_LETTERS[letter] ?? letter);
}

const widthOf = (codePoint: number) => (codePoint > 0xffff ? 2 : 1);

/** Start and end of each word, in UTF-16 units: two numbers a word. */
type Spans = number[];

/** Where the run of word characters that begins at `start` ends; adds its words. */
function readRun(text: string, start: number, words: string[], isFolded: boolean, spans?: Spans): number {
  const end = text.length;
  let at = start;
  let wordStart = start;
  let previous = SEPARATOR;
  while (at < end) {
    const codePoint = text.codePointAt(at) ?? 0;
    const kind = classOf(codePoint);
    if (kind !== WORD && kind !== SOLO && kind !== COMBINING) break;
    const begins = kind === SOLO || (kind === WORD && previous === SOLO);
    if (begins && at > wordStart) {
      words.push(isFolded ? text.slice(wordStart, at) : fold(text.slice(wordStart, at)));
      spans?.push(wordStart, at);
      wordStart = at;
    }
    if (kind !== COMBINING) previous = kind;
    at += widthOf(codePoint);
  }
  words.push(isFolded ? text.slice(wordStart, at) : fold(text.slice(wordStart, at)));
  spans?.push(wordStart, at);
  return at;
}

/** Where the emoji that begins at `start` ends; adds it without skin tones and variation selectors. */
function readEmoji(text: string, start: number, words: string[], spans?: Spans): number {
  const first = text.codePointAt(start) ?? 0;
  let emoji = String.fromCodePoint(first);
  let at = start + widthOf(first);
  if (classOf(first) === REGIONAL) {
    const second = text.codePointAt(at) ?? 0;
    if (classOf(second) === REGIONAL) {
      emoji += String.fromCodePoint(second);
      at += widthOf(second);
    }
  }
  while (at < text.length) {
    const codePoint = text.codePointAt(at) ?? 0;
    const isVariation = codePoint === 0xfe0f || codePoint === 0xfe0e;
    const isSkinTone = codePoint >= 0x1f3fb && codePoint <= 0x1f3ff;
    if (codePoint === ZERO_WIDTH_JOINER) {
      const joined = text.codePointAt(at + 1) ?? 0;
      if (classOf(joined) !== EMOJI) break;
      emoji += '\u200d' + String.fromCodePoint(joined);
      at += 1 + widthOf(joined);
    } else if (isVariation || isSkinTone) at += widthOf(codePoint);
    else break;
  }
  words.push(emoji);
  spans?.push(start, at);
  return at;
}

/** Words and marks of a text, folded, in time linear in its length. The caller bounds the length. `spans`, when given,
 *  receives where each word stands in the text. */
export function tokenize(source: string, spans?: Spans): Tokens {
  // Folding an ASCII text whole costs less than folding each of its words; it keeps every position.
  return isAscii(source) ? scan(source.toLowerCase(), true, spans) : scan(source, false, spans);
}

/** The same words at the same positions, not folded: for what is compared letter by letter. */
export function tokenizeAsWritten(source: string): Tokens {
  return scan(source, true);
}

/** Where the letter that begins at `at` ends, with the marks that combine with it. */
export function letterEnd(text: string, at: number): number {
  let end = at + widthOf(text.codePointAt(at) ?? 0);
  for (; end < text.length; end += 1) {
    const codePoint = text.codePointAt(end) ?? 0;
    if (classOf(codePoint) !== COMBINING) break;
    if (codePoint > 0xffff) end += 1;
  }
  return end;
}

/** `isFolded`: the words are taken as they are. */
function scan(text: string, isFolded: boolean, spans?: Spans): Tokens {
  const words: string[] = [];
  let marks: Map<number, string> | undefined;
  const end = text.length;
  let at = 0;
  let runEnd = -1;
  while (at < end) {
    const codePoint = text.codePointAt(at) ?? 0;
    const kind = classOf(codePoint);
    if (kind === WORD || kind === SOLO) {
      const position = words.length;
      const sign = at > 0 && runEnd !== at - 1 ? signOf(text.charCodeAt(at - 1)) : '';
      runEnd = readRun(text, at, words, isFolded, spans);
      if (sign !== '')
        (marks ??= new Map<number, string>()).set(
          position,
          sign + (isFolded ? text.slice(at, runEnd) : fold(text.slice(at, runEnd))),
        );
      at = runEnd;
    } else if (kind === EMOJI || kind === REGIONAL) at = readEmoji(text, at, words, spans);
    else at += widthOf(codePoint);
  }
  return { words, marks: marks ?? NO_MARKS };
}
