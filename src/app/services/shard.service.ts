/** Runs one shard of a split pipeline on the bus: reads SCORED in order from where its snapshot ends, tells the owner of the pipeline
 *  what it counts, and saves its state once that is told. */
import { randomUUID } from 'node:crypto';
import { interval, type Subscription } from 'rxjs';
import { ShardWatcher, SHARD_STATE_VERSION, type ShardState } from '../../core/partition/shard-watcher.ts';
import { toldBefore } from '../../core/partition/report.ts';
import { shardName, type ShardPlace } from '../../core/partition/shard-of.ts';
import type { WatcherOutput } from '../../core/alert/watcher.ts';
import type { Bus, BusReader, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { ScoredMessage } from '../../core/message/message.ts';
import type { PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import type { Explain } from '../../core/scorer/explain.ts';
import type { SnapshotStore } from '../../core/snapshot/snapshot.port.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { readScored } from './parse-scored.ts';
import { readReports, reportsOf } from './part-reports.ts';
import { publishAssured } from './publish-assured.ts';
import type { Tenure } from './tenure.ts';
import { restoreSnapshot, saveSnapshot } from './watcher-snapshots.ts';
import { telemetryOf } from './watcher-telemetry.ts';
import { onIdleTick, WorkQueue } from './work-queue.ts';

/** While messages wait, what follows from them is told this often. */
const REPORT_EVERY_MS = 100;
/** Without anything to tell, the owner learns this often how far the clock has come. */
const TICK_TOLD_EVERY_MS = 1_000;
/** How channels look is told this often, of so many of them. */
const VIEWS_EVERY_MS = 2_000;
const VIEWS_MAX = 200;

export interface ShardServiceOptions {
  readonly bus: Bus;
  readonly snapshots: SnapshotStore;
  readonly snapshotEveryMs: number;
  readonly pipeline: PipelineConfig;
  readonly place: ShardPlace;
  readonly explain?: Explain | undefined;
  /** In whose time it publishes and saves. */
  readonly tenure: Tenure;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

export interface ShardService {
  readonly place: ShardPlace;
  position(): { readonly sequence: number; readonly pending: number };
  /** Stops reading; with `save` the state is saved, without it nothing more is published either. */
  stop(options: { readonly save: boolean }): Promise<void>;
  readonly failed: Promise<never>;
}

/** Rejects when the snapshot store cannot be read. */
export async function startShard(options: ShardServiceOptions): Promise<ShardService> {
  const { pipeline, place, explain } = options;
  const name = shardName(pipeline.name, place);
  const create = (state?: unknown) =>
    new ShardWatcher(pipeline, place, state as ShardState | undefined, { explain });
  const kept = { name, stateVersion: SHARD_STATE_VERSION, create };
  const { restored, eventsSequence } = await restoreSnapshot(kept, options);
  const service = new RunningShard(options, name, restored);
  await service.start(eventsSequence);
  return service;
}

class RunningShard implements ShardService {
  readonly place: ShardPlace;
  readonly failed: Promise<never>;
  readonly #options: ShardServiceOptions;
  readonly #name: string;
  readonly #watcher: ShardWatcher;
  readonly #queue: WorkQueue;
  readonly #isGlanceEnough = (message: ScoredMessage, isAlone: boolean): boolean =>
    isAlone && !this.#watcher.needs(message);
  readonly #stopping = new AbortController();
  /** Of its reports, besides their number: who gets a lease back that ran on has the epoch of before. */
  readonly #life = randomUUID();
  #reader: BusReader | undefined;
  #subscriptions: readonly Subscription[] = [];
  #reports = 0;
  #told: { readonly sequence: number; readonly tickMs: number | null };
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #viewsToldMs = Number.NEGATIVE_INFINITY;
  #savedSequence = -1;
  /** Where the last report stands in PARTS. */
  #partsSequence = 0;

  constructor(options: ShardServiceOptions, name: string, watcher: ShardWatcher) {
    this.place = options.place;
    this.#options = options;
    this.#name = name;
    this.#watcher = watcher;
    this.#queue = new WorkQueue(options.clock);
    this.failed = this.#queue.failed;
    this.#told = { sequence: watcher.lastSequence, tickMs: watcher.tickMs };
  }

  /** Under our epoch at once: from now on the store refuses what a holder before us still saves, and the owner what it still says.
   *  `fromSequence`: up to there in PARTS the state knows what was told. */
  async start(fromSequence: number): Promise<void> {
    const { bus, clock, pipeline, snapshotEveryMs, telemetry } = this.#options;
    const startedMs = clock.monotonicMs();
    await this.#report();
    const before = toldBefore(await readReports(this.#options, fromSequence));
    const { lastSequence } = await bus.streamState(STREAMS.scored);
    if (before.sequence <= lastSequence) this.#watcher.follow(before); // Else the stream was made anew.
    await this.#save();
    const queue = this.#queue;
    const from = { sequence: this.#watcher.lastSequence + 1 };
    const spec = { stream: STREAMS.scored, filterSubject: subjects.scoredOf(pipeline.name), from };
    const reader = bus.read(spec, (batch) => queue.add(() => this.#take(batch)));
    this.#reader = reader;
    reader.done.catch(queue.fail);
    void reader.caughtUp.then(() => {
      const seconds = (clock.monotonicMs() - startedMs) / 1_000;
      const toSequence = this.#watcher.lastSequence;
      telemetry({
        type: 'recovered',
        pipeline: this.#name,
        seconds,
        fromSequence: from.sequence,
        toSequence,
      });
    });
    const tick = (atMs: number) => void queue.add(() => this.#tick(atMs)).catch(queue.fail);
    this.#subscriptions = [
      onIdleTick({ bus, clock, queue }, () => reader.takenUntilMs, tick),
      interval(snapshotEveryMs).subscribe(() => void queue.add(() => this.#save()).catch(queue.fail)),
    ];
  }

  get #pending(): number {
    return this.#reader?.pending ?? 0;
  }

  position(): { readonly sequence: number; readonly pending: number } {
    return { sequence: this.#watcher.lastSequence, pending: this.#pending };
  }

  async stop({ save }: { readonly save: boolean }): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#stopping.abort();
    if (!save) this.#queue.break();
    await this.#reader?.stop();
    await this.#queue.add(() => this.#save());
  }

  async #take(batch: readonly StoredMessage[]): Promise<void> {
    const { clock, pipeline, telemetry } = this.#options;
    const startMs = clock.monotonicMs();
    const outputs: WatcherOutput[] = [];
    let messages = 0;
    for (const stored of batch) {
      const { arrivals } = readScored(stored, pipeline.name, this.#isGlanceEnough); // The owner tells what cannot be read.
      for (const arrival of arrivals) outputs.push(...this.#watcher.step(arrival));
      messages += arrivals.length;
    }
    const seconds = (clock.monotonicMs() - startMs) / 1_000;
    telemetry({ type: 'stage_time', stage: 'window', seconds, messages });
    for (const event of telemetryOf(pipeline.name, outputs)) telemetry(event);
    if (this.#pending === 0 || clock.monotonicMs() - this.#toldAtMs >= REPORT_EVERY_MS) await this.#report();
  }

  async #tick(atMs: number): Promise<void> {
    const outputs = this.#watcher.step({ kind: 'tick', atMs });
    for (const event of telemetryOf(this.#options.pipeline.name, outputs)) this.#options.telemetry(event);
    const { tickMs } = this.#told;
    if (this.#watcher.hasNews || tickMs === null || atMs - tickMs >= TICK_TOLD_EVERY_MS) await this.#report();
  }

  async #report(): Promise<void> {
    const { pipeline, tenure, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const showsViews = nowMs - this.#viewsToldMs >= VIEWS_EVERY_MS;
    const progress = { sequence: this.#watcher.lastSequence, tickMs: this.#watcher.tickMs };
    const report = {
      ...{ ...this.place, epoch: tenure.epoch, ...progress, ...this.#watcher.takeNews() },
      ...(showsViews && { views: this.#watcher.views().slice(0, VIEWS_MAX) }),
    };
    for (const data of reportsOf(report, this.#told)) {
      this.#reports += 1;
      const id = `part:${this.#name}:${this.#life}:${this.#reports}`;
      const message = { subject: subjects.part(pipeline.name, this.place), data, id };
      const { sequence } = await publishAssured(this.#options, message, this.#stopping.signal);
      this.#partsSequence = sequence;
    }
    this.#told = progress;
    this.#toldAtMs = nowMs;
    if (showsViews) this.#viewsToldMs = nowMs;
  }

  /** What the state no longer holds is told before. */
  async #save(): Promise<void> {
    const { lastSequence, hasNews } = this.#watcher;
    if (!hasNews && lastSequence === this.#savedSequence) return;
    await this.#report();
    if (await saveSnapshot(this.#name, this.#watcher.snapshot(), this.#partsSequence, this.#options))
      this.#savedSequence = lastSequence;
  }
}
