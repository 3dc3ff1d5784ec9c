/** From texts to Earshot's own filter: a logistic regression, calibrated on texts that were held out. */
import type { WordVectors } from '../../../sentiment/train/corpus.ts';
import { createFeatureReader } from '../features.ts';
import { FILTER_FORMAT, type LinearManifest } from '../manifest.ts';
import type { RelevanceText } from './corpus.ts';
import { packExamples, pick, type Examples } from './examples.ts';
import { foldsOf } from './folds.ts';
import { fitLogistic, scoresOf, type LogisticOptions } from './logistic.ts';
import { fitPlatt, type Calibration } from './platt.ts';
import { createSharedWeights } from './shared-weights.ts';

export interface LinearPlan {
  readonly name: string;
  /** Of the folds. */
  readonly seed: number;
  /** Buckets are 2^bits. */
  readonly bits: number;
  /** What half the square of a weight costs. */
  readonly ridge: number;
  /** The same of what words of like meaning share. */
  readonly sharedRidge: number;
  /** Calibration: each fold is read by a model of the others. */
  readonly folds: number;
}

export interface TrainedFilter<M> {
  /** Without the checksum, which is of the bytes. */
  readonly manifest: Omit<M, 'sha256'>;
  readonly weights: Uint8Array;
}

/** Called before each piece of work. */
export type OnStep = (stage: string, done: number, total: number) => void;

/** Deterministic: the same texts, plan and vectors give the same bytes. There are relevant and irrelevant texts. */
export function trainLinearFilter(
  texts: readonly RelevanceText[],
  plan: LinearPlan,
  vectors: WordVectors,
  onStep: OnStep,
): TrainedFilter<LinearManifest> {
  const total = plan.folds + 2;
  let done = 0;
  const step = (stage: string) => {
    onStep(stage, done, total);
    done += 1;
  };
  step('reading features');
  const examples = packExamples(texts, createFeatureReader(plan.bits));
  const options: LogisticOptions = {
    bits: plan.bits,
    ridge: plan.ridge,
    shared: { weights: createSharedWeights(vectors, plan.bits), ridge: plan.sharedRidge },
  };
  const folds = { of: foldsOf(texts, plan.folds, plan.seed), count: plan.folds };
  const calibration = calibrate(texts, examples, folds, options, () => {
    step('calibrating');
  });
  step('learning');
  const { weights, bias } = fitLogistic(examples, options);
  onStep('done', total, total);
  const { bytes, unit } = quantize(weights);
  return {
    weights: bytes,
    manifest: {
      format: FILTER_FORMAT,
      task: 'relevance',
      engine: 'earshot',
      name: plan.name,
      bits: plan.bits,
      bias: bias * calibration.slope + calibration.offset,
      unit: unit * calibration.slope,
      training: {
        plan,
        texts: texts.length,
        ...(examples.count > texts.length && { taughtParts: examples.count - texts.length }),
        relevant: texts.filter(({ relevant }) => relevant).length,
        calibration,
      },
    },
  };
}

/** Of log-odds that models of the other folds gave the texts; their parts are only learned from. */
function calibrate(
  texts: readonly RelevanceText[],
  examples: Examples,
  folds: { readonly of: Uint8Array; readonly count: number },
  options: LogisticOptions,
  onFold: () => void,
): Calibration {
  const scores = new Float64Array(texts.length);
  for (let fold = 0; fold < folds.count; fold += 1) {
    onFold();
    const [inside, outside]: [number[], number[]] = [[], []];
    for (const [index, text] of examples.textOf.entries()) {
      if (folds.of[text] !== fold) outside.push(index);
      else if (index < texts.length) inside.push(index);
    }
    if (inside.length === 0) continue;
    const held = pick(examples, inside);
    const line = fitLogistic(pick(examples, outside), options);
    for (const [at, score] of scoresOf(line, held).entries()) scores[inside[at] ?? 0] = score;
  }
  return fitPlatt(
    scores,
    texts.map(({ relevant }) => relevant),
  );
}

const INT8_MAX = 127;
/** So that a unit is never zero. */
const WEIGHT_MIN = 1e-6;

/** A byte for each bucket, and what one is worth. */
function quantize(weights: Float32Array): { readonly bytes: Uint8Array; readonly unit: number } {
  let largest = WEIGHT_MIN;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  const unit = largest / INT8_MAX;
  const bytes = Int8Array.from(weights, (weight) => Math.round(weight / unit));
  return { bytes: new Uint8Array(bytes.buffer), unit };
}
