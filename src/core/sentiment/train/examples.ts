/** Texts as the trainer reads them: hashed features and numbers, packed into flat arrays. */
import { createAnalyzer, type Analysis } from '../model/analysis.ts';
import { denseSize, fillDense } from '../model/dense.ts';
import { combine } from '../model/hash.ts';
import { CONSTANT, damping, languageSeed, negatedHash, visitPhrases } from '../model/ngrams.ts';
import { describeForSentiment, visitFeatures, type Word } from '../model/words.ts';
import type { ClassShares, TaughtText, TrainingText } from './corpus.ts';
import type { Lexicon } from './lexicon.ts';
import type { VectorTable } from './vectors.ts';

export interface Examples {
  readonly count: number;
  /** Buckets of all examples, one after the other. */
  readonly buckets: Uint32Array;
  /** Where each example's buckets begin; one more than there are examples. */
  readonly offsets: Uint32Array;
  /** What an example's hashed features are multiplied with, as in the model. */
  readonly damping: Float32Array;
  /** Numbers of an example: dense features, then the pooled vector, then room for auxiliary features. */
  readonly width: number;
  readonly numbers: Float32Array;
  /** Three for each example: how much of each class it should be given. */
  readonly shares: Float32Array;
  /** Balances the classes, by language where there are several; taught texts are taken as they come. */
  readonly weights: Float32Array;
}

export interface ExampleOptions {
  readonly bits: number;
  readonly lexicon: Lexicon;
  readonly vectors: VectorTable;
  /** Numbers kept free at the end of each row. */
  readonly auxiliary: number;
  readonly languageCopies: boolean;
  readonly teaching: Teaching;
}

/** How much a teacher has to say. */
export interface Teaching {
  /** What a taught text counts beside a labelled one, unless it says otherwise. */
  readonly weight: number;
  /** Of a labelled text of which the teacher said something: its part in what the text is learned as, 0 to 1. */
  readonly share: number;
}

/** Labelled texts first, then what is taught. */
export type ExampleReader = (texts: readonly TrainingText[], taught?: readonly TaughtText[]) => Examples;

interface TrainingWord extends Word {
  readonly valences: readonly number[] | undefined;
  readonly features: readonly number[];
  /** Row of the vector table; -1 for none. */
  readonly vector: number;
}

/** Every so many texts are read as if nobody knew their language, so that the shared features can stand alone. */
const ANONYMOUS_EVERY = 8;
/** Brings pooled vectors to the scale of the other numbers. */
export const VECTOR_SCALE = 0.5;

export function createExampleReader(options: ExampleOptions): ExampleReader {
  const { lexicon, vectors } = options;
  const analyzerOf = (language: string | undefined) =>
    createAnalyzer(
      (kind, spelling): TrainingWord => {
        const word = describeForSentiment(kind, spelling, language);
        const valences = lexicon.valencesOf(word);
        const vector = kind === 'word' || kind === 'hashtag' ? vectors.rowOf(word) : -1;
        const features: number[] = [];
        visitFeatures(kind, word, (hash) => features.push(hash));
        return { ...word, features, valences, vector };
      },
      { language },
    );
  const analyzers = new Map<string | undefined, (text: string) => Analysis<TrainingWord>>();
  const analyze = (text: string, language: string | undefined) => {
    const analyzer = analyzers.get(language) ?? analyzerOf(language);
    analyzers.set(language, analyzer);
    return analyzer(text);
  };
  return (texts, taught = []) => {
    const targets = targetsOf(texts, taught, options.teaching);
    return {
      ...readFeatures([...texts, ...taught], analyze, options),
      shares: Float32Array.from(targets.flatMap(({ shares }) => shares)),
      weights: Float32Array.from(targets, ({ weight }) => weight),
    };
  };
}

/** What each text is learned as and how much that counts: labelled texts first, then what is taught. */
export function targetsOf(
  texts: readonly TrainingText[],
  taught: readonly TaughtText[],
  { weight, share }: Teaching,
): { shares: ClassShares; weight: number }[] {
  const weights = balancedWeights(texts, share);
  return [
    ...texts.map((text, index) => ({ shares: learnedAs(text, share), weight: weights[index] ?? 1 })),
    ...taught.map(({ shares, weight: own = weight }) => ({ shares, weight: own })),
  ];
}

const ONE_CLASS: readonly [ClassShares, ClassShares, ClassShares] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

function learnedAs({ label, said }: TrainingText, share: number): ClassShares {
  const labelled = ONE_CLASS[label];
  if (said === undefined) return labelled;
  const mixed = (index: 0 | 1 | 2) => (1 - share) * labelled[index] + share * said[index];
  return [mixed(0), mixed(1), mixed(2)];
}

function readFeatures(
  texts: readonly { readonly text: string; readonly language?: string }[],
  analyze: (text: string, language: string | undefined) => Analysis<TrainingWord>,
  { bits, lexicon, vectors, auxiliary, languageCopies }: ExampleOptions,
): Omit<Examples, 'shares' | 'weights'> {
  const mask = (1 << bits) - 1;
  const denseCount = denseSize(lexicon.lexicons);
  const width = denseCount + vectors.dimensions + auxiliary;
  const numbers = new Float32Array(texts.length * width);
  const offsets = new Uint32Array(texts.length + 1);
  const dense = new Float64Array(denseCount);
  const damped = new Float32Array(texts.length);
  let buckets = new Uint32Array(1 << 20);
  let used = 0;
  for (const [index, { text, language }] of texts.entries()) {
    const known = languageCopies && index % ANONYMOUS_EVERY !== 0 ? language : undefined;
    const seed = known === undefined ? undefined : languageSeed(known);
    const add = (hash: number) => {
      if (used + 2 > buckets.length) buckets = grown(buckets);
      buckets[used++] = hash & mask;
      if (seed !== undefined) buckets[used++] = combine(hash, seed) & mask;
    };
    const analysis = analyze(text, known);
    damped[index] = damping(analysis.count);
    if (languageCopies) add(CONSTANT);
    addWordFeatures(analysis, add);
    visitPhrases(analysis, add);
    offsets[index + 1] = used;
    fillDense(analysis, lexicon.lexicons, dense);
    numbers.set(dense, index * width);
    const at = index * width + denseCount;
    poolVectors(analysis, vectors, numbers.subarray(at, at + vectors.dimensions));
  }
  return {
    count: texts.length,
    buckets: buckets.slice(0, used),
    offsets,
    damping: damped,
    width,
    numbers,
  };
}

function addWordFeatures(analysis: Analysis<TrainingWord>, add: (hash: number) => void): void {
  for (let index = 0; index < analysis.count; index += 1) {
    const word = analysis.words[index];
    if (word === undefined) continue;
    for (const feature of word.features) add(feature);
    if (analysis.negated[index] === 1) add(negatedHash(word.hash));
  }
}

/** Sum over words divided by the root of their number. */
function poolVectors(
  { count, words }: Analysis<TrainingWord>,
  vectors: VectorTable,
  out: Float32Array,
): void {
  let pooled = 0;
  for (let index = 0; index < count; index += 1) {
    const row = words[index]?.vector ?? -1;
    if (row < 0) continue;
    pooled += 1;
    vectors.addRow(row, out);
  }
  if (pooled === 0) return;
  const scale = VECTOR_SCALE / Math.sqrt(pooled);
  for (let at = 0; at < out.length; at += 1) out[at] = (out[at] ?? 0) * scale;
}

function grown(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Each class of each language and weight counts the same; what a teacher says is balanced already. */
function balancedWeights(texts: readonly TrainingText[], share: number): number[] {
  const groupOf = ({ language = '', weight = 1 }: TrainingText) => `${language} ${weight}`;
  const groups = new Map<string, [number, number, number]>();
  for (const text of texts) {
    const counts = groups.get(groupOf(text)) ?? [0, 0, 0];
    groups.set(groupOf(text), counts);
    counts[text.label] += 1;
  }
  return texts.map((text) => {
    const counts = groups.get(groupOf(text)) ?? [0, 0, 0];
    const [total, classes] = [counts[0] + counts[1] + counts[2], counts.filter((count) => count > 0).length];
    const balance = total / (classes * counts[text.label]);
    return (text.weight ?? 1) * (text.said === undefined ? balance : (1 - share) * balance + share);
  });
}
