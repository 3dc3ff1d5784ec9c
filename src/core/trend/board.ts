/** The trends there are now: which term belongs to which, what joins, begins, and ends. */
import type { Candidate } from './candidates.ts';
import type { CountedPost } from './journal.ts';
import type { RecentPost, RecentPosts } from './recent-posts.ts';
import type { Burst } from './score.ts';
import { LiveTrend, sharesOf, type LiveTrendState } from './trend.ts';
import type { TrendEnd, TrendTerm, TrendView } from './trend-view.ts';
import type { TrendConfig } from './trend.config.ts';
import { wordingsOf } from './wordings.ts';

/** A term that rises joins a trend that has at least this share of its posts. */
const JOIN_SHARE_MIN = 1 / 3;

/** The posts that would found a trend are told in words of their own, at least this share of them. */
const WORDINGS_SHARE_MIN = 0.5;

/** A channel that brought trends of late is noisier than others, or busy with one thing: the next must be as much more
 *  surprising as makes it no likelier there. n trends where 0.65 are usual (see `alarmScore`) mean 1 + n / 0.65 times as many
 *  by chance, and 0.3 ln(1 + n) standard deviations make up for that. Plateau 0.2 to 0.5 of a step, 5 to 10 days. */
const BUSY_STEP = 0.3;
const STARTS_KEPT_MS = 7 * 86_400_000;
const STARTS_MAX = 64;

/** A trend that began, or changed its state. */
export interface TrendEvent {
  readonly atMs: number;
  readonly trend: TrendView;
}

/** A term that is surprising enough to trend. */
export interface Hot {
  readonly candidate: Candidate;
  readonly burst: Burst;
}

export interface BoardOptions {
  readonly pipeline: string;
  readonly config: TrendConfig;
  readonly posts: RecentPosts;
  /** The score of a term as of now. */
  readonly measure: (term: TrendTerm, trend: LiveTrend) => Burst;
  /** A trend counts a post. */
  readonly onTaken: (post: number, trend: LiveTrend) => void;
}

export interface BoardState {
  readonly trends: readonly LiveTrendState[];
  /** When the trends of a channel began, oldest first. */
  readonly starts: readonly (readonly [string, readonly number[]])[];
}

export class Board {
  readonly #options: BoardOptions;
  readonly #trends = new Map<string, LiveTrend>();
  readonly #trendOf = new Map<number, LiveTrend>();
  /** By channel. */
  readonly #starts: Map<string, readonly number[]>;
  #events: TrendEvent[] = [];
  #leftOut = 0;

  constructor(options: BoardOptions, restored?: BoardState) {
    this.#options = options;
    this.#starts = new Map(restored?.starts);
    for (const state of restored?.trends ?? []) this.#register(LiveTrend.fromState(state));
  }

  get size(): number {
    return this.#trends.size;
  }

  /** Trends that had to make room, or found none. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** In no order. */
  live(): Iterable<LiveTrend> {
    return this.#trends.values();
  }

  get(id: string): LiveTrend | undefined {
    return this.#trends.get(id);
  }

  /** What happened since the last call. */
  takeEvents(): readonly TrendEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Terms that have become surprising join the trend they rise with, or begin one. */
  gather(hot: readonly Hot[], nowMs: number): void {
    const strongestFirst = hot
      .filter(({ candidate }) => !this.#trendOf.has(candidate.key))
      .sort((a, b) => b.burst.score - a.burst.score || a.candidate.key - b.candidate.key);
    let waiting = this.#joined(strongestFirst, nowMs);
    for (;;) {
      const at = waiting.findIndex((lead) => this.#begin(lead, nowMs));
      if (at < 0) return;
      waiting = this.#joined(waiting.toSpliced(at, 1), nowMs);
    }
  }

  /** Those that rise with no trend there is. Who joins brings posts by which the next is known to rise with them, hence the
   *  second look before anything begins. */
  #joined(hot: readonly Hot[], nowMs: number): readonly Hot[] {
    const left = hot.filter((one) => {
      const trend = this.#closest(one.candidate, nowMs);
      if (trend) this.#join(trend, one);
      return trend === undefined;
    });
    return left.length === 0 || left.length === hot.length ? left : this.#joined(left, nowMs);
  }

  #join(trend: LiveTrend, { candidate, burst }: Hot): void {
    const taken = trend.join(candidate, burst, this.#options.posts);
    if (!taken) return;
    for (const post of taken) this.#options.onTaken(post, trend);
    this.#trendOf.set(candidate.key, trend);
  }

  #begin(lead: Hot, nowMs: number): boolean {
    const trend = this.#found(lead.candidate, lead.burst, nowMs);
    if (!trend) return false;
    this.#join(trend, lead);
    this.#measure(trend, nowMs);
    this.#tell(trend, nowMs);
    return true;
  }

  /** Counts a post for the trends whose terms it holds. `isOwn`: its text is no copy. */
  tally(
    keys: readonly number[],
    post: RecentPost,
    { isOwn, nowMs }: { isOwn: boolean; nowMs: number },
  ): void {
    const touched = new Map<LiveTrend, number>();
    for (const key of keys) {
      const trend = this.#trendOf.get(key);
      if (!trend) continue;
      touched.set(trend, (touched.get(trend) ?? 0) + 1);
      if (isOwn) trend.countTerm(key);
    }
    for (const [trend, terms] of touched) {
      if (trend.take(post, { terms, isOwn })) this.#options.onTaken(post.number, trend);
      this.#measure(trend, nowMs);
    }
  }

  /** Takes back a post of some trends. One that is left with fewer authors than a trend needs is over. */
  takeBack(post: CountedPost, nowMs: number): void {
    for (const id of post.trends) {
      const trend = this.#trends.get(id);
      if (!trend) continue;
      trend.takeBack(post);
      if (trend.authors < this.#options.config.authorsMin) this.#retract(trend, nowMs);
      else this.#measure(trend, nowMs);
    }
  }

  #retract(trend: LiveTrend, nowMs: number): void {
    const starts = [...(this.#starts.get(trend.channel) ?? [])];
    const at = starts.indexOf(trend.startMs);
    if (at >= 0) this.#starts.set(trend.channel, starts.toSpliced(at, 1));
    this.#end(trend, nowMs, 'retracted');
  }

  /** A post was a copy of one that was taken back. */
  makeOwn({ trends, number }: CountedPost): void {
    for (const id of trends) this.#trends.get(id)?.makeOwn(number);
  }

  /** Event time has come here. */
  step(nowMs: number): void {
    const { burst: burstMs, span: spanMs, scoreMin } = this.#options.config;
    for (const trend of this.#trends.values()) {
      this.#measure(trend, nowMs);
      if (trend.step(nowMs, { burstMs, spanMs, scoreMin }) === undefined) continue;
      this.#tell(trend, nowMs);
      if (trend.state === 'over') this.#forget(trend);
    }
    this.#forgetStarts(nowMs);
  }

  /** The strongest now, of one channel or of all. */
  top(k: number, channel?: string): TrendView[] {
    return [...this.#trends.values()]
      .filter((trend) => channel === undefined || trend.channel === channel)
      .sort((a, b) => b.score - a.score || a.id.localeCompare(b.id))
      .slice(0, k)
      .map((trend) => trend.view());
  }

  #end(trend: LiveTrend, nowMs: number, reason: TrendEnd): void {
    trend.end(nowMs, reason);
    this.#tell(trend, nowMs);
    this.#forget(trend);
  }

  #tell(trend: LiveTrend, atMs: number): void {
    this.#events.push({ atMs, trend: trend.view() });
  }

  #closest(candidate: Candidate, nowMs: number): LiveTrend | undefined {
    const sinceMs = nowMs - this.#options.config.span;
    let best: LiveTrend | undefined;
    let share = JOIN_SHARE_MIN;
    for (const trend of this.#trends.values()) {
      if (trend.channel !== candidate.channel) continue;
      const overlap = trend.overlap(candidate, sinceMs);
      if (overlap < share) continue;
      share = overlap;
      best = trend;
    }
    return best;
  }

  #found(lead: Candidate, { score }: Burst, nowMs: number): LiveTrend | undefined {
    const { pipeline, config } = this.#options;
    const starts = (this.#starts.get(lead.channel) ?? []).filter(
      (startMs) => startMs > nowMs - STARTS_KEPT_MS,
    );
    if (score < config.scoreMin + BUSY_STEP * Math.log1p(starts.length)) return undefined;
    if (!this.#isToldByMany(lead, nowMs - config.span)) return undefined;
    if (this.#trends.size >= config.limits.trendsMax) {
      this.#leftOut += 1;
      const weakest = [...this.#trends.values()].reduce((a, b) => (b.score < a.score ? b : a));
      if (weakest.score >= score) return undefined;
      this.#end(weakest, nowMs, 'displaced');
    }
    this.#starts.set(lead.channel, [...starts, nowMs].slice(-STARTS_MAX));
    const sinceMs = nowMs - config.span;
    const onsetMs = lead.sightings.find(({ timeMs }) => timeMs >= sinceMs)?.timeMs ?? nowMs;
    const trend = LiveTrend.found({ pipeline, channel: lead.channel, startMs: nowMs, onsetMs, lead });
    this.#register(trend);
    return trend;
  }

  /** A flood whose copies exchange a word here and there is one wording, unless copies count. Posts that are forgotten have
   *  one each. */
  #isToldByMany({ sightings }: Candidate, sinceMs: number): boolean {
    const { posts, config } = this.#options;
    if (config.copies === 'each') return true;
    const recent = sightings.filter(({ timeMs }) => timeMs >= sinceMs);
    const known = recent.flatMap(({ post }) => posts.get(post) ?? []);
    const wordings = wordingsOf(known) + recent.length - known.length;
    return wordings >= Math.max(config.authorsMin, WORDINGS_SHARE_MIN * recent.length);
  }

  #measure(trend: LiveTrend, nowMs: number): void {
    let best: Burst | undefined;
    for (const term of trend.terms.values()) {
      const burst = this.#options.measure(term, trend);
      term.score = burst.score;
      if (burst.score > term.peakScore) {
        term.peakScore = burst.score;
        Object.assign(term, sharesOf(burst));
      }
      if (!best || burst.score > best.score) best = burst;
    }
    if (best && trend.measure(best, nowMs)) trend.rankAt(this.#rank(trend));
  }

  #rank(trend: LiveTrend): number {
    let rank = 1;
    for (const other of this.#trends.values())
      if (other.channel === trend.channel && other.score > trend.score) rank += 1;
    return rank;
  }

  #register(trend: LiveTrend): void {
    this.#trends.set(trend.id, trend);
    for (const key of trend.terms.keys()) this.#trendOf.set(key, trend);
  }

  #forget(trend: LiveTrend): void {
    this.#trends.delete(trend.id);
    for (const key of trend.terms.keys()) this.#trendOf.delete(key);
  }

  #forgetStarts(nowMs: number): void {
    for (const [channel, starts] of this.#starts)
      if ((starts.at(-1) ?? 0) <= nowMs - STARTS_KEPT_MS) this.#starts.delete(channel);
  }

  /** Trends of both that share a term are one. */
  merge(other: Board): void {
    for (const [channel, starts] of other.#starts)
      this.#starts.set(
        channel,
        [...(this.#starts.get(channel) ?? []), ...starts].sort((a, b) => a - b).slice(-STARTS_MAX),
      );
    for (const theirs of other.#trends.values()) {
      const ours = [...theirs.terms.keys()].flatMap((key) => this.#trendOf.get(key) ?? [])[0];
      if (!ours) {
        if (this.#trends.size >= this.#options.config.limits.trendsMax) this.#leftOut += 1;
        else this.#register(LiveTrend.fromState(theirs.toState()));
        continue;
      }
      ours.merge(theirs);
      for (const key of ours.terms.keys()) if (!this.#trendOf.has(key)) this.#trendOf.set(key, ours);
    }
  }

  toState(): BoardState {
    return { trends: [...this.#trends.values()].map((trend) => trend.toState()), starts: [...this.#starts] };
  }
}
