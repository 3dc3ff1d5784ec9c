/** What is known of an author from what else they wrote, in fixed memory: whether they ever said something of their own,
 *  and which cluster they copied last. */
import { packCells, unpackCells } from '../trend/cells.ts';
import type { Hash } from '../trend/hash.ts';

const WAYS = 4;
const SECOND_MS = 1_000;
/** In place of a cluster: the author wrote a text that was no copy. */
const OWN_WORDS = 0x7fff_ffff;
/** The cluster of this entry counts the author among its strangers. */
const STRANGER = 0x8000_0000;

export interface StandingsState {
  readonly marks: string;
  readonly tags: string;
  readonly times: string;
  readonly own: number;
  readonly known: number;
}

/** What an author had done before they copied. */
export interface Standing {
  /** Nothing that is remembered. */
  readonly isStranger: boolean;
  /** Another cluster that they copied before; 0 when there is none. */
  readonly from: number;
  /** That other cluster counted them among its strangers, and should no longer. */
  readonly wasStranger: boolean;
}

const SAME: Standing = { isStranger: false, from: 0, wasStranger: false };
const NEW: Standing = { isStranger: true, from: 0, wasStranger: false };

/** Authors remembered: 12 bytes each. */
export const STANDINGS_MAX = 262_144;
/** The share of known authors is of about so many messages of late. */
const OWN_MAX = 4_096;

export class Standings {
  readonly #marks = new Uint32Array(STANDINGS_MAX);
  readonly #tags = new Uint32Array(STANDINGS_MAX);
  readonly #times = new Uint32Array(STANDINGS_MAX);
  /** Texts that were no copies, of late, and those by authors who were known before. */
  #own = 0;
  #known = 0;
  #displaced = 0;

  constructor(restored?: StandingsState) {
    if (!restored) return;
    unpackCells(restored.marks, this.#marks);
    unpackCells(restored.tags, this.#tags);
    unpackCells(restored.times, this.#times);
    this.#own = restored.own;
    this.#known = restored.known;
  }

  get bytes(): number {
    return 12 * STANDINGS_MAX;
  }

  get displaced(): number {
    return this.#displaced;
  }

  /** Of those who write in their own words, the share that had written before; 0 while nothing is known. */
  get knownShare(): number {
    return this.#own === 0 ? 0 : this.#known / this.#own;
  }

  /** The author wrote a text that is no copy. Gives the cluster that counted them among its strangers, or 0. */
  wroteOwn(author: Hash, timeMs: number): number {
    const at = this.#find(author);
    this.#own += 1;
    if (at >= 0) this.#known += 1;
    if (this.#own > OWN_MAX) {
      this.#own /= 2;
      this.#known /= 2;
    }
    if (at < 0) {
      this.#put(author, OWN_WORDS, timeMs);
      return 0;
    }
    const tag = this.#tags[at] ?? 0;
    this.#tags[at] = OWN_WORDS;
    this.#touch(at, timeMs);
    return isStranger(tag) ? clusterIn(tag) : 0;
  }

  /** The author copied: what of them was known until then. */
  copied(author: Hash, cluster: number, timeMs: number): Standing {
    const at = this.#find(author);
    if (at < 0) {
      this.#put(author, (cluster | STRANGER) >>> 0, timeMs);
      return NEW;
    }
    const tag = this.#tags[at] ?? 0;
    this.#touch(at, timeMs);
    const from = clusterIn(tag);
    if (from === OWN_WORDS || from === cluster) return SAME;
    this.#tags[at] = cluster;
    return { isStranger: false, from, wasStranger: isStranger(tag) };
  }

  /** One cluster became part of another. */
  reassign(from: number, to: number): void {
    for (let at = 0; at < STANDINGS_MAX; at++) {
      const tag = this.#tags[at] ?? 0;
      if (clusterIn(tag) === from) this.#tags[at] = ((tag & STRANGER) | to) >>> 0;
    }
  }

  toState(): StandingsState {
    const [marks, tags, times] = [this.#marks, this.#tags, this.#times].map(packCells);
    return { marks: marks ?? '', tags: tags ?? '', times: times ?? '', own: this.#own, known: this.#known };
  }

  #find({ low, high }: Hash): number {
    const mark = (high | 1) >>> 0;
    const first = low & (STANDINGS_MAX - WAYS);
    for (let at = first; at < first + WAYS; at++) if (this.#marks[at] === mark) return at;
    return -1;
  }

  #touch(at: number, timeMs: number): void {
    this.#times[at] = Math.max(this.#times[at] ?? 0, Math.floor(timeMs / SECOND_MS));
  }

  /** Whoever was silent longest makes room. */
  #put({ low, high }: Hash, tag: number, timeMs: number): void {
    const first = low & (STANDINGS_MAX - WAYS);
    let oldest = first;
    for (let at = first; at < first + WAYS; at++)
      if ((this.#times[at] ?? 0) < (this.#times[oldest] ?? 0)) oldest = at;
    if (this.#marks[oldest] !== 0) this.#displaced += 1;
    this.#marks[oldest] = (high | 1) >>> 0;
    this.#tags[oldest] = tag;
    this.#times[oldest] = Math.max(1, Math.floor(timeMs / SECOND_MS));
  }
}

const isStranger = (tag: number) => tag >= STRANGER;
const clusterIn = (tag: number) => (tag & ~STRANGER) >>> 0;
