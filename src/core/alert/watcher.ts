/** The watcher of one pipeline: scored messages and ticks in; window numbers and alert transitions out. Everything it says
 *  is a function of the messages, so that a replay from a snapshot says the same. */
import { postOf } from '../window/aggregate.ts';
import { EVALUATION_STEP_MS, Watermark, type Arrival, type Signal } from '../window/watermark.ts';
import type { MessageKind } from '../message/message.ts';
import type { PipelineConfig } from '../pipeline/pipeline.config.ts';
import type { Alert, Observed } from './alert.ts';
import { removedAlert, type CellOutput } from './cell.ts';
import { Group, isStateOf, planGroups, planKeeps, STATUS_OVER_MS, type GroupState } from './group.ts';
import { compileRules } from './rules.ts';
import { assertReadable, WATCHER_STATE_VERSION, type WatcherState } from './watcher-state.ts';

export type { WatcherState } from './watcher-state.ts';

export type WatcherPipeline = Pick<PipelineConfig, 'name' | 'window' | 'alerts'>;

export type WatcherOutput =
  | CellOutput
  | { readonly kind: 'watermark'; readonly timeMs: number }
  | { readonly kind: 'late'; readonly outcome: 'applied' | 'dropped'; readonly messages: number }
  | { readonly kind: 'limit'; readonly limit: string; readonly count: number }
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
  readonly lastSequence: number;
  /** Pending, firing and recently resolved alerts, newest first. */
  alerts(): readonly Alert[];
  /** The last five minutes of event time of each channel, busiest first. */
  views(): readonly ChannelView[];
}

/** The channel under which the messages of channels beyond `channelsMax` are counted. */
const OTHER_CHANNEL = 'other';
/** How many resolved alerts `alerts()` remembers. */
const RESOLVED_ALERTS_MAX = 100;
/** What counts as a post; edits, deletions and engagement only tell the time. */
const POST_KINDS: readonly MessageKind[] = ['create', 'survey'];
const NOTHING: readonly WatcherOutput[] = [];

/** Throws for rules that do not compile (`compileRules` finds them beforehand) and a `WatcherStateError` for a state of
 *  another version or pipeline. Alerts of rules that are gone or written differently end with the first step. */
export function createWatcher(pipeline: WatcherPipeline, restored?: WatcherState): Watcher {
  return new PipelineWatcher(pipeline, restored);
}

class PipelineWatcher implements Watcher {
  readonly #pipeline: WatcherPipeline;
  readonly #plan: ReturnType<typeof planGroups>;
  readonly #watermark: Watermark;
  /** By channel; undefined is the group of all channels. */
  readonly #groups = new Map<string | undefined, Group>();
  #lastSequence: number;
  #resolved: readonly Alert[];
  #removed: readonly Alert[];

  constructor(pipeline: WatcherPipeline, restored?: WatcherState) {
    const { rules, problems } = compileRules(pipeline.alerts);
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
    if (restored) assertReadable(restored, pipeline.name);
    this.#pipeline = pipeline;
    this.#plan = planGroups(rules, pipeline.window);
    this.#watermark = new Watermark(pipeline.window, restored?.watermark);
    this.#lastSequence = restored?.lastSequence ?? 0;
    this.#resolved = restored?.resolved ?? [];
    const states = restored?.groups ?? [];
    for (const state of states) this.#group(state.channel, state);
    const nowMs = this.#watermark.signalledMs;
    const orphans = states
      .flatMap(({ cells }) => cells)
      .filter((cell) => !rules.some((rule) => isStateOf(cell, rule)))
      .flatMap((cell) => removedAlert(cell, nowMs) ?? []);
    this.#removed = [...(restored?.removed ?? []), ...orphans];
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  step(arrival: Arrival): readonly WatcherOutput[] {
    if (arrival.kind === 'scored') {
      if (arrival.sequence <= this.#lastSequence) return NOTHING;
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

  snapshot(): WatcherState {
    const { state } = this.#watermark;
    return {
      version: WATCHER_STATE_VERSION,
      pipeline: this.#pipeline.name,
      lastSequence: this.#lastSequence,
      ...(state && { watermark: state }),
      groups: [...this.#groups.values()].map((group) => group.toState()),
      resolved: this.#resolved,
      removed: this.#removed,
    };
  }

  alerts(): readonly Alert[] {
    const active = [...this.#groups.values()].flatMap((group) => group.alerts());
    return [...active, ...this.#resolved.toReversed()].sort((left, right) => compareText(right.at, left.at));
  }

  views(): readonly ChannelView[] {
    const nowMs = this.#watermark.signalledMs;
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
    const { message, sequence, timeMs, late } = signal;
    if (!POST_KINDS.includes(message.kind)) return;
    const nowMs = this.#watermark.signalledMs;
    const { whole, channel } = this.#plan;
    if (late) {
      const kept = planKeeps(whole, timeMs, nowMs) || planKeeps(channel, timeMs, nowMs);
      outputs.push({ kind: 'late', outcome: kept ? 'applied' : 'dropped', messages: 1 });
      if (!kept) return;
    }
    const post = postOf(message, sequence);
    const watermarkMs = nowMs - this.#pipeline.window.allowedLateness;
    if (whole.rules.length > 0) this.#group(undefined).add(post, timeMs, nowMs, watermarkMs);
    this.#channelGroup(message.channel, outputs).add(post, timeMs, nowMs, watermarkMs);
  }

  #channelGroup(channel: string, outputs: WatcherOutput[]): Group {
    const known = this.#groups.get(channel);
    if (known) return known;
    const channels = this.#groups.size - (this.#groups.has(undefined) ? 1 : 0);
    if (channels < this.#pipeline.window.channelsMax) return this.#group(channel);
    outputs.push({ kind: 'limit', limit: 'channelsMax', count: 1 });
    return this.#group(OTHER_CHANNEL);
  }

  #group(channel: string | undefined, restored?: GroupState): Group {
    const known = this.#groups.get(channel);
    if (known) return known;
    const plan = channel === undefined ? this.#plan.whole : this.#plan.channel;
    const id = { pipeline: this.#pipeline.name, ...(channel !== undefined && { channel }) };
    const group = new Group(id, plan, this.#pipeline.window, restored);
    this.#groups.set(channel, group);
    return group;
  }

  #advance(beforeMs: number, signal: Signal & { kind: 'watermark' }, outputs: WatcherOutput[]): void {
    outputs.push({ kind: 'watermark', timeMs: signal.timeMs });
    this.#closePanes(signal.timeMs, outputs);
    this.#evaluate(beforeMs, signal.frontierMs, outputs);
    for (const [channel, group] of this.#groups) {
      group.retire(signal.frontierMs);
      if (group.isIdle) this.#groups.delete(channel);
    }
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
        Number.POSITIVE_INFINITY,
      );
      if (nowMs > untilMs) return;
      for (const group of groups)
        if (group.dueMs(nowMs) <= nowMs) group.evaluate(nowMs, (output) => this.#emit(output, outputs));
      soonestMs = nowMs + EVALUATION_STEP_MS;
    }
  }

  #emit(output: CellOutput, outputs: WatcherOutput[]): void {
    outputs.push(output);
    if (output.kind !== 'transition' || output.alert.state !== 'resolved') return;
    this.#resolved = [...this.#resolved, output.alert].slice(-RESOLVED_ALERTS_MAX);
  }
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
