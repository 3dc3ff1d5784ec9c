/** What a shard tells the owner of its pipeline. */
import type { Alert } from '../alert/alert.ts';
import type { CellOutput } from '../alert/life.ts';
import type { ChannelView } from '../alert/channel-view.ts';
import type { SeenNews } from '../alert/witness.ts';
import type { PaneState } from '../window/series.ts';
import type { ViewState } from '../window/view.ts';

/** What a shard's posts are in a pane of all channels. */
export interface PanePart extends PaneState {
  readonly paneMs: number;
  /** Whether this is to be added to what the shard told of the pane before, or is all there is: posts were taken back. */
  readonly how: 'added' | 'replaced';
  /** Whether posts came into it. */
  readonly hasNew: boolean;
}

/** A post that was taken back, for rules whose condition it ends. */
export interface TakenBack {
  readonly paneMs: number;
  readonly views: readonly ViewState[];
}

export type Told =
  | { readonly kind: 'pane'; readonly pane: PanePart }
  | ({ readonly kind: 'taken_back' } & TakenBack)
  | ({ readonly kind: 'seen' } & SeenNews)
  /** What a rule by channel said. */
  | { readonly kind: 'cell'; readonly channel: string; readonly output: CellOutput };

/** Where an entry stands among all that a shard ever tells: event time, then its number at that time. It follows from the
 *  messages alone, so that each life of the shard gives an entry the same place, and a repeated one is known by it. */
export interface EntryPlace {
  /** For a `cell` the moment at which the rule was evaluated; else where event time stood when the posts were counted. */
  readonly atMs: number;
  readonly index: number;
}

export interface Entry extends EntryPlace {
  readonly told: Told;
}

/** A moment of the clock at which event time went on. */
export interface Tick {
  /** All up to this place of SCORED had been read by then. */
  readonly sequence: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

export interface ShardReport {
  readonly shard: number;
  readonly shards: number;
  /** Of the shard's lease: what an earlier holder still says is not heard. */
  readonly epoch: number;
  /** In the order of their places. */
  readonly entries: readonly Entry[];
  /** How alerts of rules that are gone end. They have no place: which rules there are does not follow from messages. */
  readonly ended: readonly Alert[];
  /** All that followed from SCORED up to here has been told. */
  readonly sequence: number;
  /** All that followed from the clock up to here has been told too, after `sequence`: epoch milliseconds; null before the first
   *  tick. */
  readonly tickMs: number | null;
  /** Those from which the entries followed, besides messages: who has the shard next lets time go on at the same places. Absent when
   *  there was none. */
  readonly ticks?: readonly Tick[];
  /** Channels as they are now, now and then. */
  readonly views?: readonly ChannelView[];
}

/** Whether it comes after that one. */
export function isBehind(entry: EntryPlace, last: EntryPlace): boolean {
  return entry.atMs > last.atMs || (entry.atMs === last.atMs && entry.index > last.index);
}

/** What earlier lives of a shard told and its state does not hold. */
export interface ToldBefore {
  readonly ticks: readonly Tick[];
  /** Of SCORED, as far as they had come. */
  readonly sequence: number;
}

/** From reports as they stand in PARTS, without those of whom another had followed by then. */
export function toldBefore(reports: readonly ShardReport[]): ToldBefore {
  const ticks: Tick[] = [];
  let [epoch, sequence] = [0, 0];
  for (const report of reports) {
    if (report.epoch < epoch) continue;
    epoch = report.epoch;
    sequence = Math.max(sequence, report.sequence);
    ticks.push(...(report.ticks ?? []));
  }
  return { ticks, sequence };
}

export const NO_ENTRY: EntryPlace = { atMs: 0, index: -1 };
