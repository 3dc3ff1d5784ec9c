/** What may succeed later is tried again. */
import { setTimeout as delay } from 'node:timers/promises';
import { BusError } from '../../core/bus/bus.port.ts';

export interface Patience {
  /** On the monotonic clock: no attempt begins later. */
  readonly deadlineMs: number;
  readonly waitMs: number;
}

/** Rejects with what the last attempt rejected with, or at once with what no further attempt can help. */
export async function retryUntil<T>({ deadlineMs, waitMs }: Patience, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const canRetry = error instanceof BusError && error.canRetry;
      if (!canRetry || performance.now() + waitMs >= deadlineMs) throw error;
      await delay(waitMs);
    }
  }
}
