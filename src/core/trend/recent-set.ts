/** What was seen lately, in fixed memory: who wrote a term, which texts there were. Time is forgotten by itself; beyond the
 *  capacity the oldest of a small group is, so that something may be taken for new a second time. */
import { whole, type Slices } from '../snapshot/slices.ts';
import { packInSlices, unpackCells } from './cells.ts';
import type { Hash } from './hash.ts';

/** Places an entry may be in. */
const WAYS = 4;
/** Times are kept in seconds of this era: 32 bits last until 2106. */
const SECOND_MS = 1_000;

export interface RecentSetState {
  readonly marks: string;
  readonly times: string;
}

export class RecentSet {
  readonly #marks: Uint32Array;
  readonly #times: Uint32Array;
  readonly #keepSeconds: number;
  /** Entries that had to make room before their time. */
  #displaced = 0;

  /** `capacity`: a power of two; 8 bytes each. */
  constructor(capacity: number, keepMs: number, restored?: RecentSetState) {
    this.#marks = new Uint32Array(capacity);
    this.#times = new Uint32Array(capacity);
    this.#keepSeconds = Math.ceil(keepMs / SECOND_MS);
    if (!restored) return;
    unpackCells(restored.marks, this.#marks);
    unpackCells(restored.times, this.#times);
  }

  get displaced(): number {
    return this.#displaced;
  }

  get bytes(): number {
    return this.#marks.byteLength + this.#times.byteLength;
  }

  /** Whether it was seen within the time to keep; it is remembered from its first sight on. */
  seen({ low, high }: Hash, timeMs: number): boolean {
    const stamp = (high | 1) >>> 0; // Zero is an empty place.
    const seconds = Math.max(1, Math.floor(timeMs / SECOND_MS));
    const first = low & (this.#marks.length - 1) & ~(WAYS - 1);
    let oldest = first;
    for (let at = first; at < first + WAYS; at++) {
      const then = this.#times[at] ?? 0;
      if (this.#marks[at] === stamp && Math.abs(seconds - then) < this.#keepSeconds) return true;
      if (then < (this.#times[oldest] ?? 0)) oldest = at;
    }
    const replaced = this.#times[oldest] ?? 0;
    if (replaced !== 0 && seconds - replaced < this.#keepSeconds) this.#displaced += 1;
    this.#marks[oldest] = stamp;
    this.#times[oldest] = seconds;
    return false;
  }

  /** As if it had never been seen. */
  forget({ low, high }: Hash): void {
    const stamp = (high | 1) >>> 0;
    const first = low & (this.#marks.length - 1) & ~(WAYS - 1);
    for (let at = first; at < first + WAYS; at++) {
      if (this.#marks[at] !== stamp) continue;
      this.#marks[at] = 0;
      this.#times[at] = 0;
    }
  }

  /** What either has seen. */
  merge(other: RecentSet): void {
    for (let at = 0; at < other.#marks.length; at++) {
      const seconds = other.#times[at] ?? 0;
      if (seconds === 0) continue;
      const first = at & ~(WAYS - 1);
      this.#put(first, other.#marks[at] ?? 0, seconds);
    }
  }

  #put(first: number, mark: number, seconds: number): void {
    let oldest = first;
    for (let at = first; at < first + WAYS; at++) {
      if (this.#marks[at] === mark && (this.#times[at] ?? 0) > 0) {
        this.#times[at] = Math.max(this.#times[at] ?? 0, seconds);
        return;
      }
      if ((this.#times[at] ?? 0) < (this.#times[oldest] ?? 0)) oldest = at;
    }
    if ((this.#times[oldest] ?? 0) >= seconds) return;
    this.#marks[oldest] = mark;
    this.#times[oldest] = seconds;
  }

  toState(): RecentSetState {
    return whole(this.toStateInSlices());
  }

  *toStateInSlices(): Slices<RecentSetState> {
    return { marks: yield* packInSlices(this.#marks), times: yield* packInSlices(this.#times) };
  }
}
