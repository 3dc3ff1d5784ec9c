/** Hashes of terms: pairs of 32 bits that are told apart by more than any table indexes by. */
import { mix32 } from '../random/mix32.ts';
import { hash53 } from '../window/distinct.ts';

/** Two hashes of one thing that share no bits. */
export interface Hash {
  readonly low: number;
  readonly high: number;
}

/** Of a text, or of what stands in it from `start` to `end`. */
export function hashOf(text: string, start = 0, end = text.length): Hash {
  const hash = hash53(text, start, end);
  // 21 bits above: spread over 32, since tables index by any of them.
  return { low: hash >>> 0, high: mix32(Math.floor(hash / 2 ** 32) ^ Math.imul(hash >>> 0, 0x9e3779b1)) };
}

/** Of an ordered pair: a phrase of its words, a term of its channel. */
export function combine(a: Hash, b: Hash): Hash {
  return {
    low: mix32(Math.imul(a.low, 0x01000193) ^ b.low),
    high: mix32(Math.imul(a.high ^ 0x27d4eb2f, 0x165667b1) + b.high),
  };
}

/** 53 bits as one number: what maps are keyed by. */
export function keyOf({ low, high }: Hash): number {
  return (high >>> 11) * 2 ** 32 + low;
}
