/** Publishes in the time of a tenure, however long the broker has no room. */
import { setTimeout as delay } from 'node:timers/promises';
import { BusError, type Bus, type OutboundMessage, type PublishReceipt } from '../../core/bus/bus.port.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import type { Tenure } from './tenure.ts';

/** How long what the broker does not take now waits: doubled from the least to the most. */
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;

export interface AssuredPublishing {
  /** Milliseconds, before what was not taken is tried again; of real time when absent. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly bus: Bus;
  readonly tenure: Tenure;
  readonly telemetry: Telemetry;
}

const realWait = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal });

/** Rejects with a `LeaseLostError` when there is another owner by now, for what the broker will never take, and once `stopped` for
 *  what it does not take at once. */
export async function publishAssured(
  { bus, tenure, telemetry, wait = realWait }: AssuredPublishing,
  message: OutboundMessage,
  stopped: AbortSignal,
): Promise<PublishReceipt> {
  for (let waitMs = RETRY_MS_MIN; ;) {
    await tenure.assure();
    try {
      return await bus.publish({ ...message, mayBeSent: () => tenure.isAssured() });
    } catch (error) {
      if (!(error instanceof BusError && error.canRetry)) throw error;
      if (error.code === 'BUS_WITHHELD') continue;
      telemetry({ type: 'publish_retried', reason: error.code });
      await wait(waitMs, stopped).catch(() => {
        throw error;
      });
      waitMs = Math.min(2 * waitMs, RETRY_MS_MAX);
    }
  }
}
