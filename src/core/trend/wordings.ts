/** How many of some texts are told in words of their own. `Copies` knows texts by their runs of words, and a word exchanged in
 *  a short text breaks most of its runs; here each is compared with each by its words, which is only worth it for the few
 *  that would found a trend. */
import { bareWords } from '../duplicates/shingles.ts';

/** Two texts that share this part of the words of both (Jaccard) are one wording. */
const SHARED_MIN = 0.5;

/** Wordings that no other before is like. */
export function wordingsOf(texts: Iterable<string>): number {
  const wordings: ReadonlySet<number>[] = [];
  for (const text of texts) {
    const words = new Set(bareWords(text).map(({ low }) => low));
    if (!wordings.some((known) => sharedShare(known, words) >= SHARED_MIN)) wordings.push(words);
  }
  return wordings.length;
}

function sharedShare(one: ReadonlySet<number>, other: ReadonlySet<number>): number {
  let shared = 0;
  for (const word of one) if (other.has(word)) shared += 1;
  return shared / Math.max(1, one.size + other.size - shared);
}
