/** What training starts from. Pure data: who reads the files is the app. */

/** 0 negative, 1 neutral, 2 positive: the order of classes in weights and logits. */
export type ClassIndex = 0 | 1 | 2;

/** Shares of the three classes; they sum to 1. */
export type ClassShares = readonly [number, number, number];

export interface TrainingText {
  readonly text: string;
  readonly label: ClassIndex;
  /** ISO 639-1; absent where a model is of one language. */
  readonly language?: string;
  /** What it counts beside the others of its language; 1 when absent. */
  readonly weight?: number;
  /** What a teacher says of it beside its label. */
  readonly said?: ClassShares;
}

/** A text of another set, of which a teacher says how likely each class is: a model that is too slow for a stream but reads
 *  better (Hinton, Vinyals and Dean, *Distilling the Knowledge in a Neural Network*, 2015). */
export interface TaughtText {
  readonly text: string;
  readonly shares: ClassShares;
  /** What it counts beside a labelled text; by the plan when absent. */
  readonly weight?: number;
}

/** Vectors of words, row by row. */
export interface WordVectors {
  readonly words: readonly string[];
  readonly dimensions: number;
  /** `dimensions` numbers for each word. */
  readonly values: Float32Array;
}

/** Valence of words, emoji and emoticon moods (`:happy`) by entry, about -4 to 4. */
export type ValenceList = ReadonlyMap<string, number>;

export interface SentimentCorpus {
  /** In the language or languages of the model. */
  readonly texts: readonly TrainingText[];
  /** Turns of phrase, learned last and only as phrases. */
  readonly phrases: readonly TrainingText[];
  /** Calibration and the figures of the model card; no text of it may be among the others. */
  readonly validation: readonly TrainingText[];
  /** Sets with labels of another kind: a model of each is trained first and what it says is a feature. */
  readonly auxiliary: readonly { readonly name: string; readonly texts: readonly TrainingText[] }[];
  /** Learned together with `texts`. */
  readonly taught: readonly TaughtText[];
  readonly lexicons: readonly { readonly name: string; readonly valences: ValenceList }[];
  readonly vectors: WordVectors;
}
