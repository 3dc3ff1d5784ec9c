/** What is rising in a stream of messages: bounded memory, one pass, event time, no look-ahead. Everything it says is a
 *  function of the messages and the times it is advanced to, so that a replay from a snapshot says the same. */
import { whole, type Slices } from '../snapshot/slices.ts';
import { Board, type BoardState, type TrendEvent } from './board.ts';
import { Journal, type CountedPost, type JournalState } from './journal.ts';
import type { Observed } from './observed.ts';
import { Tables, type Counted, type TablesState } from './tables.ts';
import type { LiveTrend } from './trend.ts';
import type { TrendTerm, TrendView } from './trend-view.ts';
import type { TrendConfig } from './trend.config.ts';

export const TRENDS_STATE_VERSION = 2;

/** Trends are looked at on this grid of event time, however often time is told. */
export const TREND_STEP_MS = 60_000;

/** What a limit left out, since the start. */
export interface TrendLimits {
  readonly candidates: number;
  readonly trends: number;
  readonly channels: number;
  readonly authorsSeen: number;
  readonly runsSeen: number;
  readonly retractable: number;
}

export interface TrendsState {
  readonly version: typeof TRENDS_STATE_VERSION;
  readonly pipeline: string;
  readonly nowMs: number | null;
  readonly tables: TablesState;
  readonly journal: JournalState;
  readonly board: BoardState;
}

export class TrendsStateError extends Error {
  override readonly name = 'TrendsStateError';
  readonly code = 'TRENDS_STATE';
  readonly canRetry = false;
}

export type TrendHead = Pick<LiveTrend, 'id' | 'channel' | 'score' | 'startMs' | 'terms'>;

export class Trends {
  readonly #pipeline: string;
  readonly #config: TrendConfig;
  readonly #tables: Tables;
  readonly #journal: Journal;
  readonly #board: Board;
  #nowMs: number;

  /** Throws a `TrendsStateError` for a state of another version or pipeline. */
  constructor(pipeline: string, config: TrendConfig, restored?: TrendsState) {
    if (restored && (restored.version !== TRENDS_STATE_VERSION || restored.pipeline !== pipeline))
      throw new TrendsStateError(
        `a state of pipeline '${restored.pipeline}', version ${String(restored.version)}; ` +
          `needed: '${pipeline}', ${TRENDS_STATE_VERSION}`,
      );
    const { span, limits } = config;
    this.#pipeline = pipeline;
    this.#config = config;
    this.#tables = new Tables(config, restored?.tables);
    this.#journal = new Journal({ keepMs: span, max: limits.retractableMax }, restored?.journal);
    this.#nowMs = restored?.nowMs ?? Number.NEGATIVE_INFINITY;
    const measure = (term: TrendTerm, { channel }: LiveTrend) =>
      this.#tables.measure(term, channel, this.#nowMs);
    const onTaken = (post: number, { channel, id }: LiveTrend) =>
      this.#journal.get(post, channel)?.trends.push(id);
    const { posts } = this.#tables;
    this.#board = new Board({ pipeline, config, posts, measure, onTaken }, restored?.board);
  }

  /** Bytes of the sketches and sets, which do not grow. */
  get bytes(): number {
    return this.#tables.bytes;
  }

  get limits(): TrendLimits {
    // Not spread, which costs ten times that: it is asked with every message.
    const { candidates, channels, authorsSeen, runsSeen } = this.#tables.limits;
    const [trends, retractable] = [this.#board.leftOut, this.#journal.forgotten];
    return { candidates, trends, channels, authorsSeen, runsSeen, retractable };
  }

  /** Counts a message, which may be late; an edit instead of what it changes, and what is deleted not at all, as long as the
   *  message is known. What follows from it is told by the next `advance`. */
  observe(message: Observed): void {
    const nowMs = Math.max(this.#nowMs, message.time);
    const amendment = this.#journal.take(message, nowMs);
    if (!amendment) return;
    const { takeBack, count, entry } = amendment;
    this.#proceed(nowMs);
    if (takeBack) this.#takeBack(takeBack);
    if (!count) return;
    const counted = this.#tables.count(count, this.#nowMs);
    if (!counted) return;
    entry.post = counted.post;
    this.#tell(counted);
  }

  #tell({ post, written, met }: Counted): void {
    this.#board.gather(
      met.flatMap(({ hot }) => hot ?? []),
      this.#nowMs,
    );
    const keys = met.map(({ key }) => key);
    this.#board.tally(keys, written, { isOwn: post.isOwn, nowMs: this.#nowMs });
  }

  #takeBack(post: CountedPost): void {
    const others = () => this.#journal.posts(post.channel);
    const originals = this.#tables.takeBack(post, others, this.#nowMs);
    for (const original of originals) this.#board.makeOwn(original);
    this.#board.takeBack(post, this.#nowMs);
  }

  /** Event time has come to `timeMs`: what began or changed since the last call, in order. */
  advance(timeMs: number): readonly TrendEvent[] {
    if (timeMs > this.#nowMs && this.#nowMs !== Number.NEGATIVE_INFINITY) this.#proceed(timeMs);
    return this.#board.takeEvents();
  }

  /** The strongest trends now, of one channel or of all; `k` from 1, at most `topK` by default. */
  top(k = this.#config.topK, channel?: string): TrendView[] {
    return this.#board.top(k, channel);
  }

  /** How many trends there are now. */
  get size(): number {
    return this.#board.size;
  }

  /** All there are now, in no order: what it takes to choose among them. */
  live(): Iterable<TrendHead> {
    return this.#board.live();
  }

  head(id: string): TrendHead | undefined {
    return this.#board.get(id);
  }

  /** A trend that is not over. */
  get(id: string): TrendView | undefined {
    return this.#board.get(id)?.view();
  }

  /** Event time of the first message of a channel. */
  sinceMs(channel: string): number | undefined {
    return this.#tables.channel(channel)?.sinceMs;
  }

  /** Steps from the last time to this one, as long as there is anything to look at. */
  #proceed(timeMs: number): void {
    let nextMs = (Math.floor(this.#nowMs / TREND_STEP_MS) + 1) * TREND_STEP_MS;
    while (nextMs <= timeMs && this.#board.size > 0) {
      this.#nowMs = nextMs;
      this.#tables.advance(nextMs);
      this.#board.step(nextMs);
      nextMs += TREND_STEP_MS;
    }
    this.#nowMs = Math.max(this.#nowMs, timeMs);
    this.#tables.advance(this.#nowMs);
  }

  /** Adds what another watcher of the same pipeline saw in other messages. Counts are exact sums; what both saw of one
   *  author or text is known from now on, but was counted by each. */
  merge(other: Trends): void {
    this.#proceed(Math.max(this.#nowMs, other.#nowMs));
    this.#tables.merge(other.#tables);
    this.#journal.merge(other.#journal);
    this.#board.merge(other.#board);
  }

  /** Shares nothing that a later step changes. Events that were not taken yet are not in it. */
  snapshot(): TrendsState {
    return whole(this.snapshotInSlices());
  }

  *snapshotInSlices(): Slices<TrendsState> {
    return {
      version: TRENDS_STATE_VERSION,
      pipeline: this.#pipeline,
      nowMs: Number.isFinite(this.#nowMs) ? this.#nowMs : null,
      tables: yield* this.#tables.toStateInSlices(),
      journal: yield* this.#journal.toStateInSlices(),
      board: this.#board.toState(),
    };
  }
}
