/** Features that are numbers: what the lexicons make of the words, and the style of the text. */
import type { Scan } from './analysis.ts';
import { TOKENS_MAX } from './tokens.ts';
import * as traits from './traits.ts';

/** Features of one lexicon, in order: sums of positive and of negative valences (log), their counts, the highest, the
 *  lowest, the last, the sum behind a contrast, the normalized sum, the same without negations, and "knows no word". */
export const LEXICON_FEATURES = 11;

/** By VADER (Hutto and Gilbert, 2014): what a booster adds, what capitals add, what a negation leaves. */
const BOOST = 0.293;
const BOOST_FADE = 0.9;
const CAPS = 0.733;
export const NEGATION = -0.74;
/** What a post of 280 characters reaches at most; a long text is not surer for repeating itself. */
const COUNT_MAX = 9;
const BEHIND_MAX = 12;

/** Normalization of VADER to (-1, 1). */
const normalized = (sum: number) => sum / Math.sqrt(sum * sum + 15);

/** What a token makes of the valence behind it. */
function boostOf(scan: Scan, index: number): number {
  const trait = scan.traits[index] ?? 0;
  const degree = trait & traits.DEGREE;
  return degree === traits.STRONGER ? 1 : degree === traits.WEAKER ? -1 : 0;
}

/** What the neighbours of token `index`, and its capitals, add to its valence. */
function extraAt(scan: Scan, index: number): number {
  const before = index > 0 ? boostOf(scan, index - 1) : 0;
  const further = index > 1 ? boostOf(scan, index - 2) : 0;
  const trait = scan.traits[index] ?? 0;
  const isCaps = (trait & traits.CAPS) !== 0;
  const elongated = (trait & traits.ELONGATED) === 0 ? 0 : 1;
  const behind =
    ((scan.traits[index + 1] ?? 0) & traits.STRONGER_BEFORE) !== 0 && index + 1 < scan.count ? 1 : 0;
  return BOOST * (before + BOOST_FADE * further + elongated + behind) + (isCaps ? CAPS : 0);
}

/** Whether a negation turns token `index`. */
export function isTurned({ negated, traits: all }: Scan, index: number): boolean {
  return negated[index] === 1 && ((all[index] ?? 0) & traits.TOP) === 0;
}

function inContext(plain: number, extra: number, isNegated: boolean): number {
  const valence = plain + (plain > 0 ? extra : -extra);
  return isNegated ? valence * NEGATION : valence;
}

/** The valence of token `index` in lexicon `lexicon`, as its neighbours change it; 0 when it has none. */
export function valenceAt(scan: Scan, index: number, lexicon: number): number {
  const isValued = ((scan.traits[index] ?? 0) & traits.VALUED) !== 0;
  const plain = isValued ? scan.valenceOf(index, lexicon) : 0;
  return plain === 0 ? 0 : inContext(plain, extraAt(scan, index), isTurned(scan, index));
}

/** The mean over so many lexicons; one that does not know the token counts as 0. What several know is surer, and meant more. */
export function meanValenceAt(scan: Scan, index: number, lexicons: number): number {
  const isValued = ((scan.traits[index] ?? 0) & traits.VALUED) !== 0;
  return isValued ? (valuedOf(scan, lexicons).means[index] ?? 0) : 0;
}

/** The tokens of a text that some lexicon knows. */
interface Valued {
  scan: Scan | undefined;
  reading: number;
  lexicons: number;
  count: number;
  readonly indexes: Uint16Array;
  /** `lexicons` for each: its valence there, as its neighbours change it, and by itself. */
  valences: Float64Array;
  plains: Float64Array;
  /** By the token's index: the mean of its valences. */
  readonly means: Float64Array;
}

/** One for all: of the text in hand. */
const valued: Valued = {
  scan: undefined,
  reading: 0,
  lexicons: 0,
  count: 0,
  indexes: new Uint16Array(TOKENS_MAX),
  valences: new Float64Array(),
  plains: new Float64Array(),
  means: new Float64Array(TOKENS_MAX),
};

/** Valid until the next text. */
export function valuedOf(scan: Scan, lexicons: number): Readonly<Valued> {
  if (valued.scan === scan && valued.reading === scan.reading && valued.lexicons === lexicons) return valued;
  if (valued.plains.length < TOKENS_MAX * lexicons) {
    valued.plains = new Float64Array(TOKENS_MAX * lexicons);
    valued.valences = new Float64Array(TOKENS_MAX * lexicons);
  }
  const { count, traits: all } = scan;
  let found = 0;
  for (let index = 0; index < count; index += 1) {
    if (((all[index] ?? 0) & traits.VALUED) === 0) continue;
    valued.indexes[found] = index;
    valued.means[index] = weigh(scan, index, lexicons, found * lexicons);
    found += 1;
  }
  valued.scan = scan;
  valued.reading = scan.reading;
  valued.lexicons = lexicons;
  valued.count = found;
  return valued;
}

/** Writes the valences of token `index` from `at` on; returns their mean. */
function weigh(scan: Scan, index: number, lexicons: number, at: number): number {
  const { plains, valences } = valued;
  const extra = extraAt(scan, index);
  const turned = isTurned(scan, index);
  let sum = 0;
  for (let lexicon = 0; lexicon < lexicons; lexicon += 1) {
    const plain = scan.valenceOf(index, lexicon);
    const valence = plain === 0 ? 0 : inContext(plain, extra, turned);
    plains[at + lexicon] = plain;
    valences[at + lexicon] = valence;
    sum += valence;
  }
  return sum / lexicons;
}

function addLexicon(scan: Scan, lexicon: number, lexicons: number, out: Float64Array): void {
  const { contrast } = scan;
  const { count, indexes, plains, valences } = valuedOf(scan, lexicons);
  const at = lexicon * LEXICON_FEATURES;
  let positive = 0;
  let negative = 0;
  let positives = 0;
  let negatives = 0;
  let highest = 0;
  let lowest = 0;
  let last = 0;
  let behind = 0;
  let plain = 0;
  for (let place = 0; place < count; place += 1) {
    const valence = valences[place * lexicons + lexicon] ?? 0;
    if (valence === 0) continue;
    plain += plains[place * lexicons + lexicon] ?? 0;
    if (valence > 0) {
      positive += valence;
      positives += 1;
    } else {
      negative -= valence;
      negatives += 1;
    }
    if (valence > highest) highest = valence;
    if (valence < lowest) lowest = valence;
    last = valence;
    if (contrast >= 0 && (indexes[place] ?? 0) > contrast) behind += valence;
  }
  out[at] = positive === 0 ? 0 : Math.log1p(positive);
  out[at + 1] = negative === 0 ? 0 : Math.log1p(negative);
  out[at + 2] = Math.min(positives, COUNT_MAX) / 3;
  out[at + 3] = Math.min(negatives, COUNT_MAX) / 3;
  out[at + 4] = highest / 2;
  out[at + 5] = lowest / 2;
  out[at + 6] = last / 2;
  out[at + 7] = Math.max(-BEHIND_MAX, Math.min(BEHIND_MAX, behind)) / 3;
  out[at + 8] = 2 * normalized(positive - negative);
  out[at + 9] = 2 * normalized(plain);
  out[at + 10] = positives + negatives === 0 ? 1 : 0;
}

interface StyleFeature {
  /** Tokens with it count, those of marks by their units. Absent for what only the place of a token tells. */
  readonly trait?: number;
  /** From the sum over all tokens to the feature. */
  scale(sum: number, words: number): number;
  /** Says more of a good text than of a bad one; see `emphasis.ts`. */
  readonly isEmphasis?: true;
}

const upTo = (most: number, unit: number) => (sum: number) => Math.min(sum, most) / unit;

/** One line each; the order is part of a model's format. */
const STYLE: readonly StyleFeature[] = [
  /* exclamation marks */ { trait: traits.EXCLAIMS, scale: Math.log1p, isEmphasis: true },
  /* question marks */ { trait: traits.ASKS, scale: Math.log1p },
  /* words in capitals */ { trait: traits.CAPS, scale: upTo(5, 2) },
  /* their share */ { trait: traits.CAPS, scale: (sum, words) => sum / Math.max(words, 1) },
  /* elongated words */ { trait: traits.ELONGATED, scale: upTo(3, 1), isEmphasis: true },
  /* mentions */ { trait: traits.MENTION, scale: upTo(4, 2) },
  /* any link */ { trait: traits.LINK, scale: upTo(1, 1) },
  /* words in hashtags */ { trait: traits.HASHTAG, scale: upTo(5, 2) },
  /* numbers */ { trait: traits.NUMBER, scale: upTo(5, 2) },
  /* negations */ { trait: traits.NEGATOR, scale: upTo(3, 1) },
  /* ellipses */ { trait: traits.ELLIPSIS, scale: upTo(2, 1) },
  /* words */ { trait: traits.WORD, scale: (sum) => Math.log1p(sum) / 2 },
  /* happy emoticons */ { trait: traits.HAPPY, scale: upTo(4, 1) },
  /* sad emoticons */ { trait: traits.SAD, scale: upTo(4, 1) },
  /* emoji */ { trait: traits.EMOJI, scale: upTo(4, 2) },
  /* quotes */ { trait: traits.QUOTES, scale: upTo(2, 1) },
  /* ends in a question */ { scale: upTo(1, 1) },
  /* ends in an exclamation */ { scale: upTo(1, 1), isEmphasis: true },
  /* ends in a link */ { scale: upTo(1, 1) },
  /* a contrasting word */ { scale: upTo(1, 1) },
];
const ENDS_IN_QUESTION = 16;
const ENDS_IN_EXCLAMATION = 17;
const ENDS_IN_LINK = 18;
const CONTRAST = 19;

/** Style features that are emphasis, by their place from the end of the dense part, which is the same for all lexicons. */
export const EMPHASES: readonly number[] = STYLE.flatMap(({ isEmphasis }, index) =>
  isEmphasis === true ? [STYLE.length - index] : [],
);

const STYLE_TRAITS = STYLE.reduce((all, { trait = 0 }) => all | trait, 0);
const BY_UNITS = traits.EXCLAIMS | traits.ASKS;
const bitOf = (trait: number) => 31 - Math.clz32(trait);
const WORD_BIT = bitOf(traits.WORD);
/** Sums by trait, and one more that stays 0. */
const TRAIT_SUMS = 33;
/** Where each style feature's sum is. */
const SUM_OF = Uint8Array.from(STYLE, ({ trait }) => (trait === undefined ? TRAIT_SUMS - 1 : bitOf(trait)));

/** Adds what token `index` adds to the sums by trait, `sums[n]` for the trait `1 << n`, beside those that its place tells. */
function addStyle({ traits: all, starts, ends }: Scan, index: number, sums: Int32Array): void {
  let rest = (all[index] ?? 0) & STYLE_TRAITS;
  while (rest !== 0) {
    const bit = bitOf(rest);
    const trait = 1 << bit;
    rest ^= trait;
    const amount = (trait & BY_UNITS) === 0 ? 1 : (ends[index] ?? 0) - (starts[index] ?? 0);
    sums[bit] = (sums[bit] ?? 0) + amount;
  }
}

/** Of the text in hand. */
const traitSums = new Int32Array(TRAIT_SUMS);

/** Writes the sums of the style features from those by trait. */
function writeStyle(
  scan: Scan,
  from: number,
  end: number,
  sums: Int32Array,
  out: Float64Array,
  base: number,
): void {
  for (let feature = 0; feature < STYLE.length; feature += 1) {
    out[base + feature] = sums[SUM_OF[feature] ?? 0] ?? 0;
  }
  const last = scan.count - 1;
  if (scan.contrast >= from && scan.contrast < end) out[base + CONTRAST] = 1;
  if (last < from || last >= end) return;
  const trait = scan.traits[last] ?? 0;
  if ((trait & traits.LINK) !== 0) out[base + ENDS_IN_LINK] = 1;
  if ((trait & traits.ASKS) !== 0) out[base + ENDS_IN_QUESTION] = 1;
  if ((trait & traits.EXCLAIMS) !== 0) out[base + ENDS_IN_EXCLAMATION] = 1;
}

const tokenSums = new Int32Array(TRAIT_SUMS);
const tokenStyle = new Float64Array(STYLE.length);

/** What token `index` adds to the sums of the style features. Valid until the next token. */
export function styleOf(scan: Scan, index: number): Float64Array {
  tokenSums.fill(0);
  addStyle(scan, index, tokenSums);
  writeStyle(scan, index, index + 1, tokenSums, tokenStyle, 0);
  return tokenStyle;
}

/** Numbers of the dense part for so many lexicons. */
export const denseSize = (lexicons: number): number => lexicons * LEXICON_FEATURES + STYLE.length;

/** Writes the dense part into `out`, which holds `denseSize(lexicons)` numbers: mostly between -2 and 3. */
export function fillDense(scan: Scan, lexicons: number, out: Float64Array): void {
  for (let lexicon = 0; lexicon < lexicons; lexicon += 1) addLexicon(scan, lexicon, lexicons, out);
  const base = lexicons * LEXICON_FEATURES;
  const { count, traits: all } = scan;
  traitSums.fill(0);
  let plainWords = 0;
  for (let index = 0; index < count; index += 1) {
    if (((all[index] ?? 0) & STYLE_TRAITS) === traits.WORD) plainWords += 1;
    else addStyle(scan, index, traitSums);
  }
  const words = (traitSums[WORD_BIT] ?? 0) + plainWords;
  traitSums[WORD_BIT] = words;
  writeStyle(scan, 0, count, traitSums, out, base);
  for (let feature = 0; feature < STYLE.length; feature += 1) {
    const sum = out[base + feature] ?? 0;
    if (sum !== 0) out[base + feature] = STYLE[feature]?.scale(sum, words) ?? 0;
  }
}
