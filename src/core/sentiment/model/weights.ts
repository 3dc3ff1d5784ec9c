/** The file of a model's weights: sections of numbers one after the other, little-endian.
 *
 *  | section | type | holds |
 *  |---|---|---|
 *  | buckets | int16 × 3 × 2^bits | weight of each hashed feature for negative, neutral, positive; times `bucketScale` |
 *  | vector keys, vector weights | uint32 × n, int16 × 3 n | what a word adds by its meaning; times `vectorScale` |
 *  | phrase keys, phrase weights | uint32 × p, int16 × 3 p | what a pair or triple of words adds; times `phraseScale` |
 *  | lexicon keys, valences | uint32 × m, int8 × l m | valence of a word in each lexicon; times 1/25 |
 *  | dense, bias | float32 × 3 d, float32 × 3 | weight of each dense feature; the constant |
 */
import type { ModelManifest } from './manifest.ts';

/** Valences are kept to 0.04. */
const VALENCE_UNIT = 25;

export interface Weights {
  readonly bits: number;
  readonly buckets: Int16Array;
  readonly bucketScale: number;
  readonly vectorKeys: Uint32Array;
  readonly vectorWeights: Int16Array;
  readonly vectorScale: number;
  readonly phraseKeys: Uint32Array;
  readonly phraseWeights: Int16Array;
  readonly phraseScale: number;
  readonly lexicons: number;
  readonly lexiconKeys: Uint32Array;
  /** `lexicons` for each key. */
  readonly valences: Int8Array;
  /** Three for each dense feature. */
  readonly dense: Float32Array;
  readonly bias: Float32Array;
}

export const toValenceByte = (valence: number): number =>
  Math.max(-127, Math.min(127, Math.round(valence * VALENCE_UNIT)));

export const fromValenceByte = (byte: number): number => byte / VALENCE_UNIT;

/** Bytes that the sections of a manifest take. */
export function weightBytes({ shape }: ModelManifest): number {
  const { bits, vectors, phrases, lexicons, lexiconEntries, dense } = shape;
  return (1 << bits) * 6 + (vectors + phrases) * 10 + lexiconEntries * (4 + lexicons) + (dense * 3 + 3) * 4;
}

/** The manifest says how long each section is; `weightBytes` has been compared with the file. */
export function decodeWeights(bytes: Uint8Array, { shape }: ModelManifest): Weights {
  const { bits, vectors, phrases, lexicons, lexiconEntries, dense, bucketScale, vectorScale, phraseScale } =
    shape;
  let at = 0;
  const take = (length: number) => {
    // Copied, because a section need not be aligned in the file.
    const section = new Uint8Array(bytes.subarray(at, at + length));
    at += length;
    return section.buffer;
  };
  return {
    bits,
    bucketScale,
    vectorScale,
    phraseScale,
    lexicons,
    buckets: new Int16Array(take((1 << bits) * 6)),
    vectorKeys: new Uint32Array(take(vectors * 4)),
    vectorWeights: new Int16Array(take(vectors * 6)),
    phraseKeys: new Uint32Array(take(phrases * 4)),
    phraseWeights: new Int16Array(take(phrases * 6)),
    lexiconKeys: new Uint32Array(take(lexiconEntries * 4)),
    valences: new Int8Array(take(lexiconEntries * lexicons)),
    dense: new Float32Array(take(dense * 12)),
    bias: new Float32Array(take(12)),
  };
}

export function encodeWeights(weights: Weights): Uint8Array {
  const {
    buckets,
    vectorKeys,
    vectorWeights,
    phraseKeys,
    phraseWeights,
    lexiconKeys,
    valences,
    dense,
    bias,
  } = weights;
  const sections = [
    buckets,
    vectorKeys,
    vectorWeights,
    phraseKeys,
    phraseWeights,
    lexiconKeys,
    valences,
    dense,
    bias,
  ];
  const bytes = new Uint8Array(sections.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of sections) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}
