/** From 32-bit hashes to numbers, in arrays: nothing is allocated, and a hash that is not there costs a look at one bit, mostly. */
export class HashIndex {
  readonly #mask: number;
  /** Pairs of a hash, signed, and its number plus one; 0 where nothing is. At most half are used. */
  readonly #slots: Int32Array;
  /** A bit for each hash, and at most one in sixteen for those that are not there. */
  readonly #bits: Int32Array;
  readonly #bitsMask: number;

  /** `numbers[n]`, from 0 to 2^31 - 2, is that of `hashes[n]`; of equal hashes the last one's. */
  constructor(hashes: ArrayLike<number>, numbers?: ArrayLike<number>) {
    const slots = 2 ** Math.ceil(Math.log2(2 * hashes.length + 2));
    this.#mask = slots - 1;
    this.#slots = new Int32Array(2 * slots);
    this.#bits = new Int32Array(slots / 4 + 1);
    this.#bitsMask = Math.max(slots / 4, 1) - 1;
    for (let index = 0; index < hashes.length; index += 1) {
      const hash = (hashes[index] ?? 0) | 0;
      const slot = this.#slotOf(hash);
      this.#slots[slot] = hash;
      this.#slots[slot + 1] = (numbers?.[index] ?? index) + 1;
      const word = (hash >>> 5) & this.#bitsMask;
      this.#bits[word] = (this.#bits[word] ?? 0) | (1 << hash);
    }
  }

  /** -1 when it is not there. */
  get(hash: number): number {
    if (((this.#bits[(hash >>> 5) & this.#bitsMask] ?? 0) & (1 << hash)) === 0) return -1;
    return (this.#slots[this.#slotOf(hash | 0) + 1] ?? 0) - 1;
  }

  /** Where the hash is, or would be. */
  #slotOf(hash: number): number {
    const slots = this.#slots;
    let slot = hash & this.#mask;
    while (slots[2 * slot + 1] !== 0 && slots[2 * slot] !== hash) slot = (slot + 1) & this.#mask;
    return 2 * slot;
  }
}
