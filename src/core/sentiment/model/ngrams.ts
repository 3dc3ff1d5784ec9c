/** Sparse features: what a message holds of words, pairs and triples of words. Each is a 32-bit hash. */
import { ENGINE_LIMITS } from '../engine-limits.ts';
import type { Scan } from './analysis.ts';
import { combine, hashText } from './hash.ts';
import { JOINS } from './traits.ts';

const NEGATED = hashText('negated', 9);

/** The feature of a word under a negation. */
export const negatedHash = (wordHash: number): number => combine(NEGATED, wordHash);

/** The feature of a language's own copy of a feature. */
export const languageSeed = (language: string): number => hashText(language, 5);

/** The pairs and triples of neighbouring tokens of the text in hand: hash, first token, last token. */
export interface Phrases {
  count: number;
  readonly hashes: Uint32Array;
  readonly firsts: Uint16Array;
  readonly lasts: Uint16Array;
}

const PHRASES_MAX = 2 * ENGINE_LIMITS.textCharsMax;
/** One for all texts. */
const phrases: Phrases = {
  count: 0,
  hashes: new Uint32Array(PHRASES_MAX),
  firsts: new Uint16Array(PHRASES_MAX),
  lasts: new Uint16Array(PHRASES_MAX),
};

/** Valid until the next text. Lists, not a visitor: this runs twice for every word of every text. */
export function phrasesOf({ count, hashes: wordHashes, traits }: Scan): Phrases {
  const { hashes, firsts, lasts } = phrases;
  let found = 0;
  let before = 0;
  let beforeIndex = -1;
  let further = 0;
  let furtherIndex = -1;
  for (let index = 0; index < count; index += 1) {
    if (((traits[index] ?? 0) & JOINS) === 0) continue;
    const hash = wordHashes[index] ?? 0;
    if (beforeIndex >= 0) {
      hashes[found] = combine(before, hash);
      firsts[found] = beforeIndex;
      lasts[found] = index;
      found += 1;
      if (furtherIndex >= 0) {
        hashes[found] = combine(combine(further, before), hash);
        firsts[found] = furtherIndex;
        lasts[found] = index;
        found += 1;
      }
    }
    further = before;
    furtherIndex = beforeIndex;
    before = hash;
    beforeIndex = index;
  }
  phrases.count = found;
  return phrases;
}

/** Shows the pairs and triples of neighbouring tokens: hash, first token, last token. */
export function visitPhrases(scan: Scan, visit: (hash: number, first: number, last: number) => void): void {
  const { count, hashes, firsts, lasts } = phrasesOf(scan);
  for (let index = 0; index < count; index += 1)
    visit(hashes[index] ?? 0, firsts[index] ?? 0, lasts[index] ?? 0);
}

/** A feature that every text of a model with language copies has: its copy is the constant of a language. */
export const CONSTANT = hashText('constant', 9);

/** Tokens of a text whose hashed features count in full. */
const TOKENS_FULL = 40;

/** What hashed features are multiplied with: a longer text counts as their mean, so that it is not surer for its length. */
export const damping = (tokens: number): number => Math.min(1, TOKENS_FULL / Math.max(tokens, 1));
