/** What marks are learned by: the words of a text, its #tags and @mentions, and its pairs of neighbouring words, hashed. */
import { combine, hashText } from '../../sentiment/model/hash.ts';
import { shareOf } from '../query.frequency.ts';
import { tokenize } from '../text-tokens.ts';

/** Buckets of the hash; two features of one bucket share a weight. */
export const BUCKETS = 8_192;
/** Words read of a text; what follows says little that they have not said. */
export const WORDS_MAX = 200;

/** Parallel arrays: bucket, and how much the feature counts. The squares of the values sum to 1, unless there is none. */
export interface MarkFeatures {
  readonly buckets: Uint16Array;
  readonly values: Float32Array;
}

const WORD_SEED = 1;
const MARK_SEED = 2;

/** How much a word tells: the logarithm of how rare it is, so that a mark moves what the text is about more than "the". */
const weightOf = (text: string) => -Math.log(shareOf({ kind: 'whole', text }));
/** A pair tells no more than the rarest word does. */
const PAIR_WEIGHT_MAX = -Math.log(0.0005);

/** In time linear in the text, of which `WORDS_MAX` words are read. The same text has the same features everywhere. */
export function markFeatures(text: string): MarkFeatures {
  const { words, marks } = tokenize(text);
  const read = Math.min(words.length, WORDS_MAX);
  const buckets = new Uint16Array(2 * read + marks.size);
  const values = new Float32Array(buckets.length);
  let size = 0;
  let squares = 0;
  const add = (hash: number, value: number) => {
    buckets[size] = hash % BUCKETS;
    values[size] = value;
    size += 1;
    squares += value * value;
  };
  let previousHash = 0;
  let previousWeight = 0;
  for (let at = 0; at < read; at += 1) {
    const word = words[at] ?? '';
    const hash = hashText(word, WORD_SEED);
    const weight = weightOf(word);
    add(hash, weight);
    if (at > 0) add(combine(previousHash, hash), Math.min(previousWeight + weight, PAIR_WEIGHT_MAX));
    const mark = marks.size === 0 ? undefined : marks.get(at);
    if (mark !== undefined) add(hashText(mark, MARK_SEED), PAIR_WEIGHT_MAX);
    previousHash = hash;
    previousWeight = weight;
  }
  const unit = squares === 0 ? 0 : 1 / Math.sqrt(squares);
  for (let at = 0; at < size; at += 1) values[at] = (values[at] ?? 0) * unit;
  return { buckets: buckets.subarray(0, size), values: values.subarray(0, size) };
}
