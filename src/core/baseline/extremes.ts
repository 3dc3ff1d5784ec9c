/** How rare a deviation is for this very series: the largest deviation of each half-day is kept for four weeks, and what lies
 *  above most of them is extrapolated with an exponential tail (peaks over threshold, Gumbel domain). A series that bursts
 *  every day is thereby measured against its own bursts. */

/** Largest deviations kept: four weeks of half-days. Plateau of 28 to 56 days; 14 forgets what is normal. */
const BLOCKS_MAX = 56;
/** The level that this share of blocks stays below; the tail is fitted to what lies above. Plateau 0.6 to 0.9. */
const QUANTILE = 0.8;
/** What is believed before there are blocks: location counts as one block, scale as three excesses. */
const PRIOR = { location: 0.8, locationBlocks: 1, scale: 0.35, scaleExcesses: 3 };
/** Share of blocks whose largest deviation is expected above the location. */
export const EXCEEDED_SHARE = 1 - QUANTILE;

export interface ExtremesState {
  readonly maxima: readonly number[];
  /** Largest deviation of the open block; null when there is none (JSON has no infinity). */
  readonly open: number | null;
}

export class Extremes {
  /** Oldest first. */
  readonly #maxima: number[];
  #open: number | null;
  /** In units of deviation. */
  location = PRIOR.location;
  scale = PRIOR.scale;

  constructor(restored?: ExtremesState) {
    this.#maxima = [...(restored?.maxima ?? [])];
    this.#open = restored?.open ?? null;
    if (this.#maxima.length > 0) this.#fit();
  }

  get state(): ExtremesState {
    return { maxima: [...this.#maxima], open: this.#open };
  }

  get blocks(): number {
    return this.#maxima.length;
  }

  /** 0 at the location, then one more for each time it gets e times rarer; negative is usual. */
  rarity(deviation: number): number {
    return (deviation - this.location) / this.scale;
  }

  offer(deviation: number): void {
    if (this.#open === null || deviation > this.#open) this.#open = deviation;
  }

  /** Ends the block; one that saw too little of the series is left out. */
  closeBlock(counts: boolean): void {
    if (counts && this.#open !== null) {
      this.#maxima.push(Math.max(0, this.#open));
      if (this.#maxima.length > BLOCKS_MAX) this.#maxima.shift();
      this.#fit();
    }
    this.#open = null;
  }

  #fit(): void {
    const sorted = [...this.#maxima].sort((a, b) => a - b);
    const level = quantile(sorted, QUANTILE);
    const excesses = sorted.filter((maximum) => maximum > level).map((maximum) => maximum - level);
    const blocks = sorted.length;
    this.location =
      (blocks * level + PRIOR.locationBlocks * PRIOR.location) / (blocks + PRIOR.locationBlocks);
    const total = excesses.reduce((sum, excess) => sum + excess, 0);
    this.scale = (total + PRIOR.scaleExcesses * PRIOR.scale) / (excesses.length + PRIOR.scaleExcesses);
  }
}

/** Of sorted numbers, interpolated. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? 0;
  return low + (place % 1) * ((sorted[Math.ceil(place)] ?? low) - low);
}
