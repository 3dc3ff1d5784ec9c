/** Which texts are held out together. */
import { hashText } from '../../../sentiment/model/hash.ts';
import type { RelevanceText } from './corpus.ts';

const FOLD_SEED = 41;

/** A fold in [0, folds) for each text. Groups stay whole, and so do texts that differ only in marks, case and digits: a copy
 *  in training would tell the answer. */
export function foldsOf(texts: readonly RelevanceText[], folds: number, seed: number): Uint8Array {
  return Uint8Array.from(
    texts,
    ({ text, group }) => (hashText(group ?? identityOf(text), FOLD_SEED + seed) >>> 0) % folds,
  );
}

const identityOf = (text: string) => text.toLowerCase().replace(/[^\p{L}]/gu, '') || text;
