/** A trained judge of whether a text is worth hearing, behind the listening query. */
import type { Because } from '../../sentiment/engine.port.ts';

export interface RelevanceReading {
  /** Of being relevant, calibrated, 0 to 1. */
  readonly probability: number;
  /** Only when asked for: what spoke for (above 0) and against. Sums to the log-odds. */
  readonly because?: readonly Because[];
}

export interface RelevanceFilter {
  readonly name: string;
  /** Pure and deterministic; bounded work for any text of at most 4,096 characters. Never throws for any string. */
  read(text: string, options?: { readonly explain?: boolean }): RelevanceReading;
}

/** Opens a filter by the name of its model, or by the path of its folder; the same one for the same name. Rejects with a
 *  message that says what is missing. */
export type OpenFilter = (model: string) => Promise<RelevanceFilter>;
