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

/** A life of the watcher whose words its snapshot does not hold: when it began to read, and when the broker had the last of
 *  what it published. By the broker's clock. */
export interface EarlierLife {
  readonly beganMs: number;
  readonly saidUntilMs: number;
}

/** In event time, from its first moment to before its last. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface StalenessState {
  readonly heard?: Heard;
  /** Of the life that made this state. */
  readonly beganMs?: number;
  /** Those before it that have not been lived again to the end, first ones first. */
  readonly earlier?: readonly EarlierLife[];
}

/** Lives in a row of which each published something, and none saved it; of more the first ones are taken for the next one. */
const EARLIER_LIVES_MAX = 16;
/** How far the clocks of the brokers of a cluster may be apart. */
const CLOCKS_APART_MS_MAX = 5_000;
const NOTHING = Number.NEGATIVE_INFINITY;
const EVERYTHING = Number.POSITIVE_INFINITY;
const NEVER: readonly Span[] = [];
export const ALWAYS: readonly Span[] = [{ fromMs: NOTHING, untilMs: EVERYTHING }];

export class Staleness {
  readonly #afterMs: number;
  readonly #beganMs: number | undefined;
  readonly #restored: StalenessState;
  /** Each judges what was reached while it spoke. */
  #earlier: readonly EarlierLife[] = [];
  #heard: Heard | undefined;

  /** `beganMs`: when this life began to read, by the broker's clock. Undefined, nothing is ever stale: a backtest tells all. */
  constructor({ staleAfter }: NotifyConfig, beganMs: number | undefined, restored: StalenessState = {}) {
    this.#afterMs = staleAfter;
    this.#beganMs = Number.isFinite(beganMs) ? beganMs : undefined;
    this.#restored = restored;
    this.#heard = restored.heard;
  }

  /** Before the first step: an earlier life published what the restored state does not hold, the last of it at `saidUntilMs` of
   *  the broker's clock. What it told people then is told by this one too, so that its end is. */
  follow(saidUntilMs: number): void {
    const { beganMs, earlier = [] } = this.#restored;
    const before = earlier.at(-1)?.saidUntilMs ?? NOTHING;
    const last = beganMs !== undefined && saidUntilMs > before ? [{ beganMs, saidUntilMs }] : [];
    this.#earlier = [...earlier, ...last].slice(-EARLIER_LIVES_MAX);
  }

  /** Of the moments at which rules are evaluated in a step to `frontierMs`, made by a message stored at `nowMs` or a tick of
   *  then, those at which nobody is told. What is said on the way was heard with the message before:
   *
   *  - `staleAfter` and more after its arrival, since the scorers stood still: all of it is stale;
   *  - or it waited for this watcher. Through a silence event time goes on at the pace of the clock, so that the moment `t` was
   *    reached at `nowMs - (frontierMs - t)`. Stale is what was heard `staleAfter` and more before the life began that judges it. */
  spans(nowMs: number, frontierMs: number): readonly Span[] {
    if (!this.#heard || this.#beganMs === undefined) return NEVER;
    const { arrivalMs, storedAtMs } = this.#heard;
    const delayMs = storedAtMs - arrivalMs;
    if (delayMs > this.#afterMs) return ALWAYS;
    if (arrivalMs >= this.#beganMs - this.#afterMs) return NEVER; // Lives before this one began earlier.
    const spans: Span[] = [];
    let sinceMs = NOTHING;
    for (const life of [...this.#earlier, { beganMs: this.#beganMs, saidUntilMs: EVERYTHING }]) {
      const spokeUntilMs = life.saidUntilMs + CLOCKS_APART_MS_MAX;
      const staleMs = life.beganMs - this.#afterMs;
      const untilMs = arrivalMs < staleMs ? Math.min(spokeUntilMs, staleMs + delayMs) : NOTHING;
      const momentOf = (reachedMs: number) => ceilToStep(reachedMs + frontierMs - nowMs);
      if (untilMs > sinceMs) spans.push({ fromMs: momentOf(sinceMs), untilMs: momentOf(untilMs) });
      sinceMs = spokeUntilMs;
    }
    return spans;
  }

  hear(arrivalMs: number, storedAtMs: number): void {
    this.#heard = { arrivalMs: Math.min(arrivalMs, storedAtMs), storedAtMs };
    const isOver = (life: EarlierLife) => life.saidUntilMs + CLOCKS_APART_MS_MAX < storedAtMs;
    if (this.#earlier[0] && isOver(this.#earlier[0]))
      this.#earlier = this.#earlier.filter((life) => !isOver(life));
  }

  toState(): StalenessState {
    return {
      ...(this.#heard && { heard: this.#heard }),
      ...(this.#beganMs !== undefined && { beganMs: this.#beganMs }),
      ...(this.#earlier.length > 0 && { earlier: this.#earlier }),
    };
  }
}

export function isSame(left: readonly Span[], right: readonly Span[]): boolean {
  if (left === right) return true;
  const isAsThere = ({ fromMs, untilMs }: Span, at: number) =>
    fromMs === right[at]?.fromMs && untilMs === right[at].untilMs;
  return left.length === right.length && left.every(isAsThere);
}
