/** A small world in which what is to be learned is known: made-up words that lean to a class, and such that do not. */
import { createHash } from 'node:crypto';
import { createModelEngine, loadModel } from '../../../../src/core/sentiment/model/engine.ts';
import type { SentimentModel } from '../../../../src/core/sentiment/model/model.ts';
import type {
  ClassIndex,
  SentimentCorpus,
  TrainingText,
  WordVectors,
} from '../../../../src/core/sentiment/train/corpus.ts';
import type { TrainedModel, TrainingPlan } from '../../../../src/core/sentiment/train/train-sentiment.ts';
import { seededRandom } from '../../../support/random.ts';

const CONSONANTS = 'bdfgklmnprstvz';
const VOWELS = 'aeiou';

function madeUp(random: () => number, count: number): string[] {
  const words = new Set<string>();
  const pick = (from: string) => from.charAt(Math.floor(random() * from.length));
  while (words.size < count) {
    words.add(Array.from({ length: 4 }, () => pick(CONSONANTS) + pick(VOWELS)).join(''));
  }
  return [...words];
}

const vocabulary = madeUp(seededRandom(1), 140);
export const WORDS: Readonly<Record<ClassIndex, readonly string[]>> = {
  0: vocabulary.slice(0, 20),
  1: vocabulary.slice(20, 40),
  2: vocabulary.slice(40, 60),
};
const FILLERS = vocabulary.slice(60);

export interface SyntheticOptions {
  readonly seed: number;
  readonly count: number;
  readonly classes?: readonly ClassIndex[];
  readonly language?: string;
  /** Share of texts with a label drawn at random. */
  readonly noise?: number;
}

/** Five words that say nothing and two that say the class. */
export function synthetic({
  seed,
  count,
  classes = [0, 1, 2],
  language,
  noise = 0,
}: SyntheticOptions): TrainingText[] {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  return Array.from({ length: count }, () => {
    const label = pick(classes);
    const words = [...Array.from({ length: 5 }, () => pick(FILLERS)), pick(WORDS[label]), pick(WORDS[label])];
    const order = words.map((word) => ({ word, at: random() })).sort((a, b) => a.at - b.at);
    return {
      text: order.map(({ word }) => word).join(' '),
      label: random() < noise ? pick(classes) : label,
      ...(language === undefined ? {} : { language }),
    };
  });
}

export const noVectors: WordVectors = { words: [], dimensions: 0, values: new Float32Array(0) };

export const corpusOf = (fields: Partial<SentimentCorpus> = {}): SentimentCorpus => ({
  texts: synthetic({ seed: 2, count: 600 }),
  phrases: [],
  validation: synthetic({ seed: 3, count: 150, noise: 0.2 }),
  auxiliary: [],
  taught: [],
  lexicons: [],
  vectors: noVectors,
  ...fields,
});

export const planOf = (fields: Partial<TrainingPlan> = {}): TrainingPlan => ({
  name: 'synthetic',
  languages: ['en'],
  languageCopies: false,
  seed: 1,
  bits: 14,
  epochs: 4,
  auxiliaryEpochs: 2,
  learningRate: 0.05,
  featureDropout: 0.5,
  teaching: { weight: 0.7, share: 0.3 },
  strayShare: 0.06,
  models: 2,
  ...fields,
});

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function loadTrained({ manifest, weights }: TrainedModel): SentimentModel {
  const sha256 = sha256Of(weights);
  return loadModel({ place: 'trained', manifest: { ...manifest, sha256 }, weights, weightsSha256: sha256 });
}

/** Share of texts whose most probable class is their label. */
export function accuracyOf(model: SentimentModel, texts: readonly TrainingText[]): number {
  const engine = createModelEngine(model);
  const right = texts.filter(({ text, label, language }) => {
    const { negative, neutral, positive } = engine.read(
      text,
      language === undefined ? {} : { language },
    ).probability;
    const parts = [negative, neutral, positive];
    return parts[label] === Math.max(...parts);
  });
  return right.length / texts.length;
}
