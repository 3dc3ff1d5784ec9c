/** From a corpus to a model: auxiliary models, the main one as a mean over seeds, folded, quantized, calibrated. */
import { denseSize } from '../model/dense.ts';
import { MODEL_FORMAT, type ModelManifest } from '../model/manifest.ts';
import { createModel } from '../model/model.ts';
import { encodeWeights, type Weights } from '../model/weights.ts';
import { auxiliaryWidth, fillAuxiliary, fold, type AuxiliaryModel } from './auxiliary.ts';
import type { SentimentCorpus } from './corpus.ts';
import { createExampleReader, VECTOR_SCALE, type Examples, type Teaching } from './examples.ts';
import { createLexicon, type Lexicon } from './lexicon.ts';
import { addWeights, FEATURE_SCALE, logitsOf, trainLinear, zeros, type LinearWeights } from './linear.ts';
import { learnPhrases, type PhraseTable } from './phrases.ts';
import { fitTemperature } from './temperature.ts';
import { createVectorTable, type VectorTable } from './vectors.ts';

export interface TrainingPlan {
  readonly name: string;
  readonly languages: readonly string[];
  readonly languageCopies: boolean;
  readonly seed: number;
  /** Buckets are 2^bits. */
  readonly bits: number;
  readonly epochs: number;
  readonly auxiliaryEpochs: number;
  readonly learningRate: number;
  readonly featureDropout: number;
  readonly teaching: Teaching;
  /** Models with seeds of their own whose weights are averaged. */
  readonly models: number;
  /** Of the manifest. A validation set of the training texts' own time hardly shows it, later texts do. */
  readonly strayShare: number;
}

export interface TrainedModel {
  /** Without the checksum, which is of the bytes. */
  readonly manifest: Omit<ModelManifest, 'sha256'>;
  readonly weights: Uint8Array;
}

/** Called before each piece of work. */
export type OnTrainingStep = (stage: string, done: number, total: number) => void;

/** Deterministic: the same corpus and plan give the same bytes. */
export function trainSentiment(
  corpus: SentimentCorpus,
  plan: TrainingPlan,
  onStep: OnTrainingStep,
): TrainedModel {
  const total = corpus.auxiliary.length * (1 + plan.auxiliaryEpochs) + 1 + plan.models * plan.epochs + 2;
  let done = 0;
  const step = (stage: string) => {
    onStep(stage, done, total);
    done += 1;
  };
  const lexicon = createLexicon(corpus.lexicons.map(({ valences }) => valences));
  const vectors = createVectorTable(corpus.vectors);
  const twoClasses = corpus.auxiliary.map(({ texts }) => texts.every(({ label }) => label !== 1));
  const auxiliary = twoClasses.reduce((sum, two) => sum + auxiliaryWidth(two), 0);
  const { bits, languageCopies, teaching } = plan;
  const read = createExampleReader({ bits, lexicon, vectors, auxiliary, languageCopies, teaching });
  const auxiliaryModels = corpus.auxiliary.map(({ name, texts }, index): AuxiliaryModel => {
    step(`reading ${name}`);
    const examples = read(texts);
    const two = twoClasses[index] ?? false;
    const weights = trainLinear(examples, {
      ...plan,
      epochs: plan.auxiliaryEpochs,
      twoClasses: two,
      onEpoch: () => {
        step(`learning from ${name}`);
      },
    });
    return { weights, twoClasses: two };
  });
  step('reading texts');
  const examples = read(corpus.texts, corpus.taught);
  fillAuxiliary(examples, auxiliaryModels);
  const mean = trainMean(examples, plan, () => {
    step('learning');
  });
  step('quantizing');
  const folded = fold(mean, auxiliaryModels, bits);
  const phrases = learnPhrases(corpus.phrases, logitsOf(folded, read(corpus.phrases)), corpus.texts);
  const weights = quantize(folded, plan, { lexicon, vectors, phrases });
  step('calibrating');
  const manifest = manifestOf(corpus, plan, weights);
  const temperature = calibrate(corpus, manifest, weights);
  onStep('done', total, total);
  return { manifest: { ...manifest, temperature }, weights: encodeWeights(weights) };
}

/** The mean of linear models is one linear model: it costs nothing at run time and depends less on the seed. */
function trainMean(examples: Examples, plan: TrainingPlan, onEpoch: () => void): LinearWeights {
  const mean = zeros(plan.bits, examples.width);
  for (let model = 0; model < plan.models; model += 1) {
    const weights = trainLinear(examples, {
      ...plan,
      seed: Math.imul(plan.seed, SEED_STRIDE) + model,
      onEpoch,
    });
    addWeights(mean, weights, 1 / plan.models);
  }
  return mean;
}

/** Models of one seed share none with those of another. */
const SEED_STRIDE = 1_009;

const INT16_MAX = 32_767;
/** So that a unit is never zero. */
const WEIGHT_MIN = 1e-6;
interface Tables {
  readonly lexicon: Lexicon;
  readonly vectors: VectorTable;
  readonly phrases: PhraseTable;
}

function quantize(linear: LinearWeights, plan: TrainingPlan, { lexicon, vectors, phrases }: Tables): Weights {
  const dense = denseSize(lexicon.lexicons);
  const unit = unitOf(linear.buckets);
  const buckets = Int16Array.from(linear.buckets, (weight) => Math.round(weight / unit));
  const { keys, weights } = projectVectors(linear, vectors, dense);
  const vectorUnit = unitOf(weights);
  const phraseEntries = [...phrases].sort(([a], [b]) => a - b);
  const phraseWeights = Float64Array.from(phraseEntries.flatMap(([, logits]) => [...logits]));
  const phraseUnit = unitOf(phraseWeights);
  return {
    bits: plan.bits,
    buckets,
    bucketScale: unit * FEATURE_SCALE,
    vectorKeys: keys,
    vectorWeights: Int16Array.from(weights, (weight) => Math.round(weight / vectorUnit)),
    vectorScale: vectorUnit,
    phraseKeys: Uint32Array.from(phraseEntries, ([hash]) => hash),
    phraseWeights: Int16Array.from(phraseWeights, (weight) => Math.round(weight / phraseUnit)),
    phraseScale: phraseUnit,
    lexicons: lexicon.lexicons,
    lexiconKeys: lexicon.keys,
    valences: lexicon.valences,
    dense: linear.numbers.slice(0, dense * 3),
    bias: linear.bias,
  };
}

/** The largest of the weights becomes the largest of the integers. */
function unitOf(weights: Float32Array | Float64Array): number {
  let largest = WEIGHT_MIN;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  return largest / INT16_MAX;
}

/** What each word adds by its vector: the vectors themselves need not be kept. */
function projectVectors(
  linear: LinearWeights,
  vectors: VectorTable,
  dense: number,
): { keys: Uint32Array; weights: Float64Array } {
  const rows = new Map<number, number>();
  for (const [row, key] of vectors.keys.entries()) if (!rows.has(key)) rows.set(key, row);
  const keys = Uint32Array.from(rows.keys()).sort();
  const weights = new Float64Array(keys.length * 3);
  for (const [index, key] of keys.entries()) {
    const vector = new Float32Array(vectors.dimensions);
    vectors.addRow(rows.get(key) ?? 0, vector);
    for (let label = 0; label < 3; label += 1) {
      let sum = 0;
      for (const [at, value] of vector.entries())
        sum += value * (linear.numbers[(dense + at) * 3 + label] ?? 0);
      weights[index * 3 + label] = sum * VECTOR_SCALE;
    }
  }
  return { keys, weights };
}

/** On what the model will really answer: quantized, with its phrases, its languages. */
function calibrate(
  { validation }: SentimentCorpus,
  manifest: TrainedModel['manifest'],
  weights: Weights,
): number {
  const model = createModel({ ...manifest, sha256: '' }, weights);
  const logits = new Float64Array(validation.length * 3);
  for (const [index, { text, language }] of validation.entries()) {
    logits.set(model.read(text, language).logits, index * 3);
  }
  return fitTemperature(
    logits,
    validation.map(({ label }) => label),
  );
}

function manifestOf(corpus: SentimentCorpus, plan: TrainingPlan, weights: Weights): TrainedModel['manifest'] {
  return {
    format: MODEL_FORMAT,
    name: plan.name,
    languages: [...plan.languages],
    languageCopies: plan.languageCopies,
    shape: {
      bits: plan.bits,
      bucketScale: weights.bucketScale,
      vectors: weights.vectorKeys.length,
      vectorScale: weights.vectorScale,
      phrases: weights.phraseKeys.length,
      phraseScale: weights.phraseScale,
      lexicons: weights.lexicons,
      lexiconEntries: weights.lexiconKeys.length,
      dense: weights.dense.length / 3,
    },
    temperature: 1,
    strayShare: plan.strayShare,
    training: {
      plan,
      rows: corpus.texts.length,
      taught: corpus.taught.length,
      phrases: corpus.phrases.length,
      validationRows: corpus.validation.length,
      auxiliaryRows: Object.fromEntries(corpus.auxiliary.map(({ name, texts }) => [name, texts.length])),
      lexicons: corpus.lexicons.map(({ name }) => name),
    },
  };
}
