/** The broker's clock as it is known here: from what the broker stamps between a request and its answer, counted on by the
 *  monotonic clock. This machine's own date is not asked, so that it may be wrong by any amount, and jump.
 *
 *  One-sided: when the answer is there, the broker's clock shows the stamp or more. What is told is therefore never ahead of
 *  it, but for what two clocks drift apart between two stamps, and behind it by at most the time that the answer took. */

/** An answer that took longer is no news once there was another: event time would fall behind by as much. */
const ROUND_TRIP_MS_MAX = 1_000;

export class BrokerClock {
  /** Its date when the monotonic clock was at zero. */
  #originMs = Number.NEGATIVE_INFINITY;

  /** Epoch milliseconds; minus infinity before the first stamp. */
  nowMs(): number {
    return this.#originMs + performance.now();
  }

  /** `stampMs` was made after `askedMs` and before `answeredMs`, both of the monotonic clock. */
  learn(stampMs: number, askedMs: number, answeredMs: number): void {
    const isKnown = this.#originMs > Number.NEGATIVE_INFINITY;
    if (Number.isNaN(stampMs) || (isKnown && answeredMs - askedMs > ROUND_TRIP_MS_MAX)) return;
    this.#originMs = stampMs - answeredMs;
  }
}
