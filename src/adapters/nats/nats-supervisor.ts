/** Keeps a pull open through losses: disconnection, a restarted server, a deleted consumer, silence. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BusError } from '../../core/bus/bus.port.ts';
import { toBusError } from './nats-errors.ts';
import type { NatsFrame } from './nats-inlet.ts';
import type { NatsLink } from './nats-link.ts';
import { NatsPull } from './nats-pull.ts';

const REOPEN_WAIT_MS = 250;

export interface SupervisedPull {
  release(messages: number, bytes: number): void;
  /** Gives up the present session and prepares another. */
  reopen(): void;
  /** As of a `NatsPull`. */
  finish(onFinished: () => void): void;
  close(): void;
}

export interface SupervisionOptions {
  readonly stream: string;
  readonly handMax: number;
  readonly onBatch: (batch: readonly NatsFrame[]) => void;
  /** All that is stored has been given to `onBatch`: told after what was stored when a consumer was prepared, and whenever it has been
   *  quiet for a while. */
  readonly onEnd?: () => void;
  /** Makes sure that the consumer exists and answers its name; called again after each loss. */
  readonly prepare: () => Promise<string>;
  /** No further attempt can help: the stream is gone, or we may not use it. */
  readonly onFailed: (error: BusError) => void;
}

export function keepPulling(link: NatsLink, options: SupervisionOptions): SupervisedPull {
  const { stream, handMax, onBatch, onEnd, prepare, onFailed } = options;
  const ended = new AbortController();
  let attempt = 0;
  const begin = async (firstWaitMs: number): Promise<void> => {
    const mine = ++attempt;
    const isCurrent = () => mine === attempt && !ended.signal.aborted;
    for (let waitMs = firstWaitMs; isCurrent(); waitMs = REOPEN_WAIT_MS) {
      try {
        if (waitMs > 0) await delay(waitMs, undefined, { signal: ended.signal });
        await link.whenConnected();
        const consumer = await prepare();
        if (isCurrent()) pull.open(stream, consumer);
        return;
      } catch (error) {
        if (!isCurrent()) return;
        const failure = toBusError(error, `stream ${stream}`);
        if (failure.canRetry) continue;
        close();
        onFailed(failure);
      }
    }
  };
  const pull = new NatsPull({
    link,
    handMax,
    onBatch,
    onEnd,
    onLost: () => void begin(REOPEN_WAIT_MS),
  });
  const reconnections = link.reconnected.subscribe(() => void begin(0));
  const stopTrying = (): void => {
    ended.abort();
    reconnections.unsubscribe();
  };
  const close = (): void => {
    stopTrying();
    pull.close();
  };
  void begin(0);
  return {
    release: (messages, bytes) => pull.release(messages, bytes),
    reopen: () => void begin(0),
    finish: (onFinished) => {
      stopTrying();
      pull.finish(onFinished);
    },
    close,
  };
}
