/** What lies too far back for anybody to be told: a watcher that reads a backlog must not page for what was over days ago. Not
 *  the age of posts counts, which may be of any time, but how long ago they reached the broker. */
import { ceilToStep } from '../window/watermark.ts';
import type { NotifyConfig } from './notify.config.ts';

/** The last message that was heard: when the broker stored what was published, and when it stored what became of it. Both epoch
 *  milliseconds of its clock. */
export interface Heard {
  readonly arrivalMs: number;
  readonly storedAtMs: number;
}

const NOTHING = Number.NEGATIVE_INFINITY;
const EVERYTHING = Number.POSITIVE_INFINITY;

export class Staleness {
  readonly #afterMs: number;
  readonly #beganMs: number;
  #heard: Heard | undefined;

  /** `beganMs`: when this life began to read, by the broker's clock. Undefined, nothing is ever stale: a backtest tells all. */
  constructor({ staleAfter }: NotifyConfig, beganMs: number | undefined, restored?: Heard) {
    this.#afterMs = staleAfter;
    this.#beganMs = beganMs ?? NOTHING;
    this.#heard = restored;
  }

  /** The event time before which nobody is told, of the moments at which rules are evaluated in a step to `frontierMs`, made by
   *  a message stored at `nowMs` or a tick of then. What is said on the way was heard with the message before:
   *
   *  - `staleAfter` and more after its arrival, since the scorers stood still: all of it is stale;
   *  - or it waited for this watcher. Through a silence event time goes on at the pace of the clock, so that the moment `t` was
   *    reached at `nowMs - (frontierMs - t)`, which tells what was before `beganMs - staleAfter`. */
  untilMs(nowMs: number, frontierMs: number): number {
    if (!this.#heard || this.#beganMs === NOTHING) return NOTHING;
    const { arrivalMs, storedAtMs } = this.#heard;
    const delayMs = storedAtMs - arrivalMs;
    if (delayMs > this.#afterMs) return EVERYTHING;
    const fromMs = this.#beganMs - this.#afterMs;
    return arrivalMs < fromMs ? ceilToStep(fromMs + delayMs + frontierMs - nowMs) : NOTHING;
  }

  hear(arrivalMs: number, storedAtMs: number): void {
    this.#heard = { arrivalMs: Math.min(arrivalMs, storedAtMs), storedAtMs };
  }

  toState(): Heard | undefined {
    return this.#heard;
  }
}
