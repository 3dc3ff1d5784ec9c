/** Words of like meaning weigh alike, also those that no training text holds: a part of each word's weight is a linear function
 *  of its vector. The part is added to the word's own bucket, so that a filter knows nothing of vectors. */
import { entryHash } from '../../../sentiment/model/words.ts';
import type { WordVectors } from '../../../sentiment/train/corpus.ts';

/** The columns of a training table that have a vector. */
export interface SharedColumns {
  readonly dimensions: number;
  readonly columns: Uint32Array;
  /** Their vectors, one after the other. */
  readonly vectors: Float64Array;
}

export interface SharedWeights {
  /** `bucketOf`: the bucket of each column, ascending. */
  among(bucketOf: Uint32Array): SharedColumns;
  /** Adds to each word's bucket what follows from its vector. `direction`: a number for each dimension. */
  addTo(weights: Float32Array, direction: Float64Array): void;
}

/** Of words that share a bucket the first, which is the most frequent. Vectors are scaled to a mean square length of 1. */
export function createSharedWeights({ words, dimensions, values }: WordVectors, bits: number): SharedWeights {
  const mask = (1 << bits) - 1;
  const rows = new Map<number, number>();
  for (const [row, word] of words.entries()) {
    const bucket = entryHash(word) & mask;
    if (!rows.has(bucket)) rows.set(bucket, row);
  }
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  const scale = 1 / Math.sqrt(squares / Math.max(1, words.length) || 1);
  const valueAt = (row: number, dimension: number) => (values[row * dimensions + dimension] ?? 0) * scale;
  return {
    among(bucketOf) {
      const columns = Uint32Array.from(bucketOf.keys()).filter((column) => rows.has(bucketOf[column] ?? 0));
      const vectors = new Float64Array(columns.length * dimensions);
      for (const [index, column] of columns.entries()) {
        const row = rows.get(bucketOf[column] ?? 0) ?? 0;
        for (let at = 0; at < dimensions; at += 1) vectors[index * dimensions + at] = valueAt(row, at);
      }
      return { dimensions, columns, vectors };
    },
    addTo(weights, direction) {
      for (const [bucket, row] of rows) {
        let sum = 0;
        for (let at = 0; at < dimensions; at += 1) sum += valueAt(row, at) * (direction[at] ?? 0);
        weights[bucket] = (weights[bucket] ?? 0) + sum;
      }
    },
  };
}

/** Adds to the columns' weights what follows from their vectors; gives what the direction costs. */
export function addShared(
  weights: Float64Array,
  { dimensions, columns, vectors }: SharedColumns,
  direction: Float64Array,
  ridge: number,
): number {
  for (let index = 0; index < columns.length; index += 1) {
    const from = index * dimensions;
    let sum = 0;
    for (let at = 0; at < dimensions; at += 1) sum += (vectors[from + at] ?? 0) * (direction[at] ?? 0);
    const column = columns[index] ?? 0;
    weights[column] = (weights[column] ?? 0) + sum;
  }
  return (ridge / 2) * direction.reduce((sum, value) => sum + value * value, 0);
}

/** The slope of the loss along each dimension, from that along each column. */
export function shareGradient(
  gradient: Float64Array,
  { dimensions, columns, vectors, ridge }: SharedColumns & { readonly ridge: number },
  direction: Float64Array,
  slope: Float64Array,
): void {
  for (let at = 0; at < dimensions; at += 1) slope[at] = ridge * (direction[at] ?? 0);
  for (let index = 0; index < columns.length; index += 1) {
    const from = index * dimensions;
    const own = gradient[columns[index] ?? 0] ?? 0;
    for (let at = 0; at < dimensions; at += 1) slope[at] = (slope[at] ?? 0) + own * (vectors[from + at] ?? 0);
  }
}
