/** What the command line asks of training, and what it tells of it. */

/** `en`: one language, English; `multi`: several in one model. */
export const MODEL_KINDS = ['en', 'multi'] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

export interface TrainOptions {
  /** Folder with the labelled files and lexicons. */
  readonly dataDir: string;
  /** Folder of the model; made when missing. */
  readonly outDir: string;
  /** The same data and seed give the same bytes. */
  readonly seed: number;
  readonly kind: ModelKind;
  /** Labelled file to calibrate on; without it the trainer's own choice from `dataDir`. */
  readonly validation?: string;
}

export interface TrainProgress {
  readonly stage: string;
  readonly done: number;
  /** Above 0. */
  readonly total: number;
}

export interface TrainSummary {
  readonly outDir: string;
  /** What a reader wants to know of the run, in the order to show it: rows by file, figures, bytes, checksum. */
  readonly figures: readonly { readonly name: string; readonly value: string | number }[];
}

/** Writes the model into `outDir`. Rejects with a message that names what is missing or wrong. */
export type TrainSentiment = (
  options: TrainOptions,
  onProgress: (progress: TrainProgress) => void,
) => Promise<TrainSummary>;
