/** What is rising in a stream of messages: bounded memory, one pass, event time, no look-ahead. Everything it says is a
 *  function of the messages and the times it is advanced to, so that a replay from a snapshot says the same. */
import { Board, type Hot, type TrendEvent } from './board.ts';
import {
  authorsSince,
  Candidates,
  see,
  spell,
  spellingOf,
  type Candidate,
  type CandidateState,
} from './candidates.ts';
import { Channels, type Channel, type ChannelState } from './channels.ts';
import { Copies } from './copies.ts';
import { FirstSights } from './first-sights.ts';
import { combine, hashOf, keyOf, type Hash } from './hash.ts';
import type { Observed } from './observed.ts';
import { recentPost, RecentPosts, type RecentPost } from './recent-posts.ts';
import { RecentSet, type RecentSetState } from './recent-set.ts';
import { burstOf, type Burst, type Totals } from './score.ts';
import { TermSketch, type SketchState, type Usage } from './sketch.ts';
import { priorOf, termsOf, type Term } from './terms.ts';
import type { LiveTrend, LiveTrendState } from './trend.ts';
import type { TrendTerm, TrendView } from './trend-view.ts';
import type { TermKind, TrendConfig } from './trend.config.ts';

export const TRENDS_STATE_VERSION = 1;

/** Who wrote which term within `span`: 8 bytes each. */
export const AUTHORS_SEEN_MAX = 524_288;
/** Runs of words by which copies are told, up to eight a text: 8 bytes each. */
const RUNS_SEEN_MAX = 262_144;
/** A text is a copy of one that was first seen up to so many spans ago. */
const COPY_SPANS = 3;
/** Posts that are remembered whole, of all channels. */
const POSTS_MAX = 2_048;
/** What a copy weighs. */
const COPY_WEIGHT = { once: 0, weighted: 0.1, each: 1 } as const;
/** From so many recent sights on, a term is known by name. */
const KNOWN_FROM = 1.5;
/** A phrase counts from when both its words were met so often of late. */
const PHRASE_FROM = 2;
/** A phrase is more than its words when it has this share of the posts of the rarer one. */
const PHRASE_SHARE_MIN = 0.5;
/** Trends are looked at on this grid of event time, however often time is told. */
export const TREND_STEP_MS = 60_000;

/** What a limit left out, since the start. */
export interface TrendLimits {
  readonly candidates: number;
  readonly trends: number;
  readonly channels: number;
  readonly authorsSeen: number;
  readonly runsSeen: number;
}

export interface TrendsState {
  readonly version: typeof TRENDS_STATE_VERSION;
  readonly pipeline: string;
  readonly nowMs: number | null;
  readonly sketch: SketchState;
  readonly channels: readonly ChannelState[];
  readonly candidates: readonly CandidateState[];
  readonly firstSights: string;
  readonly authors: RecentSetState;
  readonly copies: RecentSetState;
  readonly posts: readonly RecentPost[];
  readonly trends: readonly LiveTrendState[];
}

export class TrendsStateError extends Error {
  override readonly name = 'TrendsStateError';
  readonly code = 'TRENDS_STATE';
  readonly canRetry = false;
}

export type TrendHead = Pick<LiveTrend, 'id' | 'channel' | 'score' | 'startMs' | 'terms'>;

/** A message as its terms are counted. */
interface Post {
  readonly channel: Channel;
  readonly number: number;
  readonly author: Hash;
  readonly timeMs: number;
  readonly weight: number;
  /** Its text is no copy, or copies count. */
  readonly isOwn: boolean;
  /** Before this one. */
  readonly totals: Totals;
}

interface Met {
  readonly key: number;
  /** Recent posts with the term. */
  readonly span: number;
  readonly hot?: Hot;
}

export class Trends {
  readonly #pipeline: string;
  readonly #config: TrendConfig;
  readonly #kinds: ReadonlySet<TermKind>;
  readonly #sketch: TermSketch;
  readonly #channels: Channels;
  readonly #candidates: Candidates;
  readonly #firstSights: FirstSights;
  readonly #authors: RecentSet;
  readonly #copies: Copies;
  readonly #posts: RecentPosts;
  readonly #board: Board;
  readonly #usage: Usage = { burst: 0, span: 0, past: 0, burstCrowd: 0, spanCrowd: 0 };
  #nowMs: number;

  /** Throws a `TrendsStateError` for a state of another version or pipeline. */
  constructor(pipeline: string, config: TrendConfig, restored?: TrendsState) {
    if (restored && (restored.version !== TRENDS_STATE_VERSION || restored.pipeline !== pipeline))
      throw new TrendsStateError(
        `a state of pipeline '${restored.pipeline}', version ${String(restored.version)}; ` +
          `needed: '${pipeline}', ${TRENDS_STATE_VERSION}`,
      );
    const { burst, span, memory, limits } = config;
    this.#pipeline = pipeline;
    this.#config = config;
    this.#kinds = new Set(config.kinds);
    const times = { burstMs: burst, spanMs: span, memoryMs: memory };
    this.#sketch = new TermSketch({ cellsPerRow: limits.cellsPerRow, ...times }, restored?.sketch);
    this.#channels = new Channels({ max: limits.channelsMax, ...times }, restored?.channels);
    this.#candidates = new Candidates(limits.candidatesMax, restored?.candidates);
    this.#firstSights = new FirstSights(restored?.firstSights);
    this.#authors = new RecentSet(AUTHORS_SEEN_MAX, span, restored?.authors);
    this.#copies = new Copies(RUNS_SEEN_MAX, COPY_SPANS * span, restored?.copies);
    this.#nowMs = restored?.nowMs ?? Number.NEGATIVE_INFINITY;
    this.#posts = new RecentPosts(POSTS_MAX, restored?.posts);
    const measure = (term: TrendTerm, { channel }: LiveTrend) => this.#measure(term, channel);
    this.#board = new Board({ pipeline, config, posts: this.#posts, measure }, restored?.trends);
  }

  /** Bytes of the sketches and sets, which do not grow. */
  get bytes(): number {
    return this.#sketch.bytes + this.#authors.bytes + this.#copies.bytes + this.#firstSights.bytes;
  }

  get limits(): TrendLimits {
    return {
      candidates: this.#candidates.forgotten,
      trends: this.#board.leftOut,
      channels: this.#channels.leftOut,
      authorsSeen: this.#authors.displaced,
      runsSeen: this.#copies.displaced,
    };
  }

  /** Counts a message, which may be late. What follows from it is told by the next `advance`. */
  observe(message: Observed): void {
    if (message.kind !== 'create' && message.kind !== 'survey') return;
    const channel = this.#channels.open(message.channel, message.time);
    if (!channel) return;
    this.#proceed(Math.max(this.#nowMs, message.time));
    this.#sketch.writtenAt(message.time);
    const { copies } = this.#config;
    const isCopy = this.#copies.seen(message.text, channel.hash, message.time);
    const written = recentPost(message, keyOf(hashOf(message.id)));
    const post: Post = {
      channel,
      number: written.number,
      author: hashOf(written.authorId),
      timeMs: message.time,
      weight: isCopy ? COPY_WEIGHT[copies] : 1,
      isOwn: !isCopy || copies === 'each',
      totals: channel.totals(this.#nowMs),
    };
    channel.add(post.weight, message.time);
    if (post.isOwn) this.#posts.add(written);
    const met = this.#meetAll(message, post);
    this.#board.gather(
      met.flatMap(({ hot }) => hot ?? []),
      this.#nowMs,
    );
    const keys = met.map(({ key }) => key);
    this.#board.tally(keys, written, { isOwn: post.isOwn, nowMs: this.#nowMs });
  }

  #meetAll(message: Observed, post: Post): Met[] {
    const { terms, phrases } = termsOf(message, this.#kinds);
    const met = terms.map((term) => this.#meet(term, post));
    for (const phrase of phrases) {
      const [first, last] = phrase.parts;
      const words = Math.min(met[first]?.span ?? 0, met[last]?.span ?? 0);
      if (words >= PHRASE_FROM) met.push(this.#meet(phrase, post, words));
    }
    return met;
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
    return this.#channels.get(channel)?.sinceMs;
  }

  /** Steps from the last time to this one, as long as there is anything to look at. */
  #proceed(timeMs: number): void {
    let nextMs = (Math.floor(this.#nowMs / TREND_STEP_MS) + 1) * TREND_STEP_MS;
    while (nextMs <= timeMs && this.#board.size > 0) {
      this.#nowMs = nextMs;
      this.#sketch.advance(nextMs);
      this.#board.step(nextMs);
      nextMs += TREND_STEP_MS;
    }
    this.#nowMs = Math.max(this.#nowMs, timeMs);
    this.#sketch.advance(this.#nowMs);
  }

  /** Counts one term of a post, unless its author has written it lately. `words`: of a phrase, the recent posts with the
   *  rarer of its words. */
  #meet(term: Term, post: Post, words = 0): Met {
    const hash = combine(post.channel.hash, term.hash);
    const key = keyOf(hash);
    const usage = this.#usage;
    this.#sketch.locate(hash);
    this.#sketch.read(usage);
    if (post.weight === 0 || this.#authors.seen(combine(hash, post.author), post.timeMs))
      return { key, span: usage.span };
    const { burst, span } = post.totals;
    this.#sketch.add(
      post.weight,
      Math.min(1, usage.burst / Math.max(1, burst)),
      Math.min(1, usage.span / Math.max(1, span)),
      usage,
    );
    if (usage.span < KNOWN_FROM && post.isOwn)
      this.#firstSights.note(key, { post: post.number, timeMs: post.timeMs });
    if (usage.span < Math.max(KNOWN_FROM, PHRASE_SHARE_MIN * words)) return { key, span: usage.span };
    const hot = this.#judge(this.#know(key, hash, term, post), post);
    return { key, span: usage.span, ...(hot && { hot }) };
  }

  #know(key: number, hash: Hash, term: Term, post: Post): Candidate {
    let candidate = this.#candidates.get(key);
    if (!candidate) {
      candidate = {
        key,
        hash,
        kind: term.kind,
        text: term.key,
        channel: post.channel.name,
        spellings: new Map(),
        sightings: [],
      };
      const first = this.#firstSights.get(key);
      if (first) see(candidate, first);
      this.#candidates.add(candidate);
    }
    spell(candidate, term.spelling);
    if (post.isOwn) see(candidate, { post: post.number, timeMs: post.timeMs });
    return candidate;
  }

  #judge(candidate: Candidate, post: Post): Hot | undefined {
    const { authorsMin, scoreMin, span } = this.#config;
    if (authorsSince(candidate, this.#nowMs - span) < authorsMin) return undefined;
    const totals = post.channel.totals(this.#nowMs);
    const burst = burstOf(this.#usage, totals, priorOf(candidate.kind, candidate.text));
    return burst.score >= scoreMin ? { candidate, burst } : undefined;
  }

  #measure(term: TrendTerm, channel: string): Burst {
    const totals = this.#channels.get(channel)?.totals(this.#nowMs) ?? { burst: 0, span: 0, past: 0 };
    const candidate = this.#candidates.get(term.key);
    if (candidate) term.spelling = spellingOf(candidate);
    this.#sketch.locate(term.hash);
    this.#sketch.read(this.#usage);
    return burstOf(this.#usage, totals, priorOf(term.kind, term.text));
  }

  /** Adds what another watcher of the same pipeline saw in other messages. Counts are exact sums; what both saw of one
   *  author or text is known from now on, but was counted by each. */
  merge(other: Trends): void {
    this.#proceed(Math.max(this.#nowMs, other.#nowMs));
    this.#sketch.merge(other.#sketch);
    this.#channels.merge(other.#channels);
    this.#candidates.merge(other.#candidates);
    this.#firstSights.merge(other.#firstSights);
    this.#authors.merge(other.#authors);
    this.#copies.merge(other.#copies);
    this.#posts.merge(other.#posts);
    this.#board.merge(other.#board);
  }

  /** Shares nothing that a later step changes. Events that were not taken yet are not in it. */
  snapshot(): TrendsState {
    return {
      version: TRENDS_STATE_VERSION,
      pipeline: this.#pipeline,
      nowMs: Number.isFinite(this.#nowMs) ? this.#nowMs : null,
      sketch: this.#sketch.toState(),
      channels: this.#channels.toState(),
      candidates: this.#candidates.toState(),
      firstSights: this.#firstSights.toState(),
      authors: this.#authors.toState(),
      copies: this.#copies.toState(),
      posts: this.#posts.toState(),
      trends: this.#board.toState(),
    };
  }
}
