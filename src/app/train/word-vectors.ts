/** Word vectors as `scripts/make-training-resources.mjs` packs them. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { WordVectors } from '../../core/sentiment/train/corpus.ts';
import { DatasetError } from '../datasets/dataset-error.ts';

/** A file of `models/training` of this package: three levels up from here, in `src` as in `dist`. */
export const trainingResource = (name: string): string =>
  fileURLToPath(new URL(`../../../models/training/${name}`, import.meta.url));

export const noVectors: WordVectors = { words: [], dimensions: 0, values: new Float32Array(0) };

const DIMENSIONS = 100;

/** English. One line a word; the scale of each dimension, then a byte for each number. */
export async function readVectors(): Promise<WordVectors> {
  const words = (await readFile(trainingResource('vectors-en.txt'), 'utf8')).trimEnd().split('\n');
  const file = trainingResource('vectors-en.bin');
  const bytes = await readFile(file);
  const expected = DIMENSIONS * 4 + words.length * DIMENSIONS;
  if (bytes.length !== expected) {
    throw new DatasetError(
      `${file}: holds ${bytes.length} bytes; for ${words.length} words it must be ${expected}`,
    );
  }
  const scales = Array.from({ length: DIMENSIONS }, (_, at) => bytes.readFloatLE(at * 4));
  const values = Float32Array.from(
    { length: words.length * DIMENSIONS },
    (_, at) => bytes.readInt8(DIMENSIONS * 4 + at) * (scales[at % DIMENSIONS] ?? 0),
  );
  return { words, dimensions: DIMENSIONS, values };
}
