/** Texts of late, in fixed memory, found again by what they share with another: a sample of runs for each (bottom-k sketch,
 *  Cohen and Kaplan 2007) and an index from run to text. The oldest text makes room for the newest. */
import { mix32 } from '../random/mix32.ts';
import { packCells, unpackCells } from '../trend/cells.ts';
import { keyOf, type Hash } from '../trend/hash.ts';

/** Runs that are kept of a text: all of them up to 18 words, a sample of a longer one. */
export const SAMPLE_MAX = 16;
/** Of these so many lead to the text: of two texts that share half of all their runs one in 64 pairs has none of these in
 *  common, of those that share 0.4 one in 21. */
const INDEXED_MAX = 6;
/** Places an entry of the index may be in. */
const WAYS = 4;
/** Entries of the index for a text: its runs and the id of its message. */
const ENTRIES_PER_TEXT = 8;
/** A text that lies almost whole within another is a copy, with words around it, from so many runs on. */
const CONTAINED_SHARE_MIN = 0.8;
const CONTAINED_RUNS_MIN = 4;
const SECOND_MS = 1_000;

export interface TextsState {
  readonly head: number;
  readonly samples: string;
  readonly clusters: string;
  readonly times: string;
  readonly authors: string;
  readonly entries: string;
}

export interface Match {
  /** Number of the text. */
  readonly text: number;
  /** Jaccard's, of the runs; 1 for what is said to be a repost. */
  readonly similarity: number;
}

/** One text and where it came from. */
export interface SeenText {
  /** Ascending hashes of its runs. */
  readonly sample: readonly number[];
  /** What else leads to it: the hash of its message's id. */
  readonly key: number;
  /** Number of its cluster; 0 while it has no copy. */
  readonly cluster: number;
  readonly author: Hash | undefined;
  readonly timeMs: number;
}

export class RecentTexts {
  readonly capacity: number;
  readonly #samples: Uint32Array;
  /** Number of the cluster of a text; 0 while it has no copy. */
  readonly #clusters: Uint32Array;
  readonly #times: Uint32Array;
  /** Low and high half of who wrote it. */
  readonly #authors: Uint32Array;
  /** The index: what leads to a text, and beside it the number of that text. */
  readonly #entries: Uint32Array;
  readonly #setMask: number;
  /** Number of the next text; the first is 1. */
  #head = 1;
  #displaced = 0;

  constructor(textsMax: number, restored?: TextsState) {
    this.capacity = 2 ** Math.ceil(Math.log2(textsMax));
    const entries = this.capacity * ENTRIES_PER_TEXT;
    this.#samples = new Uint32Array(this.capacity * SAMPLE_MAX);
    this.#clusters = new Uint32Array(this.capacity);
    this.#times = new Uint32Array(this.capacity);
    this.#authors = new Uint32Array(2 * this.capacity);
    this.#entries = new Uint32Array(2 * entries);
    this.#setMask = (entries - 1) & ~(WAYS - 1);
    if (!restored) return;
    this.#head = restored.head;
    unpackCells(restored.samples, this.#samples);
    unpackCells(restored.clusters, this.#clusters);
    unpackCells(restored.times, this.#times);
    unpackCells(restored.authors, this.#authors);
    unpackCells(restored.entries, this.#entries);
  }

  get bytes(): number {
    return 4 * (this.#samples.length + 4 * this.capacity + this.#entries.length);
  }

  /** Texts that made room for others before they were due. */
  get displaced(): number {
    return this.#displaced;
  }

  /** Gives its number. `dueMs`: what is not older than this makes room too early. */
  add({ sample, key, cluster, author, timeMs }: SeenText, dueMs: number): number {
    const text = this.#head;
    this.#head = (this.#head + 1) >>> 0 || 1;
    const slot = this.#slotOf(text);
    if ((this.#times[slot] ?? 0) * SECOND_MS > dueMs) this.#displaced += 1;
    const from = slot * SAMPLE_MAX;
    for (let at = 0; at < SAMPLE_MAX; at++) this.#samples[from + at] = sample[at] ?? 0;
    this.#clusters[slot] = cluster;
    this.#authors[2 * slot] = author?.low ?? 0;
    this.#authors[2 * slot + 1] = author?.high ?? 0;
    this.#times[slot] = Math.max(1, Math.floor(timeMs / SECOND_MS));
    for (let at = 0; at < Math.min(sample.length, INDEXED_MAX); at++) this.#index(sample[at] ?? 0, text);
    this.#index(key, text);
    return text;
  }

  /** A further message of the same text. */
  addKey(key: number, text: number): void {
    this.#index(key, text);
  }

  /** The texts that this one is a copy of, the most similar first. `key`: of the message that it says it repeats. */
  find(sample: readonly number[], key: number | undefined, similarityMin: number, sinceMs: number): Match[] {
    const found: Match[] = [];
    if (key !== undefined)
      this.#eachOf(key, sinceMs, found, (text) => {
        found.push({ text, similarity: 1 });
      });
    const compare = (text: number) => {
      const { jaccard, isContained } = this.#compare(sample, text);
      if (jaccard >= similarityMin || isContained) found.push({ text, similarity: jaccard });
    };
    for (let at = 0; at < sample.length && at < INDEXED_MAX; at++)
      this.#eachOf(sample[at] ?? 0, sinceMs, found, compare);
    return found.length < 2 ? found : found.sort((a, b) => b.similarity - a.similarity || b.text - a.text);
  }

  clusterOf(text: number): number {
    return this.#clusters[this.#slotOf(text)] ?? 0;
  }

  timeOf(text: number): number {
    return (this.#times[this.#slotOf(text)] ?? 0) * SECOND_MS;
  }

  /** Whether its place is soon taken by another. */
  isOld(text: number): boolean {
    return this.#ageOf(text) > this.capacity / 2;
  }

  /** 53-bit hash; undefined when it had none. */
  authorOf(text: number): number | undefined {
    const at = 2 * this.#slotOf(text);
    const hash = { low: this.#authors[at] ?? 0, high: this.#authors[at + 1] ?? 0 };
    return hash.low === 0 && hash.high === 0 ? undefined : keyOf(hash);
  }

  sampleOf(text: number): number[] {
    const from = this.#slotOf(text) * SAMPLE_MAX;
    return [...this.#samples.subarray(from, from + SAMPLE_MAX)].filter((run) => run !== 0);
  }

  assign(text: number, cluster: number): void {
    this.#clusters[this.#slotOf(text)] = cluster;
  }

  refresh(text: number, timeMs: number): void {
    const slot = this.#slotOf(text);
    this.#times[slot] = Math.max(this.#times[slot] ?? 0, Math.floor(timeMs / SECOND_MS));
  }

  /** All texts of one cluster to another one; 0: they have no copy any more. */
  reassign(from: number, to: number): void {
    for (let slot = 0; slot < this.capacity; slot++)
      if (this.#clusters[slot] === from) this.#clusters[slot] = to;
  }

  toState(): TextsState {
    return {
      head: this.#head,
      samples: packCells(this.#samples),
      clusters: packCells(this.#clusters),
      times: packCells(this.#times),
      authors: packCells(this.#authors),
      entries: packCells(this.#entries),
    };
  }

  #slotOf(text: number): number {
    return text & (this.capacity - 1);
  }

  #ageOf(text: number): number {
    return (this.#head - text) >>> 0;
  }

  #index(mark: number, text: number): void {
    const entries = this.#entries;
    const first = 2 * (mix32(mark) & this.#setMask);
    let oldest = first;
    for (let at = first; at < first + 2 * WAYS; at += 2) {
      const number = entries[at + 1] ?? 0;
      if (number === 0) {
        oldest = at;
        break;
      }
      if (this.#ageOf(number) > this.#ageOf(entries[oldest + 1] ?? 0)) oldest = at;
    }
    entries[oldest] = mark;
    entries[oldest + 1] = text;
  }

  /** The texts that something leads to, but for those already found and those that are over. */
  #eachOf(mark: number, sinceMs: number, found: readonly Match[], visit: (text: number) => void): void {
    const first = 2 * (mix32(mark) & this.#setMask);
    for (let at = first; at < first + 2 * WAYS; at += 2) {
      if (this.#entries[at] !== mark) continue;
      const text = this.#entries[at + 1] ?? 0;
      if (text === 0 || this.#ageOf(text) > this.capacity || this.timeOf(text) < sinceMs) continue;
      if (!found.some((match) => match.text === text)) visit(text);
    }
  }

  /** Exact when both samples are whole; else over the
   *  hashes that both samples would hold (the k least of the union). */
  #compare(sample: readonly number[], text: number): { jaccard: number; isContained: boolean } {
    const from = this.#slotOf(text) * SAMPLE_MAX;
    const samples = this.#samples;
    let otherSize = SAMPLE_MAX;
    while (otherSize > 0 && samples[from + otherSize - 1] === 0) otherSize -= 1;
    const last = sample.length === SAMPLE_MAX ? (sample[SAMPLE_MAX - 1] ?? 0) : 0xffff_ffff;
    const otherLast = otherSize === SAMPLE_MAX ? (samples[from + SAMPLE_MAX - 1] ?? 0) : 0xffff_ffff;
    const limit = Math.min(last, otherLast);
    let mine = 0;
    let others = 0;
    let shared = 0;
    while (mine < sample.length || others < otherSize) {
      const a = mine < sample.length ? (sample[mine] ?? 0) : Number.POSITIVE_INFINITY;
      const b = others < otherSize ? (samples[from + others] ?? 0) : Number.POSITIVE_INFINITY;
      if (Math.min(a, b) > limit) break;
      if (a <= b) mine += 1;
      if (b <= a) others += 1;
      if (a === b) shared += 1;
    }
    const smaller = Math.min(mine, others);
    return {
      jaccard: shared / Math.max(1, mine + others - shared),
      isContained: smaller >= CONTAINED_RUNS_MIN && shared >= CONTAINED_SHARE_MIN * smaller,
    };
  }
}
