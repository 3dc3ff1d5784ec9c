/** Timers of the services in virtual time. Both kinds that they use come here: those of rxjs through the place that it has for
 *  that, and those of `node:timers/promises`, which a test has this module stand for. */
import { intervalProvider } from 'rxjs/internal/scheduler/intervalProvider';
import type { Simulation } from './simulation.ts';

/** From now on time is that of the simulation; what is answered ends that. */
export function useVirtualTimers(sim: Simulation): () => void {
  const timers = new Map<number, { isOff: boolean }>();
  let last = 0;
  intervalProvider.delegate = {
    setInterval: (run, everyMs = 0) => {
      const handle = ++last;
      const again = () => {
        timers.set(handle, sim.after(everyMs, again));
        run();
      };
      timers.set(handle, sim.after(everyMs, again));
      return handle;
    },
    clearInterval: (handle) => {
      const timer = timers.get(handle as number);
      if (timer) timer.isOff = true;
      timers.delete(handle as number);
    },
  };
  return () => {
    intervalProvider.delegate = undefined;
  };
}

interface WaitOptions {
  readonly signal?: AbortSignal;
}

function wait(ms: number, value?: unknown, { signal }: WaitOptions = {}): Promise<unknown> {
  const { delegate } = intervalProvider;
  if (!delegate) throw new Error('nobody tells the time: useVirtualTimers');
  return new Promise((resolve, reject) => {
    const handle = delegate.setInterval(() => {
      delegate.clearInterval(handle);
      resolve(value);
    }, ms);
    const abort = () => {
      delegate.clearInterval(handle);
      reject(new Error('aborted'));
    };
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Instead of `node:timers/promises`. */
export const timersPromises = { setTimeout: wait, setImmediate: (value?: unknown) => wait(0, value) };
