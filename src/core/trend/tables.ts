/** All that is counted of terms, in bounded memory: how often, by whom, in which posts; and how a post's part of it is taken
 *  back. What trends follow from it is the board's. */
import type { Slices } from '../snapshot/slices.ts';
import { hash53 } from '../window/distinct.ts';
import type { Hot } from './board.ts';
import {
  authorsSince,
  Candidates,
  see,
  spell,
  spellingOf,
  unsee,
  type Candidate,
  type CandidateState,
} from './candidates.ts';
import { Channels, type Channel, type ChannelState } from './channels.ts';
import { Copies, isCopy } from './copies.ts';
import { FirstSights } from './first-sights.ts';
import { combine, hashOf, keyOf, type Hash } from './hash.ts';
import { numberOf, type CountedPost } from './journal.ts';
import { MarksPool } from './marks.ts';
import type { Observed } from './observed.ts';
import { RecentPosts, recentPost, type RecentPost } from './recent-posts.ts';
import { RecentSet, type RecentSetState } from './recent-set.ts';
import { burstOf, type Burst, type Totals } from './score.ts';
import { TermSketch, type SketchState, type Usage } from './sketch.ts';
import { priorOf, termsOf, type Term } from './terms.ts';
import { SCORE_UNITS, type TrendTerm } from './trend-view.ts';
import type { TermKind, TrendConfig } from './trend.config.ts';

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
const NO_TOTALS: Totals = { burst: 0, span: 0, past: 0 };

export interface TablesState {
  readonly sketch: SketchState;
  readonly channels: readonly ChannelState[];
  readonly candidates: readonly CandidateState[];
  readonly firstSights: string;
  readonly authors: RecentSetState;
  readonly copies: RecentSetState;
  readonly posts: readonly RecentPost[];
}

interface Met {
  readonly key: number;
  /** Recent posts with the term. */
  readonly span: number;
  readonly hot?: Hot;
}

export interface Counted {
  readonly post: CountedPost;
  readonly written: RecentPost;
  readonly met: readonly Met[];
}

/** A post that is being counted. */
interface Counting {
  readonly post: CountedPost;
  readonly channel: Channel;
  readonly totals: Totals;
}

export class Tables {
  readonly #config: TrendConfig;
  readonly #kinds: ReadonlySet<TermKind>;
  readonly #sketch: TermSketch;
  readonly #channels: Channels;
  readonly #candidates: Candidates;
  readonly #firstSights: FirstSights;
  readonly #authors: RecentSet;
  readonly #copies: Copies;
  readonly #marks = new MarksPool();
  readonly #usage: Usage = { burst: 0, span: 0, past: 0, burstCrowd: 0, spanCrowd: 0 };
  readonly posts: RecentPosts;

  constructor(config: TrendConfig, restored?: TablesState) {
    const { burst, span, memory, limits } = config;
    this.#config = config;
    this.#kinds = new Set(config.kinds);
    const times = { burstMs: burst, spanMs: span, memoryMs: memory };
    this.#sketch = new TermSketch({ cellsPerRow: limits.cellsPerRow, ...times }, restored?.sketch);
    this.#channels = new Channels({ max: limits.channelsMax, ...times }, restored?.channels);
    this.#candidates = new Candidates(limits.candidatesMax, restored?.candidates);
    this.#firstSights = new FirstSights(restored?.firstSights);
    this.#authors = new RecentSet(AUTHORS_SEEN_MAX, span, restored?.authors);
    this.#copies = new Copies(RUNS_SEEN_MAX, COPY_SPANS * span, restored?.copies);
    this.posts = new RecentPosts(POSTS_MAX, restored?.posts);
  }

  /** Bytes of the sketches and sets, which do not grow. */
  get bytes(): number {
    return this.#sketch.bytes + this.#authors.bytes + this.#copies.bytes + this.#firstSights.bytes;
  }

  get limits() {
    return {
      candidates: this.#candidates.forgotten,
      channels: this.#channels.leftOut,
      authorsSeen: this.#authors.displaced,
      runsSeen: this.#copies.displaced,
    };
  }

  /** Sums are read as of this time from now on. */
  advance(nowMs: number): void {
    this.#sketch.advance(nowMs);
  }

  channel(name: string): Channel | undefined {
    return this.#channels.get(name);
  }

  /** Undefined for a channel beyond the limit. `message.time` may lie before `nowMs`. */
  count(message: Observed, nowMs: number): Counted | undefined {
    const channel = this.#channels.open(message.channel, message.time);
    if (!channel) return undefined;
    this.#sketch.writtenAt(message.time);
    const { copies } = this.#config;
    const runs = this.#copies.meet(message.text, channel.hash, message.time, this.#marks);
    const isOriginal = !isCopy(runs);
    const written = recentPost(message, numberOf(message));
    const { number, timeMs, label, score = 0 } = written;
    const { terms, phrases } = termsOf(message, this.#kinds);
    const post: CountedPost = {
      id: message.id,
      number,
      channel: channel.name,
      timeMs,
      runs,
      trends: [],
      author: hashOf(written.authorId),
      authorHash: hash53(written.authorId),
      scoreUnits: Math.round(score * SCORE_UNITS),
      terms: this.#marks.open(terms.length + phrases.length),
      weight: isOriginal ? 1 : COPY_WEIGHT[copies],
      isOwn: isOriginal || copies === 'each',
    };
    if (label) post.label = label;
    const counting = { post, channel, totals: channel.totals(nowMs) };
    channel.add(post.weight, timeMs);
    if (post.isOwn) this.posts.add(written);
    const met = terms.map((term, at) => this.#meet(term, at, counting, nowMs));
    for (const [at, phrase] of phrases.entries()) {
      const [first, last] = phrase.parts;
      const words = Math.min(met[first]?.span ?? 0, met[last]?.span ?? 0);
      if (words >= PHRASE_FROM) met.push(this.#meet(phrase, terms.length + at, counting, nowMs, words));
    }
    return { post, written, met };
  }

  /** Counts one term of a post, unless its author has written it lately. `words`: of a phrase, the recent posts with the
   *  rarer of its words. */
  #meet(term: Term, at: number, { post, channel, totals }: Counting, nowMs: number, words = 0): Met {
    const hash = combine(channel.hash, term.hash);
    const key = keyOf(hash);
    const usage = this.#usage;
    this.#sketch.locate(hash);
    this.#sketch.read(usage);
    const isCounted = post.weight > 0 && !this.#authors.seen(combine(hash, post.author), post.timeMs);
    post.terms.set(at, hash, isCounted);
    if (!isCounted) return { key, span: usage.span };
    this.#add(post.weight, totals);
    if (usage.span < KNOWN_FROM && post.isOwn)
      this.#firstSights.note(key, { post: post.number, timeMs: post.timeMs });
    if (usage.span < Math.max(KNOWN_FROM, PHRASE_SHARE_MIN * words)) return { key, span: usage.span };
    const candidate = this.#know(key, hash, term, post);
    const hot = this.#judge(candidate, channel, nowMs);
    return hot ? { key, span: usage.span, hot } : { key, span: usage.span };
  }

  #judge(candidate: Candidate, channel: Channel, nowMs: number): Hot | undefined {
    const { authorsMin, scoreMin, span } = this.#config;
    if (authorsSince(candidate, nowMs - span) < authorsMin) return undefined;
    const prior = priorOf(candidate.kind, candidate.text);
    const burst = burstOf(this.#usage, channel.totals(nowMs), prior);
    return burst.score >= scoreMin ? { candidate, burst } : undefined;
  }

  /** To the located term, whose usage was just read. */
  #add(amount: number, { burst, span }: Totals): void {
    const usage = this.#usage;
    const burstShare = Math.min(1, usage.burst / Math.max(1, burst));
    const spanShare = Math.min(1, usage.span / Math.max(1, span));
    this.#sketch.add(amount, burstShare, spanShare, usage);
  }

  #know(key: number, hash: Hash, { kind, key: text, spelling }: Term, post: CountedPost): Candidate {
    let candidate = this.#candidates.get(key);
    if (!candidate) {
      const { channel } = post;
      candidate = { key, hash, kind, text, channel, spellings: new Map(), sightings: [] };
      const first = this.#firstSights.get(key);
      if (first) see(candidate, first);
      this.#candidates.add(candidate);
    }
    spell(candidate, spelling);
    if (post.isOwn) see(candidate, { post: post.number, timeMs: post.timeMs });
    return candidate;
  }

  /** Takes back a post. What others were not counted for because of it they are counted for now: the next text of a
   *  kind is no copy any more, the author's next post with a term counts for it. `others`: all of its channel that are
   *  known, in the order in which they came. Returns the copies that are none any more. */
  takeBack(post: CountedPost, others: () => Iterable<CountedPost>, nowMs: number): CountedPost[] {
    const channel = this.#channels.get(post.channel);
    if (!channel) return [];
    const heirs = this.#copies.takeBack(post, others);
    this.#uncount(post, channel);
    this.posts.delete(post.number);
    const counting = (heir: CountedPost): Counting => ({
      post: heir,
      channel,
      totals: channel.totals(nowMs),
    });
    const originals = [...heirs].filter((heir) => !heir.isOwn && !isCopy(heir.runs));
    for (const original of originals) this.#makeOwn(counting(original), others);
    for (let at = 0; at < post.terms.size; at++) {
      if (!post.terms.isHeld(at)) continue;
      const hash = post.terms.hash(at);
      for (const other of others()) {
        if (other.weight === 0 || !isSame(other.author, post.author)) continue;
        const written = other.terms.find(hash);
        if (written < 0 || other.terms.isHeld(written)) continue;
        this.#hold(counting(other), written);
        break;
      }
    }
    return originals;
  }

  #uncount(post: CountedPost, channel: Channel): void {
    channel.add(-post.weight, post.timeMs);
    this.#sketch.writtenAt(post.timeMs);
    for (let at = 0; at < post.terms.size; at++) {
      const hash = post.terms.hash(at);
      if (post.terms.isHeld(at)) {
        this.#sketch.locate(hash);
        this.#sketch.takeBack(post.weight);
        this.#authors.forget(combine(hash, post.author));
      }
      const key = keyOf(hash);
      this.#firstSights.forget(key, post.number);
      const candidate = this.#candidates.get(key);
      if (candidate) unsee(candidate, post.number);
    }
  }

  /** A copy of what is taken back is now the first of its text, and counts from now on as if it had been. */
  #makeOwn(counting: Counting, others: () => Iterable<CountedPost>): void {
    const { post, channel } = counting;
    this.#sketch.writtenAt(post.timeMs);
    for (let at = 0; at < post.terms.size; at++) {
      if (!post.terms.isHeld(at)) continue;
      this.#sketch.locate(post.terms.hash(at)); // It weighed less than it does now.
      this.#sketch.takeBack(post.weight);
      this.#authors.forget(combine(post.terms.hash(at), post.author));
    }
    channel.add(1 - post.weight, post.timeMs);
    post.weight = 1;
    post.isOwn = true;
    for (let at = 0; at < post.terms.size; at++) {
      post.terms.hold(at, false);
      this.#release(post, post.terms.hash(at), others);
      this.#hold(counting, at);
    }
  }

  /** What a later post of the same author counts is this one's to count. */
  #release(post: CountedPost, hash: Hash, others: () => Iterable<CountedPost>): void {
    let isLater = false;
    for (const other of others()) {
      isLater ||= other === post;
      if (!isLater || other === post || !isSame(other.author, post.author)) continue;
      const at = other.terms.find(hash);
      if (at < 0 || !other.terms.isHeld(at)) continue;
      other.terms.hold(at, false);
      this.#sketch.writtenAt(other.timeMs);
      this.#sketch.locate(hash);
      this.#sketch.takeBack(other.weight);
      this.#authors.forget(combine(hash, post.author));
      return;
    }
  }

  #hold({ post, totals }: Counting, at: number): void {
    const hash = post.terms.hash(at);
    if (hash.low === 0 && hash.high === 0) return; // A phrase that was none.
    if (this.#authors.seen(combine(hash, post.author), post.timeMs)) return;
    this.#sketch.writtenAt(post.timeMs);
    this.#sketch.locate(hash);
    this.#sketch.read(this.#usage);
    this.#add(post.weight, totals);
    post.terms.hold(at, true);
    const candidate = this.#candidates.get(keyOf(hash));
    const sighting = { post: post.number, timeMs: post.timeMs };
    if (candidate) see(candidate, sighting);
    else if (post.isOwn) this.#firstSights.note(keyOf(hash), sighting);
  }

  /** The score of a trend's term as of now. */
  measure(term: TrendTerm, channel: string, nowMs: number): Burst {
    const totals = this.#channels.get(channel)?.totals(nowMs) ?? NO_TOTALS;
    const candidate = this.#candidates.get(term.key);
    if (candidate) term.spelling = spellingOf(candidate);
    this.#sketch.locate(term.hash);
    this.#sketch.read(this.#usage);
    return burstOf(this.#usage, totals, priorOf(term.kind, term.text));
  }

  merge(other: Tables): void {
    this.#sketch.merge(other.#sketch);
    this.#channels.merge(other.#channels);
    this.#candidates.merge(other.#candidates);
    this.#firstSights.merge(other.#firstSights);
    this.#authors.merge(other.#authors);
    this.#copies.merge(other.#copies);
    this.posts.merge(other.posts);
  }

  *toStateInSlices(): Slices<TablesState> {
    return {
      sketch: yield* this.#sketch.toStateInSlices(),
      channels: this.#channels.toState(),
      candidates: this.#candidates.toState(),
      firstSights: this.#firstSights.toState(),
      authors: yield* this.#authors.toStateInSlices(),
      copies: yield* this.#copies.toStateInSlices(),
      posts: this.posts.toState(),
    };
  }
}

function isSame(one: Hash, other: Hash): boolean {
  return one.low === other.low && one.high === other.high;
}
