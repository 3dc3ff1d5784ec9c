/** Features that are numbers: what the lexicons make of the words, and the style of the text. */
import type { Analysis } from './analysis.ts';
import type { TokenKind } from './tokens.ts';
import type { Word } from './words.ts';

/** A word with its valence in each lexicon, about -4 to 4, 0 where a lexicon does not know it. */
export interface ValuedWord extends Word {
  /** Undefined when no lexicon knows the word. */
  readonly valences: ArrayLike<number> | undefined;
  /** Of `styleOf`. */
  readonly style: readonly number[];
}

/** Features of one lexicon, in order: sums of positive and of negative valences (log), their counts, the highest, the
 *  lowest, the last, the sum behind a contrast, the normalized sum, the same without negations, and "knows no word". */
export const LEXICON_FEATURES = 11;

/** By VADER (Hutto and Gilbert, 2014): what a booster adds, what capitals add, what a negation leaves. */
const BOOST = 0.293;
const BOOST_FADE = 0.9;
const CAPS = 0.733;
const NEGATION = -0.74;
/** What a post of 280 characters reaches at most; a long text is not surer for repeating itself. */
const COUNT_MAX = 9;
const BEHIND_MAX = 12;

/** Normalization of VADER to (-1, 1). */
const normalized = (sum: number) => sum / Math.sqrt(sum * sum + 15);

/** The valence of token `index` in lexicon `lexicon`, as its neighbours change it; 0 when it has none. */
export function valenceAt(analysis: Analysis<ValuedWord>, index: number, lexicon: number): number {
  const { words, negated } = analysis;
  const word = words[index];
  const plain = word?.valences?.[lexicon] ?? 0;
  if (word === undefined || plain === 0) return 0;
  const before = index > 0 ? (words[index - 1]?.boost ?? 0) : 0;
  const further = index > 1 ? (words[index - 2]?.boost ?? 0) : 0;
  const extra = BOOST * (before + BOOST_FADE * further) + (word.isCaps ? CAPS : 0);
  const valence = plain + (plain > 0 ? extra : -extra);
  return negated[index] === true ? valence * NEGATION : valence;
}

/** Of the text in hand: the tokens that some lexicon knows. */
const valued: number[] = [];

function collectValued({ count, words }: Analysis<ValuedWord>): void {
  valued.length = 0;
  for (let index = 0; index < count; index += 1) if (words[index]?.valences !== undefined) valued.push(index);
}

function addLexicon(analysis: Analysis<ValuedWord>, lexicon: number, out: Float64Array, at: number): void {
  let positive = 0;
  let negative = 0;
  let positives = 0;
  let negatives = 0;
  let highest = 0;
  let lowest = 0;
  let last = 0;
  let behind = 0;
  let plain = 0;
  for (const index of valued) {
    const valence = valenceAt(analysis, index, lexicon);
    if (valence === 0) continue;
    plain += analysis.words[index]?.valences?.[lexicon] ?? 0;
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
    if (analysis.contrast >= 0 && index > analysis.contrast) behind += valence;
  }
  out[at] = Math.log1p(positive);
  out[at + 1] = Math.log1p(negative);
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
  /** How much of it a spelling has. Absent for what only the place of a token tells. */
  readonly of?: (kind: TokenKind, word: Word, chars: number) => number;
  /** From the sum over all tokens to the feature. */
  scale(sum: number, words: number): number;
}

const has = (condition: boolean) => (condition ? 1 : 0);
const kindIs = (wanted: TokenKind) => (kind: TokenKind) => has(kind === wanted);
const upTo = (most: number, unit: number) => (sum: number) => Math.min(sum, most) / unit;
const markWith =
  (sign: string) =>
  (kind: TokenKind, { form }: Word, chars: number) =>
    kind === 'mark' && form.includes(sign) ? chars : 0;

/** One line each; the order is part of a model's format. */
const STYLE: readonly StyleFeature[] = [
  /* exclamation marks */ { of: markWith('!'), scale: Math.log1p },
  /* question marks */ { of: markWith('?'), scale: Math.log1p },
  /* words in capitals */ { of: (_, { isCaps }) => has(isCaps), scale: upTo(5, 2) },
  /* their share */ { of: (_, { isCaps }) => has(isCaps), scale: (sum, words) => sum / Math.max(words, 1) },
  /* elongated words */ { of: (_, { isElongated }) => has(isElongated), scale: upTo(3, 1) },
  /* mentions */ { of: kindIs('mention'), scale: upTo(4, 2) },
  /* any link */ { of: kindIs('link'), scale: upTo(1, 1) },
  /* words in hashtags */ { of: kindIs('hashtag'), scale: upTo(5, 2) },
  /* numbers */ { of: kindIs('number'), scale: upTo(5, 2) },
  /* negations */ { of: (_, { isNegator }) => has(isNegator), scale: upTo(3, 1) },
  /* ellipses */ {
    of: (kind, { form }) => has(kind === 'mark' && /^(\.\.|…)/.test(form)),
    scale: upTo(2, 1),
  },
  /* words */ { of: kindIs('word'), scale: (sum) => Math.log1p(sum) / 2 },
  /* happy emoticons */ { of: (_, { form }) => has(/^:(happy|love|playful)$/.test(form)), scale: upTo(4, 1) },
  /* sad emoticons */ { of: (_, { form }) => has(/^:(sad|broken)$/.test(form)), scale: upTo(4, 1) },
  /* emoji */ { of: kindIs('emoji'), scale: upTo(4, 2) },
  /* quotes */ { of: (kind, { form }) => has(kind === 'mark' && /^["“«]/.test(form)), scale: upTo(2, 1) },
  /* ends in a question */ { scale: upTo(1, 1) },
  /* ends in an exclamation */ { scale: upTo(1, 1) },
  /* ends in a link */ { scale: upTo(1, 1) },
  /* a contrasting word */ { scale: upTo(1, 1) },
];
const WORDS = 11;
const ENDS_IN_QUESTION = 16;
const ENDS_IN_EXCLAMATION = 17;
const ENDS_IN_LINK = 18;
const CONTRAST = 19;

/** Of most words; one array for all of them. */
const PLAIN_WORD: readonly number[] = [WORDS, 1];

/** What a spelling adds to the sums of the style features: pairs of feature and amount, one after the other. */
export function styleOf(kind: TokenKind, word: Word, chars: number): readonly number[] {
  if (kind === 'word' && !word.isCaps && !word.isElongated && !word.isNegator) return PLAIN_WORD;
  return STYLE.flatMap(({ of }, feature) => {
    const amount = of?.(kind, word, chars) ?? 0;
    return amount === 0 ? [] : [feature, amount];
  });
}

/** Shows what token `index` adds to the sums of the style features. */
export function visitStyle(
  { count, words, kinds, contrast }: Analysis<ValuedWord>,
  index: number,
  visit: (feature: number, amount: number) => void,
): void {
  const word = words[index];
  if (word === undefined) return;
  const { style, form } = word;
  for (let pair = 0; pair < style.length; pair += 2) visit(style[pair] ?? 0, style[pair + 1] ?? 0);
  if (index === contrast) visit(CONTRAST, 1);
  if (index !== count - 1) return;
  if (kinds[index] === 'link') visit(ENDS_IN_LINK, 1);
  if (form.includes('?')) visit(ENDS_IN_QUESTION, 1);
  if (form.includes('!')) visit(ENDS_IN_EXCLAMATION, 1);
}

/** Numbers of the dense part for so many lexicons. */
export const denseSize = (lexicons: number): number => lexicons * LEXICON_FEATURES + STYLE.length;

/** Writes the dense part into `out`, which holds `denseSize(lexicons)` numbers: mostly between -2 and 3. */
export function fillDense(analysis: Analysis<ValuedWord>, lexicons: number, out: Float64Array): void {
  collectValued(analysis);
  for (let lexicon = 0; lexicon < lexicons; lexicon += 1) {
    addLexicon(analysis, lexicon, out, lexicon * LEXICON_FEATURES);
  }
  const base = lexicons * LEXICON_FEATURES;
  out.fill(0, base);
  const add = (feature: number, amount: number) => {
    out[base + feature] = (out[base + feature] ?? 0) + amount;
  };
  let plainWords = 0;
  for (let index = 0; index < analysis.count; index += 1) {
    const isPlain = analysis.words[index]?.style === PLAIN_WORD && index !== analysis.contrast;
    if (isPlain && index !== analysis.count - 1) plainWords += 1;
    else visitStyle(analysis, index, add);
  }
  add(WORDS, plainWords);
  const words = out[base + WORDS] ?? 0;
  for (let feature = 0; feature < STYLE.length; feature += 1) {
    const sum = out[base + feature] ?? 0;
    if (sum !== 0) out[base + feature] = STYLE[feature]?.scale(sum, words) ?? 0;
  }
}
