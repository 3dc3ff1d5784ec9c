/** What naive Bayes learns: in how many texts of each class a word stood. */
import { z } from 'zod';
import { FilterModelError } from './filter-error.ts';

/** Of relevant and of irrelevant texts. */
export type Pair = readonly [relevant: number, irrelevant: number];

export interface BayesCounts {
  readonly texts: Pair;
  readonly words: ReadonlyMap<string, Pair>;
}

const count = z.int().min(0);
const file = z.strictObject({
  texts: z.tuple([count.min(1), count.min(1)]),
  words: z.array(z.tuple([z.string(), count, count])),
});

/** In the order of the words, so that the same counts give the same bytes. */
export function encodeCounts({ texts, words }: BayesCounts): Uint8Array {
  const sorted = [...words].sort(([a], [b]) => (a < b ? -1 : 1)).map(([word, pair]) => [word, ...pair]);
  return new TextEncoder().encode(JSON.stringify({ texts, words: sorted }));
}

/** @throws an Error that names the place when the bytes are no counts. */
export function decodeCounts(bytes: Uint8Array, place: string): BayesCounts {
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new FilterModelError(`${place}/weights.bin: not JSON, as counts of words are kept`);
  }
  const parsed = file.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new FilterModelError(
      `${place}/weights.bin: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`,
    );
  }
  const words = parsed.data.words.map(([word, ...pair]): [string, Pair] => [word, pair]);
  return { texts: parsed.data.texts, words: new Map(words) };
}
