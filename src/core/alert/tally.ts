/** What a watcher counts: each message once, as its newest version says, in the groups of its channel. */
import type { ScoredMessage } from '../message/message.ts';
import type { Explain } from '../scorer/explain.ts';
import { postOf, type Post } from '../window/aggregate.ts';
import { hash53 } from '../window/distinct.ts';
import { Ledger, type Change, type Contribution, type LedgerOptions } from '../window/ledger.ts';
import { Sessions } from '../window/sessions.ts';
import type { Signal } from '../window/watermark.ts';
import { planGroups, type GroupPlan } from './group.ts';
import { ELSEWHERE, Groups } from './groups.ts';
import { Presence } from './presence.ts';
import type { CompiledRule } from './rules.ts';
import type { WatcherOutput, WatcherPipeline } from './watcher-contract.ts';
import type { TallyState } from './watcher-state.ts';
import { Witness } from './witness.ts';

export interface TallyOptions {
  readonly pipeline: WatcherPipeline;
  readonly rules: readonly CompiledRule[];
  readonly explain?: Explain | undefined;
  /** Which channels are counted here; all of them when absent. Of those of others it is known only which messages there were. */
  readonly owns?: (channel: string) => boolean;
  /** The group of all channels is a part of one that is summed elsewhere. */
  readonly isPart?: boolean;
}

/** Where event time stands. */
export interface Now {
  readonly nowMs: number;
  readonly watermarkMs: number;
}

export class Tally {
  readonly groups: Groups;
  readonly witness: Witness;
  readonly presence: Presence;
  readonly plan: { readonly whole: GroupPlan; readonly channel: GroupPlan };
  readonly #owns: ((channel: string) => boolean) | undefined;
  readonly #ledger: Ledger;
  readonly #sessions: Sessions;

  constructor(options: TallyOptions, restored?: TallyState) {
    const { pipeline, rules, explain, owns, isPart = false } = options;
    const { window, duplicates } = pipeline;
    this.#owns = owns;
    this.plan = planGroups(rules, window);
    this.#ledger = new Ledger(ledgerOptions(this.plan, window), restored?.ledger);
    this.witness = new Witness(
      {
        ledger: this.#ledger,
        remembers: rules.some(({ kind }) => kind !== 'trend'),
        tells: isPart,
        ...(explain && { explain }),
        ...(duplicates && { duplicates }),
      },
      restored?.witness,
    );
    const { sessionGap: gapMs, sessionsMax, pane, allowedLateness, sourceLagMax } = window;
    this.#sessions = new Sessions({ gapMs, sessionsMax }, restored?.sessions);
    const kept = { paneMs: pane, keepMs: allowedLateness + sourceLagMax };
    this.presence = new Presence(kept, restored?.presence);
    const { plan, witness, presence } = this;
    this.groups = new Groups({ pipeline, plan, witness, presence, isPart }, restored?.groups ?? []);
  }

  /** Whether a message of this id is known, of whatever version. */
  knows({ kind, id }: Pick<ScoredMessage, 'kind' | 'id'>): boolean {
    return this.#ledger.knows(kind, id);
  }

  take(signal: Signal & { kind: 'data' }, now: Now, outputs: WatcherOutput[]): void {
    const { message, sequence, timeMs, late, limit } = signal;
    const { nowMs } = now;
    if (limit) outputs.push({ kind: 'limit', limit, count: 1 });
    if (this.groups.watchesAnomalies) this.presence.heard(timeMs, nowMs, late);
    const post = postOf(message, sequence, this.witness.weigh(message, timeMs));
    const isOurs = this.#owns?.(message.channel) ?? true;
    const channel = isOurs ? this.groups.channelOf(message.channel) : ELSEWHERE;
    const change = this.#ledger.take(post, timeMs, nowMs, channel);
    if (!change) return;
    this.witness.touch();
    this.#converse(message, change, now, outputs);
    if (change.outcome !== 'counted') return this.#amend(change, post, now, outputs);
    const kept = this.groups.keeps(timeMs, nowMs);
    if (late || !kept) outputs.push({ kind: 'late', outcome: kept ? 'applied' : 'dropped', messages: 1 });
    if (!kept) return;
    if (isOurs && channel !== message.channel)
      outputs.push({ kind: 'limit', limit: 'channelsMax', count: 1 });
    this.#add(post, change.after, now, 'post');
  }

  /** Counts distinct authors anew where posts were taken back. */
  recount(): void {
    this.groups.recount(this.#ledger);
  }

  /** What is over at this watermark: panes and conversations. */
  close(watermarkMs: number, outputs: WatcherOutput[]): void {
    this.recount();
    outputs.push(...this.groups.closePanes(watermarkMs));
    for (const session of this.#sessions.close(watermarkMs)) outputs.push({ kind: 'session', session });
  }

  /** Frees what nothing can need any more. */
  retire(frontierMs: number, outputs: WatcherOutput[]): void {
    this.groups.retire(frontierMs);
    const lost = this.#ledger.retire(frontierMs);
    if (lost > 0) outputs.push({ kind: 'limit', limit: 'messagesRetainedMax', count: lost });
  }

  toState(): TallyState {
    this.recount();
    return {
      ledger: this.#ledger.toState(),
      witness: this.witness.toState(),
      sessions: this.#sessions.toState(),
      groups: this.groups.toState(),
      ...(this.groups.watchesAnomalies && { presence: this.presence.toState() }),
    };
  }

  /** An edit or a deletion may not say which conversation it is of. */
  #converse(
    { id, conversation }: ScoredMessage,
    { before, after }: Change,
    { watermarkMs }: Now,
    outputs: WatcherOutput[],
  ): void {
    const number = hash53(id);
    const key = (before && this.#sessions.takeBack(number)) ?? conversation;
    if (!after || after.channel === ELSEWHERE || key === undefined || key === '') return;
    const { label, timeMs } = after;
    const outcome = this.#sessions.add({ number, key, label, timeMs }, watermarkMs);
    if (outcome === 'full') outputs.push({ kind: 'limit', limit: 'sessionsMax', count: 1 });
  }

  /** A version of a message that is known. */
  #amend({ outcome, before, after }: Change, post: Post, now: Now, outputs: WatcherOutput[]): void {
    if (outcome === 'counted') return;
    const changes = [before, after].filter((one) => one !== undefined);
    const { nowMs } = now;
    const isTooLate = changes.length > 0 && !changes.some(({ timeMs }) => this.groups.keeps(timeMs, nowMs));
    outputs.push({ kind: 'version', outcome: isTooLate ? 'too_late' : outcome, messages: 1 });
    if (isTooLate) return;
    if (before && before.channel !== ELSEWHERE) {
      this.groups.takeBack(before, nowMs);
      this.witness.takeBack(before.sequence);
    }
    this.#add(post, after, now, before ? 'replacement' : 'post');
  }

  /** Where an earlier or a later version than the one that came is what counts, its numbers are all there is of it. */
  #add(post: Post, counts: Contribution | undefined, now: Now, as: 'post' | 'replacement'): void {
    if (!counts || counts.channel === ELSEWHERE) return;
    const what = counts.sequence === post.sequence ? weighing(post, counts.weightUnits) : counts;
    if ('evidence' in what) this.witness.add(what);
    this.groups.add(what, counts, now, as);
  }
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
