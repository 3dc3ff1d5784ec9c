/** Time from outside. Core never reads a clock by itself. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start, never going back, with fractions: for durations. */
  monotonicMs(): number;
}
