/** A small model written down by a test: every weight is known. */
import { createHash } from 'node:crypto';
import type { ModelFiles } from '../../../../src/core/sentiment/model.port.ts';
import { denseSize } from '../../../../src/core/sentiment/model/dense.ts';
import { MODEL_FORMAT, type ModelManifest } from '../../../../src/core/sentiment/model/manifest.ts';
import { encodeWeights, toValenceByte, type Weights } from '../../../../src/core/sentiment/model/weights.ts';
import { entryHash } from '../../../../src/core/sentiment/model/words.ts';

const BITS = 16;

type Triple = readonly [negative: number, neutral: number, positive: number];

export interface TinyOptions {
  /** By hash of the feature; whole numbers, each worth 0.01. */
  readonly features?: readonly (readonly [hash: number, weights: Triple])[];
  /** By word; whole numbers, each worth 0.001. */
  readonly meanings?: Readonly<Record<string, Triple>>;
  /** By hash of a pair or triple; whole numbers, each worth 0.001. */
  readonly phrases?: readonly (readonly [hash: number, weights: Triple])[];
  /** By word, one lexicon. */
  readonly valences?: Readonly<Record<string, number>>;
  /** By dense feature. */
  readonly dense?: Readonly<Record<number, Triple>>;
  readonly bias?: Triple;
  readonly temperature?: number;
  readonly strayShare?: number;
  readonly languages?: readonly string[];
  readonly languageCopies?: boolean;
}

function weightsOf(options: TinyOptions): Weights {
  const { features = [], meanings = {}, phrases = [], valences = {}, dense = {}, bias = [0, 0, 0] } = options;
  const buckets = new Int16Array(3 << BITS);
  for (const [hash, weights] of features) buckets.set(weights, (hash & ((1 << BITS) - 1)) * 3);
  const denseWeights = new Float32Array(denseSize(1) * 3);
  for (const [feature, weights] of Object.entries(dense)) denseWeights.set(weights, Number(feature) * 3);
  return {
    bits: BITS,
    buckets,
    bucketScale: 0.01,
    vectorKeys: Uint32Array.from(Object.keys(meanings), entryHash),
    vectorWeights: Int16Array.from(Object.values(meanings).flat()),
    vectorScale: 0.001,
    phraseKeys: Uint32Array.from(phrases, ([hash]) => hash),
    phraseWeights: Int16Array.from(phrases.flatMap(([, weights]) => [...weights])),
    phraseScale: 0.001,
    lexicons: 1,
    lexiconKeys: Uint32Array.from(Object.keys(valences), entryHash),
    valences: Int8Array.from(Object.values(valences), toValenceByte),
    dense: denseWeights,
    bias: Float32Array.from(bias),
  };
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export interface TinyFiles extends ModelFiles {
  readonly manifest: ModelManifest;
}

export function tinyFiles(options: TinyOptions = {}): TinyFiles {
  const decoded = weightsOf(options);
  const weights = encodeWeights(decoded);
  const manifest: ModelManifest = {
    format: MODEL_FORMAT,
    name: 'tiny',
    languages: [...(options.languages ?? ['en'])],
    languageCopies: options.languageCopies ?? false,
    sha256: sha256Of(weights),
    shape: {
      bits: BITS,
      bucketScale: decoded.bucketScale,
      vectors: decoded.vectorKeys.length,
      vectorScale: decoded.vectorScale,
      phrases: decoded.phraseKeys.length,
      phraseScale: decoded.phraseScale,
      lexicons: 1,
      lexiconEntries: decoded.lexiconKeys.length,
      dense: denseSize(1),
    },
    temperature: options.temperature ?? 1,
    strayShare: options.strayShare ?? 0,
    training: {},
  };
  return { place: 'models/tiny', manifest, weights, weightsSha256: manifest.sha256 };
}
