/** The watcher of one pipeline: scored messages and ticks in; window numbers and alert transitions out. Everything it says
 *  is a function of the messages, so that a replay from a snapshot says the same. */
import { compareText } from '../order/compare-text.ts';
import { postOf, type Post } from '../window/aggregate.ts';
import {
  Ledger,
  type Change,
  type Contribution,
  type LedgerOptions,
  type VersionOutcome,
} from '../window/ledger.ts';
import { Sessions, type Session } from '../window/sessions.ts';
import { ceilToStep, EVALUATION_STEP_MS, Watermark, type Arrival, type Signal } from '../window/watermark.ts';
import type { ScoredMessage } from '../message/message.ts';
import type { Explain } from '../scorer/explain.ts';
import type { PipelineConfig } from '../pipeline/pipeline.config.ts';
import type { TrendEvent } from '../trend/board.ts';
import { trendConfig } from '../trend/trend.config.ts';
import type { TrendView } from '../trend/trend-view.ts';
import type { AlertCommand } from '../notify/command.ts';
import { NotificationPolicy, type AlertStatus, type PolicyOutput } from '../notify/policy.ts';
import type { Silence } from '../notify/silences.ts';
import type { Alert, Observed } from './alert.ts';
import { Group, planGroups, planKeeps, STATUS_OVER_MS, type GroupState } from './group.ts';
import { isStateOf, removedAlert, type CellOutput } from './life.ts';
import { Presence } from './presence.ts';
import { compileRules, type CompiledRule } from './rules.ts';
import { TrendCells } from './trend-cells.ts';
import { TrendFeed, type FeedPosition, type TrendFeedState } from './trend-feed.ts';
import { Witness } from './witness.ts';
import { assertReadable, WATCHER_STATE_VERSION, type WatcherState } from './watcher-state.ts';

export type { WatcherState } from './watcher-state.ts';

export type WatcherPipeline = Pick<PipelineConfig, 'name' | 'window' | 'alerts' | 'trends' | 'notify'> &
  Partial<Pick<PipelineConfig, 'duplicates'>>;

export type WatcherOutput =
  | CellOutput
  | PolicyOutput
  /** A command that cannot be carried out. */
  | {
      readonly kind: 'command_refused';
      readonly command: AlertCommand;
      readonly reason: string;
      readonly detail: string;
    }
  | { readonly kind: 'watermark'; readonly timeMs: number }
  | { readonly kind: 'late'; readonly outcome: 'applied' | 'dropped'; readonly messages: number }
  /** A trend began, or changed its state. */
  | { readonly kind: 'trend'; readonly event: TrendEvent }
  /** A version that is no new post: what became of it. */
  | {
      readonly kind: 'version';
      readonly outcome: VersionOutcome;
      readonly messages: number;
    }
  /** A conversation has ended. */
  | { readonly kind: 'session'; readonly session: Session }
  /** A pane of a channel has closed. */
  | {
      readonly kind: 'window';
      readonly channel: string;
      readonly endMs: number;
      readonly volume: number;
      readonly netSentiment: number;
      readonly negativeShare: number;
      readonly authors: number;
    };

/** What a channel looks like now. */
export interface ChannelView {
  readonly channel: string;
  readonly overMs: number;
  readonly observed: Observed;
}

export interface Watcher {
  /** Counts one arrival. Synchronous and deterministic. A message whose sequence was counted already is ignored. */
  step(arrival: Arrival): readonly WatcherOutput[];
  /** Shares nothing that a later step changes. */
  snapshot(): WatcherState;
  /** The trends, which are large: to be saved less often, after `snapshot` of the same moment. Undefined without trends, and
   *  while they catch up. */
  trendsSnapshot(): TrendFeedState | undefined;
  /** Before the first step: trends go on from there. Throws a `TrendsStateError` for a state of another version, pipeline or
   *  settings; they then begin anew where the watcher stands. */
  resumeTrends(state: TrendFeedState): void;
  readonly lastSequence: number;
  /** What somebody wants done about alerts; `sequence` is its place in AUDIT, and one that was carried out already is ignored. */
  command(command: AlertCommand, sequence: number): readonly WatcherOutput[];
  /** The last sequence of AUDIT that was carried out. */
  readonly lastCommand: number;
  readonly hasTrends: boolean;
  /** The last sequence that needs not be read again: trends may have to catch up. */
  readonly readFrom: number;
  /** Pending, firing and recently resolved alerts, newest first. */
  alerts(): readonly Alert[];
  /** The last five minutes of event time of each channel, busiest first. */
  views(): readonly ChannelView[];
  /** The strongest trends now, at most `topK`. */
  trends(): readonly TrendView[];
  /** What people believe to fire, and what they were told in the last five minutes has resolved. */
  told(): readonly Alert[];
  /** Whether people are told of an alert, and why not. */
  statusOf(alertId: string): AlertStatus;
  silences(): readonly Silence[];
}

/** What reads texts for the watcher. */
export interface WatcherReading {
  /** Pure; absent, evidence is shown without its words. */
  readonly explain?: Explain | undefined;
}

/** The channel under which the messages of channels beyond `channelsMax` are counted. */
const OTHER_CHANNEL = 'other';
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
  readonly #plan: ReturnType<typeof planGroups>;
  readonly #watermark: Watermark;
  /** By channel; undefined is the group of all channels. */
  readonly #groups = new Map<string | undefined, Group>();
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

  constructor(pipeline: WatcherPipeline, restored: WatcherState | undefined, { explain }: WatcherReading) {
    const { rules, problems } = compileRules(pipeline.alerts);
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
    if (restored) assertReadable(restored, pipeline.name);
    this.#pipeline = pipeline;
    this.#plan = planGroups(rules, pipeline.window);
    this.#watermark = new Watermark(pipeline.window, restored?.watermark);
    this.#ledger = new Ledger(ledgerOptions(this.#plan, pipeline.window), restored?.ledger);
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
    this.#policy = openPolicy(pipeline, restored);
    this.#lastSequence = restored?.lastSequence ?? 0;
    this.#lastCommand = restored?.lastCommand ?? 0;
    this.#resolved = restored?.resolved ?? [];
    const { pane, allowedLateness, sourceLagMax } = pipeline.window;
    this.#presence = new Presence(
      { paneMs: pane, keepMs: allowedLateness + sourceLagMax },
      restored?.presence,
    );
    const states = restored?.groups ?? [];
    for (const state of states) this.#group(state.channel, state);
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
    for (const signal of this.#watermark.advance(arrival)) {
      if (signal.kind === 'watermark') this.#advance(beforeMs, signal, outputs);
      else this.#count(signal, outputs);
    }
    return outputs;
  }

  command(command: AlertCommand, sequence: number): readonly WatcherOutput[] {
    if (sequence <= this.#lastCommand) return NOTHING;
    this.#lastCommand = sequence;
    // Before the first message there is no event time: that of the command stands for it.
    const nowMs = Math.max(this.signalledMs, 0) || command.atMs;
    const result = this.#policy.onCommand(command, nowMs);
    const outputs: WatcherOutput[] = [...this.#policy.advance(nowMs)];
    if (result.outcome === 'refused') {
      const { reason, detail } = result;
      outputs.push({ kind: 'command_refused', command, reason, detail });
    }
    return outputs;
  }

  snapshot(): WatcherState {
    const { state } = this.#watermark;
    this.#recount();
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
      groups: [...this.#groups.values()].map((group) => group.toState()),
      ...(this.#watchesAnomalies && { presence: this.#presence.toState() }),
      ...(this.#trendCells && { trendCells: this.#trendCells.toState() }),
      resolved: this.#resolved,
      removed: this.#removed,
    };
  }

  trendsSnapshot(): TrendFeedState | undefined {
    return this.#trends?.isBehind === false ? this.#trends.snapshot(this.#watermark.state) : undefined;
  }

  resumeTrends(state: TrendFeedState): void {
    this.#trends?.resume(state);
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
    const active = [...this.#groups.values()].flatMap((group) => group.alerts());
    active.push(...(this.#trendCells?.alerts() ?? []));
    return [...active, ...this.#resolved.toReversed()].sort((left, right) => compareText(right.at, left.at));
  }

  views(): readonly ChannelView[] {
    const nowMs = this.#watermark.signalledMs;
    this.#recount();
    const views = [...this.#groups.values()].flatMap((group): ChannelView[] => {
      const observed = group.status(nowMs);
      if (group.channel === undefined || !observed) return [];
      return [{ channel: group.channel, overMs: STATUS_OVER_MS, observed }];
    });
    return views.sort(
      (left, right) =>
        right.observed.volume - left.observed.volume || compareText(left.channel, right.channel),
    );
  }

  #count(signal: Signal & { kind: 'data' }, outputs: WatcherOutput[]): void {
    const { message, sequence, timeMs, late, limit } = signal;
    const nowMs = this.#watermark.signalledMs;
    if (limit) outputs.push({ kind: 'limit', limit, count: 1 });
    if (this.#watchesAnomalies) this.#presence.heard(timeMs, nowMs, late);
    // All of them, known or not: while catching up, trends have no ledger; who repeats himself counts once there anyway.
    this.#tell(this.#trends?.observe(message, sequence, timeMs), outputs);
    this.#trendCells?.touch();
    const post = postOf(message, sequence, this.#witness.weigh(message, timeMs));
    const channel = this.#channelOf(message.channel);
    const change = this.#ledger.take(post, timeMs, nowMs, channel);
    if (!change) return;
    this.#witness.touch();
    if (change.outcome !== 'counted') return this.#amend(change, post, outputs);
    this.#converse(message, timeMs, outputs);
    const kept = this.#keeps(timeMs);
    if (late || !kept) outputs.push({ kind: 'late', outcome: kept ? 'applied' : 'dropped', messages: 1 });
    if (!kept) return;
    if (channel !== message.channel) outputs.push({ kind: 'limit', limit: 'channelsMax', count: 1 });
    this.#add(post, change.after, 'post');
  }

  #converse({ conversation, sentiment }: ScoredMessage, timeMs: number, outputs: WatcherOutput[]): void {
    if (conversation === undefined || conversation === '') return;
    const outcome = this.#sessions.add(conversation, sentiment.label, timeMs, this.#watermark.watermarkMs);
    if (outcome === 'full') outputs.push({ kind: 'limit', limit: 'sessionsMax', count: 1 });
  }

  /** A version of a message that is known. */
  #amend({ outcome, before, after }: Change, post: Post, outputs: WatcherOutput[]): void {
    if (outcome === 'counted') return;
    const changes = [before, after].filter((one) => one !== undefined);
    const isTooLate = changes.length > 0 && !changes.some(({ timeMs }) => this.#keeps(timeMs));
    outputs.push({ kind: 'version', outcome: isTooLate ? 'too_late' : outcome, messages: 1 });
    if (isTooLate) return;
    if (before) {
      for (const key of [undefined, before.channel])
        this.#groups.get(key)?.takeBack(before, this.#watermark.signalledMs);
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
    if (this.#plan.whole.rules.length > 0)
      this.#group(undefined).add(what, counts.timeMs, { nowMs, watermarkMs }, as);
    this.#group(counts.channel).add(what, counts.timeMs, { nowMs, watermarkMs }, as);
  }

  #keeps(timeMs: number): boolean {
    const { whole, channel } = this.#plan;
    const nowMs = this.#watermark.signalledMs;
    return planKeeps(whole, timeMs, nowMs) || planKeeps(channel, timeMs, nowMs);
  }

  /** Counts distinct authors anew where posts were taken back. */
  #recount(): void {
    const spans = [...this.#groups.values()].flatMap(({ staleSpans }) => staleSpans);
    if (spans.length === 0) return;
    for (const group of this.#groups.values()) group.beginRecount(this.#ledger.completeFromMs);
    const fromMs = spans.reduce((least, [startMs]) => Math.min(least, startMs), Number.POSITIVE_INFINITY);
    const toMs = spans.reduce((most, [, endMs]) => Math.max(most, endMs), Number.NEGATIVE_INFINITY);
    this.#ledger.forEach(fromMs, toMs, (post) => {
      this.#groups.get(undefined)?.see(post);
      this.#groups.get(post.channel)?.see(post);
    });
    for (const group of this.#groups.values()) group.endRecount();
  }

  /** The channel under which it is counted. */
  #channelOf(channel: string): string {
    if (this.#groups.has(channel)) return channel;
    const channels = this.#groups.size - (this.#groups.has(undefined) ? 1 : 0);
    return channels < this.#pipeline.window.channelsMax ? channel : OTHER_CHANNEL;
  }

  #group(channel: string | undefined, restored?: GroupState): Group {
    const known = this.#groups.get(channel);
    if (known) return known;
    const plan = channel === undefined ? this.#plan.whole : this.#plan.channel;
    const { name: pipeline } = this.#pipeline;
    const id = { pipeline, witness: this.#witness, ...(channel !== undefined && { channel }) };
    const context = { id, plan, window: this.#pipeline.window, presence: this.#presence };
    const group = new Group(context, restored);
    this.#groups.set(channel, group);
    return group;
  }

  #advance(beforeMs: number, signal: Signal & { kind: 'watermark' }, outputs: WatcherOutput[]): void {
    outputs.push({ kind: 'watermark', timeMs: signal.timeMs });
    this.#recount();
    this.#closePanes(signal.timeMs, outputs);
    for (const session of this.#sessions.close(signal.timeMs)) outputs.push({ kind: 'session', session });
    this.#evaluate(beforeMs, signal.frontierMs, outputs);
    this.#tell(this.#trends?.advance(signal.frontierMs), outputs);
    for (const [channel, group] of this.#groups) {
      group.retire(signal.frontierMs);
      if (group.isIdle) this.#groups.delete(channel);
    }
    const lost = this.#ledger.retire(signal.frontierMs);
    if (lost > 0) outputs.push({ kind: 'limit', limit: 'messagesRetainedMax', count: lost });
    for (const { limit, count } of this.#witness.limits()) outputs.push({ kind: 'limit', limit, count });
  }

  #closePanes(watermarkMs: number, outputs: WatcherOutput[]): void {
    const closed = [...this.#groups.values()].flatMap((group) =>
      group.closePanes(watermarkMs).map((pane) => ({ channel: group.channel ?? '', ...pane })),
    );
    closed.sort((left, right) => left.endMs - right.endMs || compareText(left.channel, right.channel));
    for (const { channel, endMs, observed } of closed) {
      const { volume, netSentiment, negativeShare, authors } = observed;
      outputs.push({ kind: 'window', channel, endMs, volume, netSentiment, negativeShare, authors });
    }
  }

  /** Evaluates at each step of event time at which something can have changed, and at no other: an alert resolves at its
   *  own time in a silence of months, which costs nothing else. */
  #evaluate(beforeMs: number, untilMs: number, outputs: WatcherOutput[]): void {
    const groups = [...this.#groups.values()];
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

  get #watchesAnomalies(): boolean {
    return this.#plan.whole.signals.length + this.#plan.channel.signals.length > 0;
  }

  #emit(output: CellOutput, outputs: WatcherOutput[]): void {
    outputs.push(output);
    if (output.kind !== 'transition') return;
    this.#policy.onAlert(output.alert, Date.parse(output.alert.at));
    if (output.alert.state !== 'resolved') return;
    this.#resolved = [...this.#resolved, output.alert].slice(-RESOLVED_ALERTS_MAX);
  }
}

function openPolicy({ name, notify, alerts }: WatcherPipeline, restored?: WatcherState): NotificationPolicy {
  const rules = alerts.map(({ name: rule, severity, mode, pageBudget }) => ({
    ...{ name: rule, severity, mode, pageBudget },
  }));
  return new NotificationPolicy(name, notify, rules, restored?.policy);
}

/** An edit weighs what it changes did. */
function weighing(post: Post, weightUnits: number): Post {
  return post.weightUnits === weightUnits ? post : { ...post, weightUnits };
}

/** A message is known as long as a pane may hold it. */
function ledgerOptions(
  { whole, channel }: ReturnType<typeof planGroups>,
  { retractableFor, futureSkewMax, messagesRetainedMax }: WatcherPipeline['window'],
): LedgerOptions {
  const panesMs = [...whole.series, ...channel.series].map((spec) => spec.retentionMs + spec.paneMs);
  const retentionMs = Math.max(retractableFor, ...panesMs.map((paneMs) => paneMs + futureSkewMax));
  return { retentionMs, messagesRetainedMax };
}

/** On when the pipeline asks for them or a rule needs them. */
function openTrends(
  { name, window, trends }: WatcherPipeline,
  rules: readonly CompiledRule[],
  position: FeedPosition,
): TrendFeed | undefined {
  const config = trends ?? (rules.some(({ kind }) => kind === 'trend') ? trendConfig.parse({}) : undefined);
  return config && new TrendFeed({ name, window, trends: config }, position);
}
