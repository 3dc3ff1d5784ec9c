/** Hashes of what a message counted, and what became of each: three words a mark, many messages in one array, because an array
 *  for each would cost more than counting it. */
import { decodeBytes, encodeBytes } from '../window/base64.ts';
import type { Hash } from './hash.ts';

/** Low and high of the hash, and whether it is held. */
const WORDS = 3;
/** An array is freed when none of its messages is known any more; they are forgotten in the order in which they came. */
const CHUNK_WORDS = 65_536;

export class Marks {
  readonly size: number;
  readonly #words: Uint32Array;
  readonly #from: number;

  constructor(words: Uint32Array, from: number, size: number) {
    this.#words = words;
    this.#from = from;
    this.size = size;
  }

  /** `isHeld`: this message counts it, or was the first to show it. */
  set(at: number, { low, high }: Hash, isHeld: boolean): void {
    const word = this.#from + WORDS * at;
    this.#words[word] = low;
    this.#words[word + 1] = high;
    this.#words[word + 2] = isHeld ? 1 : 0;
  }

  hold(at: number, isHeld: boolean): void {
    this.#words[this.#from + WORDS * at + 2] = isHeld ? 1 : 0;
  }

  isHeld(at: number): boolean {
    return this.#words[this.#from + WORDS * at + 2] === 1;
  }

  hash(at: number): Hash {
    const word = this.#from + WORDS * at;
    return { low: this.#words[word] ?? 0, high: this.#words[word + 1] ?? 0 };
  }

  /** -1 when it is not there. */
  find({ low, high }: Hash): number {
    const words = this.#words;
    for (let at = 0, word = this.#from; at < this.size; at++, word += WORDS)
      if (words[word] === low && words[word + 1] === high) return at;
    return -1;
  }

  copyTo(words: Uint32Array, at: number): void {
    words.set(this.#words.subarray(this.#from, this.#from + WORDS * this.size), at);
  }
}

export class MarksPool {
  #words = new Uint32Array(CHUNK_WORDS);
  #used = 0;

  /** None set yet. */
  open(size: number): Marks {
    if (this.#used + WORDS * size > this.#words.length) {
      this.#words = new Uint32Array(Math.max(CHUNK_WORDS, WORDS * size));
      this.#used = 0;
    }
    const marks = new Marks(this.#words, this.#used, size);
    this.#used += WORDS * size;
    return marks;
  }
}

/** One after the other. */
export function packMarks(all: readonly Marks[]): string {
  const words = new Uint32Array(WORDS * all.reduce((sum, { size }) => sum + size, 0));
  let used = 0;
  for (const marks of all) {
    marks.copyTo(words, used);
    used += WORDS * marks.size;
  }
  return encodeBytes(new Uint8Array(words.buffer));
}

/** Throws a `RangeError` when these are not their sizes. */
export function unpackMarks(text: string, sizes: readonly number[]): Marks[] {
  const words = new Uint32Array(WORDS * sizes.reduce((sum, size) => sum + size, 0));
  decodeBytes(text, new Uint8Array(words.buffer));
  let used = 0;
  return sizes.map((size) => {
    const marks = new Marks(words, used, size);
    used += WORDS * size;
    return marks;
  });
}
