/** Word vectors as features: words of like meaning weigh alike, also those that no training text holds. */
import { entryHash, type Word } from '../model/words.ts';
import type { WordVectors } from './corpus.ts';

export interface VectorTable {
  readonly dimensions: number;
  /** Hash of the word of each row. */
  readonly keys: readonly number[];
  /** -1 when the word has none. */
  rowOf(word: Word): number;
  /** Adds the row to `sum`. */
  addRow(row: number, sum: Float32Array): void;
}

export function createVectorTable({ words, dimensions, values }: WordVectors): VectorTable {
  const keys = words.map(entryHash);
  const rows = new Map<number, number>();
  // Of words with the same compared form the more frequent one, which stands first.
  for (const [row, key] of keys.entries()) if (!rows.has(key)) rows.set(key, row);
  return {
    dimensions,
    keys,
    rowOf: ({ hash, stemHash, plainHash }) =>
      rows.get(hash) ?? rows.get(stemHash) ?? rows.get(plainHash) ?? -1,
    addRow(row, sum) {
      for (let at = 0; at < dimensions; at += 1)
        sum[at] = (sum[at] ?? 0) + (values[row * dimensions + at] ?? 0);
    },
  };
}
