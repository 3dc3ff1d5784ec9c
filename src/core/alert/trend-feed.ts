/** What feeds a watcher's trends. Their state is a hundred times that of the rest, so it is saved apart and less often: after
 *  a restart the watcher goes on from its own snapshot, and the trends first count again what they had counted beyond theirs
 *  (`isBehind`), silently, since it was told before. */
import type { Slices } from '../snapshot/slices.ts';
import type { TrendEvent } from '../trend/board.ts';
import type { TrendConfig } from '../trend/trend.config.ts';
import type { TrendView } from '../trend/trend-view.ts';
import {
  Trends,
  TrendsStateError,
  type TrendHead,
  type TrendLimits,
  type TrendsState,
} from '../trend/trends.ts';
import type { WindowConfig } from '../window/window.config.ts';
import { Watermark, type Arrival, type WatermarkState } from '../window/watermark.ts';
import { LeftOut, type LimitOutput } from './left-out.ts';

type Scored = Extract<Arrival, { kind: 'scored' }>;

/** Plain JSON. */
export interface TrendFeedState {
  /** What trends are counted by; a state of other settings is not used. */
  readonly definition: string;
  /** The last SCORED sequence that is counted in it. */
  readonly lastSequence: number;
  readonly watermark?: WatermarkState;
  readonly trends: TrendsState;
}

/** Where the watcher is that the trends belong to. */
export interface FeedPosition {
  readonly lastSequence: number;
  /** The frontier as last signalled. */
  readonly signalledMs: number;
}

interface FeedPipeline {
  readonly name: string;
  readonly window: WindowConfig;
  readonly trends: TrendConfig;
}

export class TrendFeed {
  readonly #pipeline: FeedPipeline;
  #trends: Trends;
  /** While catching up, trends have a time of their own. */
  #behind: { readonly untilSequence: number; readonly watermark: Watermark } | undefined;
  /** What happened up to here was told before the restart. */
  readonly #toldMs: number;
  #lastSequence: number;
  readonly #leftOut = new LeftOut<keyof TrendLimits>('trends');

  /** Trends begin anew where the watcher stands. */
  constructor(pipeline: FeedPipeline, { lastSequence, signalledMs }: FeedPosition) {
    this.#pipeline = pipeline;
    this.#trends = new Trends(pipeline.name, pipeline.trends);
    this.#lastSequence = lastSequence;
    this.#toldMs = signalledMs;
  }

  /** Goes on from a snapshot, before anything is counted. Throws a `TrendsStateError` for one of another version, pipeline or
   *  settings, and stays as it is. */
  resume(state: TrendFeedState): void {
    const { name, window, trends: config } = this.#pipeline;
    if (state.definition !== definitionOf(config))
      throw new TrendsStateError(`a state by ${state.definition}; needed: ${definitionOf(config)}`);
    this.#trends = new Trends(name, config, state.trends);
    const untilSequence = this.#lastSequence;
    this.#lastSequence = state.lastSequence;
    if (state.lastSequence < untilSequence)
      this.#behind = { untilSequence, watermark: new Watermark(window, state.watermark) };
    else this.#haveCaughtUp();
  }

  get isBehind(): boolean {
    return this.#behind !== undefined;
  }

  /** The last SCORED sequence that is counted. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  get scoreMin(): number {
    return this.#pipeline.trends.scoreMin;
  }

  get size(): number {
    return this.#trends.size;
  }

  live(): Iterable<TrendHead> {
    return this.#trends.live();
  }

  head(id: string): TrendHead | undefined {
    return this.#trends.head(id);
  }

  get(id: string): TrendView | undefined {
    return this.#trends.get(id);
  }

  top(): readonly TrendView[] {
    return this.#trends.top();
  }

  sinceMs(channel: string): number {
    return this.#trends.sinceMs(channel) ?? Number.POSITIVE_INFINITY;
  }

  /** Counts what the watcher has counted before. */
  catchUp(arrival: Scored): void {
    if (!this.#behind || arrival.sequence <= this.#lastSequence) return;
    const { untilSequence, watermark } = this.#behind;
    for (const signal of watermark.advance(arrival)) {
      if (signal.kind === 'watermark') this.#trends.advance(signal.frontierMs);
      else this.#observe(signal.message, signal.sequence, signal.timeMs);
    }
    if (arrival.sequence >= untilSequence) this.#haveCaughtUp();
  }

  /** A message that the watcher has not counted before; those that it had, and that are still missing, are gone from the
   *  stream. */
  observe(message: Scored['message'], sequence: number, timeMs: number): readonly TrendEvent[] {
    if (this.#behind) this.#haveCaughtUp();
    if (sequence <= this.#lastSequence) return []; // The watcher's own snapshot is the older one.
    return this.#observe(message, sequence, timeMs);
  }

  /** Event time has come here: what has changed with it and was not told yet. */
  advance(nowMs: number): readonly TrendEvent[] {
    if (this.#behind) return [];
    return this.#trends.advance(nowMs).filter(({ atMs }) => atMs > this.#toldMs);
  }

  *snapshotInSlices(watermark: WatermarkState | undefined): Slices<TrendFeedState> {
    const state = this.#behind ? this.#behind.watermark.state : watermark;
    return {
      definition: definitionOf(this.#pipeline.trends),
      lastSequence: this.#lastSequence,
      ...(state && { watermark: state }),
      trends: yield* this.#trends.snapshotInSlices(),
    };
  }

  /** What limits left out since it was last asked; to be asked with each step, since what a snapshot has counted is told. */
  limits(): readonly LimitOutput[] {
    return this.#behind ? [] : this.#leftOut.since(this.#trends.limits);
  }

  /** Event time may have gone on without a message: the watcher had come so far. */
  #haveCaughtUp(): void {
    this.#behind = undefined;
    this.#trends.advance(this.#toldMs);
    this.#leftOut.since(this.#trends.limits);
  }

  #observe(message: Scored['message'], sequence: number, timeMs: number): readonly TrendEvent[] {
    this.#lastSequence = sequence;
    this.#trends.observe({ ...message, time: timeMs, sequence });
    return this.#trends.advance(timeMs);
  }
}

/** What a state must agree on; the rest decides only what is listed and told. */
function definitionOf({ kinds, copies, burst, span, memory, limits }: TrendConfig): string {
  return JSON.stringify({ kinds, copies, burst, span, memory, limits });
}
