/** A watcher's life on a simulated bus: from its snapshot on it reads what is scored, publishes what it raises through the
 *  real outbox, and saves its state; until it is killed. The core is the real one. */
import { openOutbox } from '../../src/app/services/outbox.ts';
import { parseScored } from '../../src/app/services/parse-scored.ts';
import { createWatcher, type WatcherPipeline, type WatcherState } from '../../src/core/alert/watcher.ts';
import { STREAMS } from '../../src/core/bus/streams.ts';
import { subjects } from '../../src/core/bus/subjects.ts';
import type { ScoredMessage } from '../../src/core/message/message.ts';
import { aTenure } from '../support/tenure.ts';
import { SimBus, type SimBroker } from './sim-bus.ts';

const TICK_EVERY_MS = 250;
/** No ticks for so long after a start and after an outage. */
const CAUGHT_UP_AFTER_MS = 2_000;
const SAVE_EVERY_MS = 1_000;

export interface Saved {
  readonly state: WatcherState;
  readonly eventsSequence: number;
}

/** How a negative control spoils it. */
export interface Spoilt {
  /** What a life begins with. */
  readonly restore?: (saved: Saved) => Saved;
  /** What is counted. */
  readonly message?: (message: ScoredMessage, sequence: number) => ScoredMessage;
}

export interface WatcherLife {
  readonly lastSequence: number;
  snapshot(): WatcherState;
  kill(): void;
}

export interface SnapshotShelf {
  saved: string | undefined;
}

/** `onFailed`: it could not publish, and its process ends. */
export function startWatcherLife(
  broker: SimBroker,
  pipeline: WatcherPipeline,
  shelf: SnapshotShelf,
  { restore = (saved) => saved, message: spoil = (message) => message }: Spoilt,
  onFailed: () => void,
): WatcherLife {
  const { sim } = broker;
  const bus = new SimBus(broker);
  const loaded = shelf.saved === undefined ? undefined : restore(JSON.parse(shelf.saved) as Saved);
  const watcher = createWatcher(pipeline, loaded?.state);
  const startedMs = sim.clock.nowMs();
  let isDead = false;
  let isDirty = false;
  let pending = 0;
  let savedSequence = watcher.lastSequence;
  let queue: Promise<void> = Promise.resolve();
  const kill = () => {
    isDead = true;
    bus.cut();
  };
  const fail = () => {
    if (!isDead) onFailed();
    kill();
  };
  let working = 0;
  let idleSinceMs = startedMs;
  const enqueue = (work: () => Promise<void>) => {
    working += 1;
    queue = queue
      .then(() => (isDead ? undefined : work()))
      .catch(fail)
      .finally(() => {
        working -= 1;
        idleSinceMs = sim.clock.nowMs();
      });
    return queue;
  };

  const begin = async () => {
    const options = { bus, pipeline: pipeline.name, tenure: aTenure(), telemetry: () => undefined };
    const outbox = await openOutbox(options, loaded?.eventsSequence ?? 0);
    const save = async () => {
      if (!isDirty && watcher.lastSequence === savedSequence) return;
      const state = watcher.snapshot();
      const bytes = JSON.stringify({ state, eventsSequence: outbox.eventsSequence });
      await sim.sleep(sim.between(1, 40)); // Killed in the midst of it, nothing is saved.
      if (isDead) return;
      shelf.saved = bytes;
      savedSequence = state.lastSequence;
      isDirty = false;
    };
    const step = async (arrivals: readonly Parameters<typeof watcher.step>[0][]) => {
      for (const output of arrivals.flatMap((arrival) => watcher.step(arrival))) {
        if (output.kind !== 'transition') continue;
        isDirty = true;
        const { alert } = output;
        const subject = subjects.alert(alert.pipeline, alert.rule, alert.state);
        await outbox.publish({ subject, data: JSON.stringify(alert), id: `${alert.id}#${alert.state}` });
      }
      if (isDirty) await save();
    };
    const decoder = new TextDecoder();
    const from = { sequence: watcher.readFrom + 1 };
    const filterSubject = subjects.scoredOf(pipeline.name);
    bus.read({ stream: STREAMS.scored, filterSubject, from }, (batch) =>
      enqueue(async () => {
        pending = batch.at(-1)?.pending ?? 0;
        await step(
          batch.map(({ data, sequence, storedAtMs }) => {
            const message = parseScored(decoder.decode(data), pipeline.name);
            if (!message) throw new Error(`SCORED holds what nobody scored, at ${sequence}`);
            return { kind: 'scored', message: spoil(message, sequence), sequence, storedAtMs };
          }),
        );
      }),
    );
    every(TICK_EVERY_MS, () => {
      const nowMs = sim.clock.nowMs();
      if (pending > 0 || nowMs - Math.max(startedMs, broker.outageUntilMs) < CAUGHT_UP_AFTER_MS) return;
      // What was stored while it worked has not been read: a tick must not run ahead of that.
      if (working > 0 || nowMs - idleSinceMs < TICK_EVERY_MS) return;
      const atMs = nowMs - TICK_EVERY_MS;
      void enqueue(async () => {
        await step([{ kind: 'tick', atMs }]);
        outbox.settle();
      });
    });
    every(SAVE_EVERY_MS, () => void enqueue(save));
  };
  const every = (ms: number, run: () => void) =>
    sim.after(ms, () => {
      if (isDead) return;
      run();
      every(ms, run);
    });
  void begin();
  return {
    get lastSequence() {
      return watcher.lastSequence;
    },
    snapshot: () => watcher.snapshot(),
    kill,
  };
}
