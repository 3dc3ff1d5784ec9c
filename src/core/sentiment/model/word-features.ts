/** Hashed features of a word by itself: the word and its character n-grams. */
import { begin, combine, extend, finish } from './hash.ts';
import type { TokenKind } from './tokens.ts';

const GRAM_MIN = 2;
const GRAM_MAX = 5;
const GRAM_SEED = begin(2);
const HASHTAG_SEED = 3;
const OPENING = 0x3c;
const CLOSING = 0x3e;

/** A spelling of 40 units may unfold to 18 times as many (U+FDFA). */
const FORM_UNITS_MAX = 2_048;

/** A word's form between `<` and `>`, for whoever asks for its features next. */
const marked = new Uint16Array(FORM_UNITS_MAX + 2);
marked[0] = OPENING;

export const MARKED_FIRST = 1;
/** Where the form's units stand, from `MARKED_FIRST` on. */
export const markedForm = marked;

/** Brings a form to where `featuresOf` reads it; returns its length. */
export function markForm(form: string): number {
  const length = Math.min(form.length, FORM_UNITS_MAX);
  for (let at = 0; at < length; at += 1) marked[MARKED_FIRST + at] = form.charCodeAt(at);
  return length;
}

/** Hashes; valid until the next word. */
export interface Features {
  count: number;
  readonly hashes: Uint32Array;
}
const features: Features = {
  count: 0,
  hashes: new Uint32Array((GRAM_MAX - GRAM_MIN + 1) * marked.length + 2),
};

/** The features of the word whose form stands in `markedForm`. n-grams are of 2 to 5 units within the word, its edges marked:
 *  `<good>` gives `<g`, `<go`, …, `od>`, `d>`. */
export function featuresOf(kind: TokenKind, hash: number, formLength: number): Features {
  const { hashes } = features;
  hashes[0] = hash;
  let count = 1;
  if (kind === 'hashtag') hashes[count++] = combine(hash, HASHTAG_SEED);
  if (kind === 'word' || kind === 'hashtag') {
    const length = formLength + 2;
    marked[length - 1] = CLOSING;
    for (let start = 0; start + GRAM_MIN <= length; start += 1) {
      const most = Math.min(length, start + GRAM_MAX);
      let state = extend(GRAM_SEED, marked[start] ?? 0);
      for (let at = start + 1; at < most; at += 1) {
        state = extend(state, marked[at] ?? 0);
        hashes[count++] = finish(state);
      }
    }
  }
  features.count = count;
  return features;
}
