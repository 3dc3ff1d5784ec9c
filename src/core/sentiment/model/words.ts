/** What is known of a token from its spelling alone. Computed once for each spelling and kept. */
import { functionWordsOf, WORD_SEED } from './function-words.ts';
import { isGivenName, NAME_FORM } from './given-names.ts';
import { GROUP_FORM, isGroup } from './groups.ts';
import { moodOf } from './emoticons.ts';
import { hashText } from './hash.ts';
import { gradeOf } from './ratings.ts';
import type { TokenKind } from './tokens.ts';
import * as traits from './traits.ts';
import { featuresOf, markForm } from './word-features.ts';

/** The form in which spellings are compared: compatibility forms resolved, lower case, `’` as `'`, digits as `0`, a letter
 *  three times or more as twice (`soooo`: `soo`), Arabic without tatweel and vowel signs. */
export function formOf(spelling: string): string {
  const folded = foldedOf(spelling);
  return longestRun(folded) > 2 ? folded.replace(/(.)\1{2,}/gu, '$1$1') : folded;
}

/** The same with as many letters as were written. */
function foldedOf(spelling: string): string {
  let form = /^[\0-\x5f\x61-\x7f]*$/.test(spelling) ? spelling : foldUnicode(spelling);
  if (form.includes('\\')) form = form.replace(/\\u2019/g, "'");
  form = form.toLowerCase();
  return /[0-9]/.test(form) ? form.replace(/[0-9]/g, '0') : form;
}

/** Of equal units. Most words have none, and a regular expression would cost more than all the rest. */
function longestRun(text: string): number {
  let [longest, run] = [1, 1];
  for (let at = 1; at < text.length; at += 1) {
    run = text.charCodeAt(at) === text.charCodeAt(at - 1) ? run + 1 : 1;
    if (run > longest) longest = run;
  }
  return longest;
}

const ARABIC_MARKS = /[\u064b-\u065f\u0670]|\u0640/g;
const JOINERS = /\u200c|\u200d/g;

function foldUnicode(text: string): string {
  return text
    .replace(/[\u2018\u2019\u02bc\u0060\u00b4]/g, "'") // First: U+00B4 decomposes into a space and a mark.
    .normalize('NFKC')
    .replace(JOINERS, '')
    .replace(ARABIC_MARKS, '')
    .replace(/[أإآ]/g, 'ا')
    .replace(/ى/g, 'ي')
    .replace(/ة/g, 'ه');
}

const SKIN_TONES = /[\u{1f3fb}-\u{1f3ff}]|[\ufe0e\ufe0f]/gu;

/** Characters of a spelling that n-grams are taken from; a longer one is cut. */
export const SPELLING_CHARS_MAX = 40;
const NUMBER_CHARS_MAX = 8;
const MARK_CHARS_MAX = 3;

/** What a spelling says, as numbers. */
export interface Sense {
  readonly hash: number;
  /** Hash under which it may be known when it is not by `hash`: letters written three times or more once (`happyyy`: `happy`),
   *  or, where there are none, those written twice (`loove`: `love`). */
  readonly plainHash: number;
  /** Hash of the word without a possessive or contracted ending (`skyline's`: `skyline`). */
  readonly stemHash: number;
  /** Bits of `traits.ts`. */
  readonly traits: number;
}

export interface Word extends Omit<Sense, 'traits'> {
  readonly form: string;
  readonly isCaps: boolean;
  readonly isElongated: boolean;
  readonly isNegator: boolean;
  readonly isContrast: boolean;
  /** Punctuation other than quotes, which may stand around the very word that is negated. */
  readonly endsClause: boolean;
  /** Whether it can be part of a phrase: marks that only separate (commas, quotes) cannot, those with a tone can. */
  readonly joins: boolean;
  /** What it makes of the word behind it: 1 stronger, -1 weaker, 0 nothing. */
  readonly boost: number;
}

/** What a token of that kind and spelling is in a text of that language. Work is bounded by the characters of a spelling that are read. */
export function describeWord(kind: TokenKind, spelling: string, language?: string): Word {
  const form = tokenForm(kind, spelling);
  const sense = senseOf(kind, spelling, form, language);
  const has = (trait: number) => (sense.traits & trait) !== 0;
  return {
    form,
    hash: sense.hash,
    plainHash: sense.plainHash,
    stemHash: sense.stemHash,
    isCaps: has(traits.CAPS),
    isElongated: has(traits.ELONGATED),
    isNegator: has(traits.NEGATOR),
    isContrast: has(traits.CONTRAST),
    endsClause: has(traits.ENDS_CLAUSE),
    joins: has(traits.JOINS),
    boost: Number(has(traits.STRONGER)) - Number(has(traits.WEAKER)),
  };
}

/** What any given name says, and is. */
export const NAME: Sense = senseOf('word', NAME_FORM, NAME_FORM, undefined);
const NAME_WORD: Word = describeWord('word', NAME_FORM);

export const isName = (kind: TokenKind, { stemHash }: Pick<Sense, 'stemHash'>): boolean =>
  kind === 'word' && isGivenName(stemHash);

/** What `describeWord` says, where texts are read for sentiment: given names are one word. */
export function describeForSentiment(kind: TokenKind, spelling: string, language?: string): Word {
  const word = describeWord(kind, spelling, language);
  return isName(kind, word) ? NAME_WORD : word;
}

/** `form` is that of the spelling. */
export function senseOf(
  kind: TokenKind,
  spelling: string,
  form: string,
  language: string | undefined,
): Sense {
  const hash = hashText(form, WORD_SEED);
  const isChanged = kind === 'word' && form !== spelling;
  const letters = isChanged ? spelling.slice(0, SPELLING_CHARS_MAX).replace(/[^\p{L}]/gu, '') : '';
  const hasRun = longestRun(form) > 1;
  const isCaps = letters.length > 1 && letters === letters.toUpperCase() && letters !== letters.toLowerCase();
  const isElongated = hasRun && /(\p{L})\1{2,}/u.test(letters);
  const plainHash = hasRun ? hashText(plainFormOf(kind, spelling, form), WORD_SEED) : hash;
  return {
    hash,
    plainHash,
    stemHash: form.includes("'") ? hashText(form.replace(/'.*$/u, ''), WORD_SEED) : hash,
    traits:
      traits.KIND_TRAITS[kind] |
      Math.max(0, functionWordsOf(language).get(hash)) |
      (isElongated ? Math.max(0, functionWordsOf(language).get(plainHash)) & traits.DEGREE : 0) |
      (form.endsWith("n't") ? traits.NEGATOR : 0) |
      (isCaps ? traits.CAPS : 0) |
      (isElongated ? traits.ELONGATED : 0) |
      (kind === 'mark' ? markTraits(form) : kind === 'emoticon' ? moodTraits(form) : 0),
  };
}

/** Of a form in which something is repeated. */
function plainFormOf(kind: TokenKind, spelling: string, form: string): string {
  const folded = kind === 'word' || kind === 'hashtag' ? foldedOf(lettersOf(kind, spelling)) : form;
  return longestRun(folded) > 2 ? folded.replace(/(.)\1{2,}/gu, '$1') : form.replace(/(.)\1+/gu, '$1');
}

/** What is read of a word or hashtag. */
function lettersOf(kind: 'word' | 'hashtag', spelling: string): string {
  const read = spelling.slice(0, SPELLING_CHARS_MAX);
  return kind === 'hashtag' ? read.replace(/^[#＃]/u, '') : read;
}

function markTraits(form: string): number {
  return (
    (/^["“”«»]/.test(form) ? 0 : traits.ENDS_CLAUSE) |
    (/^["“«]/.test(form) ? traits.QUOTES : 0) |
    (/[!?.…]/.test(form) ? traits.JOINS : 0) |
    (form.includes('!') ? traits.EXCLAIMS : 0) |
    (form.includes('?') ? traits.ASKS : 0) |
    (/^(\.\.|…)/.test(form) ? traits.ELLIPSIS : 0)
  );
}

function moodTraits(form: string): number {
  if (/^:(happy|love|playful)$/.test(form)) return traits.HAPPY;
  return /^:(sad|broken)$/.test(form) ? traits.SAD : 0;
}

/** Shows the hashed features of a word by itself: the word and its character n-grams. */
export function visitFeatures(
  kind: TokenKind,
  { form, hash }: Pick<Word, 'form' | 'hash'>,
  visit: (hash: number) => void,
): void {
  const { count, hashes } = featuresOf(kind, hash, markForm(form));
  for (let index = 0; index < count; index += 1) visit(hashes[index] ?? 0);
}

/** The hash of a lexicon's entry: of a word in its compared form, of an emoji without its skin tone. */
export const entryHash = (entry: string): number =>
  hashText(formOf(entry.replace(SKIN_TONES, '')), WORD_SEED);

/** The hash of an emoticon's mood, or of a rating's grade. */
export const moodHash = (mood: string): number => hashText(`:${mood}`, WORD_SEED);

export function tokenForm(kind: TokenKind, spelling: string): string {
  switch (kind) {
    case 'word': {
      const form = formOf(lettersOf(kind, spelling));
      return isGroup(hashText(form, WORD_SEED)) ? GROUP_FORM : form;
    }
    case 'hashtag':
      return formOf(lettersOf(kind, spelling));
    case 'mention':
      return '@';
    case 'link':
      return '://';
    case 'number':
      return formOf(spelling.slice(0, NUMBER_CHARS_MAX));
    case 'emoji':
      return spelling.slice(0, SPELLING_CHARS_MAX).replace(SKIN_TONES, '');
    case 'emoticon':
      return `:${moodOf(spelling)}`;
    case 'rating':
      return `:${gradeOf(spelling)}`;
    case 'mark':
      return spelling.slice(0, MARK_CHARS_MAX);
  }
}
