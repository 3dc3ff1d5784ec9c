/** One thing at a time, in the order it was asked for; and ticks of event time when there is nothing to do. */
import { setImmediate as turnOfOthers } from 'node:timers/promises';
import { interval, map, type Subscription } from 'rxjs';
import type { Bus } from '../../core/bus/bus.port.ts';
import type { Clock } from '../../core/clock/clock.port.ts';

const TICK_EVERY_MS = 250;
/** Ticks trail the broker's clock, so that a message just stored is never younger than the tick that ran before it. */
const TICK_BEHIND_MS = 250;
/** No ticks while there is work, nor so soon after: what was stored meanwhile has not been read yet. Less than the time between
 *  two ticks, which are work too. */
const IDLE_MS_MIN = 200;
/** No ticks while disconnected, nor for this long after: what was stored meanwhile must be read before event time goes on,
 *  or it would be late. */
const CAUGHT_UP_AFTER_MS = 2_000;

export class WorkQueue {
  readonly failed: Promise<never>;
  readonly #clock: Clock;
  #reject: (error: Error) => void = () => undefined;
  #isBroken = false;
  #last: Promise<void> = Promise.resolve();
  #working = 0;
  #idleSinceMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.failed = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    this.failed.catch(() => undefined);
  }

  /** Nothing of what waits is done any more. */
  break(): void {
    this.#isBroken = true;
  }

  readonly fail = (error: unknown): void => {
    this.break();
    this.#reject(error instanceof Error ? error : new Error(String(error)));
  };

  /** Resolves when it is done, or will never be. */
  add(work: () => Promise<void>): Promise<void> {
    this.#working += 1;
    const done = this.#last
      .then(() => (this.#isBroken ? undefined : work()))
      .finally(() => {
        this.#working -= 1;
        this.#idleSinceMs = this.#clock.monotonicMs();
      });
    this.#last = done.catch(this.fail);
    return done;
  }

  get isIdle(): boolean {
    return this.#working === 0 && this.#clock.monotonicMs() - this.#idleSinceMs >= IDLE_MS_MIN;
  }
}

/** Calls with the broker's time, a little behind, while the queue is idle; no further than to where all that was stored is known to have
 *  been taken: what the broker has and a network swallows is not overtaken. */
export function onIdleTick(
  { bus, clock, queue }: { readonly bus: Bus; readonly clock: Clock; readonly queue: WorkQueue },
  takenUntilMs: () => number,
  tick: (atMs: number) => void,
): Subscription {
  let connectedAtMs = Number.POSITIVE_INFINITY;
  const subscription = bus.status.subscribe(({ connected }) => {
    connectedAtMs = connected ? clock.monotonicMs() : Number.POSITIVE_INFINITY;
  });
  let tickedMs = Number.NEGATIVE_INFINITY;
  const consider = (nowMs: number) => {
    if (subscription.closed || !queue.isIdle) return;
    if (clock.monotonicMs() - connectedAtMs < CAUGHT_UP_AFTER_MS) return;
    const atMs = Math.min(nowMs, takenUntilMs());
    if (!(atMs > tickedMs)) return; // Nobody told the time yet, or something waits that tells it.
    tickedMs = atMs;
    tick(atMs);
  };
  const ticks = interval(TICK_EVERY_MS)
    .pipe(map(() => bus.nowMs() - TICK_BEHIND_MS))
    // After this process stood still, what came meanwhile is read before.
    .subscribe((atMs) => void turnOfOthers().then(() => consider(atMs)));
  subscription.add(ticks);
  return subscription;
}
