/** A trained model: from its files to what it makes of a text. Additive in words, pairs, triples and dense features, so that
 *  what each added can be told exactly. */
import { describeIssues } from '../../config/issues.ts';
import type { ModelFiles } from '../model.port.ts';
import { Analyzer, SPELLINGS_MAX, type Scan } from './analysis.ts';
import { weighDegrees } from './degrees.ts';
import { denseSize, fillDense } from './dense.ts';
import { weighEmphasis } from './emphasis.ts';
import { combine } from './hash.ts';
import { modelManifest, type ModelManifest } from './manifest.ts';
import { CONSTANT, damping, languageSeed, negatedHash, phrasesOf } from './ngrams.ts';
import { FLOATS, type Records } from './records.ts';
import { KNOWN } from './traits.ts';
import { decodeWeights, weightBytes, type Weights } from './weights.ts';
import { WordWeights } from './word-weights.ts';
import { HashIndex } from '../../random/hash-index.ts';

/** Logits of negative, neutral and positive, or what a piece adds to them. */
export type Logits = Float64Array;
export const newLogits = (): Logits => new Float64Array(3);

export interface Reading {
  readonly scan: Scan;
  /** Of its words, by `scan.ids`. */
  readonly records: Records;
  readonly dense: Float64Array;
  /** What hashed features are multiplied with in this text. */
  readonly damping: number;
  /** What a meaning is multiplied with in this text. */
  readonly meaningScale: number;
  /** The part of what emphasis adds to the margin that counts, in [0, 1]. */
  readonly emphasisShare: number;
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

class LoadedModel implements SentimentModel {
  readonly manifest: ModelManifest;
  readonly weights: Weights;
  readonly #mask: number;
  readonly #phrases: HashIndex;
  readonly #vectors: HashIndex;
  readonly #lexicon: HashIndex;
  readonly #dense: Float64Array;
  readonly #logits = newLogits();
  readonly #meanings = newLogits();
  /** By language. */
  readonly #constants = new Map<string | undefined, Logits>();
  /** By the seed of a language; one without for all languages that have no copies. */
  readonly #analyzers = new Map<number | undefined, Analyzer>();
  readonly #seeds: ReadonlyMap<string | undefined, number>;
  /** Of the last text: most are in the language of the one before. */
  #language: string | undefined;
  #seed: number | undefined;
  #analyzer: Analyzer | undefined;
  #constant = newLogits();

  constructor(manifest: ModelManifest, weights: Weights) {
    this.manifest = manifest;
    this.weights = weights;
    this.#mask = (1 << weights.bits) - 1;
    this.#phrases = new HashIndex(weights.phraseKeys);
    this.#vectors = new HashIndex(weights.vectorKeys);
    this.#lexicon = new HashIndex(weights.lexiconKeys);
    this.#dense = new Float64Array(manifest.shape.dense);
    const copies = manifest.languageCopies ? manifest.languages : [];
    this.#seeds = new Map(copies.map((language) => [language, languageSeed(language)]));
  }

  read(text: string, language: string | undefined): Reading {
    if (language !== this.#language || this.#analyzer === undefined) {
      this.#language = language;
      this.#seed = this.#seeds.get(language);
      this.#analyzer = this.#analyzerOf(language, this.#seed);
      this.#constant = this.constant(language);
    }
    const seed = this.#seed;
    const analyzer = this.#analyzer;
    const { records } = analyzer;
    const scan = analyzer.read(text);
    const logits = this.#logits;
    const meanings = this.#meanings;
    const meaningScale = this.#addWords(scan, records, seed, logits, meanings);
    this.#addPhrases(scan, seed, logits);
    fillDense(scan, this.weights.lexicons, this.#dense);
    const damp = damping(scan.count);
    const constant = this.#constant;
    const { temperature } = this.manifest;
    for (let label = 0; label < 3; label += 1)
      logits[label] = (logits[label] ?? 0) * damp + (constant[label] ?? 0);
    addTo(logits, meanings, 0, meaningScale);
    this.#addDense(logits);
    const { lexicons } = this.weights;
    const summed = { scan, records, dense: this.#dense, lexicons, damping: damp, meaningScale };
    const emphasisShare = weighEmphasis(summed, this.weights.dense, logits);
    weighDegrees(summed, logits);
    for (let label = 0; label < 3; label += 1) logits[label] = (logits[label] ?? 0) / temperature;
    return { scan, records, dense: this.#dense, damping: damp, meaningScale, emphasisShare, logits };
  }

  #analyzerOf(language: string | undefined, seed: number | undefined): Analyzer {
    let analyzer = this.#analyzers.get(seed);
    if (analyzer === undefined) {
      const words = new WordWeights({
        weights: this.weights,
        vectors: this.#vectors,
        lexicon: this.#lexicon,
        language: seed === undefined ? undefined : language,
        seed,
      });
      analyzer = new Analyzer(words, SPELLINGS_MAX / Math.min(this.#seeds.size + 1, LANGUAGES_SHARING_MAX));
      this.#analyzers.set(seed, analyzer);
    }
    return analyzer;
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
    const { buckets, bucketScale } = this.weights;
    const seed = this.#seeds.get(language);
    addTo(sum, buckets, (hash & this.#mask) * 3, bucketScale);
    if (seed !== undefined) addTo(sum, buckets, (combine(hash, seed) & this.#mask) * 3, bucketScale);
  }

  addPhrase(hash: number, language: string | undefined, sum: Logits): void {
    this.addFeature(hash, language, sum);
    const entry = this.#phrases.get(hash);
    if (entry >= 0) addTo(sum, this.weights.phraseWeights, entry * 3, this.weights.phraseScale);
  }

  /** Returns the scale of meanings. The sums are kept in variables: this runs for every word of every text. */
  #addWords(
    { count, ids, hashes, traits, negated }: Scan,
    { floats }: Records,
    seed: number | undefined,
    logits: Logits,
    meanings: Logits,
  ): number {
    const { buckets, bucketScale: scale } = this.weights;
    const mask = this.#mask;
    let low = 0;
    let middle = 0;
    let high = 0;
    let lowMeant = 0;
    let middleMeant = 0;
    let highMeant = 0;
    let known = 0;
    for (let index = 0; index < count; index += 1) {
      const at = (ids[index] ?? 0) * FLOATS;
      low += floats[at] ?? 0;
      middle += floats[at + 1] ?? 0;
      high += floats[at + 2] ?? 0;
      if (negated[index] === 1) {
        const hash = negatedHash(hashes[index] ?? 0);
        const bucket = (hash & mask) * 3;
        low += (buckets[bucket] ?? 0) * scale;
        middle += (buckets[bucket + 1] ?? 0) * scale;
        high += (buckets[bucket + 2] ?? 0) * scale;
        if (seed !== undefined) {
          const copy = (combine(hash, seed) & mask) * 3;
          low += (buckets[copy] ?? 0) * scale;
          middle += (buckets[copy + 1] ?? 0) * scale;
          high += (buckets[copy + 2] ?? 0) * scale;
        }
      }
      if (((traits[index] ?? 0) & KNOWN) === 0) continue;
      lowMeant += floats[at + 3] ?? 0;
      middleMeant += floats[at + 4] ?? 0;
      highMeant += floats[at + 5] ?? 0;
      known += 1;
    }
    logits[0] = low;
    logits[1] = middle;
    logits[2] = high;
    meanings[0] = lowMeant;
    meanings[1] = middleMeant;
    meanings[2] = highMeant;
    return known === 0 ? 0 : 1 / Math.sqrt(known);
  }

  #addPhrases(scan: Scan, seed: number | undefined, logits: Logits): void {
    const { buckets, bucketScale: scale, phraseWeights, phraseScale } = this.weights;
    const { count, hashes } = phrasesOf(scan);
    const mask = this.#mask;
    const phrases = this.#phrases;
    touch(buckets, hashes, count, mask);
    let low = logits[0] ?? 0;
    let middle = logits[1] ?? 0;
    let high = logits[2] ?? 0;
    for (let index = 0; index < count; index += 1) {
      const hash = hashes[index] ?? 0;
      const bucket = (hash & mask) * 3;
      low += (buckets[bucket] ?? 0) * scale;
      middle += (buckets[bucket + 1] ?? 0) * scale;
      high += (buckets[bucket + 2] ?? 0) * scale;
      if (seed !== undefined) {
        const copy = (combine(hash, seed) & mask) * 3;
        low += (buckets[copy] ?? 0) * scale;
        middle += (buckets[copy + 1] ?? 0) * scale;
        high += (buckets[copy + 2] ?? 0) * scale;
      }
      const entry = phrases.get(hash) * 3;
      if (entry < 0) continue;
      low += (phraseWeights[entry] ?? 0) * phraseScale;
      middle += (phraseWeights[entry + 1] ?? 0) * phraseScale;
      high += (phraseWeights[entry + 2] ?? 0) * phraseScale;
    }
    logits[0] = low;
    logits[1] = middle;
    logits[2] = high;
  }

  #addDense(sum: Logits): void {
    const weights = this.weights.dense;
    const dense = this.#dense;
    let low = sum[0] ?? 0;
    let middle = sum[1] ?? 0;
    let high = sum[2] ?? 0;
    for (let index = 0; index < dense.length; index += 1) {
      const value = dense[index] ?? 0;
      if (value === 0) continue;
      low += (weights[index * 3] ?? 0) * value;
      middle += (weights[index * 3 + 1] ?? 0) * value;
      high += (weights[index * 3 + 2] ?? 0) * value;
    }
    sum[0] = low;
    sum[1] = middle;
    sum[2] = high;
  }
}

/** Nobody asks for it; but what is not kept is not loaded. */
const touched = { bits: 0 };

/** Has the processor fetch the weights of all phrases at once: they are scattered over more than its caches hold, and the loop that
 *  adds them up is too long to run far ahead. */
function touch(buckets: Int16Array, hashes: Uint32Array, count: number, mask: number): void {
  let bits = 0;
  for (let index = 0; index < count; index += 1) bits |= buckets[((hashes[index] ?? 0) & mask) * 3] ?? 0;
  touched.bits = bits;
}

/** Adds three of `parts`, from `at` on, times `factor`. */
function addTo(sum: Logits, parts: Logits | Int16Array | Float32Array, at: number, factor: number): void {
  sum[0] = (sum[0] ?? 0) + (parts[at] ?? 0) * factor;
  sum[1] = (sum[1] ?? 0) + (parts[at + 1] ?? 0) * factor;
  sum[2] = (sum[2] ?? 0) + (parts[at + 2] ?? 0) * factor;
}
