/** What a teacher said of texts, as `scripts/make-teacher.mjs` packs it. */
import type { ClassShares, TaughtText } from '../../core/sentiment/train/corpus.ts';
import { packRows, readRows } from './taught-rows.ts';
import { trainingResource } from './word-vectors.ts';

/** What the teacher said of a text; undefined where it did not see it. */
export type Teacher = (text: { readonly text: string }) => ClassShares | undefined;

export async function readTeacher(file = trainingResource('taught-en.bin')): Promise<Teacher> {
  const said = await readRows(file, 2);
  return (text) => {
    const shares = said(text);
    if (shares === undefined) return undefined;
    const [negative = 0, positive = 0] = shares;
    return [negative, Math.max(0, 1 - negative - positive), positive];
  };
}

/** The bytes of a file of what was said of texts, each text once: the shares of negative and positive; neutral has the rest. */
export const packTaught = (taught: readonly TaughtText[]): Uint8Array =>
  packRows(taught.map((text) => [text, [text.shares[0], text.shares[2]]]));
