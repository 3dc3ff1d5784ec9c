/** The groups of a watcher: one of all channels, if a rule asks for it, and one for each channel. */
import { compareText } from '../order/compare-text.ts';
import type { Post } from '../window/aggregate.ts';
import type { Contribution, Ledger } from '../window/ledger.ts';
import {
  Group,
  planKeeps,
  STATUS_OVER_MS,
  type GroupPlan,
  type GroupState,
  type planGroups,
} from './group.ts';
import type { ChannelView } from './channel-view.ts';
import type { Presence } from './presence.ts';
import type { WatcherOutput, WatcherPipeline } from './watcher-contract.ts';
import type { Witness } from './witness.ts';

/** The channel under which the messages of channels beyond `channelsMax` are counted. */
const OTHER_CHANNEL = 'other';

/** Under this name a ledger knows the messages of channels that are counted elsewhere. No channel is called so. */
export const ELSEWHERE = '';

interface GroupsContext {
  readonly pipeline: WatcherPipeline;
  readonly plan: ReturnType<typeof planGroups>;
  readonly witness: Witness;
  readonly presence: Presence;
  /** The group of all channels is one part of it: its panes are told to the one that sums them, and nothing is judged. */
  readonly isPart?: boolean;
}

export class Groups {
  readonly #context: GroupsContext;
  /** By channel; undefined is the group of all channels. */
  readonly #groups = new Map<string | undefined, Group>();

  constructor(context: GroupsContext, restored: readonly GroupState[]) {
    this.#context = context;
    for (const state of restored) this.#group(state.channel, state);
  }

  /** In the order in which they came to be. */
  get all(): readonly Group[] {
    return [...this.#groups.values()];
  }

  get watchesAnomalies(): boolean {
    const { whole, channel } = this.#context.plan;
    return whole.signals.length + channel.signals.length > 0;
  }

  /** Of all channels. */
  get whole(): Group {
    return this.#group(undefined);
  }

  /** When the first of them has to be looked at again, not before `soonestMs`; infinite while none has. */
  dueMs(soonestMs: number): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const group of this.#groups.values()) dueMs = Math.min(dueMs, group.dueMs(soonestMs));
    return dueMs;
  }

  /** Whether any of them still counts posts of this time. */
  keeps(timeMs: number, nowMs: number): boolean {
    const { whole, channel } = this.#context.plan;
    return planKeeps(whole, timeMs, nowMs) || planKeeps(channel, timeMs, nowMs);
  }

  /** The channel under which it is counted. */
  channelOf(channel: string): string {
    if (this.#groups.has(channel)) return channel;
    const channels = this.#groups.size - (this.#groups.has(undefined) ? 1 : 0);
    return channels < this.#context.pipeline.window.channelsMax ? channel : OTHER_CHANNEL;
  }

  add(
    what: Post | Contribution,
    { channel, timeMs }: Contribution,
    now: { readonly nowMs: number; readonly watermarkMs: number },
    as: 'post' | 'replacement',
  ): void {
    if (this.#context.plan.whole.series.length > 0) this.#group(undefined).add(what, timeMs, now, as);
    this.#group(channel).add(what, timeMs, now, as);
  }

  takeBack(post: Contribution, nowMs: number): void {
    for (const key of [undefined, post.channel]) this.#groups.get(key)?.takeBack(post, nowMs);
  }

  /** Counts distinct authors anew where posts were taken back. */
  recount(ledger: Ledger): void {
    const spans = this.all.flatMap(({ staleSpans }) => staleSpans);
    if (spans.length === 0) return;
    for (const group of this.#groups.values()) group.beginRecount(ledger.completeFromMs);
    const fromMs = spans.reduce((least, [startMs]) => Math.min(least, startMs), Number.POSITIVE_INFINITY);
    const toMs = spans.reduce((most, [, endMs]) => Math.max(most, endMs), Number.NEGATIVE_INFINITY);
    ledger.forEach(fromMs, toMs, (post) => {
      if (post.channel === ELSEWHERE) return;
      this.#groups.get(undefined)?.see(post);
      this.#groups.get(post.channel)?.see(post);
    });
    for (const group of this.#groups.values()) group.endRecount();
  }

  /** Earliest end first, then by channel. */
  closePanes(watermarkMs: number): readonly WatcherOutput[] {
    const closed = this.all.flatMap((group) =>
      group.closePanes(watermarkMs).map((pane) => ({ channel: group.channel ?? '', ...pane })),
    );
    closed.sort((left, right) => left.endMs - right.endMs || compareText(left.channel, right.channel));
    return closed.map(({ channel, endMs, observed }) => {
      const { volume, netSentiment, negativeShare, authors } = observed;
      return { kind: 'window', channel, endMs, volume, netSentiment, negativeShare, authors };
    });
  }

  /** Frees what nothing can need any more. */
  retire(nowMs: number): void {
    for (const [channel, group] of this.#groups) {
      group.retire(nowMs);
      if (group.isIdle) this.#groups.delete(channel);
    }
  }

  /** Of each channel, busiest first. */
  views(nowMs: number): readonly ChannelView[] {
    const views = this.all.flatMap((group): ChannelView[] => {
      const observed = group.status(nowMs);
      if (group.channel === undefined || !observed) return [];
      return [{ channel: group.channel, overMs: STATUS_OVER_MS, observed }];
    });
    return views.sort(
      (left, right) =>
        right.observed.volume - left.observed.volume || compareText(left.channel, right.channel),
    );
  }

  toState(): readonly GroupState[] {
    return this.all.map((group) => group.toState());
  }

  #group(channel: string | undefined, restored?: GroupState): Group {
    const known = this.#groups.get(channel);
    if (known) return known;
    const { pipeline, plan, witness, presence, isPart } = this.#context;
    const id = { pipeline: pipeline.name, witness, ...(channel !== undefined && { channel }) };
    const context = {
      id,
      ...(channel === undefined ? wholePlan(plan.whole, isPart) : { plan: plan.channel }),
      window: pipeline.window,
      presence,
    };
    const group = new Group(context, restored);
    this.#groups.set(channel, group);
    return group;
  }
}

function wholePlan(plan: GroupPlan, isPart = false): { readonly plan: GroupPlan; readonly isPart: boolean } {
  return { plan: isPart ? { ...plan, rules: [], signals: [] } : plan, isPart };
}
