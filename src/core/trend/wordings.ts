/** How many of some texts are told in words of their own. `Copies` knows texts by their runs of words, and a word exchanged in
 *  a short text breaks most of its runs; here each is compared with each by its words, which is only worth it for the few
 *  that would found a trend. */
import { bareWords } from '../duplicates/shingles.ts';

/** Two texts that share this part of the words of both (Jaccard) are one wording. */
const SHARED_MIN = 0.5;

/** Of posts that are asked about again and again: a term that a flood writes is measured at each of its posts. */
const wordsOfPost = new WeakMap<{ readonly text: string }, ReadonlySet<number>>();

/** Wordings that no other before is like. The words of a post are found once, as long as it is kept. */
export function wordingsOf(posts: Iterable<{ readonly text: string }>): number {
  const wordings: ReadonlySet<number>[] = [];
  for (const post of posts) {
    const words = wordsOf(post);
    if (!wordings.some((known) => sharedShare(known, words) >= SHARED_MIN)) wordings.push(words);
  }
  return wordings.length;
}

function wordsOf(post: { readonly text: string }): ReadonlySet<number> {
  let words = wordsOfPost.get(post);
  if (!words) {
    words = new Set(bareWords(post.text).map(({ low }) => low));
    wordsOfPost.set(post, words);
  }
  return words;
}

function sharedShare(one: ReadonlySet<number>, other: ReadonlySet<number>): number {
  let shared = 0;
  for (const word of one) if (other.has(word)) shared += 1;
  return shared / Math.max(1, one.size + other.size - shared);
}
