/** Timers that a test moves: an hour passes in as long as the work in it takes. */
import { VirtualTimeScheduler } from 'rxjs';

const SETTLE_TURNS = 8;

export interface VirtualTime {
  readonly scheduler: VirtualTimeScheduler;
  nowMs(): number;
  /** Lets that many milliseconds pass, timer by timer; between two of them everything that can go on does. `idle`: awaited
   *  before time goes on, for work that takes real time. */
  advance(ms: number, idle?: () => Promise<void>): Promise<void>;
}

export function virtualTime(): VirtualTime {
  const scheduler = new VirtualTimeScheduler(undefined, 0);
  const settle = async () => {
    for (let turn = 0; turn < SETTLE_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    scheduler,
    nowMs: () => scheduler.now(),
    async advance(ms, idle = () => Promise.resolve()) {
      const endMs = scheduler.frame + ms;
      await settle();
      for (;;) {
        await idle();
        await settle();
        const dueMs = Math.min(endMs, ...scheduler.actions.map(({ delay }) => delay));
        scheduler.schedule(() => undefined, dueMs - scheduler.frame);
        scheduler.maxFrames = dueMs;
        scheduler.flush();
        await settle();
        if (dueMs >= endMs) return;
      }
    },
  };
}
