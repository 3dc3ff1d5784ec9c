/** One trend: terms that rise together in the same posts, from its start to its end. */
import { hash53 } from '../window/distinct.ts';
import { digest } from '../message/digest.ts';
import { Authors, type AuthorsState } from './authors.ts';
import { spellingOf, type Candidate } from './candidates.ts';
import { keyOf } from './hash.ts';
import type { CountedPost } from './journal.ts';
import type { RecentPost, RecentPosts } from './recent-posts.ts';
import type { Burst } from './score.ts';
import {
  EXAMPLES_MAX,
  SCORE_UNITS,
  titleOf,
  withExample,
  type SentimentCounts,
  type TrendEnd,
  type TrendState,
  type TrendTerm,
  type TrendView,
} from './trend-view.ts';

/** Terms of one trend; further ones that rise with it are left out. */
const TERMS_MAX = 16;
/** Posts of a trend that are remembered, to tell what else rises in them. */
const POSTS_MAX = 512;

/** A score that has not grown for this share of `burst` is past its peak. */
const PEAK_AFTER_SHARE = 0.25;
/** Fading below this share of the peak's score, rising again above that: between them nothing changes. */
const FADING_BELOW = 0.7;
const RISING_ABOVE = 0.9;
/** Over below this share of `scoreMin`. */
const OVER_BELOW = 0.5;

export interface LiveTrendState {
  readonly view: Omit<TrendView, 'terms' | 'title' | 'kind' | 'authors' | 'endMs'>;
  readonly terms: readonly TrendTerm[];
  readonly authors: AuthorsState;
  readonly posts: readonly number[];
  readonly highMs: number;
  readonly lastPostMs: number;
  readonly endMs?: number;
}

interface Founding {
  readonly pipeline: string;
  readonly channel: string;
  readonly startMs: number;
  readonly onsetMs: number;
  readonly lead: Candidate;
}

const NO_SENTIMENT: SentimentCounts = { negative: 0, neutral: 0, positive: 0, uncertain: 0 };

export interface TrendClock {
  readonly burstMs: number;
  readonly spanMs: number;
  readonly scoreMin: number;
}

export class LiveTrend {
  readonly terms = new Map<number, TrendTerm>();
  /** Changed in place: it is measured with each post and each minute. */
  readonly #view: { -readonly [Field in keyof LiveTrendState['view']]: LiveTrendState['view'][Field] };
  readonly #authors: Authors;
  #posts: Set<number>;
  /** Of the last new high. */
  #highMs: number;
  #lastPostMs: number;
  #endMs: number | undefined;

  private constructor(state: LiveTrendState) {
    this.#view = { ...state.view };
    this.#authors = Authors.fromState(state.authors);
    this.#posts = new Set(state.posts);
    this.#highMs = state.highMs;
    this.#lastPostMs = state.lastPostMs;
    this.#endMs = state.endMs;
    for (const term of state.terms) this.terms.set(term.key, { ...term });
  }

  /** Its id follows from what it is: pipeline, channel, term and start. */
  static found({ pipeline, channel, startMs, onsetMs, lead }: Founding): LiveTrend {
    const name = JSON.stringify([pipeline, channel, lead.kind, lead.text, startMs]);
    return new LiveTrend({
      view: {
        id: digest(new TextEncoder().encode(name)),
        pipeline,
        channel,
        state: 'rising',
        startMs,
        onsetMs,
        peakMs: startMs,
        score: 0,
        peakScore: 0,
        observed: 0,
        expected: 0,
        spread: { dispersion: 1, posts: 0, among: 0 },
        rank: 1,
        messages: 0,
        texts: 0,
        sentiment: undefined,
        scoreUnits: 0,
        sequences: undefined,
        examples: [],
      },
      terms: [],
      authors: { posts: [] },
      posts: [],
      highMs: startMs,
      lastPostMs: startMs,
    });
  }

  static fromState(state: LiveTrendState): LiveTrend {
    return new LiveTrend(state);
  }

  get id(): string {
    return this.#view.id;
  }
  get channel(): string {
    return this.#view.channel;
  }
  get state(): TrendState {
    return this.#view.state;
  }
  get score(): number {
    return this.#view.score;
  }
  get startMs(): number {
    return this.#view.startMs;
  }
  get authors(): number {
    return this.#authors.count;
  }

  /** Takes a term that rises with it, and the posts that made it rise: those that it did not count yet. Undefined when it
   *  has as many terms as it may. */
  join(candidate: Candidate, burst: Burst, recent: RecentPosts): number[] | undefined {
    if (this.terms.size >= TERMS_MAX) return undefined;
    const { score } = burst;
    const { key, hash, kind, text, sightings } = candidate;
    const posts = sightings.length;
    this.terms.set(key, {
      key,
      hash,
      kind,
      text,
      spelling: spellingOf(candidate),
      score,
      peakScore: score,
      posts,
      ...sharesOf(burst),
    });
    return sightings.flatMap(({ post }) => {
      const known = recent.get(post);
      return known && !this.#posts.has(post) && this.take(known, { terms: 1, isOwn: true }) ? post : [];
    });
  }

  /** Which share of a term's posts are posts of this trend, 0 to 1. */
  overlap({ sightings }: Candidate, sinceMs: number): number {
    const recent = sightings.filter(({ timeMs }) => timeMs >= sinceMs);
    if (recent.length === 0 || this.#posts.size === 0) return 0;
    const common = recent.filter(({ post }) => this.#posts.has(post)).length;
    return common / Math.min(recent.length, this.#posts.size);
  }

  #remember(post: number): void {
    this.#posts.add(post);
    if (this.#posts.size <= POSTS_MAX) return;
    for (const oldest of this.#posts) {
      this.#posts.delete(oldest);
      return;
    }
  }

  /** Counts a post that holds some of its terms, once: false when it was counted before. `isOwn`: its text is no copy. */
  take(post: RecentPost, { terms, isOwn }: { terms: number; isOwn: boolean }): boolean {
    const view = this.#view;
    if (this.#posts.has(post.number)) {
      view.examples = withExample(view.examples, post, terms);
      return false;
    }
    this.#authors.add(hash53(post.authorId));
    this.#lastPostMs = Math.max(this.#lastPostMs, post.timeMs);
    if (isOwn) this.#remember(post.number);
    const { label, score = 0, sequence } = post;
    view.messages += 1;
    view.scoreUnits += Math.round(score * SCORE_UNITS);
    if (label) {
      const sentiment = view.sentiment ?? NO_SENTIMENT;
      view.sentiment = { ...sentiment, [label]: sentiment[label] + 1 };
    }
    if (sequence !== undefined) view.sequences = cover(view.sequences, [sequence, sequence]);
    if (isOwn) {
      view.texts += 1;
      view.examples = withExample(view.examples, post, terms);
    }
    return true;
  }

  /** Takes back a post that it counted. The peak stays what it was. */
  takeBack({ id, number, authorHash, label, scoreUnits, isOwn, terms }: CountedPost): void {
    const view = this.#view;
    this.#posts.delete(number);
    this.#authors.takeBack(authorHash);
    view.messages -= 1;
    view.scoreUnits -= scoreUnits;
    if (isOwn) view.texts -= 1;
    if (label && view.sentiment) view.sentiment = { ...view.sentiment, [label]: view.sentiment[label] - 1 };
    view.examples = view.examples.filter((example) => example.id !== id);
    if (!isOwn) return;
    for (let at = 0; at < terms.size; at++) {
      const term = this.terms.get(keyOf(terms.hash(at)));
      if (term && term.posts > 0) term.posts -= 1;
    }
  }

  /** A post that it counts turned out to be the first of its text. */
  makeOwn(number: number): void {
    this.#remember(number);
    this.#view.texts += 1;
  }

  /** Takes the score of now; says whether that makes it a new high. */
  measure({ score, observed, expected, spread }: Burst, nowMs: number): boolean {
    const view = this.#view;
    view.score = score;
    if (score <= view.peakScore) return false;
    this.#highMs = nowMs;
    Object.assign(view, { peakScore: score, peakMs: nowMs, observed, expected, spread });
    return true;
  }

  countTerm(key: number): void {
    const term = this.terms.get(key);
    if (term) term.posts += 1;
  }

  rankAt(rank: number): void {
    this.#view.rank = rank;
  }

  /** Where it stands now; undefined when that is where it stood. */
  step(nowMs: number, clock: TrendClock): TrendState | undefined {
    const { score } = this.#view;
    const isSilent = nowMs - this.#lastPostMs > clock.spanMs;
    if (isSilent || score < OVER_BELOW * clock.scoreMin) {
      this.end(nowMs, isSilent ? 'silent' : 'faded');
      return 'over';
    }
    const next = this.#next(nowMs, clock);
    if (next === this.#view.state) return undefined;
    this.#view.state = next;
    return next;
  }

  #next(nowMs: number, { burstMs }: TrendClock): TrendState {
    const { state, score, peakScore } = this.#view;
    if (nowMs - this.#highMs < PEAK_AFTER_SHARE * burstMs) return 'rising';
    if (score < FADING_BELOW * peakScore) return 'fading';
    if (state === 'rising') return 'peak';
    return state === 'fading' && score > RISING_ABOVE * peakScore ? 'peak' : state;
  }

  end(nowMs: number, reason: TrendEnd): void {
    Object.assign(this.#view, { state: 'over', reason });
    this.#endMs = nowMs;
  }

  view(): TrendView {
    const terms = [...this.terms.values()].sort((a, b) => b.peakScore - a.peakScore || a.key - b.key);
    const title = titleOf(terms);
    return {
      ...this.#view,
      title: title?.spelling ?? '',
      kind: title?.kind ?? 'keyword',
      terms: terms.map(({ spelling, kind, peakScore, share, shareBefore }) => ({
        ...{ text: spelling, kind, score: peakScore },
        ...{ share, shareBefore },
      })),
      authors: this.#authors.count,
      endMs: this.#endMs,
    };
  }

  /** Takes over what another watcher saw of the same trend, in other posts. */
  merge(other: LiveTrend): void {
    this.#authors.merge(other.#authors);
    for (const post of other.#posts) this.#remember(post);
    for (const [key, term] of other.terms)
      if (!this.terms.has(key) && this.terms.size < TERMS_MAX) this.terms.set(key, { ...term });
    this.#lastPostMs = Math.max(this.#lastPostMs, other.#lastPostMs);
    const [ours, theirs] = [this.#view, other.#view];
    const examples = [...ours.examples, ...theirs.examples].sort((a, b) => b.terms - a.terms);
    ours.onsetMs = Math.min(ours.onsetMs, theirs.onsetMs);
    ours.messages += theirs.messages;
    ours.texts += theirs.texts;
    ours.scoreUnits += theirs.scoreUnits;
    if (theirs.sequences) ours.sequences = cover(ours.sequences, theirs.sequences);
    ours.examples = examples.slice(0, EXAMPLES_MAX);
  }

  toState(): LiveTrendState {
    return {
      view: { ...this.#view },
      terms: [...this.terms.values()].map((term) => ({ ...term })),
      authors: this.#authors.toState(),
      posts: [...this.#posts],
      highMs: this.#highMs,
      lastPostMs: this.#lastPostMs,
      ...(this.#endMs === undefined ? {} : { endMs: this.#endMs }),
    };
  }
}

/** A term's share of all posts when it is this surprising, and the share that was expected. */
export function sharesOf({ observed, expected, spread }: Burst): Pick<TrendTerm, 'share' | 'shareBefore'> {
  const posts = Math.max(1, spread.posts);
  return { share: Math.min(1, observed / posts), shareBefore: Math.min(1, expected / posts) };
}

function cover(
  range: readonly [number, number] | undefined,
  [first, last]: readonly [number, number],
): readonly [number, number] {
  return range ? [Math.min(range[0], first), Math.max(range[1], last)] : [first, last];
}
