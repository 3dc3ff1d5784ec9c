/** What a baseline says of one observation. */
import type { Side } from './measure.ts';

export type ReadingReason =
  /** Nothing out of the ordinary. */
  | 'usual'
  /** Rarer than what four of five half-days bring, and not told before. */
  | 'unusual'
  /** As unusual as what was scored before: the same event goes on. */
  | 'told'
  | 'warming_up'
  /** The value is missing, which is not zero. */
  | 'no_data'
  /** Not later than the observation before; it is not learnt. */
  | 'out_of_order'
  /** A count below 0, a share outside 0 to 1, a value that is not finite; it is not learnt. */
  | 'bad_value';

/** The window that was the most unusual, or the least usual: the sum of counts, the mean of what is no count. */
export interface WindowReading extends Expectation {
  readonly spanMs: number;
  readonly observed: number;
}

export interface Reading {
  readonly timeMs: number;
  readonly observed: number | undefined;
  /** Undefined before the first observation. */
  readonly expected: number | undefined;
  /** What one observation usually stays between: four of five half-days bring nothing beyond. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** 0 to 1: 1 / (1 + alarms a week that a threshold here would raise). Comparable across series; see `scoreMin`. 0 while what
   *  is unusual has been scored before. */
  readonly score: number;
  /** The same scale, whether it was scored before or not: for conditions that last as long as the event does. */
  readonly unusualness: number;
  readonly direction: Side | 'none';
  readonly reason: ReadingReason;
  /** Of what was scored. */
  readonly window?: WindowReading;
}

export interface Expectation {
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

/** Of what cannot be, or is not yet, compared with what is usual. */
export function unscored(
  timeMs: number,
  observed: number | undefined,
  reason: ReadingReason,
  expectation?: Expectation,
): Reading {
  const { expected, low, high } = expectation ?? {};
  return { timeMs, observed, expected, low, high, score: 0, unusualness: 0, direction: 'none', reason };
}
