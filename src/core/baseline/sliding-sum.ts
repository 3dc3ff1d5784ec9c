/** Sums over the last `spanMs` of event time, in at most `bucketsMax` buckets: memory does not depend on how short panes are. */

export interface Sum {
  /** Of what was seen, and of what had been expected of the same observations. */
  readonly observed: number;
  readonly expected: number;
  readonly panes: number;
  /** Of a share: how many posts it is a share of. */
  readonly posts: number;
}

export interface SlidingSumState {
  readonly bucket: number;
  /** Bucket b is at b modulo their number: observed, expected, panes and posts one after the other. */
  readonly buckets: readonly number[];
}

const FIELDS = 4;

interface SlidingSumOptions {
  readonly spanMs: number;
  readonly paneMs: number;
  readonly bucketsMax: number;
}

export class SlidingSum {
  readonly #options: SlidingSumOptions;
  readonly spanMs: number;
  readonly #bucketMs: number;
  readonly #size: number;
  readonly #buckets: Float64Array;
  /** Index of the newest bucket, counted from the epoch. */
  #bucket: number;
  /** Of all buckets but the newest. */
  readonly #older = new Float64Array(FIELDS);

  constructor(options: SlidingSumOptions, restored?: SlidingSumState) {
    const { spanMs, paneMs, bucketsMax } = options;
    this.#options = options;
    this.#bucketMs = Math.max(paneMs, spanMs / bucketsMax);
    this.#size = Math.max(1, Math.round(spanMs / this.#bucketMs));
    this.spanMs = this.#size * this.#bucketMs;
    this.#buckets = new Float64Array(this.#size * FIELDS);
    if (restored) this.#buckets.set(restored.buckets);
    this.#bucket = restored?.bucket ?? 0;
    this.#sumOlder();
  }

  get state(): SlidingSumState {
    return { bucket: this.#bucket, buckets: [...this.#buckets] };
  }

  /** Time never goes back. Returns the sums with this observation. */
  add(timeMs: number, { observed, expected, panes, posts }: Sum): Sum {
    const bucket = Math.floor(timeMs / this.#bucketMs);
    if (bucket !== this.#bucket) this.#advance(bucket);
    const at = (bucket % this.#size) * FIELDS;
    return {
      observed: this.#grow(at, 0, observed),
      expected: this.#grow(at, 1, expected),
      panes: this.#grow(at, 2, panes),
      posts: this.#grow(at, 3, posts),
    };
  }

  /** The sums that `add` would return. */
  peek(timeMs: number, sum: Sum): Sum {
    return new SlidingSum(this.#options, this.state).add(timeMs, sum);
  }

  #grow(at: number, field: number, by: number): number {
    const newest = (this.#buckets[at + field] ?? 0) + by;
    this.#buckets[at + field] = newest;
    return (this.#older[field] ?? 0) + newest;
  }

  #advance(bucket: number): void {
    const steps = Math.min(bucket - this.#bucket, this.#size);
    for (let i = 0; i < steps; i++) {
      const at = ((bucket - i) % this.#size) * FIELDS;
      this.#buckets.fill(0, at, at + FIELDS);
    }
    this.#bucket = bucket;
    this.#sumOlder();
  }

  /** Added up anew at each bucket: subtracting what leaves would let rounding errors grow for years. */
  #sumOlder(): void {
    const newest = this.#bucket % this.#size;
    this.#older.fill(0);
    for (let slot = 0; slot < this.#size; slot++) {
      if (slot === newest) continue;
      for (let field = 0; field < FIELDS; field++)
        this.#older[field] = (this.#older[field] ?? 0) + (this.#buckets[slot * FIELDS + field] ?? 0);
    }
  }
}
