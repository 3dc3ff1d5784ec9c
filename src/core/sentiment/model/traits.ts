/** What a token is and does, one bit each: read for every token of every text. */
import type { TokenKind } from './tokens.ts';

export const CAPS = 1 << 0;
export const ELONGATED = 1 << 1;
/** Turns what stands behind it. */
export const NEGATOR = 1 << 2;
/** `but`. */
export const CONTRAST = 1 << 3;
/** Punctuation other than quotes, which may stand around the very word that is negated. */
export const ENDS_CLAUSE = 1 << 4;
/** Can be part of a phrase: marks that only separate (commas, quotes) cannot, those with a tone can. */
export const JOINS = 1 << 5;
/** Makes the word behind it stronger. */
export const STRONGER = 1 << 6;
export const WEAKER = 1 << 7;
/** A lexicon knows it. */
export const VALUED = 1 << 8;
/** A meaning of it is known. */
export const KNOWN = 1 << 9;
export const EXCLAIMS = 1 << 10;
export const ASKS = 1 << 11;
export const ELLIPSIS = 1 << 12;
export const QUOTES = 1 << 13;
export const HAPPY = 1 << 14;
export const SAD = 1 << 15;
export const WORD = 1 << 16;
export const HASHTAG = 1 << 17;
export const MENTION = 1 << 18;
export const LINK = 1 << 19;
export const NUMBER = 1 << 20;
export const EMOJI = 1 << 21;
/** `kind` and `sort`, which say something else before `of`. */
export const SORT = 1 << 22;
export const OF = 1 << 23;
/** `never been happier`, `couldn't be better`. */
export const PEAK_NEGATOR = 1 << 24;
export const BE = 1 << 25;
export const COMPARATIVE = 1 << 26;
/** Of a token in its place: a negation reaches it and does not turn it, because nothing is more so. */
export const TOP = 1 << 27;
/** Makes what is valued stronger also from further before it: `damn that's good`. */
export const EXPLETIVE = 1 << 28;
/** Makes the word before it stronger: `good af`. */
export const STRONGER_BEFORE = 1 << 29;

/** Says how much of what stands behind it. */
export const DEGREE = STRONGER | WEAKER;

/** Whether a mark says nothing but emphasis; `?!` says more. */
export const isShout = (traits: number): boolean => (traits & (EXCLAIMS | ASKS)) === EXCLAIMS;

/** What a kind says by itself. */
export const KIND_TRAITS: Readonly<Record<TokenKind, number>> = {
  word: WORD | JOINS,
  hashtag: HASHTAG | JOINS,
  mention: MENTION | JOINS,
  link: LINK | JOINS,
  emoji: EMOJI | JOINS,
  emoticon: JOINS,
  number: NUMBER | JOINS,
  rating: JOINS,
  mark: 0,
};
