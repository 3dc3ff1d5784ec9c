/** Runs one pipeline's watcher on the bus: reads SCORED in order from where its snapshot ends, publishes the alerts it
 *  raises, and saves its state together with the sequence that the state covers. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { interval } from 'rxjs';
import type { Alert } from '../../core/alert/alert.ts';
import {
  createWatcher,
  type ChannelView,
  type Watcher,
  type WatcherOutput,
  type WatcherState,
} from '../../core/alert/watcher.ts';
import type { Bus, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import { MESSAGE_KINDS, type ScoredMessage } from '../../core/message/message.ts';
import type { PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import { SENTIMENT_LABELS } from '../../core/sentiment/engine.port.ts';
import type { SnapshotStore } from '../../core/snapshot/snapshot.port.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { telemetryOf } from './watcher-telemetry.ts';

const TICK_EVERY_MS = 250;
/** Ticks trail the clock, so that a message just stored is never younger than the tick that ran before it. */
const TICK_BEHIND_MS = 250;
/** No ticks while disconnected, nor for this long after: what was stored meanwhile must be read before event time goes on,
 *  or it would be late. */
const CAUGHT_UP_AFTER_MS = 2_000;

export interface WatcherServiceOptions {
  readonly bus: Bus;
  readonly snapshots: SnapshotStore;
  readonly snapshotEveryMs: number;
  readonly pipeline: PipelineConfig;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Sees every batch of the pipeline's scored messages, and every alert once the broker has it. */
  readonly onScored: (batch: readonly StoredMessage[]) => void;
  readonly onAlert: (alert: Alert) => void;
}

export interface WatcherService {
  readonly pipeline: string;
  alerts(): readonly Alert[];
  views(): readonly ChannelView[];
  /** Event time up to which everything is counted; undefined before the first message. */
  watermarkMs(): number | undefined;
  /** Last SCORED sequence counted, and how many of the pipeline's messages wait behind it. */
  position(): { readonly sequence: number; readonly pending: number };
  /** Stops reading and saves the state. */
  stop(): Promise<void>;
  readonly failed: Promise<never>;
}

export async function startWatcher(options: WatcherServiceOptions): Promise<WatcherService> {
  const { bus, pipeline, telemetry, clock } = options;
  const watcher = await restore(options);
  const decoder = new TextDecoder();
  let savedSequence = watcher.lastSequence;
  let dirty = false;
  let pending = 0;
  let watermarkMs: number | undefined;
  // One thing at a time: a batch, a tick or a snapshot, in the order they were asked for.
  let fail: (error: unknown) => void = () => undefined;
  // Once something failed the state may hold what was never published: it is neither used nor saved any more.
  let broken = false;
  const failed = new Promise<never>((_, reject) => {
    fail = (error) => {
      broken = true;
      reject(error instanceof Error ? error : new Error(String(error)));
    };
  });
  failed.catch(() => undefined);
  let queue: Promise<void> = Promise.resolve();
  const enqueue = (work: () => Promise<void>): Promise<void> => {
    const done = queue.then(() => (broken ? undefined : work()));
    queue = done.catch(fail);
    return done;
  };

  async function emit(outputs: readonly WatcherOutput[]): Promise<void> {
    const alerts: Alert[] = [];
    for (const output of outputs) {
      if (output.kind === 'watermark') watermarkMs = output.timeMs;
      if (output.kind === 'transition') alerts.push(output.alert);
    }
    for (const event of telemetryOf(pipeline.name, outputs)) telemetry(event);
    if (alerts.length === 0) return;
    dirty = true;
    for (const alert of alerts) {
      await publishAlert(bus, alert); // In order: firing before resolved.
      options.onAlert(alert);
    }
    countActive(pipeline, watcher, telemetry);
    await save();
  }

  async function save(): Promise<void> {
    if (!dirty && watcher.lastSequence === savedSequence) return;
    const state = watcher.snapshot();
    const bytes = gzipSync(JSON.stringify(state));
    try {
      await options.snapshots.save(snapshotKey(pipeline.name), bytes);
      savedSequence = state.lastSequence;
      dirty = false;
      telemetry({ type: 'snapshot', pipeline: pipeline.name, outcome: 'saved', bytes: bytes.byteLength });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      telemetry({ type: 'snapshot', pipeline: pipeline.name, outcome: 'failed', detail });
    }
  }

  async function take(batch: readonly StoredMessage[]): Promise<void> {
    const startMs = clock.monotonicMs();
    const outputs: WatcherOutput[] = [];
    for (const stored of batch) {
      const message = parseScored(decoder.decode(stored.data), pipeline.name);
      if (!message) telemetry({ type: 'dead', reason: 'not_scored', messages: 1, example: stored.subject });
      else outputs.push(...watcher.step({ kind: 'scored', message, ...positionOf(stored) }));
    }
    pending = batch.at(-1)?.pending ?? 0;
    const seconds = (clock.monotonicMs() - startMs) / 1_000;
    telemetry({ type: 'stage_time', stage: 'window', seconds, messages: batch.length });
    options.onScored(batch);
    await emit(outputs);
  }

  countActive(pipeline, watcher, telemetry);
  const reader = bus.read(
    {
      stream: STREAMS.scored,
      filterSubject: subjects.scoredOf(pipeline.name),
      from: { sequence: watcher.lastSequence + 1 },
    },
    (batch) => enqueue(() => take(batch)),
  );
  let connectedAtMs = Number.POSITIVE_INFINITY;
  const timers = [
    bus.status.subscribe(({ connected }) => {
      connectedAtMs = connected ? clock.monotonicMs() : Number.POSITIVE_INFINITY;
    }),
    interval(TICK_EVERY_MS).subscribe(() => {
      if (pending > 0) return; // Messages wait: they tell the time themselves.
      if (clock.monotonicMs() - connectedAtMs < CAUGHT_UP_AFTER_MS) return;
      enqueue(() => emit(watcher.step({ kind: 'tick', atMs: clock.nowMs() - TICK_BEHIND_MS }))).catch(fail);
    }),
    interval(options.snapshotEveryMs).subscribe(() => void enqueue(save).catch(fail)),
  ];
  reader.done.catch(fail);
  return {
    pipeline: pipeline.name,
    failed,
    alerts: () => watcher.alerts(),
    views: () => watcher.views(),
    watermarkMs: () => watermarkMs,
    position: () => ({ sequence: watcher.lastSequence, pending }),
    async stop() {
      for (const timer of timers) timer.unsubscribe();
      await reader.stop();
      await enqueue(save);
    },
  };
}

function positionOf({ sequence, storedAtMs }: StoredMessage) {
  return { sequence, storedAtMs };
}

function snapshotKey(pipeline: string): string {
  return `watcher.${pipeline}`;
}

/** The id is derived, so a transition that a replay raises again is the one the broker holds already. */
async function publishAlert(bus: Bus, alert: Alert): Promise<void> {
  await bus.publish({
    subject: subjects.alert(alert.pipeline, alert.rule, alert.state),
    data: JSON.stringify(alert),
    id: `${alert.id}#${alert.state}`,
  });
}

/** The last snapshot where there is one that can be used; else from the beginning of the stream. */
async function restore(options: WatcherServiceOptions): Promise<Watcher> {
  const { bus, snapshots, pipeline, telemetry } = options;
  const say = (outcome: 'loaded' | 'absent' | 'refused', detail?: string) => {
    telemetry({
      type: 'snapshot',
      pipeline: pipeline.name,
      outcome,
      ...(detail === undefined ? {} : { detail }),
    });
  };
  const bytes = await snapshots.load(snapshotKey(pipeline.name));
  if (!bytes) {
    say('absent');
    return createWatcher(pipeline);
  }
  try {
    const state = JSON.parse(gunzipSync(bytes).toString('utf8')) as WatcherState;
    const { lastSequence } = await bus.streamState(STREAMS.scored);
    if (state.lastSequence > lastSequence) {
      const detail = `it covers sequence ${state.lastSequence} of ${STREAMS.scored}, which ends at ${lastSequence}`;
      say('refused', `${detail}: the stream was made anew`);
      return createWatcher(pipeline);
    }
    const watcher = createWatcher(pipeline, state);
    say('loaded', `covers ${STREAMS.scored} up to ${state.lastSequence}`);
    return watcher;
  } catch (error) {
    say('refused', error instanceof Error ? error.message : String(error));
    return createWatcher(pipeline);
  }
}

function countActive(pipeline: PipelineConfig, watcher: Watcher, telemetry: Telemetry): void {
  const alerts = watcher.alerts();
  for (const { name: rule } of pipeline.alerts) {
    const count = (state: Alert['state']) =>
      alerts.filter((alert) => alert.rule === rule && alert.state === state).length;
    telemetry({
      type: 'alerts_active',
      pipeline: pipeline.name,
      rule,
      pending: count('pending'),
      firing: count('firing'),
    });
  }
}

/** What stands on a scored subject is ours, but anyone may publish there: every field that a watcher reads is looked at. */
function parseScored(text: string, pipeline: string): ScoredMessage | undefined {
  try {
    const value = JSON.parse(text) as Partial<ScoredMessage> | null;
    const sound =
      value?.pipeline === pipeline &&
      typeof value.id === 'string' &&
      typeof value.text === 'string' &&
      typeof value.channel === 'string' &&
      isOneOf(MESSAGE_KINDS, value.kind) &&
      isBetween(0, value.time, TIME_MS_MAX) &&
      isOneOf(SENTIMENT_LABELS, value.sentiment?.label) &&
      isBetween(-1, value.sentiment?.score, 1) &&
      (value.url === undefined || typeof value.url === 'string') &&
      (value.author === undefined || isAuthor(value.author));
    return sound ? (value as ScoredMessage) : undefined;
  } catch {
    return undefined;
  }
}

/** The end of the year 9999. */
const TIME_MS_MAX = 253_402_300_799_999;

function isBetween(min: number, value: unknown, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}

function isOneOf(allowed: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && allowed.includes(value);
}

function isAuthor(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { id, handle, name, followers } = value as Readonly<Record<string, unknown>>;
  const areTexts = [id, handle, name].every((text) => text === undefined || typeof text === 'string');
  return areTexts && (followers === undefined || isBetween(0, followers, Number.MAX_VALUE));
}
