/** How often each of millions of terms is written, now and usually, in fixed memory: a Count-Min table (Cormode and
 *  Muthukrishnan 2005) whose cells hold exponentially weighted sums instead of counts, as in SigniTrend (Schubert, Weiler,
 *  Kriegel 2014).
 *
 *  Weights grow with time instead of decaying with it (forward decay; Cormode, Shkapenyuk, Srivastava, Xu 2009): a post at t
 *  adds exp((t - landmark) / τ), and a sum is read times exp(-(now - landmark) / τ). So sums are linear: they depend on no
 *  order, take late posts, and merge by addition.
 *
 *  Error: an estimate is never below the true sum (but for rounding, 1e-5 of it), and above it by more than
 *  e / cellsPerRow × the sum over all terms with a probability of exp(-rows) = 5%. */
import { whole, type Slices } from '../snapshot/slices.ts';
import { packInSlices, unpackCells } from './cells.ts';
import { mix32 } from '../random/mix32.ts';
import type { Hash } from './hash.ts';

const ROWS = 3;
const ROW_SALTS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d] as const;

/** What a cell holds: sums over `burst`, `span` and `memory`; and, for the variance, how crowded it was around each post, in
 *  `burst` and in `span`: once remembered over `memory`, and once over `span`, to be taken away as not yet past. */
const BURST = 0;
const SPAN = 1;
const MEMORY = 2;
const BURST_CROWD = 3;
const BURST_CROWD_NOW = 4;
const SPAN_CROWD = 5;
const SPAN_CROWD_NOW = 6;
const SLOTS = 7;
/** Which time constant each is weighed by: burst, span or memory. */
const TAU_OF = [0, 1, 2, 2, 1, 2, 1] as const;
/** Cells begin at multiples of eight floats: a cell lies in one cache line. */
const STRIDE = 8;

/** Landmarks lie on a grid of so many halvings: a weight never exceeds 2^80, where a 32-bit float ends at 2^128. When now
 *  passes the next of them all sums shrink by a power of two, which is exact: so they are the same however often and at
 *  which moments time was told. */
const LANDMARK_HALVINGS = 80;
/** Of a sum, what is left by rounding alone. */
const ROUNDING = 1e-6;
/** Sums below this are nothing, and would be slow (subnormal). */
const NOTHING = 1e-30;

export interface SketchOptions {
  readonly cellsPerRow: number;
  readonly burstMs: number;
  readonly spanMs: number;
  readonly memoryMs: number;
}

/** Sums of one term, as of now. */
export interface Usage {
  burst: number;
  span: number;
  /** Of the past: `memory` without what is in `span`. */
  past: number;
  /** Sums over past posts of the share that the term had in `burst` and in `span` when they came. */
  burstCrowd: number;
  spanCrowd: number;
}

/** Exponentially weighted sums with one landmark for each time constant. */
export interface SketchState {
  readonly landmarksMs: readonly number[];
  readonly nowMs: number;
  readonly cells: string;
}

export class TermSketch {
  readonly #options: SketchOptions;
  readonly #cells: Float32Array;
  readonly #mask: number;
  /** By time constant: burst, span, memory. */
  readonly #tausMs: readonly [number, number, number];
  readonly #landmarksMs: [number, number, number];
  readonly #scales: [number, number, number] = [1, 1, 1];
  readonly #weights: [number, number, number] = [1, 1, 1];
  /** Where the located term is: an offset for each row. */
  readonly #at: [number, number, number] = [0, 0, 0];
  #nowMs = Number.NEGATIVE_INFINITY;

  constructor(options: SketchOptions, restored?: SketchState) {
    const { cellsPerRow, burstMs, spanMs, memoryMs } = options;
    this.#options = { cellsPerRow, burstMs, spanMs, memoryMs };
    this.#tausMs = [burstMs, spanMs, memoryMs];
    this.#mask = cellsPerRow - 1;
    this.#cells = new Float32Array(ROWS * cellsPerRow * STRIDE);
    this.#landmarksMs = [0, 0, 0];
    if (!restored) return;
    unpackCells(restored.cells, this.#cells);
    const [burst = 0, span = 0, memory = 0] = restored.landmarksMs;
    this.#landmarksMs = [burst, span, memory];
    this.advance(restored.nowMs);
  }

  get bytes(): number {
    return this.#cells.byteLength;
  }

  /** How much too high an estimate of a sum may be, in 95% of cases, when this is the sum over all terms. */
  errorMax(total: number): number {
    return (Math.E / (this.#mask + 1)) * total;
  }

  /** Sums are read as of this time from now on. Time does not go back. */
  advance(nowMs: number): void {
    if (nowMs <= this.#nowMs) return;
    const isFirst = this.#nowMs === Number.NEGATIVE_INFINITY && this.#landmarksMs[0] === 0;
    this.#nowMs = nowMs;
    for (let tau = 0; tau < 3; tau++) {
      const tauMs = this.#tausMs[tau] ?? 1;
      const gridMs = LANDMARK_HALVINGS * Math.LN2 * tauMs;
      const landmarkMs = Math.floor(nowMs / gridMs) * gridMs;
      const beforeMs = this.#landmarksMs[tau] ?? 0;
      if (!isFirst && landmarkMs > beforeMs)
        this.#rescale(tau, 2 ** (-LANDMARK_HALVINGS * Math.round((landmarkMs - beforeMs) / gridMs)));
      this.#landmarksMs[tau] = landmarkMs;
      this.#scales[tau] = Math.exp((landmarkMs - nowMs) / tauMs);
    }
  }

  /** What follows is weighed as written then, which may lie before now. */
  writtenAt(timeMs: number): void {
    for (let tau = 0; tau < 3; tau++)
      this.#weights[tau] = Math.exp((timeMs - (this.#landmarksMs[tau] ?? 0)) / (this.#tausMs[tau] ?? 1));
  }

  /** Which term the next calls are about. */
  locate({ low, high }: Hash): void {
    for (let row = 0; row < ROWS; row++) {
      const salt = ROW_SALTS[row] ?? 0;
      const index = mix32((low ^ salt) + Math.imul(high, 2 * row + 1)) & this.#mask;
      this.#at[row] = (row * (this.#mask + 1) + index) * STRIDE;
    }
  }

  /** Counts a post with the located term, and brings `usage` (as just read) up to date. `burstShare` and `spanShare`: the
   *  term's share of posts before this one. */
  add(amount: number, burstShare: number, spanShare: number, usage: Usage): void {
    const cells = this.#cells;
    const burst = amount * this.#weights[0];
    const span = amount * this.#weights[1];
    const memory = amount * this.#weights[2];
    for (let row = 0; row < ROWS; row++) {
      const at = this.#at[row] ?? 0;
      cells[at + BURST] = (cells[at + BURST] ?? 0) + burst;
      cells[at + SPAN] = (cells[at + SPAN] ?? 0) + span;
      cells[at + MEMORY] = (cells[at + MEMORY] ?? 0) + memory;
      cells[at + BURST_CROWD] = (cells[at + BURST_CROWD] ?? 0) + burstShare * memory;
      cells[at + BURST_CROWD_NOW] = (cells[at + BURST_CROWD_NOW] ?? 0) + burstShare * span;
      cells[at + SPAN_CROWD] = (cells[at + SPAN_CROWD] ?? 0) + spanShare * memory;
      cells[at + SPAN_CROWD_NOW] = (cells[at + SPAN_CROWD_NOW] ?? 0) + spanShare * span;
    }
    // The same is added to each row, so the least row stays the least.
    const past = memory * this.#scales[2] - span * this.#scales[1];
    usage.burst += burst * this.#scales[0];
    usage.span += span * this.#scales[1];
    usage.past += past;
    usage.burstCrowd += burstShare * past;
    usage.spanCrowd += spanShare * past;
  }

  /** Takes back a post with the located term, which was written at the time of `writtenAt`. How crowded it was is taken back
   *  in proportion: which part of it was this post's is not known. */
  takeBack(amount: number): void {
    const cells = this.#cells;
    const [burst, span, memory] = this.#weights;
    for (let row = 0; row < ROWS; row++) {
      const at = this.#at[row] ?? 0;
      const spanShare = restOf(cells[at + SPAN] ?? 0, amount * span);
      const memoryShare = restOf(cells[at + MEMORY] ?? 0, amount * memory);
      cells[at + BURST] = (cells[at + BURST] ?? 0) * restOf(cells[at + BURST] ?? 0, amount * burst);
      cells[at + SPAN] = (cells[at + SPAN] ?? 0) * spanShare;
      cells[at + MEMORY] = (cells[at + MEMORY] ?? 0) * memoryShare;
      cells[at + BURST_CROWD] = (cells[at + BURST_CROWD] ?? 0) * memoryShare;
      cells[at + SPAN_CROWD] = (cells[at + SPAN_CROWD] ?? 0) * memoryShare;
      cells[at + BURST_CROWD_NOW] = (cells[at + BURST_CROWD_NOW] ?? 0) * spanShare;
      cells[at + SPAN_CROWD_NOW] = (cells[at + SPAN_CROWD_NOW] ?? 0) * spanShare;
    }
  }

  /** The least of the rows: no less than the truth. */
  read(usage: Usage): void {
    const cells = this.#cells;
    const [burstScale, spanScale, memoryScale] = this.#scales;
    let burst = Number.POSITIVE_INFINITY;
    let span = burst;
    let past = burst;
    let burstCrowd = burst;
    let spanCrowd = burst;
    for (let row = 0; row < ROWS; row++) {
      const at = this.#at[row] ?? 0;
      const rowBurst = (cells[at + BURST] ?? 0) * burstScale;
      const rowSpan = (cells[at + SPAN] ?? 0) * spanScale;
      const rowPast = (cells[at + MEMORY] ?? 0) * memoryScale - rowSpan;
      const rowBurstCrowd =
        (cells[at + BURST_CROWD] ?? 0) * memoryScale - (cells[at + BURST_CROWD_NOW] ?? 0) * spanScale;
      const rowSpanCrowd =
        (cells[at + SPAN_CROWD] ?? 0) * memoryScale - (cells[at + SPAN_CROWD_NOW] ?? 0) * spanScale;
      if (rowBurst < burst) burst = rowBurst;
      if (rowSpan < span) span = rowSpan;
      if (rowPast < past) past = rowPast;
      if (rowBurstCrowd < burstCrowd) burstCrowd = rowBurstCrowd;
      if (rowSpanCrowd < spanCrowd) spanCrowd = rowSpanCrowd;
    }
    usage.burst = burst;
    usage.span = span;
    usage.past = Math.max(0, past);
    usage.burstCrowd = Math.max(0, burstCrowd);
    usage.spanCrowd = Math.max(0, spanCrowd);
  }

  #rescale(tau: number, factor: number): void {
    const cells = this.#cells;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (TAU_OF[slot] !== tau) continue;
      for (let at = slot; at < cells.length; at += STRIDE) {
        const value = cells[at] ?? 0;
        if (value !== 0) cells[at] = value * factor < NOTHING ? 0 : value * factor;
      }
    }
  }

  /** Adds what another sketch of the same options has counted of other posts. Sums are those of one sketch of all posts, but
   *  for rounding. How crowded it was is kept as a share of the posts that each has seen, so that for posts dealt out at
   *  random it is expected to be the same as for all. Throws a `RangeError` for other options. */
  merge(other: TermSketch): void {
    const [ours, theirs] = [JSON.stringify(this.#options), JSON.stringify(other.#options)];
    if (ours !== theirs) throw new RangeError(`a sketch of ${theirs} cannot be added to one of ${ours}`);
    this.advance(other.#nowMs);
    const factors = this.#tausMs.map((tauMs, tau) =>
      Math.exp(((other.#landmarksMs[tau] ?? 0) - (this.#landmarksMs[tau] ?? 0)) / tauMs),
    );
    const cells = this.#cells;
    for (let at = 0; at < cells.length; at += STRIDE) {
      for (let slot = 0; slot < SLOTS; slot++)
        cells[at + slot] =
          (cells[at + slot] ?? 0) + (other.#cells[at + slot] ?? 0) * (factors[TAU_OF[slot] ?? 0] ?? 0);
    }
  }

  toState(): SketchState {
    return whole(this.toStateInSlices());
  }

  *toStateInSlices(): Slices<SketchState> {
    const cells = yield* packInSlices(this.#cells);
    return { landmarksMs: [...this.#landmarksMs], nowMs: Math.max(0, this.#nowMs), cells };
  }
}

/** What is left of a sum of 32 bits, 0 to 1. */
function restOf(sum: number, part: number): number {
  const left = sum - part;
  return left > ROUNDING * sum ? left / sum : 0;
}
