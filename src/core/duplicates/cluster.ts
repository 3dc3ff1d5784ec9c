/** One text and its copies: who posted them, when, and who spoke of it besides. Everything is counted as it comes, so that
 *  a verdict can be had at any time at no cost. */
import { DistinctCounter, type DistinctState } from '../window/distinct.ts';
import { Rhythm, type RhythmState } from './rhythm.ts';
import type { ClusterSigns } from './verdict.ts';

/** Two postings of one author within it are one posting filed twice. */
const SAME_POSTING_MS = 1_000;
const CHANNELS_MAX = 16;
const TEXT_CHARS_MAX = 1_000;

/** The text that stands for the cluster. */
export interface Representative {
  readonly id: string;
  readonly text: string;
  readonly url?: string;
}

export interface Copy {
  readonly id: string;
  readonly text: string;
  readonly url?: string | undefined;
  /** 53-bit hash; undefined when the source does not say. */
  readonly author: number | undefined;
  readonly isBot: boolean;
  /** The author writes words of their own before it. */
  readonly isComment: boolean;
  readonly isRepost: boolean;
  readonly channel: string;
  readonly timeMs: number;
}

interface AuthorPostings {
  count: number;
  lastMs: number;
}

export interface ClusterState {
  readonly id: string;
  readonly copies: number;
  readonly deliveries: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly words: number;
  readonly representative: Representative & { readonly isRepost: boolean };
  /** Author, postings, last time. */
  readonly authors: readonly (readonly [number, number, number])[];
  readonly distinct?: DistinctState;
  readonly anonymous: number;
  readonly bots: number;
  readonly comments: number;
  readonly strangers: number;
  readonly voices: DistinctState;
  readonly channels: readonly string[];
  readonly rhythm: RhythmState;
  /** Number of another cluster, authors who copied both. */
  readonly ring: readonly (readonly [number, number])[];
  readonly terms: readonly number[];
  readonly watchedFrom: number;
}

const RING_MAX = 32;

export class Cluster {
  readonly number: number;
  readonly id: string;
  readonly words: number;
  copies = 0;
  /** With the same message come again. */
  deliveries = 0;
  firstMs = Number.POSITIVE_INFINITY;
  lastMs = Number.NEGATIVE_INFINITY;
  strangers = 0;
  /** Hashes of the words by which others who speak of it are known. */
  terms: readonly number[] = [];
  /** At how many copies these words were chosen. */
  watchedFrom = 0;
  /** The last message that held one of these words, and which: scratch of `Voices`. */
  readonly heard = { message: 0, term: 0 };
  #representative: (Representative & { isRepost: boolean }) | undefined;
  readonly #authors = new Map<number, AuthorPostings>();
  /** Once authors are no longer told apart one by one. */
  #distinct: DistinctCounter | undefined;
  #postings = 0;
  #repeated = 0;
  #top = 0;
  /** Sum of c ln c over the authors' postings. */
  #logSum = 0;
  #anonymous = 0;
  #bots = 0;
  #comments = 0;
  #voices = new DistinctCounter();
  readonly #channels = new Set<string>();
  #rhythm = new Rhythm();
  readonly #ring = new Map<number, number>();

  constructor(number: number, id: string, words: number) {
    this.number = number;
    this.id = id;
    this.words = words;
  }

  /** Authors that are told apart one by one: what they cost. */
  get authorEntries(): number {
    return this.#authors.size;
  }

  get authors(): number {
    return this.#distinct?.count ?? this.#authors.size;
  }

  get voices(): number {
    return this.#voices.count + this.#comments;
  }

  get channels(): readonly string[] {
    return [...this.#channels].sort();
  }

  get representative(): Representative | undefined {
    if (!this.#representative) return undefined;
    const { id, text, url } = this.#representative;
    return { id, text, ...(url === undefined ? {} : { url }) };
  }

  /** `canTell`: there is room for one more author. */
  add(copy: Copy, canTell: boolean): void {
    const { timeMs, author, channel } = copy;
    this.copies += 1;
    this.deliveries += 1;
    this.firstMs = Math.min(this.firstMs, timeMs);
    this.lastMs = Math.max(this.lastMs, timeMs);
    if (copy.isBot) this.#bots += 1;
    if (copy.isComment) this.#comments += 1;
    if (this.#channels.size < CHANNELS_MAX) this.#channels.add(channel);
    if (isBetter(copy, this.#representative))
      this.#representative = {
        id: copy.id,
        text: copy.text.slice(0, TEXT_CHARS_MAX),
        ...(copy.url === undefined ? {} : { url: copy.url }),
        isRepost: copy.isRepost,
      };
    if (author === undefined) this.#anonymous += 1;
    else if (!this.#addAuthor(author, timeMs, canTell)) return;
    this.#rhythm.add(timeMs);
  }

  /** Only the founder's share: text and id come with the copy that makes it a cluster. */
  addFounder(author: number | undefined, timeMs: number): void {
    this.copies += 1;
    this.deliveries += 1;
    this.firstMs = timeMs;
    this.lastMs = timeMs;
    if (author === undefined) this.#anonymous += 1;
    else this.#addAuthor(author, timeMs, true);
    this.#rhythm.add(timeMs);
  }

  /** Someone, an author or else a message, speaks of it without copying it. Who copied it before is no other. */
  addVoice(who: number): void {
    if (!this.#authors.has(who)) this.#voices.add(who);
  }

  forgetVoices(): void {
    this.#voices = new DistinctCounter();
  }

  addRing(other: number): void {
    const before = this.#ring.get(other);
    if (before === undefined && this.#ring.size >= RING_MAX) return;
    this.#ring.set(other, (before ?? 0) + 1);
  }

  signs(knownShare: number): ClusterSigns {
    const { authors } = this;
    const people = Math.max(1, authors + this.#anonymous);
    const told = Math.max(1, this.#postings);
    return {
      copies: this.copies,
      words: this.words,
      authors,
      topAuthorShare: this.#top / told,
      repeatedShare: this.#repeated / told,
      botShare: this.#bots / this.copies,
      strangersShare: authors === 0 ? 0 : this.strangers / authors,
      knownShare,
      ringShare: authors === 0 ? 0 : Math.max(0, ...this.#ring.values()) / authors,
      voicesShare: this.voices / people,
      isWatched: this.terms.length > 0,
      earlyShare: this.#rhythm.earlyShare(this.firstMs),
      busiestHour: this.busiestHour,
      ...this.#rhythm.pauses(),
    };
  }

  /** Normalized: 1 when every author posted as often as every other, 0 when one posted all. */
  get entropy(): number {
    if (this.#authors.size < 2) return 0;
    const entropy = Math.log(this.#postings) - this.#logSum / this.#postings;
    return Math.min(1, Math.max(0, entropy / Math.log(this.#authors.size)));
  }

  /** Copies of the busiest hour, by the clock. */
  get busiestHour(): number {
    return this.#rhythm.busiestHour;
  }

  /** What another cluster counted: it turned out to be the same text. */
  merge(other: Cluster): void {
    this.copies += other.copies;
    this.deliveries += other.deliveries;
    this.firstMs = Math.min(this.firstMs, other.firstMs);
    this.lastMs = Math.max(this.lastMs, other.lastMs);
    this.strangers += other.strangers;
    this.#anonymous += other.#anonymous;
    this.#bots += other.#bots;
    this.#comments += other.#comments;
    this.#voices.merge(other.#voices);
    for (const channel of other.#channels)
      if (this.#channels.size < CHANNELS_MAX) this.#channels.add(channel);
    this.#rhythm.merge(other.#rhythm);
    for (const [ring, count] of other.#ring)
      if (ring !== this.number) this.#ring.set(ring, (this.#ring.get(ring) ?? 0) + count);
    this.#ring.delete(other.number);
    for (const [author, { count, lastMs }] of other.#authors)
      for (let at = 0; at < count; at++) this.#count(author, lastMs);
    if (this.#distinct || other.#distinct) {
      this.#distinct ??= distinctOf(this.#authors.keys());
      this.#distinct.merge(other.#distinct ?? distinctOf(other.#authors.keys()));
    }
  }

  toState(): ClusterState {
    return {
      id: this.id,
      copies: this.copies,
      deliveries: this.deliveries,
      firstMs: this.firstMs,
      lastMs: this.lastMs,
      words: this.words,
      representative: this.#representative ?? { id: '', text: '', isRepost: true },
      authors: [...this.#authors].map(([author, { count, lastMs }]) => [author, count, lastMs] as const),
      ...(this.#distinct && { distinct: this.#distinct.toState() }),
      anonymous: this.#anonymous,
      bots: this.#bots,
      comments: this.#comments,
      strangers: this.strangers,
      voices: this.#voices.toState(),
      channels: [...this.#channels],
      rhythm: this.#rhythm.toState(),
      ring: [...this.#ring],
      terms: this.terms,
      watchedFrom: this.watchedFrom,
    };
  }

  static fromState(number: number, state: ClusterState): Cluster {
    const cluster = new Cluster(number, state.id, state.words);
    cluster.copies = state.copies;
    cluster.deliveries = state.deliveries;
    cluster.firstMs = state.firstMs;
    cluster.lastMs = state.lastMs;
    cluster.strangers = state.strangers;
    cluster.terms = state.terms;
    cluster.watchedFrom = state.watchedFrom;
    if (state.representative.id !== '') cluster.#representative = state.representative;
    for (const [author, count, lastMs] of state.authors)
      for (let at = 0; at < count; at++) cluster.#count(author, lastMs);
    if (state.distinct !== undefined) cluster.#distinct = DistinctCounter.fromState(state.distinct);
    cluster.#anonymous = state.anonymous;
    cluster.#bots = state.bots;
    cluster.#comments = state.comments;
    cluster.#voices = DistinctCounter.fromState(state.voices);
    for (const channel of state.channels) cluster.#channels.add(channel);
    cluster.#rhythm = Rhythm.fromState(state.rhythm);
    for (const [ring, count] of state.ring) cluster.#ring.set(ring, count);
    return cluster;
  }

  /** False when it is the posting of a moment ago, filed twice. */
  #addAuthor(author: number, timeMs: number, canTell: boolean): boolean {
    const known = this.#authors.get(author);
    if (known && Math.abs(timeMs - known.lastMs) <= SAME_POSTING_MS) return false;
    if (known || (canTell && !this.#distinct)) this.#count(author, Math.max(known?.lastMs ?? 0, timeMs));
    else (this.#distinct ??= distinctOf(this.#authors.keys())).add(author);
    return true;
  }

  #count(author: number, timeMs: number): void {
    const postings = this.#authors.get(author) ?? { count: 0, lastMs: timeMs };
    this.#logSum -= logOf(postings.count);
    postings.count += 1;
    postings.lastMs = timeMs;
    this.#logSum += logOf(postings.count);
    this.#authors.set(author, postings);
    this.#postings += 1;
    if (postings.count > 1) this.#repeated += postings.count === 2 ? 2 : 1;
    this.#top = Math.max(this.#top, postings.count);
  }
}

/** Any text is better than none, and one as it was written first better than a repost. */
function isBetter(copy: Copy, than: { text: string; isRepost: boolean } | undefined): boolean {
  if (!than) return true;
  return copy.text !== '' && (than.text === '' || (than.isRepost && !copy.isRepost));
}

function logOf(count: number): number {
  return count === 0 ? 0 : count * Math.log(count);
}

function distinctOf(authors: Iterable<number>): DistinctCounter {
  const counter = new DistinctCounter();
  for (const author of authors) counter.add(author);
  return counter;
}
