/** Which messages are copies of each other, and whether people or a campaign copied them: one pass in event time, bounded
 *  memory. What it says is a function of the messages observed, so that a replay from a snapshot says the same. */
import type { Message } from '../message/message.ts';
import { digest } from '../message/digest.ts';
import { hashOf, keyOf, type Hash } from '../trend/hash.ts';
import { RecentSet, type RecentSetState } from '../trend/recent-set.ts';
import { Cluster, type ClusterState } from './cluster.ts';
import { viewOf, type ClusterView } from './cluster-view.ts';
import type { DuplicatesConfig } from './duplicates.config.ts';
import { bareWords, sampleRuns } from './shingles.ts';
import { Standings, type StandingsState } from './standing.ts';
import { RecentTexts, SAMPLE_MAX, type Match, type TextsState } from './texts.ts';
import { Voices, WATCHED_FROM, type VoicesState } from './voices.ts';

export const DUPLICATES_STATE_VERSION = 1;

/** Messages whose second delivery is recognized: 8 bytes each. */
const IDS_MAX = 131_072;
/** A copy that differs more than this is remembered as a text of its own, for copies of it. */
const VARIANT_BELOW = 0.9;
/** When there is no room for a cluster, one of so many makes some. */
const EVICTED_PART = 32;

export interface Sighting {
  /** This message among the copies of its text: 1 for the first. The same message delivered again has the number that
   *  the text had reached. */
  readonly copies: number;
  /** What it counts in volume, by `count`: 0 to 1; 0 for the same message delivered again. */
  readonly weight: number;
  /** The cluster as it is now; undefined for a message that is no copy. */
  readonly view: () => ClusterView | undefined;
}

/** Absent, it does not matter. */
interface WantedClusters {
  /** Copied at this time or later. */
  readonly sinceMs?: number;
  readonly copiesMin?: number;
  readonly channel?: string;
}

/** What a limit left out, since the start. */
export interface DuplicatesLimits {
  readonly texts: number;
  readonly clusters: number;
  readonly authors: number;
  readonly standings: number;
  readonly watched: number;
  readonly ids: number;
}

export interface DuplicatesState {
  readonly version: typeof DUPLICATES_STATE_VERSION;
  readonly nowMs: number | null;
  readonly nextNumber: number;
  readonly texts: TextsState;
  readonly clusters: readonly (readonly [number, ClusterState])[];
  readonly standings: StandingsState;
  readonly voices: VoicesState;
  readonly ids: RecentSetState;
}

export class DuplicatesStateError extends Error {
  override readonly name = 'DuplicatesStateError';
  readonly code = 'DUPLICATES_STATE';
  readonly canRetry = false;
}

/** A message as it is compared. */
interface Reading {
  readonly message: Message;
  readonly words: readonly Hash[];
  readonly sample: readonly number[];
  readonly author: Hash | undefined;
  readonly id: Hash;
}

const ALONE: Sighting = { copies: 1, weight: 1, view: () => undefined };

export class Duplicates {
  readonly #config: DuplicatesConfig;
  readonly #texts: RecentTexts;
  readonly #clusters: Map<number, Cluster>;
  readonly #standings: Standings;
  readonly #voices: Voices;
  readonly #ids: RecentSet;
  #nextNumber: number;
  #nowMs: number;
  #authorEntries = 0;
  #clustersLeftOut = 0;
  #authorsLeftOut = 0;

  /** Throws a `DuplicatesStateError` for a state of another version. */
  constructor(config: DuplicatesConfig, restored?: DuplicatesState) {
    const version: number | undefined = restored?.version;
    if (version !== undefined && version !== DUPLICATES_STATE_VERSION)
      throw new DuplicatesStateError(`a state of version ${version}; needed: ${DUPLICATES_STATE_VERSION}`);
    this.#config = config;
    this.#texts = new RecentTexts(config.limits.textsMax, restored?.texts);
    this.#clusters = new Map(
      (restored?.clusters ?? []).map(([number, state]) => [number, Cluster.fromState(number, state)]),
    );
    for (const cluster of this.#clusters.values()) this.#authorEntries += cluster.authorEntries;
    this.#standings = new Standings(restored?.standings);
    this.#voices = new Voices(this.#clusters.values(), restored?.voices);
    this.#ids = new RecentSet(IDS_MAX, config.keep, restored?.ids);
    this.#nextNumber = restored?.nextNumber ?? 1;
    this.#nowMs = restored?.nowMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Bytes of the tables, which do not grow; clusters and their authors come on top. */
  get bytes(): number {
    return this.#texts.bytes + this.#standings.bytes + this.#voices.bytes + this.#ids.bytes;
  }

  get limits(): DuplicatesLimits {
    return {
      texts: this.#texts.displaced,
      clusters: this.#clustersLeftOut,
      authors: this.#authorsLeftOut,
      standings: this.#standings.displaced,
      watched: this.#voices.leftOut,
      ids: this.#ids.displaced,
    };
  }

  /** Counts a message, which may be late. Edits, deletes and the like, what an agent or the system writes (templates are
   *  their trade) and messages without a word are no copies of anything. */
  observe(message: Message): Sighting {
    const { kind, author, text, repostOf, time } = message;
    if (kind !== 'create' || author?.role === 'agent' || author?.role === 'system') return ALONE;
    const words = bareWords(text);
    if (words.length === 0 && repostOf === undefined) return ALONE;
    this.#nowMs = Math.max(this.#nowMs, time);
    const reading: Reading = {
      message,
      words,
      sample: words.length === 0 ? [] : sampleRuns(words, SAMPLE_MAX).map(({ low }) => low),
      author: authorOf(message),
      id: hashOf(`post:${message.id}`),
    };
    const key = repostOf === undefined ? undefined : hashOf(`post:${repostOf}`).low;
    const { similarity, keep } = this.#config;
    const matches = this.#texts.find(reading.sample, key, similarity, this.#nowMs - keep);
    const [best] = matches;
    if (this.#ids.seen(reading.id, time)) return this.#again(best);
    this.#voices.count(words, this.#nowMs);
    return best ? this.#copy(reading, best, matches) : this.#first(reading, key);
  }

  /** The largest clusters that are wanted, the largest first; of the same size the latest. */
  clusters(max: number, wanted: WantedClusters = {}): ClusterView[] {
    const { sinceMs = Number.NEGATIVE_INFINITY, copiesMin = 0, channel } = wanted;
    return [...this.#clusters.values()]
      .filter(({ lastMs, copies }) => lastMs >= sinceMs && copies >= copiesMin)
      .filter(({ channels }) => channel === undefined || channels.includes(channel))
      .sort((a, b) => b.copies - a.copies || b.lastMs - a.lastMs || a.number - b.number)
      .slice(0, max)
      .map((cluster) => this.#view(cluster));
  }

  /** JSON; `restored` takes it. */
  snapshot(): DuplicatesState {
    return {
      version: DUPLICATES_STATE_VERSION,
      nowMs: Number.isFinite(this.#nowMs) ? this.#nowMs : null,
      nextNumber: this.#nextNumber,
      texts: this.#texts.toState(),
      clusters: [...this.#clusters].map(([number, cluster]) => [number, cluster.toState()] as const),
      standings: this.#standings.toState(),
      voices: this.#voices.toState(),
      ids: this.#ids.toState(),
    };
  }

  #view(cluster: Cluster): ClusterView {
    return viewOf(cluster, this.#standings.knownShare, this.#config);
  }

  #sighting(cluster: Cluster, weight: number): Sighting {
    return { copies: cluster.copies, weight, view: () => this.#view(cluster) };
  }

  #again(best: Match | undefined): Sighting {
    const cluster = best && this.#clusters.get(this.#texts.clusterOf(best.text));
    if (!cluster) return { ...ALONE, weight: 0 };
    cluster.deliveries += 1;
    return this.#sighting(cluster, 0);
  }

  /** A text that nobody wrote before. `key`: of a message that it repeats but that was not seen. */
  #first({ words, sample, author, id, message }: Reading, key: number | undefined): Sighting {
    const seen = { sample, key: id.low, cluster: 0, author, timeMs: message.time };
    const text = this.#texts.add(seen, this.#nowMs - this.#config.keep);
    if (key !== undefined) this.#texts.addKey(key, text);
    if (author) {
      const left = this.#clusters.get(this.#standings.wroteOwn(author, message.time));
      if (left) left.strangers -= 1;
    }
    this.#voices.hear(words, keyOf(author ?? id), undefined);
    return ALONE;
  }

  #copy(reading: Reading, best: Match, matches: readonly Match[]): Sighting {
    const { message, words, sample, author, id } = reading;
    let cluster = this.#clusters.get(this.#texts.clusterOf(best.text)) ?? this.#found(best.text, words);
    for (const match of matches)
      if (match !== best && match.similarity >= this.#config.similarity)
        cluster = this.#unite(cluster, match.text);
    this.#remember(reading, best, cluster);
    this.#note(author, cluster, message.time);
    const before = cluster.authorEntries;
    const canTell = this.#authorEntries < this.#config.limits.authorsMax;
    const mark = repostMark(message.text);
    cluster.add(
      {
        id: message.text === '' ? (message.repostOf ?? message.id) : message.id,
        text: message.text,
        url: message.url,
        author: author && keyOf(author),
        isBot: message.author?.bot === true,
        isComment: mark > 0 && /\p{L}/u.test(message.text.slice(0, mark)),
        isRepost: mark >= 0 || message.repostOf !== undefined,
        channel: message.channel,
        timeMs: message.time,
      },
      canTell,
    );
    this.#authorEntries += cluster.authorEntries - before;
    if (!canTell && author) this.#authorsLeftOut += 1;
    if (sample.length > 0) this.#voices.follow(cluster, message.text);
    if (cluster.copies < WATCHED_FROM) this.#voices.hear(words, keyOf(author ?? id), cluster);
    const { count } = this.#config;
    return this.#sighting(cluster, count === 'each' ? 1 : count === 'once' ? 0 : 1 / cluster.copies);
  }

  /** The second copy makes a cluster. */
  #found(text: number, words: readonly Hash[]): Cluster {
    if (this.#clusters.size >= this.#config.limits.clustersMax) this.#makeRoom();
    const firstMs = this.#texts.timeOf(text);
    const sample = this.#texts.sampleOf(text);
    const bytes = new Uint8Array(Uint32Array.from([...sample, firstMs / 1_000]).buffer);
    // A repost may come without its text.
    const cluster = new Cluster(this.#nextNumber, digest(bytes), Math.max(words.length, sample.length));
    this.#nextNumber += 1;
    this.#clusters.set(cluster.number, cluster);
    this.#absorb(cluster, text);
    return cluster;
  }

  #absorb(cluster: Cluster, text: number): void {
    this.#texts.assign(text, cluster.number);
    const before = cluster.authorEntries;
    cluster.addFounder(this.#texts.authorOf(text), this.#texts.timeOf(text));
    this.#authorEntries += cluster.authorEntries - before;
  }

  /** A message that is a copy of two texts shows that they are one. Gives the cluster that remains. */
  #unite(cluster: Cluster, text: number): Cluster {
    const number = this.#texts.clusterOf(text);
    if (number === cluster.number) return cluster;
    const other = this.#clusters.get(number);
    if (!other) {
      this.#absorb(cluster, text);
      return cluster;
    }
    const [larger, smaller] = other.copies > cluster.copies ? [other, cluster] : [cluster, other];
    const before = larger.authorEntries + smaller.authorEntries;
    larger.merge(smaller);
    this.#authorEntries += larger.authorEntries - before;
    this.#texts.reassign(smaller.number, larger.number);
    this.#standings.reassign(smaller.number, larger.number);
    this.#voices.forget(smaller);
    this.#clusters.delete(smaller.number);
    return larger;
  }

  /** So that later copies find it: the text is fresh again, and a variant leads to the cluster too. */
  #remember({ message, sample, author, id }: Reading, best: Match, cluster: Cluster): void {
    const { time: timeMs, repostOf } = message;
    const dueMs = this.#nowMs - this.#config.keep;
    const seen = { key: id.low, cluster: cluster.number, author, timeMs };
    if (best.similarity < VARIANT_BELOW) this.#texts.add({ ...seen, sample }, dueMs);
    else if (this.#texts.isOld(best.text))
      this.#texts.add({ ...seen, sample: this.#texts.sampleOf(best.text) }, dueMs);
    else {
      this.#texts.refresh(best.text, timeMs);
      if (repostOf === undefined) this.#texts.addKey(id.low, best.text);
    }
  }

  #note(author: Hash | undefined, cluster: Cluster, timeMs: number): void {
    if (!author) return;
    const { isStranger, from, wasStranger } = this.#standings.copied(author, cluster.number, timeMs);
    if (isStranger) cluster.strangers += 1;
    const other = this.#clusters.get(from);
    if (!other) return;
    if (wasStranger) other.strangers -= 1;
    cluster.addRing(from);
    other.addRing(cluster.number);
  }

  /** Those that were silent longest, some at a time. */
  #makeRoom(): void {
    const bySilence = [...this.#clusters.values()].sort((a, b) => a.lastMs - b.lastMs || a.number - b.number);
    for (const silent of bySilence.slice(0, Math.ceil(bySilence.length / EVICTED_PART))) {
      if (silent.lastMs > this.#nowMs - this.#config.keep) this.#clustersLeftOut += 1;
      this.#voices.forget(silent);
      this.#authorEntries -= silent.authorEntries;
      this.#clusters.delete(silent.number);
    }
  }
}

function authorOf({ author }: Message): Hash | undefined {
  const name = author?.id ?? author?.handle;
  return name === undefined ? undefined : hashOf(name);
}

/** Where the mark of a repost stands, as people write it: `RT @name`; -1 when nowhere. */
function repostMark(text: string): number {
  return text.search(/\bRT:? ?@\w/);
}
