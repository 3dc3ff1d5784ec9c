/** A watcher's life on a simulated bus: from its snapshot on it reads what is scored, publishes what it raises through the
 *  real outbox, and saves its state; until it is killed. The core is the real one. */
import { openOutbox } from '../../src/app/services/outbox.ts';
import { parseScored } from '../../src/app/services/parse-scored.ts';
import {
  createWatcher,
  type Watcher,
  type WatcherOutput,
  type WatcherPipeline,
  type WatcherState,
} from '../../src/core/alert/watcher.ts';
import type { OutboundMessage, StoredMessage } from '../../src/core/bus/bus.port.ts';
import { STREAMS } from '../../src/core/bus/streams.ts';
import { subjects } from '../../src/core/bus/subjects.ts';
import { parseCommand } from '../../src/core/notify/command-codec.ts';
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
  /** The last tick that it has seen; 0 for none. */
  readonly tickMs: number;
}

/** Where among messages and ticks a command was carried out, by the life that counts. */
export type Journal = Map<number, { readonly afterSequence: number; readonly tickMs: number }>;

/** How a negative control spoils it. */
export interface Spoilt {
  /** What a life begins with. */
  readonly restore?: (saved: Saved) => Saved;
  /** What is counted. */
  readonly message?: (message: ScoredMessage, sequence: number) => ScoredMessage;
  /** Commands are carried out as they come, and saved with what comes next. */
  readonly obeysAtOnce?: boolean;
  /** What is stale is judged by the life that reads it, also what an earlier one told people. */
  readonly followsNobody?: boolean;
}

export type WatcherLife = Pick<Watcher, 'lastSequence' | 'lastCommand' | 'snapshot' | 'alerts'> & {
  /** All that was decided is published. */
  readonly isIdle: boolean;
  kill(): void;
};

export interface SnapshotShelf {
  /** As JSON for the life that begins with it; a state shares nothing that its watcher changes later. */
  saved: Saved | undefined;
  readonly journal: Journal;
}

/** `onFailed`: it could not publish, and its process ends. */
export function startWatcherLife(
  broker: SimBroker,
  pipeline: WatcherPipeline,
  shelf: SnapshotShelf,
  { restore = (saved) => saved, message: spoil = (message) => message, ...spoilt }: Spoilt,
  onFailed: () => void,
): WatcherLife {
  const { sim } = broker;
  const { obeysAtOnce = false, followsNobody = false } = spoilt;
  const bus = new SimBus(broker);
  const loaded = shelf.saved && restore(JSON.parse(JSON.stringify(shelf.saved)) as Saved);
  const watcher = createWatcher(pipeline, loaded?.state, { beganMs: sim.clock.nowMs() });
  const startedMs = sim.clock.nowMs();
  let isDead = false;
  let isDirty = false;
  let savedSequence = watcher.lastSequence;
  let tickMs = loaded?.tickMs ?? 0;
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
    const wait = (ms: number) => sim.sleep(ms);
    const options = { bus, pipeline: pipeline.name, tenure: aTenure(), telemetry: () => undefined, wait };
    const outbox = await openOutbox(options, loaded?.eventsSequence ?? 0);
    if (outbox.saidUntilMs !== undefined && !followsNobody) watcher.follow(outbox.saidUntilMs);
    const save = async () => {
      if (!isDirty && watcher.lastSequence === savedSequence) return;
      const state = watcher.snapshot();
      const saved = { state, eventsSequence: outbox.eventsSequence, tickMs };
      await sim.sleep(sim.between(1, 40)); // Killed in the midst of it, nothing is saved.
      if (isDead) return;
      shelf.saved = saved;
      savedSequence = state.lastSequence;
      isDirty = false;
    };
    const emit = async (outputs: readonly WatcherOutput[]) => {
      let isNews = false;
      for (const message of outputs.flatMap(messagesOf)) {
        isNews = isDirty = true;
        await outbox.publish(message);
      }
      if (isNews) await save();
    };
    const step = (arrivals: readonly Parameters<typeof watcher.step>[0][]) =>
      emit(arrivals.flatMap((arrival) => watcher.step(arrival)));
    const obey = async (batch: readonly StoredMessage[]) => {
      for (const { data, subject, sequence } of batch) {
        const parsed = parseCommand(decoder.decode(data), subject);
        if (!parsed.ok) throw new Error(`AUDIT holds what nobody asked for, at ${sequence}`);
        if (sequence > watcher.lastCommand)
          shelf.journal.set(sequence, { afterSequence: watcher.lastSequence, tickMs });
        const outputs = watcher.command(parsed.command, sequence);
        isDirty = true;
        await emit(outputs);
      }
      if (!obeysAtOnce) await save();
    };
    const decoder = new TextDecoder();
    isDirty = true;
    await save(); // As the real one does, in the name of its epoch.
    const from = { sequence: watcher.readFrom + 1 };
    const filterSubject = subjects.scoredOf(pipeline.name);
    let isCaughtUp = false;
    const reader = bus.read({ stream: STREAMS.scored, filterSubject, from }, (batch) =>
      enqueue(async () => {
        const isNews = isCaughtUp;
        await step(
          batch.map(({ data, sequence, storedAtMs }) => {
            const message = parseScored(decoder.decode(data), pipeline.name);
            if (!message) throw new Error(`SCORED holds what nobody scored, at ${sequence}`);
            return { kind: 'scored', message: spoil(message, sequence), sequence, storedAtMs };
          }),
        );
        if (isNews) outbox.settle();
      }),
    );
    void reader.caughtUp.then(() => (isCaughtUp = true));
    let lastTickMs = Number.NEGATIVE_INFINITY;
    every(TICK_EVERY_MS, () => {
      const nowMs = sim.clock.nowMs();
      if (nowMs - Math.max(startedMs, broker.outageUntilMs) < CAUGHT_UP_AFTER_MS) return;
      // What was stored while it worked has not been read: a tick must not run ahead of that.
      if (working > 0 || nowMs - idleSinceMs < TICK_EVERY_MS) return;
      const atMs = Math.min(nowMs - TICK_EVERY_MS, reader.takenUntilMs);
      if (atMs <= lastTickMs) return;
      lastTickMs = atMs;
      void enqueue(async () => {
        tickMs = Math.max(tickMs, atMs);
        await step([{ kind: 'tick', atMs }]);
        outbox.settle();
      });
    });
    const asked = { stream: STREAMS.audit, filterSubject: subjects.commandsOf(pipeline.name) };
    void (obeysAtOnce ? Promise.resolve() : outbox.settled).then(() => {
      bus.read({ ...asked, from: { sequence: watcher.lastCommand + 1 } }, (batch) =>
        enqueue(() => obey(batch)),
      );
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
    get lastCommand() {
      return watcher.lastCommand;
    },
    snapshot: () => watcher.snapshot(),
    alerts: () => watcher.alerts(),
    get isIdle() {
      return working === 0;
    },
    kill,
  };
}

function messagesOf(output: WatcherOutput): (OutboundMessage & { readonly id: string })[] {
  if (output.kind === 'notification') {
    const { pipeline, id } = output.notification;
    return [{ subject: subjects.notify(pipeline), data: JSON.stringify(output.notification), id }];
  }
  if (output.kind !== 'transition') return [];
  const { alert } = output;
  const subject = subjects.alert(alert.pipeline, alert.rule, alert.state);
  return [{ subject, data: JSON.stringify(alert), id: `${alert.id}#${alert.state}` }];
}
