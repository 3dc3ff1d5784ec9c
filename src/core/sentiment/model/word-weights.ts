/** What words add to the logits, reckoned when a spelling is met. */
import type { Vocabulary } from './analysis.ts';
import type { HashIndex } from '../../random/hash-index.ts';
import { combine } from './hash.ts';
import { ENTRY, FLOATS, INTS, MEANING, OWN, type Records } from './records.ts';
import type { TokenKind } from './tokens.ts';
import { KNOWN, VALUED } from './traits.ts';
import { fromValenceByte, type Weights } from './weights.ts';
import { featuresOf } from './word-features.ts';
import type { Sense } from './words.ts';

export interface WordWeightsOptions {
  readonly weights: Weights;
  /** Of words with a meaning, and of words in lexicons, by hash. */
  readonly vectors: HashIndex;
  readonly lexicon: HashIndex;
  /** Of the texts, where the model has copies for it, and the seed of those copies. */
  readonly language: string | undefined;
  readonly seed: number | undefined;
}

export class WordWeights implements Vocabulary {
  readonly language: string | undefined;
  readonly forSentiment = true;
  readonly #options: WordWeightsOptions;

  constructor(options: WordWeightsOptions) {
    this.#options = options;
    this.language = options.language;
  }

  valence({ ints }: Records, id: number, lexicon: number): number {
    const { lexicons, valences } = this.#options.weights;
    const entry = ints[id * INTS + ENTRY] ?? -1;
    return entry < 0 ? 0 : fromValenceByte(valences[entry * lexicons + lexicon] ?? 0);
  }

  learn(
    { floats, ints }: Records,
    id: number,
    kind: TokenKind,
    _start: number,
    _end: number,
    sense: Sense,
    formLength: number,
  ): number {
    const { hash, plainHash, stemHash } = sense;
    const { lexicon, vectors } = this.#options;
    this.#setOwn(floats, id, kind, hash, formLength);
    let entry = lexicon.get(hash);
    if (entry < 0) entry = lexicon.get(plainHash);
    ints[id * INTS + ENTRY] = entry;
    let row = -1;
    if (kind === 'word' || kind === 'hashtag') {
      row = vectors.get(hash);
      if (row < 0) row = vectors.get(stemHash);
      if (row < 0) row = vectors.get(plainHash);
    }
    if (row >= 0) this.#setMeaning(floats, id, row);
    return (entry < 0 ? 0 : VALUED) | (row < 0 ? 0 : KNOWN);
  }

  #setOwn(floats: Float64Array, id: number, kind: TokenKind, hash: number, formLength: number): void {
    const { weights, seed } = this.#options;
    const { buckets, bucketScale: scale } = weights;
    const mask = (1 << weights.bits) - 1;
    const { count, hashes } = featuresOf(kind, hash, formLength);
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let index = 0; index < count; index += 1) {
      const feature = hashes[index] ?? 0;
      const bucket = (feature & mask) * 3;
      low += (buckets[bucket] ?? 0) * scale;
      middle += (buckets[bucket + 1] ?? 0) * scale;
      high += (buckets[bucket + 2] ?? 0) * scale;
      if (seed === undefined) continue;
      const copy = (combine(feature, seed) & mask) * 3;
      low += (buckets[copy] ?? 0) * scale;
      middle += (buckets[copy + 1] ?? 0) * scale;
      high += (buckets[copy + 2] ?? 0) * scale;
    }
    const at = id * FLOATS + OWN;
    floats[at] = low;
    floats[at + 1] = middle;
    floats[at + 2] = high;
  }

  #setMeaning(floats: Float64Array, id: number, row: number): void {
    const { vectorWeights, vectorScale } = this.#options.weights;
    const at = id * FLOATS + MEANING;
    floats[at] = (vectorWeights[row * 3] ?? 0) * vectorScale;
    floats[at + 1] = (vectorWeights[row * 3 + 1] ?? 0) * vectorScale;
    floats[at + 2] = (vectorWeights[row * 3 + 2] ?? 0) * vectorScale;
  }
}
