/** 32-bit hashing of features: FNV-1a over UTF-16 units, then the finalizer of MurmurHash3 (Appleby), which spreads the low
 *  bits that choose a bucket. */
import { mix32 } from '../../random/mix32.ts';

/** Of `begin`, `extend` for each unit and `finish`. */
export function hashText(text: string, seed: number): number {
  let state = begin(seed);
  for (let at = 0; at < text.length; at += 1) state = extend(state, text.charCodeAt(at));
  return finish(state);
}

/** Seeds keep features of different kinds apart, but for few: a seed changes only the first step. */
export const begin = (seed: number): number => 0x811c9dc5 ^ seed;

export const extend = (state: number, unit: number): number => Math.imul(state ^ unit, 0x01000193);

export const finish = mix32;

/** A hash of two in order: `combine(a, b)` and `combine(b, a)` differ. */
export function combine(first: number, second: number): number {
  return finish(Math.imul(first, 0x9e3779b1) ^ (second + 0x7f4a7c15));
}
