/** Engines against labelled files: one report for each pair. */
import type { Clock } from '../../core/clock/clock.port.ts';
import type { EngineReading } from '../../core/sentiment/engine.port.ts';
import type { AnyEngine } from '../../core/sentiment/engines.ts';
import { CLASSES, type SentimentClass } from '../../core/sentiment/evaluation.classes.ts';
import { evaluateRatings, type RatingEvaluation } from '../../core/sentiment/evaluation.ratings.ts';
import { evaluateLabels, type JudgedText, type LabelEvaluation } from '../../core/sentiment/evaluation.ts';
import { scoreIn } from '../../core/sentiment/explanation.ts';
import { labelSentiment } from '../../core/sentiment/sentiment.ts';
import { DatasetError } from '../datasets/dataset-error.ts';
import type { Dataset, LabelledText } from '../datasets/dataset.ts';
import type { Coding } from '../datasets/labels.ts';
import { measureEngine } from './measure-engine.ts';

interface ReportHead {
  readonly engine: string;
  readonly file: string;
  readonly textsPerSecond: number;
}
export interface LabelReport extends ReportHead, LabelEvaluation {
  readonly kind: 'labels';
  /** Rows that people gave several labels, or `ambiguous`: there is no one right answer, so they are not counted. */
  readonly leftOut: number;
  /** What the numbers of the file were taken for, where too few occur to tell. */
  readonly guessed?: Coding;
}
export interface RatingReport extends ReportHead, RatingEvaluation {
  readonly kind: 'ratings';
}
export type SentimentReport = LabelReport | RatingReport;

export interface EvaluateProgress {
  readonly engine: string;
  readonly file: string;
  /** Of all the work, from 0 to 1. */
  readonly share: number;
}

export interface EvaluateOptions {
  readonly engines: readonly AnyEngine[];
  readonly datasets: readonly Dataset[];
  /** As a pipeline's: in [0, 1]; moves rows to `uncertain`, and nothing else. */
  readonly abstainBelow: number;
  readonly clock: Clock;
  readonly onProgress?: (progress: EvaluateProgress) => void;
}

/** By file, then by engine. Texts are read as they stand, without a declared language. Rejects with a `DatasetError` when a file has no row that can be judged. */
export async function evaluateSentiment(options: EvaluateOptions): Promise<SentimentReport[]> {
  const { engines, datasets, onProgress } = options;
  const tasks = datasets
    .map((dataset) => judge(dataset))
    .flatMap((judged) => engines.map((engine) => ({ judged, engine })));
  const reports: SentimentReport[] = [];
  for (const [index, { judged, engine }] of tasks.entries()) {
    const { file } = judged;
    const tell = (share: number) =>
      onProgress?.({ engine: engine.name, file, share: (index + share) / tasks.length });
    reports.push(await report(engine, judged, options, tell));
  }
  return reports;
}

/** A data set's rows that have one right answer. */
type JudgedSet =
  | {
      readonly kind: 'labels';
      readonly file: string;
      readonly rows: readonly { readonly text: string; readonly gold: SentimentClass }[];
      readonly leftOut: number;
      readonly guessed?: Coding | undefined;
    }
  | Extract<Dataset, { kind: 'ratings' }>;

function judge(dataset: Dataset): JudgedSet {
  if (dataset.kind === 'ratings') return dataset;
  const { file, kind, guessed } = dataset;
  const rows = dataset.rows.flatMap((row) => {
    const gold = onlyClass(row);
    return gold === undefined ? [] : [{ text: row.text, gold }];
  });
  if (rows.length > 0) return { kind, file, rows, leftOut: dataset.rows.length - rows.length, guessed };
  throw new DatasetError(`${file}: no row has exactly one of the labels ${CLASSES.join(', ')}`);
}

function onlyClass({ labels }: LabelledText): SentimentClass | undefined {
  return labels.length === 1 ? CLASSES.find((name) => name === labels[0]) : undefined;
}

async function report(
  engine: AnyEngine,
  judged: JudgedSet,
  { abstainBelow, clock }: EvaluateOptions,
  onProgress: (share: number) => void,
): Promise<SentimentReport> {
  const answers: ReturnType<typeof answerOf>[] = [];
  const textsPerSecond = await measureEngine(
    engine,
    judged.rows.map(({ text }) => text),
    {
      clock,
      onProgress,
      onReading: (index, text, reading) => {
        answers[index] = answerOf(reading, { abstainBelow, engine: engine.name, text });
      },
    },
  );
  const head = { engine: engine.name, file: judged.file, textsPerSecond };
  const answered = <T>(row: T, index: number) => {
    const answer = answers[index];
    if (answer === undefined) throw new RangeError(`${engine.name} gave no reading for row ${index}`);
    return { ...row, ...answer };
  };
  if (judged.kind === 'ratings') {
    return { ...head, kind: 'ratings', ...evaluateRatings(judged.rows.map(answered)) };
  }
  const rows: JudgedText[] = judged.rows.map(answered);
  const { leftOut, guessed } = judged;
  return { ...head, kind: 'labels', leftOut, ...(guessed && { guessed }), ...evaluateLabels(rows) };
}

/** Probabilities before they are rounded, so that none is taken for impossible. */
function answerOf(reading: EngineReading, options: Parameters<typeof labelSentiment>[1]) {
  const { label, probability, reason } = labelSentiment(reading, options);
  const exact = reason === 'no_text' ? probability : reading.probability;
  const score = reason === 'no_text' ? 0 : scoreIn(reading);
  return { label, probability: exact, score };
}

export interface MeanReport {
  readonly engine: string;
  readonly files: number;
  readonly accuracy: number;
  readonly macroRecall: number;
  readonly macroF1: number;
}

/** Unweighted means over an engine's labelled files; none for an engine with fewer than two. */
export function meansByEngine(reports: readonly SentimentReport[]): MeanReport[] {
  const labelled = reports.filter((one) => one.kind === 'labels');
  return [...new Set(labelled.map(({ engine }) => engine))].flatMap((engine) => {
    const own = labelled.filter((one) => one.engine === engine);
    const mean = (of: 'accuracy' | 'macroRecall' | 'macroF1') =>
      own.reduce((sum, one) => sum + one[of], 0) / own.length;
    if (own.length < 2) return [];
    const means = { accuracy: mean('accuracy'), macroRecall: mean('macroRecall'), macroF1: mean('macroF1') };
    return [{ engine, files: own.length, ...means }];
  });
}
