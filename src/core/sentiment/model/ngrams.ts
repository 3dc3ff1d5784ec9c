/** Sparse features: what a message holds of words, pairs and triples of words. Each is a 32-bit hash. */
import type { Analysis } from './analysis.ts';
import { combine, hashText } from './hash.ts';
import type { Word } from './words.ts';

const NEGATED = hashText('negated', 9);

/** The feature of a word under a negation. */
export const negatedHash = (wordHash: number): number => combine(NEGATED, wordHash);

/** The feature of a language's own copy of a feature. */
export const languageSeed = (language: string): number => hashText(language, 5);

/** Shows the pairs and triples of neighbouring tokens: hash, first token, last token. */
export function visitPhrases(
  { count, words }: Analysis<Word>,
  visit: (hash: number, first: number, last: number) => void,
): void {
  let [before, beforeIndex, further, furtherIndex] = [0, -1, 0, -1];
  for (let index = 0; index < count; index += 1) {
    const word = words[index];
    if (word?.joins !== true) continue;
    if (beforeIndex >= 0) {
      visit(combine(before, word.hash), beforeIndex, index);
      if (furtherIndex >= 0) visit(combine(combine(further, before), word.hash), furtherIndex, index);
    }
    [further, furtherIndex] = [before, beforeIndex];
    [before, beforeIndex] = [word.hash, index];
  }
}

/** A feature that every text of a model with language copies has: its copy is the constant of a language. */
export const CONSTANT = hashText('constant', 9);

/** Tokens of a text whose hashed features count in full. */
const TOKENS_FULL = 40;

/** What hashed features are multiplied with: a longer text counts as their mean, so that it is not surer for its length. */
export const damping = (tokens: number): number => Math.min(1, TOKENS_FULL / Math.max(tokens, 1));
