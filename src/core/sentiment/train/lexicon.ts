/** Lexicons as features: the valence of a token in each. */
import { entryHash, moodHash, type Word } from '../model/words.ts';
import { fromValenceByte, toValenceByte } from '../model/weights.ts';
import type { ValenceList } from './corpus.ts';

export interface Lexicon {
  readonly lexicons: number;
  /** Ascending. */
  readonly keys: Uint32Array;
  /** `lexicons` for each key, quantized as the model keeps them. */
  readonly valences: Int8Array;
  valencesOf(word: Word): readonly number[] | undefined;
}

/** Digits are compared as `0`: what the entry `86` ("get rid of") says would be said of every number of two digits. */
const isNumber = (entry: string) => /\d/.test(entry) && !/\p{L}.*\p{L}/u.test(entry);

/** Entries of words, emoji and moods; phrases and hyphenated words are several tokens and are left out, as numbers are. */
export function createLexicon(lists: readonly ValenceList[]): Lexicon {
  const byHash = new Map<number, number[]>();
  for (const [lexicon, list] of lists.entries()) {
    for (const [entry, valence] of list) {
      const isMood = /^:[a-z]+$/.test(entry);
      if (!isMood && (/[\s-]/.test(entry) || isNumber(entry))) continue;
      const hash = isMood ? moodHash(entry.slice(1)) : entryHash(entry);
      const valences = byHash.get(hash) ?? lists.map(() => 0);
      byHash.set(hash, valences);
      valences[lexicon] = fromValenceByte(toValenceByte(valence));
    }
  }
  const sorted = [...byHash].sort(([a], [b]) => a - b);
  return {
    lexicons: lists.length,
    keys: Uint32Array.from(sorted, ([hash]) => hash),
    valences: Int8Array.from(sorted.flatMap(([, valences]) => valences.map(toValenceByte))),
    valencesOf: ({ hash, plainHash }) => byHash.get(hash) ?? byHash.get(plainHash),
  };
}
