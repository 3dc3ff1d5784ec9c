/** Precision, recall and F1 by class, and their means. */
import type { Probability } from './engine.port.ts';

export type SentimentClass = keyof Probability;
export const CLASSES = ['negative', 'neutral', 'positive'] as const satisfies readonly SentimentClass[];

/** The class people gave and the most probable one. */
export interface ClassAnswer {
  readonly gold: SentimentClass;
  readonly predicted: SentimentClass;
}

/** Counts, and shares in [0, 1]; null where there is nothing to take a share of. */
export interface ClassScores {
  /** Rows that people gave this class. */
  readonly rows: number;
  readonly predicted: number;
  /** Of the predicted ones, how many are right; null when the class was never predicted. */
  readonly precision: number | null;
  /** Of people's rows, how many were found; null when there are none. */
  readonly recall: number | null;
  /** 2·right / (rows + predicted), the harmonic mean of both; null when both are 0. */
  readonly f1: number | null;
}

export function classScores(answers: readonly ClassAnswer[]): Readonly<Record<SentimentClass, ClassScores>> {
  const of = (name: SentimentClass): ClassScores => {
    let [rows, predicted, right] = [0, 0, 0];
    for (const answer of answers) {
      if (answer.gold === name) rows += 1;
      if (answer.predicted === name) predicted += 1;
      if (answer.gold === name && answer.predicted === name) right += 1;
    }
    return {
      rows,
      predicted,
      precision: share(right, predicted),
      recall: share(right, rows),
      f1: share(2 * right, rows + predicted),
    };
  };
  return { negative: of('negative'), neutral: of('neutral'), positive: of('positive') };
}

/** Over the classes that have rows; there is at least one. */
export function macroMeans(scores: Readonly<Record<SentimentClass, ClassScores>>): {
  readonly macroRecall: number;
  readonly macroF1: number;
} {
  const present = CLASSES.map((name) => scores[name]).filter(({ rows }) => rows > 0);
  const mean = (of: 'recall' | 'f1') =>
    present.reduce((sum, row) => sum + (row[of] ?? 0), 0) / present.length;
  return { macroRecall: mean('recall'), macroF1: mean('f1') };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
