/** Runs one pipeline's watcher on the bus: reads SCORED in order from where its snapshot ends, publishes the alerts it
 *  raises, and saves its state together with the sequence that the state covers. */
import { setImmediate as turnOfOthers } from 'node:timers/promises';
import { interval, type Subscription } from 'rxjs';
import type { Alert } from '../../core/alert/alert.ts';
import type { ChannelView, Watcher, WatcherOutput } from '../../core/alert/watcher.ts';
import type { Bus, BusReader, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { CommandReport } from '../../core/notify/command.ts';
import { parseCommand, reportMessage } from '../../core/notify/command-codec.ts';
import type { AlertStatus } from '../../core/notify/policy.ts';
import type { Silence } from '../../core/notify/silences.ts';
import type { PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import type { Explain } from '../../core/scorer/explain.ts';
import type { SnapshotStore } from '../../core/snapshot/snapshot.port.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { openOutbox, type Outbox } from './outbox.ts';
import type { TrendView } from '../../core/trend/trend-view.ts';
import { readScored } from './parse-scored.ts';
import { PartReader } from './part-reports.ts';
import { publishDecisions } from './publish-decisions.ts';
import { publishOutput } from './publish-output.ts';
import type { Tenure } from './tenure.ts';
import { resumeTrends, saveTrends } from './trend-snapshots.ts';
import { keptWatcher, restoreSnapshot, saveSnapshot } from './watcher-snapshots.ts';
import { telemetryOf } from './watcher-telemetry.ts';
import { onIdleTick, WorkQueue } from './work-queue.ts';

/** Trends are saved when they are so old, or would take so many messages to catch up. */
const TRENDS_SAVE_EVERY_MS = 300_000;
const TRENDS_SAVE_MESSAGES = 50_000;
/** Scored messages that are counted before leases and clients have their turn; a batch is never divided. */
const MESSAGES_AT_ONCE = 1_000;
/** How often the scores of trends are told to the metrics. */
const TRENDS_TELL_EVERY_MS = 5_000;

export interface WatcherServiceOptions {
  readonly bus: Bus;
  readonly snapshots: SnapshotStore;
  readonly snapshotEveryMs: number;
  readonly pipeline: PipelineConfig;
  /** The words that made a text's sentiment, for alerts; absent, they show none. */
  readonly explain?: Explain | undefined;
  /** In whose time it publishes and saves. */
  readonly tenure: Tenure;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Sees every batch of the pipeline's scored messages, and every alert once the broker has it. */
  readonly onScored: (batch: readonly StoredMessage[]) => void;
  readonly onAlert: (alert: Alert) => void;
}

/** What somebody wants done, as it stands in AUDIT. */
type StoredCommand = Pick<StoredMessage, 'data' | 'subject' | 'sequence'>;

type WatcherViews = Pick<Watcher, 'alerts' | 'views' | 'trends' | 'told' | 'statusOf' | 'silences'>;

export interface WatcherService extends WatcherViews {
  readonly pipeline: string;
  /** Event time up to which everything is counted; undefined before the first message. */
  watermarkMs(): number | undefined;
  /** Last SCORED sequence counted, and how many of the pipeline's messages wait behind it. */
  position(): { readonly sequence: number; readonly pending: number };
  /** Stops reading; with `save` the state is saved, without it nothing more is published either. */
  stop(options: { readonly save: boolean }): Promise<void>;
  readonly failed: Promise<never>;
}

/** Rejects when the snapshot store or the stream of events cannot be read. */
export async function startWatcher(options: WatcherServiceOptions): Promise<WatcherService> {
  const startedMs = options.clock.monotonicMs();
  const kept = keptWatcher(options);
  const { restored: watcher, eventsSequence } = await restoreSnapshot(kept, options);
  await resumeTrends(watcher, options);
  const outbox = await openOutbox({ ...options, pipeline: options.pipeline.name }, eventsSequence);
  if (outbox.saidUntilMs !== undefined) watcher.follow(outbox.saidUntilMs);
  // Under our epoch at once: from now on the store refuses what an owner before us still saves.
  await saveSnapshot(kept.name, watcher.snapshot(), outbox.eventsSequence, options);
  const queue = new WorkQueue(options.clock);
  const { parts } = watcher;
  const reader = parts && (await PartReader.open({ ...options, parts, onFailure: queue.fail }));
  return new RunningWatcher(options, { watcher, outbox, queue, parts: reader, name: kept.name, startedMs });
}

interface WatcherWorks {
  readonly watcher: Watcher;
  readonly outbox: Outbox;
  readonly queue: WorkQueue;
  /** Of a split pipeline: what its shards tell. */
  readonly parts: PartReader | undefined;
  /** Of its snapshots. */
  readonly name: string;
  readonly startedMs: number;
}

class RunningWatcher implements WatcherService {
  readonly pipeline: string;
  readonly failed: Promise<never>;
  readonly #options: WatcherServiceOptions;
  readonly #watcher: Watcher;
  readonly #outbox: Outbox;
  readonly #reader: BusReader;
  /** Reads what people ask for, once the replay is over. */
  #commands: BusReader | undefined;
  readonly #subscriptions: readonly Subscription[];
  readonly #decoder = new TextDecoder();
  /** Once something failed the state may hold what was never published: it is neither used nor saved any more. */
  readonly #queue: WorkQueue;
  readonly #parts: PartReader | undefined;
  readonly #name: string;
  #savedSequence: number;
  #dirty = false;
  #trendsSaved: { sequence: number; atMs: number };
  #messagesSinceTrends = 0;
  #trendsToldMs = Number.NEGATIVE_INFINITY;
  #isStopped = false;
  /** All has been read that was stored as reading began. */
  #isCaughtUp = false;
  #watermarkMs: number | undefined;

  constructor(options: WatcherServiceOptions, works: WatcherWorks) {
    const { bus, pipeline, clock } = options;
    const { watcher, outbox, queue, parts, name, startedMs } = works;
    this.pipeline = pipeline.name;
    this.#options = options;
    this.#watcher = watcher;
    this.#outbox = outbox;
    this.#savedSequence = watcher.lastSequence;
    this.#trendsSaved = { sequence: watcher.readFrom, atMs: clock.monotonicMs() };
    this.#queue = queue;
    this.#parts = parts;
    this.#name = name;
    this.failed = queue.failed;
    this.#countActive();
    const from = { sequence: watcher.readFrom + 1 };
    const spec = { stream: STREAMS.scored, filterSubject: subjects.scoredOf(pipeline.name), from };
    this.#reader = bus.read(spec, (batch) => this.#queue.add(() => this.#take(batch)));
    this.#reader.done.catch(queue.fail);
    void outbox.settled.then(() => this.#listen());
    void this.#reader.caughtUp.then(() => {
      this.#isCaughtUp = true;
      this.#recovered(startedMs, from.sequence);
    });
    const tick = (atMs: number) => void queue.add(() => this.#tick(atMs)).catch(queue.fail);
    this.#subscriptions = [
      onIdleTick({ bus, clock, queue }, () => this.#reader.takenUntilMs, tick),
      interval(options.snapshotEveryMs).subscribe(() => {
        queue.add(() => this.#saveAll({ isLast: false })).catch(queue.fail);
      }),
    ];
  }

  alerts(): readonly Alert[] {
    return this.#watcher.alerts();
  }

  views(): readonly ChannelView[] {
    return this.#watcher.views();
  }

  trends(): readonly TrendView[] {
    return this.#watcher.trends();
  }

  told(): readonly Alert[] {
    return this.#watcher.told();
  }

  statusOf(alertId: string): AlertStatus {
    return this.#watcher.statusOf(alertId);
  }

  silences(): readonly Silence[] {
    return this.#watcher.silences();
  }

  watermarkMs(): number | undefined {
    return this.#watermarkMs;
  }

  position(): { readonly sequence: number; readonly pending: number } {
    return { sequence: this.#watcher.lastSequence, pending: this.#reader.pending };
  }

  async stop({ save }: { readonly save: boolean }): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#isStopped = true;
    this.#outbox.stopWaiting();
    if (!save) this.#queue.break();
    await Promise.all([this.#reader.stop(), this.#commands?.stop(), this.#parts?.stop()]);
    await this.#queue.add(() => this.#saveAll({ isLast: true }));
  }

  /** What an earlier life said, it said before it had carried out what the snapshot does not hold: a command that came any
   *  sooner now could take back what people were told. */
  #listen(): void {
    if (this.#isStopped) return;
    const { bus, pipeline } = this.#options;
    const asked = { stream: STREAMS.audit, filterSubject: subjects.commandsOf(pipeline.name) };
    const from = { sequence: this.#watcher.lastCommand + 1 };
    this.#commands = bus.read({ ...asked, from }, (batch) => this.#queue.add(() => this.#obey(batch)));
    this.#commands.done.catch(this.#queue.fail);
  }

  #recovered(startedMs: number, fromSequence: number): void {
    const { clock, telemetry } = this.#options;
    const seconds = (clock.monotonicMs() - startedMs) / 1_000;
    const toSequence = this.#watcher.lastSequence;
    telemetry({ type: 'recovered', pipeline: this.pipeline, seconds, fromSequence, toSequence });
  }

  async #take(stored: readonly StoredMessage[]): Promise<void> {
    const isNews = this.#isCaughtUp;
    if (this.#parts && !(await this.#parts.covers(stored.at(-1)?.sequence ?? 0))) return;
    for (let rest = stored; rest.length > 0;) {
      const taken = await this.#takeSome(rest);
      rest = rest.slice(taken);
      if (rest.length > 0) await turnOfOthers();
    }
    if (isNews) this.#outbox.settle(); // Stored after this life began: no earlier one has come so far.
  }

  /** Takes the first of these whole, and those behind it while there are few in all; answers how many. */
  async #takeSome(stored: readonly StoredMessage[]): Promise<number> {
    const { clock, telemetry, onScored } = this.#options;
    const { lastSequence } = this.#watcher;
    const startMs = clock.monotonicMs();
    const outputs: WatcherOutput[] = [];
    let messages = 0;
    let taken = 0;
    for (const one of stored) {
      if (messages >= MESSAGES_AT_ONCE) break;
      const { arrivals, unreadable } = readScored(one, this.pipeline, this.#parts && anyGlance);
      if (unreadable > 0)
        telemetry({ type: 'dead', reason: 'not_scored', messages: unreadable, example: one.subject });
      for (const arrival of arrivals) outputs.push(...this.#watcher.step(arrival));
      messages += arrivals.length + unreadable;
      taken += 1;
    }
    const batch = taken === stored.length ? stored : stored.slice(0, taken);
    const seconds = (clock.monotonicMs() - startMs) / 1_000;
    telemetry({ type: 'stage_time', stage: 'window', seconds, messages });
    this.#messagesSinceTrends += messages;
    // Trends that catch up read what was seen before.
    const isNew = (batch[0]?.sequence ?? 0) > lastSequence;
    onScored(isNew ? batch : batch.filter(({ sequence }) => sequence > lastSequence));
    await this.#emit(outputs);
    this.#parts?.moved();
    return taken;
  }

  /** Saved before anybody is told what came of it, so that another life does not carry it out at another moment. */
  async #obey(batch: readonly StoredCommand[]): Promise<void> {
    const { telemetry } = this.#options;
    const pipeline = this.pipeline;
    for (const { data, subject, sequence } of batch) {
      const parsed = parseCommand(this.#decoder.decode(data), subject);
      if (!parsed.ok) {
        const detail = `${subject} ${sequence}: ${parsed.problems.join('; ')}`;
        telemetry({ type: 'command', pipeline, action: 'unknown', outcome: 'unreadable', detail });
        continue;
      }
      const { action, id, by } = parsed.command;
      const outputs = this.#watcher.command(parsed.command, sequence);
      const report = reportOf(id, outputs);
      if (report.outcome === 'applied')
        telemetry({ type: 'command', pipeline, action, outcome: 'applied', detail: `${id} by ${by}` });
      this.#dirty = true;
      await this.#emit(outputs);
      await this.#outbox.publish(reportMessage(pipeline, report));
    }
    await this.#save();
  }

  async #tick(nowMs: number): Promise<void> {
    const { parts, lastSequence } = this.#watcher;
    const atMs = parts ? parts.tickMs(lastSequence) : nowMs; // No further than its shards have come.
    if (atMs === undefined) return;
    await this.#emit(this.#watcher.step({ kind: 'tick', atMs }));
    this.#outbox.settle(); // Time has caught up too: no earlier life has said what comes now.
    this.#parts?.moved();
  }

  async #emit(outputs: readonly WatcherOutput[]): Promise<void> {
    const { telemetry, onAlert } = this.#options;
    for (const output of outputs) if (output.kind === 'watermark') this.#watermarkMs = output.timeMs;
    for (const event of telemetryOf(this.pipeline, outputs)) telemetry(event);
    this.#tellTrends();
    let isNews = false;
    for (const output of outputs) {
      if (!(await publishOutput(this.#outbox, output))) continue; // In order: firing before resolved.
      this.#dirty = true;
      isNews ||= output.kind !== 'trend';
      if (output.kind === 'transition') onAlert(output.alert);
    }
    await publishDecisions(this.#outbox, this.pipeline, outputs);
    if (outputs.some(({ kind }) => kind === 'transition')) this.#countActive();
    if (isNews) await this.#save();
  }

  async #save(): Promise<void> {
    if (!this.#dirty && this.#watcher.lastSequence === this.#savedSequence) return;
    const state = this.#watcher.snapshot();
    if (!(await saveSnapshot(this.#name, state, this.#outbox.eventsSequence, this.#options))) return;
    this.#savedSequence = state.lastSequence;
    this.#dirty = false;
  }

  async #saveAll({ isLast }: { readonly isLast: boolean }): Promise<void> {
    await this.#save();
    const { clock } = this.#options;
    const { lastSequence: sequence } = this.#watcher;
    // Never beyond what the watcher itself has saved.
    if (sequence !== this.#savedSequence || sequence === this.#trendsSaved.sequence) return;
    const ageMs = clock.monotonicMs() - this.#trendsSaved.atMs;
    const isDue = ageMs >= TRENDS_SAVE_EVERY_MS || this.#messagesSinceTrends >= TRENDS_SAVE_MESSAGES;
    const slices = isLast || isDue ? this.#watcher.trendsSnapshotInSlices() : undefined;
    if (!slices || !(await saveTrends(slices, this.#options))) return;
    this.#trendsSaved = { sequence, atMs: clock.monotonicMs() };
    this.#messagesSinceTrends = 0;
  }

  #tellTrends(): void {
    const { clock, telemetry } = this.#options;
    const nowMs = clock.monotonicMs();
    if (!this.#watcher.hasTrends || nowMs - this.#trendsToldMs < TRENDS_TELL_EVERY_MS) return;
    this.#trendsToldMs = nowMs;
    const trends = this.#watcher.trends().map(({ title: term, kind, score }) => ({ term, kind, score }));
    telemetry({ type: 'trend_scores', pipeline: this.pipeline, trends });
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

/** The owner of a split pipeline counts nothing itself: a glance tells it the time and which messages there were. */
const anyGlance = () => true;

function reportOf(id: string, outputs: readonly WatcherOutput[]): CommandReport {
  for (const output of outputs)
    if (output.kind === 'command_refused')
      return { id, outcome: 'refused', reason: output.reason, detail: output.detail };
  return { id, outcome: 'applied' };
}
