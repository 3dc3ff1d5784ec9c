/** Runs one pipeline's watcher on the bus: reads SCORED in order from where its snapshot ends, publishes the alerts it
 *  raises, and saves its state together with the sequence that the state covers. */
import { interval, type Subscription } from 'rxjs';
import type { Alert } from '../../core/alert/alert.ts';
import type { ChannelView, Watcher, WatcherOutput } from '../../core/alert/watcher.ts';
import type { Bus, BusReader, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import type { SnapshotStore } from '../../core/snapshot/snapshot.port.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { parseScored } from './parse-scored.ts';
import { restoreWatcher, saveWatcher } from './watcher-snapshots.ts';
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

/** Rejects when the snapshot store cannot be read. */
export async function startWatcher(options: WatcherServiceOptions): Promise<WatcherService> {
  return new RunningWatcher(options, await restoreWatcher(options));
}

class RunningWatcher implements WatcherService {
  readonly pipeline: string;
  readonly failed: Promise<never>;
  readonly #options: WatcherServiceOptions;
  readonly #watcher: Watcher;
  readonly #reader: BusReader;
  readonly #subscriptions: readonly Subscription[];
  readonly #decoder = new TextDecoder();
  #fail: (error: unknown) => void = () => undefined;
  /** Once something failed the state may hold what was never published: it is neither used nor saved any more. */
  #broken = false;
  /** One thing at a time: a batch, a tick or a snapshot, in the order they were asked for. */
  #queue: Promise<void> = Promise.resolve();
  #savedSequence: number;
  #dirty = false;
  #pending = 0;
  #watermarkMs: number | undefined;
  #connectedAtMs = Number.POSITIVE_INFINITY;

  constructor(options: WatcherServiceOptions, watcher: Watcher) {
    const { bus, pipeline, clock } = options;
    this.pipeline = pipeline.name;
    this.#options = options;
    this.#watcher = watcher;
    this.#savedSequence = watcher.lastSequence;
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = (error) => {
        this.#broken = true;
        reject(error instanceof Error ? error : new Error(String(error)));
      };
    });
    this.failed.catch(() => undefined);
    this.#countActive();
    const from = { sequence: watcher.lastSequence + 1 };
    const spec = { stream: STREAMS.scored, filterSubject: subjects.scoredOf(pipeline.name), from };
    this.#reader = bus.read(spec, (batch) => this.#enqueue(() => this.#take(batch)));
    this.#reader.done.catch(this.#fail);
    this.#subscriptions = [
      bus.status.subscribe(({ connected }) => {
        this.#connectedAtMs = connected ? clock.monotonicMs() : Number.POSITIVE_INFINITY;
      }),
      interval(TICK_EVERY_MS).subscribe(() => this.#tick()),
      interval(options.snapshotEveryMs).subscribe(() => {
        this.#enqueue(() => this.#save()).catch(this.#fail);
      }),
    ];
  }

  alerts(): readonly Alert[] {
    return this.#watcher.alerts();
  }

  views(): readonly ChannelView[] {
    return this.#watcher.views();
  }

  watermarkMs(): number | undefined {
    return this.#watermarkMs;
  }

  position(): { readonly sequence: number; readonly pending: number } {
    return { sequence: this.#watcher.lastSequence, pending: this.#pending };
  }

  async stop(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    await this.#reader.stop();
    await this.#enqueue(() => this.#save());
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(() => (this.#broken ? undefined : work()));
    this.#queue = done.catch(this.#fail);
    return done;
  }

  async #take(batch: readonly StoredMessage[]): Promise<void> {
    const { clock, telemetry, onScored } = this.#options;
    const startMs = clock.monotonicMs();
    const outputs: WatcherOutput[] = [];
    for (const { data, subject, sequence, storedAtMs } of batch) {
      const message = parseScored(this.#decoder.decode(data), this.pipeline);
      if (!message) telemetry({ type: 'dead', reason: 'not_scored', messages: 1, example: subject });
      else outputs.push(...this.#watcher.step({ kind: 'scored', message, sequence, storedAtMs }));
    }
    this.#pending = batch.at(-1)?.pending ?? 0;
    const seconds = (clock.monotonicMs() - startMs) / 1_000;
    telemetry({ type: 'stage_time', stage: 'window', seconds, messages: batch.length });
    onScored(batch);
    await this.#emit(outputs);
  }

  #tick(): void {
    const { clock } = this.#options;
    if (this.#pending > 0) return; // Messages wait: they tell the time themselves.
    if (clock.monotonicMs() - this.#connectedAtMs < CAUGHT_UP_AFTER_MS) return;
    const tick = { kind: 'tick', atMs: clock.nowMs() - TICK_BEHIND_MS } as const;
    this.#enqueue(() => this.#emit(this.#watcher.step(tick))).catch(this.#fail);
  }

  async #emit(outputs: readonly WatcherOutput[]): Promise<void> {
    const { bus, telemetry, onAlert } = this.#options;
    const alerts: Alert[] = [];
    for (const output of outputs) {
      if (output.kind === 'watermark') this.#watermarkMs = output.timeMs;
      if (output.kind === 'transition') alerts.push(output.alert);
    }
    for (const event of telemetryOf(this.pipeline, outputs)) telemetry(event);
    if (alerts.length === 0) return;
    this.#dirty = true;
    for (const alert of alerts) {
      await publishAlert(bus, alert); // In order: firing before resolved.
      onAlert(alert);
    }
    this.#countActive();
    await this.#save();
  }

  async #save(): Promise<void> {
    if (!this.#dirty && this.#watcher.lastSequence === this.#savedSequence) return;
    const state = this.#watcher.snapshot();
    if (!(await saveWatcher(state, this.#options))) return;
    this.#savedSequence = state.lastSequence;
    this.#dirty = false;
  }

  #countActive(): void {
    const { pipeline, telemetry } = this.#options;
    const alerts = this.#watcher.alerts();
    for (const { name: rule } of pipeline.alerts) {
      const count = (state: Alert['state']) =>
        alerts.filter((alert) => alert.rule === rule && alert.state === state).length;
      const [pending, firing] = [count('pending'), count('firing')];
      telemetry({ type: 'alerts_active', pipeline: this.pipeline, rule, pending, firing });
    }
  }
}

/** The id is derived, so a transition that a replay raises again is the one the broker holds already. */
async function publishAlert(bus: Bus, alert: Alert): Promise<void> {
  await bus.publish({
    subject: subjects.alert(alert.pipeline, alert.rule, alert.state),
    data: JSON.stringify(alert),
    id: `${alert.id}#${alert.state}`,
  });
}
