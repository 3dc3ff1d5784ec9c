/** One shard of a split pipeline: counts the posts of its own channels, judges the rules by channel, and tells the owner of the
 *  pipeline the rest: its panes of all channels. It notifies nobody.
 *
 *  It reads every message of the pipeline, as do the owner and the other shards, so that all have the same event time and know
 *  which messages there were: a copy, an edit or a deletion finds what it is of, whatever channel it names. */
import type { CellOutput } from '../alert/life.ts';
import { isStateOf, removedAlert } from '../alert/life.ts';
import { compileRules } from '../alert/rules.ts';
import { Tally } from '../alert/tally.ts';
import type { ChannelView } from '../alert/channel-view.ts';
import type { WatcherOutput, WatcherPipeline } from '../alert/watcher-contract.ts';
import type { TallyState } from '../alert/watcher-state.ts';
import type { Alert } from '../alert/alert.ts';
import type { ScoredMessage } from '../message/message.ts';
import { compareText } from '../order/compare-text.ts';
import type { Explain } from '../scorer/explain.ts';
import { EVALUATION_STEP_MS, Watermark, type Arrival, type WatermarkState } from '../window/watermark.ts';
import {
  NO_ENTRY,
  type Entry,
  type EntryPlace,
  type ShardReport,
  type Tick,
  type Told,
  type ToldBefore,
} from './report.ts';
import { shardOf, type ShardPlace } from './shard-of.ts';

/** Raised whenever an older state can no longer be read. */
export const SHARD_STATE_VERSION = 1;

/** Plain JSON. */
export interface ShardState extends TallyState, ShardPlace {
  readonly version: number;
  /** The last SCORED sequence that is counted in this state; 0 for none. */
  readonly lastSequence: number;
  readonly tickMs: number | null;
  /** The last entry that was told. */
  readonly told: EntryPlace;
  readonly watermark?: WatermarkState;
}

/** What the shard itself says, for metrics; the rest is told by the owner. */
type ShardOutput = Extract<WatcherOutput, { kind: 'window' | 'session' | 'limit' }>;

/** What is known of a message without reading all of it. */
type Glance = Pick<ScoredMessage, 'id' | 'kind' | 'channel'>;

export class ShardWatcher {
  readonly #place: ShardPlace;
  readonly #watermark: Watermark;
  readonly #tally: Tally;
  #lastSequence: number;
  #tickMs: number | null;
  #last: EntryPlace;
  #entries: Entry[] = [];
  #ticks: Tick[] = [];
  /** What an earlier life told from the place on that has been read. */
  #before: ToldBefore = { ticks: [], sequence: 0 };
  /** Alerts of rules that are gone, not told yet. */
  #removed: readonly Alert[];

  /** Throws for rules that do not compile, and for a state of another place. */
  constructor(
    pipeline: WatcherPipeline,
    place: ShardPlace,
    restored?: ShardState,
    { explain }: { readonly explain?: Explain | undefined } = {},
  ) {
    const { rules, problems } = compileRules(pipeline.alerts);
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
    if (restored && (restored.shard !== place.shard || restored.shards !== place.shards))
      throw new Error(
        `the state is of shard ${restored.shard} of ${restored.shards}, not ${place.shard} of ${place.shards}`,
      );
    this.#place = place;
    this.#watermark = new Watermark(pipeline.window, restored?.watermark);
    const owns = (channel: string) => shardOf(channel, place.shards) === place.shard;
    this.#tally = new Tally({ pipeline, rules, explain, owns, isPart: true }, restored);
    this.#lastSequence = restored?.lastSequence ?? 0;
    this.#tickMs = restored?.tickMs ?? null;
    this.#last = restored?.told ?? NO_ENTRY;
    this.#removed = (restored?.groups ?? [])
      .flatMap(({ cells }) => cells)
      .filter((life) => !rules.some((rule) => isStateOf(life, rule)))
      .flatMap((life) => removedAlert(life, this.#watermark.signalledMs) ?? []);
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Up to when what follows from the clock is in the entries; null before the first tick. */
  get tickMs(): number | null {
    return this.#tickMs;
  }

  /** Whether all of a message has to be read, or its id, version, kind, time and source are enough. */
  needs(message: Glance): boolean {
    const isPost = message.kind === 'create' || message.kind === 'survey';
    if (isPost)
      return shardOf(message.channel, this.#place.shards) === this.#place.shard || this.#tally.knows(message);
    return message.kind === 'edit' || message.kind === 'delete';
  }

  /** Before the first step: an earlier life told what the state does not hold. Time goes on as it did for that life, or entries would
   *  be others at the same places. */
  follow(before: ToldBefore): void {
    this.#before = before;
  }

  /** Counts one arrival. A message whose sequence was counted already is ignored, and so is a tick before all that an earlier life
   *  told has been read. */
  step(arrival: Arrival): readonly ShardOutput[] {
    if (arrival.kind === 'scored' && arrival.sequence <= this.#lastSequence) return [];
    const outputs: WatcherOutput[] = [];
    const { ticks, sequence } = this.#before;
    if (arrival.kind === 'tick' && this.#lastSequence < sequence) return [];
    const isDue = (tick: Tick) => arrival.kind === 'tick' || tick.sequence < arrival.sequence;
    if (ticks.length > 0) this.#before = { sequence, ticks: ticks.filter((tick) => !isDue(tick)) };
    for (const { atMs } of ticks.filter(isDue)) this.#advance({ kind: 'tick', atMs }, outputs);
    this.#advance(arrival, outputs);
    return outputs.filter(isOwn);
  }

  #advance(arrival: Arrival, outputs: WatcherOutput[]): void {
    if (arrival.kind === 'tick') this.#tickMs = Math.max(this.#tickMs ?? 0, arrival.atMs);
    else this.#lastSequence = arrival.sequence;
    const beforeMs = this.#watermark.signalledMs;
    const signals = this.#watermark.advance(arrival);
    if (arrival.kind === 'tick' && signals.length > 0)
      this.#ticks.push({ sequence: this.#lastSequence, atMs: arrival.atMs });
    for (const signal of signals) {
      if (signal.kind === 'data') this.#tally.take(signal, this.#now(), outputs);
      else {
        this.#tally.close(signal.timeMs, outputs);
        if (signal.frontierMs > beforeMs) {
          if (Number.isFinite(beforeMs)) this.#tellPanes(beforeMs);
          this.#evaluate(beforeMs, signal.frontierMs);
        }
        this.#tally.retire(signal.frontierMs, outputs);
      }
    }
  }

  get hasNews(): boolean {
    return this.#entries.length + this.#removed.length > 0;
  }

  /** What there is to tell since it was last asked. */
  takeNews(): Pick<ShardReport, 'entries' | 'ended' | 'ticks'> {
    const news = { entries: this.#entries, ended: this.#removed };
    const ticks = this.#ticks;
    [this.#entries, this.#removed, this.#ticks] = [[], [], []];
    return ticks.length > 0 ? { ...news, ticks } : news;
  }

  views(): readonly ChannelView[] {
    this.#tally.recount();
    return this.#tally.groups.views(this.#watermark.signalledMs);
  }

  /** Only once all news were taken and told: they are not part of it. */
  snapshot(): ShardState {
    const { state } = this.#watermark;
    return {
      ...this.#tally.toState(),
      ...this.#place,
      version: SHARD_STATE_VERSION,
      lastSequence: this.#lastSequence,
      tickMs: this.#tickMs,
      told: this.#last,
      ...(state && { watermark: state }),
    };
  }

  #now(): { readonly nowMs: number; readonly watermarkMs: number } {
    return { nowMs: this.#watermark.signalledMs, watermarkMs: this.#watermark.watermarkMs };
  }

  /** What was counted while event time stood at `atMs`. */
  #tellPanes(atMs: number): void {
    const { groups, witness } = this.#tally;
    const hasWhole = this.#tally.plan.whole.series.length > 0;
    const news = hasWhole ? groups.whole.takeNews() : undefined;
    for (const pane of news?.panes ?? []) this.#tell(atMs, { kind: 'pane', pane });
    for (const takenBack of news?.takenBack ?? []) this.#tell(atMs, { kind: 'taken_back', ...takenBack });
    const seen = witness.takeNews();
    if (hasWhole && seen.posts.length + seen.gone.length > 0) this.#tell(atMs, { kind: 'seen', ...seen });
  }

  /** At each step of event time at which something can have changed, as one watcher does it. */
  #evaluate(beforeMs: number, untilMs: number): void {
    for (let soonestMs = beforeMs + EVALUATION_STEP_MS; ;) {
      const { groups } = this.#tally;
      const nowMs = groups.dueMs(soonestMs);
      if (nowMs > untilMs) break;
      const cells: { readonly channel: string; readonly output: CellOutput }[] = [];
      for (const group of groups.all) {
        const { channel } = group;
        if (channel === undefined || group.dueMs(nowMs) > nowMs) continue;
        group.evaluate(nowMs, (output) => cells.push({ channel, output }));
      }
      cells.sort((left, right) => compareText(left.channel, right.channel));
      for (const cell of cells) this.#tell(nowMs, { kind: 'cell', ...cell });
      soonestMs = nowMs + EVALUATION_STEP_MS;
    }
  }

  #tell(atMs: number, told: Told): void {
    const index = this.#last.atMs === atMs ? this.#last.index + 1 : 0;
    this.#last = { atMs, index };
    this.#entries.push({ atMs, index, told });
  }
}

function isOwn(output: WatcherOutput): output is ShardOutput {
  if (output.kind === 'limit') return output.limit === 'channelsMax' || output.limit === 'sessionsMax';
  return output.kind === 'window' || output.kind === 'session';
}
