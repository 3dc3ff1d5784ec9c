/** How many different values: exact up to 256, then HyperLogLog. The result depends on the set of values alone, not on
 *  their order or on how partial counters were merged. */

/** More values than this are estimated. */
export const EXACT_VALUES_MAX = 256;

const INDEX_BITS = 12;
/** Standard error 1.04 / sqrt(4096) = 1.6%. */
const REGISTERS = 1 << INDEX_BITS;
/** A hash has 53 bits; what the index leaves decides the rank, 1 to RANK_BITS + 1. */
const RANK_BITS = 53 - INDEX_BITS;
const HIGH_BITS = 21;
/** Registers travel as one character each, from '0' on: 0 to 42 never meets a quote or a backslash. */
const FIRST_CHAR = 48;

/** Not a hash: `hash53` never gives it. */
const NO_HASH = 0;
const NO_RANKS = new Uint16Array(0);

/** The exact hashes, or the registers as text. */
export type DistinctState = readonly number[] | string;

/** Of a text, or of what stands in it from `start` to `end`. 53 bits of two 32-bit hashes whose rounds share neither constants
 *  nor rotations: were the second a function of the first, index and rank would share bits. Rounds and finalizers as in
 *  MurmurHash3 (Appleby, public domain), a UTF-16 unit at a time. */
export function hash53(text: string, start = 0, end = text.length): number {
  let low = 0x9747b28c;
  let high = 0x3c6ef372;
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at);
    low ^= Math.imul(unit, 0xcc9e2d51);
    low = Math.imul((low << 13) | (low >>> 19), 0x1b873593) + 0x64;
    high ^= Math.imul(unit, 0x239b961b);
    high = Math.imul((high << 17) | (high >>> 15), 0x38b34ae5) + 0x5603;
  }
  low ^= end - start;
  high ^= end - start;
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b);
  low = Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low ^= low >>> 16;
  high = Math.imul(high ^ (high >>> 15), 0x2c1b3c6d);
  high = Math.imul(high ^ (high >>> 12), 0x297a2d39);
  high ^= high >>> 15;
  return (high >>> (32 - HIGH_BITS)) * 2 ** 32 + (low >>> 0) || 1;
}

export class DistinctCounter {
  /** Either the hashes or, beyond EXACT_VALUES_MAX of them, the registers. */
  #exact: HashSet | undefined = new HashSet();
  #registers: Uint8Array | undefined;
  /** How many registers hold each rank: the estimate needs no more. */
  #ranks = NO_RANKS;
  #estimate: number | undefined;

  /** Takes a `hash53`. */
  add(hash: number): void {
    if (!this.#exact) return this.#raise(indexOf(hash), rankOf(hash));
    this.#exact.add(hash);
    if (this.#exact.size > EXACT_VALUES_MAX) this.#toRegisters();
  }

  merge(other: DistinctCounter): void {
    if (other.#exact) {
      other.#exact.forEach((hash) => this.add(hash));
      return;
    }
    if (this.#exact) this.#toRegisters();
    for (let index = 0; index < REGISTERS; index++) this.#raise(index, other.#registers?.[index] ?? 0);
  }

  get count(): number {
    if (this.#exact) return this.#exact.size;
    this.#estimate ??= Math.round(estimate(this.#ranks));
    return this.#estimate;
  }

  toState(): DistinctState {
    if (this.#exact) return this.#exact.toArray();
    return String.fromCharCode(...(this.#registers ?? []).map((rank) => rank + FIRST_CHAR));
  }

  static fromState(state: DistinctState): DistinctCounter {
    const counter = new DistinctCounter();
    if (typeof state !== 'string') {
      for (const hash of state) counter.add(hash);
      return counter;
    }
    counter.#toRegisters();
    for (let index = 0; index < REGISTERS; index++) {
      const rank = state.charCodeAt(index) - FIRST_CHAR;
      if (rank > 0) counter.#raise(index, Math.min(rank, RANK_BITS + 1));
    }
    return counter;
  }

  #toRegisters(): void {
    const hashes = this.#exact;
    this.#exact = undefined;
    this.#registers = new Uint8Array(REGISTERS);
    this.#ranks = new Uint16Array(RANK_BITS + 2);
    this.#ranks[0] = REGISTERS;
    hashes?.forEach((hash) => this.#raise(indexOf(hash), rankOf(hash)));
  }

  #raise(index: number, rank: number): void {
    const before = this.#registers?.[index] ?? 0;
    if (!this.#registers || rank <= before) return;
    this.#registers[index] = rank;
    this.#ranks[before] = (this.#ranks[before] ?? 0) - 1;
    this.#ranks[rank] = (this.#ranks[rank] ?? 0) + 1;
    this.#estimate = undefined;
  }
}

/** A set of hashes by open addressing: views are summed anew from thousands of panes. */
class HashSet {
  size = 0;
  /** Empty slots hold NO_HASH; at least half of them are empty. */
  #slots = new Float64Array(8);

  add(hash: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = indexOf(hash) & mask;
    while (slots[at] !== NO_HASH) {
      if (slots[at] === hash) return;
      at = (at + 1) & mask;
    }
    slots[at] = hash;
    this.size += 1;
    if (this.size * 2 > slots.length) this.#grow();
  }

  forEach(visit: (hash: number) => void): void {
    for (const hash of this.#slots) if (hash !== NO_HASH) visit(hash);
  }

  /** Sorted: slots tell the order in which they were filled. */
  toArray(): number[] {
    return [...this.#slots.filter((hash) => hash !== NO_HASH).sort()];
  }

  #grow(): void {
    const hashes = this.#slots;
    this.#slots = new Float64Array(hashes.length * 4);
    this.size = 0;
    for (const hash of hashes) if (hash !== NO_HASH) this.add(hash);
  }
}

function indexOf(hash: number): number {
  return (hash >>> 0) & (REGISTERS - 1);
}

/** Leading zeros of the 41 bits above the index, plus one. */
function rankOf(hash: number): number {
  const high = Math.floor(hash / 2 ** 32);
  if (high !== 0) return Math.clz32(high) - (32 - HIGH_BITS) + 1;
  return HIGH_BITS + Math.clz32((hash >>> 0) >>> INDEX_BITS) - INDEX_BITS + 1;
}

/** The improved raw estimator: unbiased over the whole range, with no empirical constants.
 *  Ertl, New cardinality estimation algorithms for HyperLogLog sketches (2017), algorithm 6. */
function estimate(ranks: Uint16Array): number {
  let z = REGISTERS * tau(1 - (ranks[RANK_BITS + 1] ?? 0) / REGISTERS);
  for (let rank = RANK_BITS; rank >= 1; rank--) z = 0.5 * (z + (ranks[rank] ?? 0));
  z += REGISTERS * sigma((ranks[0] ?? 0) / REGISTERS);
  return (0.5 / Math.LN2) * REGISTERS * (REGISTERS / z);
}

function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let z = x;
  let before: number;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (z !== before);
  return z;
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - x;
  let before: number;
  do {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  } while (z !== before);
  return z / 3;
}
