/** `earshot train relevance`: from labelled files to the folder of a filter. */
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RelevanceFilter } from '../../core/relevance/filter/filter.port.ts';
import { loadFilter } from '../../core/relevance/filter/load.ts';
import type { FilterEngine } from '../../core/relevance/filter/manifest.ts';
import type { RelevanceText } from '../../core/relevance/filter/train/corpus.ts';
import { trainBayesFilter } from '../../core/relevance/filter/train/train-bayes.ts';
import {
  trainLinearFilter,
  type LinearPlan,
  type OnStep,
} from '../../core/relevance/filter/train/train-linear.ts';
import type { WordVectors } from '../../core/sentiment/train/corpus.ts';
import { readRelevanceDataset } from '../datasets/relevance-dataset.ts';
import type { TrainRelevance } from './train-relevance.port.ts';
import { readHalvesTeacher, type HalvesTeacher } from './taught-halves.ts';
import { readVectors } from './word-vectors.ts';

/** Chosen on held-out folds and events, in the middle of a plateau; docs/DECISIONS.md tells what else was tried. */
const PLAN: Omit<LinearPlan, 'name' | 'seed'> = {
  bits: 18,
  ridge: 0.2,
  sharedRidge: 0.1,
  folds: 5,
};

/** Two megabytes, read once. */
let vectors: Promise<WordVectors> | undefined;
let teacher: Promise<HalvesTeacher> | undefined;

export interface FitOptions {
  readonly name: string;
  readonly engine: FilterEngine;
  readonly seed: number;
}

interface FittedModel {
  readonly manifest: { readonly training: Readonly<Record<string, unknown>> };
  readonly weights: Uint8Array;
  readonly sha256: string;
}

async function fit(
  texts: readonly RelevanceText[],
  { name, engine, seed }: FitOptions,
  onStep: OnStep,
): Promise<FittedModel> {
  const { manifest, weights } =
    engine === 'earshot'
      ? trainLinearFilter(texts, { ...PLAN, name, seed }, await (vectors ??= readVectors()), onStep)
      : await trainBayesFilter(texts, { name, engine, seed, folds: PLAN.folds }, onStep);
  return { manifest, weights, sha256: createHash('sha256').update(weights).digest('hex') };
}

/** With what the teacher of the shipped crisis filter said of them. `read`: what the filter will be measured on; nothing is taught
 *  where the teacher saw that, since it knew the answers. */
export async function taughtTexts(
  texts: readonly RelevanceText[],
  read: readonly RelevanceText[] = [],
): Promise<readonly RelevanceText[]> {
  const { teach, saw } = await (teacher ??= readHalvesTeacher());
  return saw(read) ? texts : texts.map(teach);
}

/** A filter of those texts, without a file: to be measured. */
export async function fitFilter(
  texts: readonly RelevanceText[],
  options: FitOptions,
  onStep: OnStep = () => undefined,
): Promise<RelevanceFilter> {
  const { manifest, weights, sha256 } = await fit(texts, options, onStep);
  const raw = { ...manifest, sha256 };
  return loadFilter({ place: options.name, manifest: raw, weights, weightsSha256: sha256 });
}

export const trainRelevance: TrainRelevance = async (
  { files, outDir, seed, engine, relevant, group },
  onProgress,
) => {
  const datasets = [];
  for (const [index, file] of files.entries()) {
    onProgress({ stage: `reading ${basename(file)}`, done: index, total: files.length });
    const options = {
      ...(relevant === undefined ? {} : { relevant }),
      ...(group === undefined ? {} : { group }),
    };
    datasets.push(await readRelevanceDataset(file, options));
  }
  const texts = datasets.flatMap((dataset) => dataset.texts);
  // Before minutes of work: a place that cannot be written is known at once.
  await mkdir(outDir, { recursive: true });
  const options = { name: basename(outDir), engine, seed };
  const { manifest, weights, sha256 } = await fit(await taughtTexts(texts), options, (stage, done, total) => {
    onProgress({ stage, done, total });
  });
  await replace(join(outDir, 'weights.bin'), weights);
  await replace(join(outDir, 'model.json'), `${JSON.stringify({ ...manifest, sha256 }, undefined, 2)}\n`);
  return {
    outDir,
    figures: [
      ...datasets.map((dataset) => {
        const wanted = dataset.texts.filter((text) => text.relevant).length;
        const value = `${wanted} relevant, ${dataset.texts.length - wanted} irrelevant`;
        return { name: basename(dataset.file), value };
      }),
      { name: 'engine', value: engine },
      { name: 'bytes', value: weights.length },
      { name: 'sha256', value: sha256 },
    ],
  };
};

/** A reader never sees half a file. */
async function replace(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}
