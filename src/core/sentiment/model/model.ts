/** A trained model: from its files to what it makes of a text. Additive in words, pairs, triples and dense features, so that
 *  what each added can be told exactly. */
import { describeIssues } from '../../config/issues.ts';
import type { ModelFiles } from '../model.port.ts';
import { createAnalyzer, SPELLINGS_MAX, type Analysis } from './analysis.ts';
import { denseSize, fillDense, styleOf, type ValuedWord } from './dense.ts';
import { combine } from './hash.ts';
import { modelManifest, type ModelManifest } from './manifest.ts';
import { CONSTANT, damping, languageSeed, negatedHash, phrasesOf } from './ngrams.ts';
import type { TokenKind } from './tokens.ts';
import { decodeWeights, fromValenceByte, weightBytes, type Weights } from './weights.ts';
import { describeWord, visitFeatures, type Word } from './words.ts';

/** Logits of negative, neutral and positive, or what a piece adds to them. */
export type Logits = Float64Array;
export const newLogits = (): Logits => new Float64Array(3);

/** A word and what it adds to the logits. */
export interface ModelWord extends ValuedWord {
  /** By its spelling. */
  readonly own: readonly number[];
  /** By its meaning, before division by the root of the number of such words; undefined for an unknown word. */
  readonly meaning: readonly number[] | undefined;
}

export interface Reading {
  readonly analysis: Analysis<ModelWord>;
  readonly dense: Float64Array;
  /** What hashed features are multiplied with in this text. */
  readonly damping: number;
  /** What a meaning is multiplied with in this text. */
  readonly meaningScale: number;
  /** After division by the temperature. */
  readonly logits: Logits;
}

export interface SentimentModel {
  readonly manifest: ModelManifest;
  readonly weights: Weights;
  /** The reading is valid until the next one. */
  read(text: string, language: string | undefined): Reading;
  /** What the model says before it has read anything. */
  constant(language: string | undefined): Logits;
  /** Adds to `sum` what the feature adds in a text of that language. */
  addFeature(hash: number, language: string | undefined, sum: Logits): void;
  /** The same for a pair or triple of words. */
  addPhrase(hash: number, language: string | undefined, sum: Logits): void;
}

class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code = 'MODEL_UNREADABLE';
}

/** @throws an Error that names the place when the files are damaged, or of another format than this Earshot reads. */
export function loadModel({
  place,
  manifest: raw,
  weights: bytes,
  weightsSha256,
}: ModelFiles): SentimentModel {
  const parsed = modelManifest.safeParse(raw);
  if (!parsed.success) {
    const [problem = 'not valid'] = describeIssues(parsed.error);
    throw new ModelError(`${place}/model.json: ${problem}`);
  }
  const manifest = parsed.data;
  const { sha256, shape } = manifest;
  if (weightsSha256 !== sha256) {
    throw new ModelError(
      `${place}/weights.bin: its SHA-256 is ${weightsSha256}, model.json says ${sha256}: the file is damaged or belongs ` +
        'to another model',
    );
  }
  const expected = weightBytes(manifest);
  if (bytes.length !== expected) {
    throw new ModelError(
      `${place}/weights.bin: holds ${bytes.length} bytes, by model.json it must be ${expected}`,
    );
  }
  const dense = denseSize(shape.lexicons);
  if (shape.dense !== dense) {
    throw new ModelError(
      `${place}/model.json: shape.dense is ${shape.dense}, for ${shape.lexicons} lexicons it must be ${dense}`,
    );
  }
  return createModel(manifest, decodeWeights(bytes, manifest));
}

/** A model of weights that fit the manifest. */
export function createModel(manifest: ModelManifest, weights: Weights): SentimentModel {
  return new LoadedModel(manifest, weights);
}

/** Languages that share the memory for spellings in equal parts. */
const LANGUAGES_SHARING_MAX = 8;

const SIEVE_MASK = 0xffff;

/** Index of each key. */
const positions = (keys: Uint32Array) => new Map(Array.from(keys, (key, index) => [key, index]));

class LoadedModel implements SentimentModel {
  readonly manifest: ModelManifest;
  readonly weights: Weights;
  readonly #mask: number;
  readonly #buckets: Int16Array;
  readonly #bucketScale: number;
  readonly #vectors: ReadonlyMap<number, number>;
  readonly #phrases: ReadonlyMap<number, number>;
  /** Not zero where a phrase may be: most pairs and triples are in no table, and asking the map costs ten times more. */
  readonly #sieve = new Uint8Array(SIEVE_MASK + 1);
  readonly #lexicon: ReadonlyMap<number, number>;
  readonly #dense: Float64Array;
  readonly #logits = newLogits();
  readonly #meanings = newLogits();
  /** By language. */
  readonly #constants = new Map<string | undefined, Logits>();
  /** By the seed of a language; one without for all languages that have no copies. */
  readonly #analyzers = new Map<number | undefined, (text: string) => Analysis<ModelWord>>();
  readonly #seeds: ReadonlyMap<string | undefined, number>;

  constructor(manifest: ModelManifest, weights: Weights) {
    this.manifest = manifest;
    this.weights = weights;
    this.#mask = (1 << weights.bits) - 1;
    this.#buckets = weights.buckets;
    this.#bucketScale = weights.bucketScale;
    this.#vectors = positions(weights.vectorKeys);
    this.#phrases = positions(weights.phraseKeys);
    for (const key of weights.phraseKeys) this.#sieve[key & SIEVE_MASK] = 1;
    this.#lexicon = positions(weights.lexiconKeys);
    this.#dense = new Float64Array(manifest.shape.dense);
    const copies = manifest.languageCopies ? manifest.languages : [];
    this.#seeds = new Map(copies.map((language) => [language, languageSeed(language)]));
  }

  read(text: string, language: string | undefined): Reading {
    const seed = this.#seeds.get(language);
    const analysis = this.#analyzer(language, seed)(text);
    const logits = this.#logits.fill(0);
    const meanings = this.#meanings.fill(0);
    const meaningScale = this.#addWords(analysis, seed, logits, meanings);
    this.#addPhrases(analysis, seed, logits);
    fillDense(analysis, this.weights.lexicons, this.#dense);
    const damp = damping(analysis.count);
    const constant = this.constant(language);
    const { temperature } = this.manifest;
    for (let label = 0; label < 3; label += 1)
      logits[label] = (logits[label] ?? 0) * damp + (constant[label] ?? 0);
    addTo(logits, meanings, meaningScale);
    this.#addDense(logits);
    for (let label = 0; label < 3; label += 1) logits[label] = (logits[label] ?? 0) / temperature;
    return { analysis, dense: this.#dense, damping: damp, meaningScale, logits };
  }

  #analyzer(language: string | undefined, seed: number | undefined): (text: string) => Analysis<ModelWord> {
    let analyze = this.#analyzers.get(seed);
    if (analyze === undefined) {
      const known = seed === undefined ? undefined : language;
      const spellingsMax = SPELLINGS_MAX / Math.min(this.#seeds.size + 1, LANGUAGES_SHARING_MAX);
      analyze = createAnalyzer((kind, spelling) => this.#describe(kind, spelling, known), spellingsMax);
      this.#analyzers.set(seed, analyze);
    }
    return analyze;
  }

  constant(language: string | undefined): Logits {
    const known = this.#seeds.has(language) ? language : undefined; // All others share one.
    let logits = this.#constants.get(known);
    if (logits === undefined) {
      logits = Float64Array.from(this.weights.bias);
      if (this.manifest.languageCopies) this.addFeature(CONSTANT, known, logits);
      this.#constants.set(known, logits);
    }
    return logits;
  }

  addFeature(hash: number, language: string | undefined, sum: Logits): void {
    this.#add(hash, this.#seeds.get(language), sum);
  }

  addPhrase(hash: number, language: string | undefined, sum: Logits): void {
    this.addFeature(hash, language, sum);
    this.#addTaught(hash, sum);
  }

  #addTaught(hash: number, sum: Logits): void {
    if (this.#sieve[hash & SIEVE_MASK] === 0) return;
    const entry = this.#phrases.get(hash);
    if (entry === undefined) return;
    const { phraseWeights, phraseScale } = this.weights;
    addTo(sum, phraseWeights.subarray(entry * 3, entry * 3 + 3), phraseScale);
  }

  #add(hash: number, seed: number | undefined, sum: Logits): void {
    this.#addBucket(hash & this.#mask, sum);
    if (seed !== undefined) this.#addBucket(combine(hash, seed) & this.#mask, sum);
  }

  /** Returns the scale of meanings. The sums are kept in variables: this runs for every word of every text. */
  #addWords(
    { count, words, negated }: Analysis<ModelWord>,
    seed: number | undefined,
    logits: Logits,
    meanings: Logits,
  ): number {
    let known = 0;
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let index = 0; index < count; index += 1) {
      const word = words[index];
      if (word === undefined) continue;
      const { own, meaning } = word;
      logits[0] = (logits[0] ?? 0) + (own[0] ?? 0);
      logits[1] = (logits[1] ?? 0) + (own[1] ?? 0);
      logits[2] = (logits[2] ?? 0) + (own[2] ?? 0);
      if (negated[index] === true) this.#add(negatedHash(word.hash), seed, logits);
      if (meaning === undefined) continue;
      low += meaning[0] ?? 0;
      middle += meaning[1] ?? 0;
      high += meaning[2] ?? 0;
      known += 1;
    }
    meanings[0] = low;
    meanings[1] = middle;
    meanings[2] = high;
    return known === 0 ? 0 : 1 / Math.sqrt(known);
  }

  #addPhrases(analysis: Analysis<ModelWord>, seed: number | undefined, logits: Logits): void {
    const { count, hashes } = phrasesOf(analysis);
    const sieve = this.#sieve;
    for (let index = 0; index < count; index += 1) {
      const hash = hashes[index] ?? 0;
      this.#add(hash, seed, logits);
      if (sieve[hash & SIEVE_MASK] !== 0) this.#addTaught(hash, logits);
    }
  }

  #addBucket(bucket: number, sum: Logits): void {
    const buckets = this.#buckets;
    const scale = this.#bucketScale;
    const at = bucket * 3;
    sum[0] = (sum[0] ?? 0) + (buckets[at] ?? 0) * scale;
    sum[1] = (sum[1] ?? 0) + (buckets[at + 1] ?? 0) * scale;
    sum[2] = (sum[2] ?? 0) + (buckets[at + 2] ?? 0) * scale;
  }

  #addDense(sum: Logits): void {
    const weights = this.weights.dense;
    for (let index = 0; index < this.#dense.length; index += 1) {
      const value = this.#dense[index] ?? 0;
      if (value === 0) continue;
      const at = index * 3;
      sum[0] = (sum[0] ?? 0) + (weights[at] ?? 0) * value;
      sum[1] = (sum[1] ?? 0) + (weights[at + 1] ?? 0) * value;
      sum[2] = (sum[2] ?? 0) + (weights[at + 2] ?? 0) * value;
    }
  }

  #describe(kind: TokenKind, spelling: string, language: string | undefined): ModelWord {
    const word = describeWord(kind, spelling, language);
    const own = newLogits();
    visitFeatures(kind, word, (hash) => {
      this.addFeature(hash, language, own);
    });
    // Named one by one: an object made by spreading is slower to read, and this is read for every token.
    return {
      hash: word.hash,
      form: word.form,
      plainHash: word.plainHash,
      stemHash: word.stemHash,
      isCaps: word.isCaps,
      isElongated: word.isElongated,
      isNegator: word.isNegator,
      isContrast: word.isContrast,
      endsClause: word.endsClause,
      joins: word.joins,
      boost: word.boost,
      style: styleOf(kind, word, spelling.length),
      valences: this.#valences(word),
      own: [own[0] ?? 0, own[1] ?? 0, own[2] ?? 0],
      meaning: kind === 'word' || kind === 'hashtag' ? this.#meaning(word) : undefined,
    };
  }

  #valences({ hash, plainHash }: Word): readonly number[] | undefined {
    const entry = this.#lexicon.get(hash) ?? this.#lexicon.get(plainHash);
    if (entry === undefined) return undefined;
    const { lexicons, valences } = this.weights;
    const found: number[] = [];
    for (let at = entry * lexicons; at < (entry + 1) * lexicons; at += 1)
      found.push(fromValenceByte(valences[at] ?? 0));
    return found;
  }

  #meaning({ hash, stemHash }: Word): readonly number[] | undefined {
    const entry = this.#vectors.get(hash) ?? this.#vectors.get(stemHash);
    if (entry === undefined) return undefined;
    const { vectorWeights, vectorScale } = this.weights;
    const at = entry * 3;
    return [
      (vectorWeights[at] ?? 0) * vectorScale,
      (vectorWeights[at + 1] ?? 0) * vectorScale,
      (vectorWeights[at + 2] ?? 0) * vectorScale,
    ];
  }
}

function addTo(sum: Logits, part: readonly number[] | Logits | Int16Array, factor: number): void {
  sum[0] = (sum[0] ?? 0) + (part[0] ?? 0) * factor;
  sum[1] = (sum[1] ?? 0) + (part[1] ?? 0) * factor;
  sum[2] = (sum[2] ?? 0) + (part[2] ?? 0) * factor;
}
