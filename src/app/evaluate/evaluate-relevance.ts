/** Filters against files that people judged: one report for each pair. */
import type { Clock } from '../../core/clock/clock.port.ts';
import {
  evaluateFilter,
  type FilterEvaluation,
  type JudgedText,
} from '../../core/relevance/filter/evaluation.ts';
import type { RelevanceFilter } from '../../core/relevance/filter/filter.port.ts';
import type { FilterEngine } from '../../core/relevance/filter/manifest.ts';
import { foldsOf } from '../../core/relevance/filter/train/folds.ts';
import type { RelevanceText } from '../../core/relevance/filter/train/corpus.ts';
import { DatasetError } from '../datasets/dataset-error.ts';
import type { RelevanceDataset } from '../datasets/relevance-dataset.ts';
import { fitFilter } from '../train/train-relevance.ts';
import { measureFilter } from './measure-filter.ts';

export interface RelevanceReport extends FilterEvaluation {
  readonly engine: string;
  readonly file: string;
  /** How the texts came to be unseen: `model`, `train FILE`, `5 folds`, `each event left out`. */
  readonly how: string;
  /** Mean over groups that have texts of both kinds; null without groups. */
  readonly rocAucByGroup: number | null;
  readonly textsPerSecond: number;
}

export interface EvaluateProgress {
  readonly stage: string;
  /** Of all the work, from 0 to 1. */
  readonly share: number;
}

export interface Judge {
  readonly clock: Clock;
  readonly onProgress: (progress: EvaluateProgress) => void;
}

/** A filter that is there already, on each file. */
export async function evaluateModels(
  models: readonly { readonly engine: string; readonly how: string; readonly filter: RelevanceFilter }[],
  datasets: readonly RelevanceDataset[],
  { clock, onProgress }: Judge,
): Promise<RelevanceReport[]> {
  const reports: RelevanceReport[] = [];
  const total = datasets.length * models.length;
  for (const { file, texts } of datasets) {
    for (const { engine, how, filter } of models) {
      const done = reports.length;
      const { judged, textsPerSecond } = await measureFilter(filter, texts, clock, (share) => {
        onProgress({ stage: `${engine} · ${file}`, share: (done + share) / total });
      });
      reports.push({ engine, file, how, ...evaluated(texts, judged), textsPerSecond });
    }
  }
  return reports;
}

/** `groups`: each group is left out once; else so many folds. */
export type Validation = { readonly kind: 'folds'; readonly folds: number } | { readonly kind: 'groups' };

export interface CrossValidateOptions extends Judge {
  readonly engines: readonly FilterEngine[];
  readonly datasets: readonly RelevanceDataset[];
  readonly validation: Validation;
  /** Name of the group column, for the report. */
  readonly group?: string;
  readonly seed: number;
}

/** Each text is read by a filter trained without its fold, or without its group. */
export async function crossValidate(options: CrossValidateOptions): Promise<RelevanceReport[]> {
  const { engines, datasets, validation, group, seed, clock, onProgress } = options;
  const reports: RelevanceReport[] = [];
  const total = engines.length * datasets.length;
  for (const { file, texts } of datasets) {
    const folds =
      validation.kind === 'groups' ? groupFolds(file, texts) : foldsOf(texts, validation.folds, seed);
    const parts = [...new Set(folds)];
    for (const engine of engines) {
      const judged: JudgedText[] = [];
      let rate = 0;
      for (const [at, part] of parts.entries()) {
        onProgress({ stage: `${engine} · ${file}`, share: (reports.length + at / parts.length) / total });
        await new Promise((resolve) => setImmediate(resolve));
        const training = texts.filter((_text, index) => folds[index] !== part);
        assertBothKinds(file, training);
        const filter = await fitFilter(training, { name: 'fold', engine, seed });
        const held = texts.map((_text, index) => index).filter((index) => folds[index] === part);
        const measured = await measureFilter(
          filter,
          held.map((index) => texts[index] ?? NO_TEXT),
          clock,
          () => undefined,
        );
        for (const [place, index] of held.entries())
          judged[index] = measured.judged[place] ?? { relevant: false, probability: 0.5 };
        rate += measured.textsPerSecond / parts.length;
      }
      const how =
        validation.kind === 'groups' ? `each ${group ?? 'group'} left out` : `${validation.folds} folds`;
      reports.push({ engine, file, how, ...evaluated(texts, judged), textsPerSecond: rate });
    }
  }
  return reports;
}

const NO_TEXT: RelevanceText = { text: '', relevant: false };

function groupFolds(file: string, texts: readonly RelevanceText[]): number[] {
  const numbers = new Map<string, number>();
  const folds = texts.map(({ group = '' }) => {
    const number = numbers.get(group) ?? numbers.size;
    numbers.set(group, number);
    return number;
  });
  if (numbers.size < 2)
    throw new DatasetError(`${file}: has one group only; nothing would be left to train from`);
  if (numbers.size > GROUPS_MAX) {
    throw new DatasetError(
      `${file}: has ${numbers.size} groups; at most ${GROUPS_MAX} can be left out one by one`,
    );
  }
  return folds;
}

const GROUPS_MAX = 100;

function assertBothKinds(file: string, texts: readonly RelevanceText[]): void {
  const relevant = texts.filter((text) => text.relevant).length;
  if (relevant > 0 && relevant < texts.length) return;
  throw new DatasetError(
    `${file}: without one of its parts all texts are of one kind; nothing can be learned`,
  );
}

function evaluated(texts: readonly RelevanceText[], judged: readonly JudgedText[]) {
  const groups = new Map<string, JudgedText[]>();
  for (const [index, { group }] of texts.entries()) {
    const answer = judged[index];
    if (group === undefined || answer === undefined) continue;
    const own = groups.get(group) ?? [];
    groups.set(group, own);
    own.push(answer);
  }
  const areas = [...groups.values()].flatMap((own) => evaluateFilter(own).rocAuc ?? []);
  return {
    ...evaluateFilter(judged),
    rocAucByGroup: areas.length === 0 ? null : areas.reduce((sum, area) => sum + area, 0) / areas.length,
  };
}
