/** What the command line asks of training a filter. */
import type { FilterEngine } from '../../core/relevance/filter/manifest.ts';
import type { TrainProgress, TrainSummary } from './train-sentiment.port.ts';

export interface TrainRelevanceOptions {
  /** Labelled files; at least one. */
  readonly files: readonly string[];
  /** Folder of the model; made when missing. */
  readonly outDir: string;
  /** The same data and seed give the same bytes. */
  readonly seed: number;
  readonly engine: FilterEngine;
  /** Labels that mean relevant; recognized without it. */
  readonly relevant?: readonly string[];
  /** Column of the group that is held out as a whole for calibration. */
  readonly group?: string;
}

/** Writes the model into `outDir`. Rejects with a message that names what is missing or wrong. */
export type TrainRelevance = (
  options: TrainRelevanceOptions,
  onProgress: (progress: TrainProgress) => void,
) => Promise<TrainSummary>;
