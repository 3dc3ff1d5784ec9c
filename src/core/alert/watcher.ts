/** The watcher of one pipeline: scored messages and ticks in; window numbers and alert transitions out. Everything it says
 *  is a function of the messages, so that a replay from a snapshot says the same. */
import { compareText } from '../order/compare-text.ts';
import { ceilToStep, EVALUATION_STEP_MS, Watermark, type Arrival, type Signal } from '../window/watermark.ts';
import { whole, type Slices } from '../snapshot/slices.ts';
import type { TrendEvent } from '../trend/board.ts';
import type { TrendView } from '../trend/trend-view.ts';
import type { Parts } from '../partition/parts.ts';
import type { AlertCommand } from '../notify/command.ts';
import type { AlertStatus, NotificationPolicy } from '../notify/policy.ts';
import type { Silence } from '../notify/silences.ts';
import type { Alert } from './alert.ts';
import type { ChannelView } from './channel-view.ts';
import { isStateOf, removedAlert, type CellOutput } from './life.ts';
import { compileRules } from './rules.ts';
import { Tally } from './tally.ts';
import { TrendCells } from './trend-cells.ts';
import type { TrendFeed, TrendFeedState } from './trend-feed.ts';
import type { Watcher, WatcherOutput, WatcherPipeline, WatcherReading } from './watcher-contract.ts';
import { openParts, openPolicy, openTrends } from './watcher-parts.ts';
import { assertReadable, WATCHER_STATE_VERSION, type WatcherState } from './watcher-state.ts';

export type { ChannelView } from './channel-view.ts';
export type { Watcher, WatcherOutput, WatcherPipeline, WatcherReading } from './watcher-contract.ts';
export type { WatcherState } from './watcher-state.ts';

/** How many resolved alerts `alerts()` remembers. */
const RESOLVED_ALERTS_MAX = 100;
const NOTHING: readonly WatcherOutput[] = [];

/** Throws for rules that do not compile (`compileRules` finds them beforehand) and a `WatcherStateError` for a state of
 *  another version or pipeline. Alerts of rules that are gone or written differently end with the first step. */
export function createWatcher(
  pipeline: WatcherPipeline,
  restored?: WatcherState,
  reading: WatcherReading = {},
): Watcher {
  return new PipelineWatcher(pipeline, restored, reading);
}

class PipelineWatcher implements Watcher {
  readonly #pipeline: WatcherPipeline;
  readonly #watermark: Watermark;
  readonly #tally: Tally;
  /** What the shards of a split pipeline tell. */
  readonly #parts: Parts | undefined;
  readonly #trends: TrendFeed | undefined;
  readonly #trendCells: TrendCells | undefined;
  readonly #policy: NotificationPolicy;
  #lastSequence: number;
  #lastCommand: number;
  #resolved: readonly Alert[];
  #removed: readonly Alert[];

  constructor(pipeline: WatcherPipeline, restored: WatcherState | undefined, reading: WatcherReading) {
    const { explain, beganMs } = reading;
    const { rules, problems } = compileRules(pipeline.alerts);
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
    if (restored) assertReadable(restored, pipeline.name);
    this.#pipeline = pipeline;
    const { shards = 1 } = reading;
    this.#watermark = new Watermark(pipeline.window, restored?.watermark);
    this.#tally = new Tally({ pipeline, rules, explain, ...(shards > 1 && { owns: () => false }) }, restored);
    if (shards > 1) this.#parts = openParts(shards, this.#tally, restored);
    this.#policy = openPolicy(pipeline, restored, beganMs);
    this.#lastSequence = restored?.lastSequence ?? 0;
    this.#lastCommand = restored?.lastCommand ?? 0;
    this.#resolved = restored?.resolved ?? [];
    this.#trends = openTrends(pipeline, rules, this);
    const trendRules = rules.filter((rule) => rule.kind === 'trend');
    if (this.#trends && trendRules.length > 0)
      this.#trendCells = new TrendCells(
        { pipeline: pipeline.name, feed: this.#trends, witness: this.#tally.witness },
        trendRules,
        restored?.trendCells,
      );
    const lives = [
      ...(restored?.groups ?? []).flatMap(({ cells }) => cells),
      ...(restored?.trendCells ?? []).map(({ life }) => life),
    ];
    const orphans = lives
      .filter((life) => !rules.some((rule) => isStateOf(life, rule)))
      .flatMap((life) => removedAlert(life, this.signalledMs) ?? []);
    this.#removed = [...(restored?.removed ?? []), ...orphans];
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  get parts(): Parts | undefined {
    return this.#parts;
  }

  get readFrom(): number {
    return Math.min(this.#lastSequence, this.#trends?.lastSequence ?? Number.POSITIVE_INFINITY);
  }

  get lastCommand(): number {
    return this.#lastCommand;
  }

  /** Event time up to which everything was said. */
  get signalledMs(): number {
    return this.#watermark.signalledMs;
  }

  step(arrival: Arrival): readonly WatcherOutput[] {
    if (arrival.kind === 'scored') {
      if (arrival.sequence <= this.#lastSequence) {
        this.#trends?.catchUp(arrival);
        return NOTHING;
      }
      this.#lastSequence = arrival.sequence;
    }
    const outputs: WatcherOutput[] = [];
    if (this.#removed.length > 0) {
      for (const alert of this.#removed) this.#emit({ kind: 'transition', alert }, outputs);
      this.#removed = [];
    }
    const beforeMs = this.#watermark.signalledMs;
    const storageMs = arrival.kind === 'scored' ? arrival.storedAtMs : arrival.atMs;
    for (const signal of this.#watermark.advance(arrival)) {
      if (signal.kind === 'watermark') {
        this.#policy.approach(beforeMs, signal.frontierMs, storageMs);
        this.#advance(beforeMs, signal, outputs);
      } else this.#count(signal, outputs);
    }
    if (arrival.kind === 'scored') this.#policy.hear(arrival.message.arrival, storageMs);
    outputs.push(...this.#tally.witness.limits(), ...(this.#trends?.limits() ?? NOTHING));
    return outputs;
  }

  command(command: AlertCommand, sequence: number): readonly WatcherOutput[] {
    if (sequence <= this.#lastCommand) return NOTHING;
    this.#lastCommand = sequence;
    // Before the first message there is no event time: that of the command stands for it.
    const nowMs = Math.max(this.signalledMs, 0) || command.atMs;
    const result = this.#policy.onCommand(command, nowMs);
    if (result.outcome !== 'refused') return NOTHING;
    const { reason, detail } = result;
    return [{ kind: 'command_refused', command, reason, detail }];
  }

  snapshot(): WatcherState {
    const { state } = this.#watermark;
    return {
      ...this.#tally.toState(),
      version: WATCHER_STATE_VERSION,
      pipeline: this.#pipeline.name,
      lastSequence: this.#lastSequence,
      lastCommand: this.#lastCommand,
      policy: this.#policy.snapshot(),
      ...(state && { watermark: state }),
      ...(this.#parts && { parts: this.#parts.toState() }),
      ...(this.#trendCells && { trendCells: this.#trendCells.toState() }),
      resolved: this.#resolved,
      removed: this.#removed,
    };
  }

  trendsSnapshot(): TrendFeedState | undefined {
    const slices = this.trendsSnapshotInSlices();
    return slices && whole(slices);
  }

  trendsSnapshotInSlices(): Slices<TrendFeedState> | undefined {
    if (this.#trends?.isBehind !== false) return undefined;
    return this.#trends.snapshotInSlices(this.#watermark.state);
  }

  resumeTrends(state: TrendFeedState): void {
    this.#trends?.resume(state);
  }

  follow(saidUntilMs: number): void {
    this.#policy.follow(saidUntilMs);
  }

  get hasTrends(): boolean {
    return this.#trends !== undefined;
  }

  trends(): readonly TrendView[] {
    return this.#trends?.top() ?? [];
  }

  told(): readonly Alert[] {
    return this.#policy.told(this.signalledMs);
  }

  statusOf(alertId: string): AlertStatus {
    return this.#policy.statusOf(alertId);
  }

  silences(): readonly Silence[] {
    return this.#policy.silences(Math.max(this.signalledMs, 0));
  }

  alerts(): readonly Alert[] {
    const active = this.#tally.groups.all.flatMap((group) => group.alerts());
    active.push(...(this.#parts?.alerts() ?? []));
    active.push(...(this.#trendCells?.alerts() ?? []));
    return [...active, ...this.#resolved.toReversed()].sort((left, right) => compareText(right.at, left.at));
  }

  views(): readonly ChannelView[] {
    if (this.#parts) return this.#parts.views();
    this.#tally.recount();
    return this.#tally.groups.views(this.#watermark.signalledMs);
  }

  #count(signal: Signal & { kind: 'data' }, outputs: WatcherOutput[]): void {
    // All of them, known or not: while catching up, trends have no ledger; who repeats himself counts once there anyway.
    this.#tell(this.#trends?.observe(signal.message, signal.sequence, signal.timeMs), outputs);
    this.#trendCells?.touch();
    const { signalledMs: nowMs, watermarkMs } = this.#watermark;
    this.#tally.take(signal, { nowMs, watermarkMs }, outputs);
  }

  #advance(beforeMs: number, signal: Signal & { kind: 'watermark' }, outputs: WatcherOutput[]): void {
    outputs.push({ kind: 'watermark', timeMs: signal.timeMs });
    this.#tally.close(signal.timeMs, outputs);
    this.#evaluate(beforeMs, signal.frontierMs, outputs);
    this.#tell(this.#trends?.advance(signal.frontierMs), outputs);
    this.#parts?.retire(signal.frontierMs);
    this.#tally.retire(signal.frontierMs, outputs);
  }

  /** Evaluates at each step of event time at which something can have changed, and at no other: an alert resolves at its
   *  own time in a silence of months, which costs nothing else. */
  #evaluate(beforeMs: number, untilMs: number, outputs: WatcherOutput[]): void {
    for (let soonestMs = beforeMs + EVALUATION_STEP_MS; ;) {
      const nowMs = Math.min(
        this.#tally.groups.dueMs(soonestMs),
        this.#trendCells?.dueMs(soonestMs) ?? Number.POSITIVE_INFINITY,
        Math.max(soonestMs, this.#parts?.dueMs ?? Number.POSITIVE_INFINITY),
        Math.max(soonestMs, ceilToStep(this.#policy.dueMs)), // People are told on the same grid.
      );
      if (nowMs > untilMs) return;
      const emit = (output: CellOutput) => this.#emit(output, outputs);
      const told = this.#parts?.advance(nowMs) ?? [];
      for (const group of this.#tally.groups.all)
        if (group.dueMs(nowMs) <= nowMs) group.evaluate(nowMs, emit);
      for (const output of told) emit(output);
      if (this.#trendCells && this.#trendCells.dueMs(nowMs) <= nowMs) {
        this.#tell(this.#trends?.advance(nowMs), outputs);
        this.#trendCells.evaluate(nowMs, emit);
      }
      outputs.push(...this.#policy.advance(nowMs));
      soonestMs = nowMs + EVALUATION_STEP_MS;
    }
  }

  #tell(events: readonly TrendEvent[] | undefined, outputs: WatcherOutput[]): void {
    if (!events || events.length === 0) return;
    this.#trendCells?.take(events);
    for (const event of events) outputs.push({ kind: 'trend', event });
  }

  #emit(output: CellOutput, outputs: WatcherOutput[]): void {
    outputs.push(output);
    if (output.kind !== 'transition') return;
    this.#policy.onAlert(output.alert, Date.parse(output.alert.at));
    if (output.alert.state !== 'resolved') return;
    this.#resolved = [...this.#resolved, output.alert].slice(-RESOLVED_ALERTS_MAX);
  }
}
