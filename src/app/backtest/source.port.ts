/** Where a backtest's messages come from, in order, each with the moment at which it arrived. */
import type { ScoredMessage } from '../../core/message/message.ts';

export type SourceItem =
  | {
      readonly kind: 'scored';
      readonly message: ScoredMessage;
      /** Position in SCORED, rising, of one in a batch between two sequences; absent for lines of a file that do not say. */
      readonly sequence?: number;
      readonly storedAtMs: number;
    }
  /** A message as its source delivered it. */
  | { readonly kind: 'raw'; readonly data: Uint8Array; readonly storedAtMs: number };

/** What is no message of the pipeline, and why. */
export type SkipReason = 'not_scored' | 'other_pipeline';

export interface SourceBatch {
  readonly items: readonly SourceItem[];
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** Of all there is to read, 0 to 1. */
  readonly share: number;
}

export interface BacktestSource {
  /** For people. */
  readonly description: string;
  /** Up to where time goes on after the last message, epoch milliseconds; absent where it ends with it. */
  readonly endMs?: number;
  /** Each batch once, the next when the last is taken. Rejects with what the bus or the file system says. */
  read(take: (batch: SourceBatch) => Promise<void>): Promise<void>;
}
