/** What is known of a token from its spelling alone. Computed once for each spelling and kept. */
import { ENGLISH, functionWordsOf } from './function-words.ts';
import { groupForm } from './groups.ts';
import { moodOf } from './emoticons.ts';
import { begin, combine, extend, finish, hashText } from './hash.ts';
import type { TokenKind } from './tokens.ts';

/** The form in which spellings are compared: compatibility forms resolved, lower case, `’` as `'`, digits as `0`, a letter
 *  three times or more as twice (`soooo`: `soo`), Arabic without tatweel and vowel signs. */
export function formOf(spelling: string): string {
  let form = /^[\0-\x5f\x61-\x7f]*$/.test(spelling) ? spelling : foldUnicode(spelling);
  if (form.includes('\\')) form = form.replace(/\\u2019/g, "'");
  form = form.toLowerCase();
  if (/[0-9]/.test(form)) form = form.replace(/[0-9]/g, '0');
  return longestRun(form) > 2 ? form.replace(/(.)\1{2,}/gu, '$1$1') : form;
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
const SPELLING_CHARS_MAX = 40;
const GRAM_MIN = 2;
const GRAM_MAX = 5;
const WORD_SEED = 1;
const GRAM_SEED = begin(2);
const HASHTAG_SEED = 3;

export interface Word {
  readonly form: string;
  readonly hash: number;
  /** Hash under which the lexicons may know it when they do not know `hash`: letters repeated in the spelling once. */
  readonly plainHash: number;
  /** Hash of the word without a possessive or contracted ending (`skyline's`: `skyline`). */
  readonly stemHash: number;
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

const words = (list: string) => new Set(list.split(' '));

const STRENGTHENERS = words(
  'absolutely amazingly awfully completely considerably decidedly deeply enormously entirely especially exceptionally ' +
    'extremely flipping freaking fricking fucking greatly highly hugely incredibly insanely intensely majorly more most ' +
    'particularly purely quite really remarkably so substantially super thoroughly too totally tremendously truly ' +
    'unbelievably unusually utterly very damn bloody',
);
const WEAKENERS = words(
  'almost fairly kinda less little marginally mildly occasionally partly slightly somewhat sorta',
);

/** What a token of that kind and spelling is in a text of that language. Work is bounded by the characters of a spelling that are read. */
export function describeWord(kind: TokenKind, spelling: string, language?: string): Word {
  const form = tokenForm(kind, spelling);
  const hash = hashText(form, WORD_SEED);
  const isChanged = kind === 'word' && form !== spelling;
  const letters = isChanged ? spelling.slice(0, SPELLING_CHARS_MAX).replace(/[^\p{L}]/gu, '') : '';
  const hasRun = longestRun(form) > 1;
  const own = functionWordsOf(language);
  return {
    form,
    hash,
    plainHash: hasRun ? hashText(form.replace(/(.)\1+/gu, '$1'), WORD_SEED) : hash,
    stemHash: form.includes("'") ? hashText(form.replace(/'.*$/u, ''), WORD_SEED) : hash,
    isCaps: letters.length > 1 && letters === letters.toUpperCase() && letters !== letters.toLowerCase(),
    isElongated: hasRun && /(\p{L})\1{2,}/u.test(letters),
    isNegator: ENGLISH.negators.has(form) || own.negators.has(form) || form.endsWith("n't"),
    isContrast: ENGLISH.contrasts.has(form) || own.contrasts.has(form),
    endsClause: kind === 'mark' && !/^["“”«»]/.test(form),
    joins: kind !== 'mark' || /[!?.…]/.test(form),
    boost: STRENGTHENERS.has(form) ? 1 : WEAKENERS.has(form) ? -1 : 0,
  };
}

/** Shows the hashed features of a word by itself: the word and its character n-grams. */
export function visitFeatures(kind: TokenKind, { form, hash }: Word, visit: (hash: number) => void): void {
  visit(hash);
  if (kind === 'hashtag') visit(combine(hash, HASHTAG_SEED));
  if (kind === 'word' || kind === 'hashtag') visitGrams(form, visit);
}

/** The hash of a lexicon's entry: of a word in its compared form, of an emoji without its skin tone. */
export const entryHash = (entry: string): number =>
  hashText(formOf(entry.replace(SKIN_TONES, '')), WORD_SEED);

/** The hash of an emoticon's mood. */
export const moodHash = (mood: string): number => hashText(`:${mood}`, WORD_SEED);
function tokenForm(kind: TokenKind, spelling: string): string {
  switch (kind) {
    case 'word':
      return groupForm(formOf(spelling.slice(0, SPELLING_CHARS_MAX)));
    case 'hashtag':
      return formOf(spelling.slice(0, SPELLING_CHARS_MAX).replace(/^[#＃]/u, ''));
    case 'mention':
      return '@';
    case 'link':
      return '://';
    case 'number':
      return formOf(spelling.slice(0, 8));
    case 'emoji':
      return spelling.slice(0, SPELLING_CHARS_MAX).replace(SKIN_TONES, '');
    case 'emoticon':
      return `:${moodOf(spelling)}`;
    case 'mark':
      return spelling.slice(0, 3);
  }
}

/** n-grams within the word, its edges marked: `<good>` gives `<g`, `<go`, …, `od>`, `d>`. */
function visitGrams(form: string, visit: (hash: number) => void): void {
  const marked = `<${form}>`;
  for (let start = 0; start + GRAM_MIN <= marked.length; start += 1) {
    const most = Math.min(marked.length, start + GRAM_MAX);
    let hash = GRAM_SEED;
    for (let at = start; at < most; at += 1) {
      hash = extend(hash, marked.charCodeAt(at));
      if (at - start + 1 >= GRAM_MIN) visit(finish(hash));
    }
  }
}
