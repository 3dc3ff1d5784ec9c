/** What a filter is trained from. Pure data: who reads the files is the app. */

export interface RelevanceText {
  readonly text: string;
  readonly relevant: boolean;
  /** Texts of one group (an event, a video) are never held out apart from each other. */
  readonly group?: string;
  readonly parts?: readonly TaughtPart[];
}

/** A part of a text, of which a teacher says how likely it is relevant: a model too slow for a stream that reads events it never
 *  saw better (Hinton, Vinyals and Dean, 2015). */
export interface TaughtPart {
  readonly text: string;
  /** From 0 to 1. */
  readonly relevant: number;
}
