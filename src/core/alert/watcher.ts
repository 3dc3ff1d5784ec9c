/** The watcher of one pipeline: scored messages and ticks in; window numbers and alert transitions out. Everything it says
 *  is a function of the messages, so that a replay from a snapshot says the same. */
import { compareText } from '../order/compare-text.ts';
import { postOf, type Post } from '../window/aggregate.ts';
import { hash53 } from '../window/distinct.ts';
import { Ledger, type Change, type Contribution } from '../window/ledger.ts';
import { Sessions } from '../window/sessions.ts';
import { ceilToStep, EVALUATION_STEP_MS, Watermark, type Arrival, type Signal } from '../window/watermark.ts';
import type { ScoredMessage } from '../message/message.ts';
import { whole, type Slices } from '../snapshot/slices.ts';
import type { TrendEvent } from '../trend/board.ts';
import type { TrendView } from '../trend/trend-view.ts';
import type { AlertCommand } from '../notify/command.ts';
import type { AlertStatus, NotificationPolicy } from '../notify/policy.ts';
import type { Silence } from '../notify/silences.ts';
import type { Alert } from './alert.ts';
import { planGroups } from './group.ts';
import { Groups } from './groups.ts';
import { isStateOf, removedAlert, type CellOutput } from './life.ts';
import { Presence } from './presence.ts';
import { compileRules } from './rules.ts';
import { TrendCells } from './trend-cells.ts';
import type { TrendFeed, TrendFeedState } from './trend-feed.ts';
import type {
  ChannelView,
  Watcher,
  WatcherOutput,
  WatcherPipeline,
  WatcherReading,
} from './watcher-contract.ts';
import { ledgerOptions, openPolicy, openTrends } from './watcher-parts.ts';
import { Witness } from './witness.ts';
import { assertReadable, WATCHER_STATE_VERSION, type WatcherState } from './watcher-state.ts';

export type {
  ChannelView,
  Watcher,
  WatcherOutput,
  WatcherPipeline,
  WatcherReading,
} from './watcher-contract.ts';
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
  readonly #groups: Groups;
  readonly #ledger: Ledger;
  readonly #witness: Witness;
  readonly #sessions: Sessions;
  readonly #presence: Presence;
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
    const plan = planGroups(rules, pipeline.window);
    this.#watermark = new Watermark(pipeline.window, restored?.watermark);
    this.#ledger = new Ledger(ledgerOptions(plan, pipeline.window), restored?.ledger);
    const { duplicates } = pipeline;
    this.#witness = new Witness(
      {
        ledger: this.#ledger,
        remembers: rules.some(({ kind }) => kind !== 'trend'),
        ...(explain && { explain }),
        ...(duplicates && { duplicates }),
      },
      restored?.witness,
    );
    const { sessionGap: gapMs, sessionsMax } = pipeline.window;
    this.#sessions = new Sessions({ gapMs, sessionsMax }, restored?.sessions);
    this.#policy = openPolicy(pipeline, restored, beganMs);
    this.#lastSequence = restored?.lastSequence ?? 0;
    this.#lastCommand = restored?.lastCommand ?? 0;
    this.#resolved = restored?.resolved ?? [];
    const { pane, allowedLateness, sourceLagMax } = pipeline.window;
    this.#presence = new Presence(
      { paneMs: pane, keepMs: allowedLateness + sourceLagMax },
      restored?.presence,
    );
    const states = restored?.groups ?? [];
    this.#groups = new Groups({ pipeline, plan, witness: this.#witness, presence: this.#presence }, states);
    this.#trends = openTrends(pipeline, rules, this);
    const trendRules = rules.filter((rule) => rule.kind === 'trend');
    if (this.#trends && trendRules.length > 0)
      this.#trendCells = new TrendCells(
        { pipeline: pipeline.name, feed: this.#trends, witness: this.#witness },
        trendRules,
        restored?.trendCells,
      );
    const lives = [
      ...states.flatMap(({ cells }) => cells),
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
    outputs.push(...this.#witness.limits(), ...(this.#trends?.limits() ?? NOTHING));
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
    this.#groups.recount(this.#ledger);
    return {
      version: WATCHER_STATE_VERSION,
      pipeline: this.#pipeline.name,
      lastSequence: this.#lastSequence,
      lastCommand: this.#lastCommand,
      policy: this.#policy.snapshot(),
      ...(state && { watermark: state }),
      ledger: this.#ledger.toState(),
      witness: this.#witness.toState(),
      sessions: this.#sessions.toState(),
      groups: this.#groups.toState(),
      ...(this.#groups.watchesAnomalies && { presence: this.#presence.toState() }),
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
    const active = this.#groups.all.flatMap((group) => group.alerts());
    active.push(...(this.#trendCells?.alerts() ?? []));
    return [...active, ...this.#resolved.toReversed()].sort((left, right) => compareText(right.at, left.at));
  }

  views(): readonly ChannelView[] {
    this.#groups.recount(this.#ledger);
    return this.#groups.views(this.#watermark.signalledMs);
  }

  #count(signal: Signal & { kind: 'data' }, outputs: WatcherOutput[]): void {
    const { message, sequence, timeMs, late, limit } = signal;
    const nowMs = this.#watermark.signalledMs;
    if (limit) outputs.push({ kind: 'limit', limit, count: 1 });
    if (this.#groups.watchesAnomalies) this.#presence.heard(timeMs, nowMs, late);
    // All of them, known or not: while catching up, trends have no ledger; who repeats himself counts once there anyway.
    this.#tell(this.#trends?.observe(message, sequence, timeMs), outputs);
    this.#trendCells?.touch();
    const post = postOf(message, sequence, this.#witness.weigh(message, timeMs));
    const channel = this.#groups.channelOf(message.channel);
    const change = this.#ledger.take(post, timeMs, nowMs, channel);
    if (!change) return;
    this.#witness.touch();
    this.#converse(message, change, outputs);
    if (change.outcome !== 'counted') return this.#amend(change, post, outputs);
    const kept = this.#groups.keeps(timeMs, nowMs);
    if (late || !kept) outputs.push({ kind: 'late', outcome: kept ? 'applied' : 'dropped', messages: 1 });
    if (!kept) return;
    if (channel !== message.channel) outputs.push({ kind: 'limit', limit: 'channelsMax', count: 1 });
    this.#add(post, change.after, 'post');
  }

  /** An edit or a deletion may not say which conversation it is of. */
  #converse({ id, conversation }: ScoredMessage, { before, after }: Change, outputs: WatcherOutput[]): void {
    const number = hash53(id);
    const key = (before && this.#sessions.takeBack(number)) ?? conversation;
    if (!after || key === undefined || key === '') return;
    const { label, timeMs } = after;
    const outcome = this.#sessions.add({ number, key, label, timeMs }, this.#watermark.watermarkMs);
    if (outcome === 'full') outputs.push({ kind: 'limit', limit: 'sessionsMax', count: 1 });
  }

  /** A version of a message that is known. */
  #amend({ outcome, before, after }: Change, post: Post, outputs: WatcherOutput[]): void {
    if (outcome === 'counted') return;
    const changes = [before, after].filter((one) => one !== undefined);
    const nowMs = this.#watermark.signalledMs;
    const isTooLate = changes.length > 0 && !changes.some(({ timeMs }) => this.#groups.keeps(timeMs, nowMs));
    outputs.push({ kind: 'version', outcome: isTooLate ? 'too_late' : outcome, messages: 1 });
    if (isTooLate) return;
    if (before) {
      this.#groups.takeBack(before, nowMs);
      this.#witness.takeBack(before.sequence);
    }
    this.#add(post, after, before ? 'replacement' : 'post');
  }

  /** Where an earlier or a later version than the one that came is what counts, its numbers are all there is of it. */
  #add(post: Post, counts: Contribution | undefined, as: 'post' | 'replacement'): void {
    if (!counts) return;
    const { signalledMs: nowMs, watermarkMs } = this.#watermark;
    const what = counts.sequence === post.sequence ? weighing(post, counts.weightUnits) : counts;
    if ('evidence' in what) this.#witness.add(what);
    this.#groups.add(what, counts, { nowMs, watermarkMs }, as);
  }

  #advance(beforeMs: number, signal: Signal & { kind: 'watermark' }, outputs: WatcherOutput[]): void {
    outputs.push({ kind: 'watermark', timeMs: signal.timeMs });
    this.#groups.recount(this.#ledger);
    outputs.push(...this.#groups.closePanes(signal.timeMs));
    for (const session of this.#sessions.close(signal.timeMs)) outputs.push({ kind: 'session', session });
    this.#evaluate(beforeMs, signal.frontierMs, outputs);
    this.#tell(this.#trends?.advance(signal.frontierMs), outputs);
    this.#groups.retire(signal.frontierMs);
    const lost = this.#ledger.retire(signal.frontierMs);
    if (lost > 0) outputs.push({ kind: 'limit', limit: 'messagesRetainedMax', count: lost });
  }

  /** Evaluates at each step of event time at which something can have changed, and at no other: an alert resolves at its
   *  own time in a silence of months, which costs nothing else. */
  #evaluate(beforeMs: number, untilMs: number, outputs: WatcherOutput[]): void {
    const groups = this.#groups.all;
    for (let soonestMs = beforeMs + EVALUATION_STEP_MS; ;) {
      const nowMs = groups.reduce(
        (least, group) => Math.min(least, group.dueMs(soonestMs)),
        Math.min(
          this.#trendCells?.dueMs(soonestMs) ?? Number.POSITIVE_INFINITY,
          Math.max(soonestMs, ceilToStep(this.#policy.dueMs)), // People are told on the same grid.
        ),
      );
      if (nowMs > untilMs) return;
      const emit = (output: CellOutput) => this.#emit(output, outputs);
      for (const group of groups) if (group.dueMs(nowMs) <= nowMs) group.evaluate(nowMs, emit);
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

/** An edit weighs what it changes did. */
function weighing(post: Post, weightUnits: number): Post {
  return post.weightUnits === weightUnits ? post : { ...post, weightUnits };
}
