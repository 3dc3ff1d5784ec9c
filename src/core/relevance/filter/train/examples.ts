/** Texts as the trainer reads them: the buckets of their features, packed into flat arrays. */
import type { createFeatureReader } from '../features.ts';
import type { RelevanceText } from './corpus.ts';

export interface Examples {
  readonly count: number;
  /** Buckets of all examples, one after the other; each once in an example. */
  readonly buckets: Uint32Array;
  /** Where each example's buckets begin; one more than there are examples. */
  readonly offsets: Uint32Array;
  /** What the sum over an example's features is multiplied with, as in the filter. */
  readonly scales: Float64Array;
  /** 1 or 0. */
  readonly relevant: Uint8Array;
  /** Number of each example's group; without groups, or with few, each is its own. */
  readonly groups: Uint32Array;
}

const GROWTH = 2;
const ROOM = 1 << 16;

export function packExamples(
  texts: readonly RelevanceText[],
  readFeatures: ReturnType<typeof createFeatureReader>,
): Examples {
  const offsets = new Uint32Array(texts.length + 1);
  const scales = new Float64Array(texts.length);
  let buckets = new Uint32Array(ROOM);
  let used = 0;
  const add = (bucket: number) => {
    if (used === buckets.length) {
      const larger = new Uint32Array(buckets.length * GROWTH);
      larger.set(buckets);
      buckets = larger;
    }
    buckets[used] = bucket;
    used += 1;
  };
  for (const [index, { text }] of texts.entries()) {
    scales[index] = readFeatures(text, add).scale;
    offsets[index + 1] = used;
  }
  return {
    count: texts.length,
    buckets: buckets.slice(0, used),
    offsets,
    scales,
    relevant: Uint8Array.from(texts, ({ relevant }) => (relevant ? 1 : 0)),
    groups: groupsOf(texts),
  };
}

/** Of fewer groups too few features would stand in two. */
const GROUPS_MIN = 5;

function groupsOf(texts: readonly RelevanceText[]): Uint32Array {
  const numbers = new Map<string, number>();
  for (const { group } of texts)
    if (group !== undefined && !numbers.has(group)) numbers.set(group, numbers.size);
  const told = numbers.size >= GROUPS_MIN;
  return Uint32Array.from(texts, ({ group }, index) =>
    told && group !== undefined ? (numbers.get(group) ?? 0) : numbers.size + index,
  );
}

/** Those examples only, in that order. */
export function pick(examples: Examples, indices: readonly number[]): Examples {
  const offsets = new Uint32Array(indices.length + 1);
  for (const [at, index] of indices.entries()) {
    const [start = 0, end = 0] = examples.offsets.subarray(index, index + 2);
    offsets[at + 1] = (offsets[at] ?? 0) + end - start;
  }
  const buckets = new Uint32Array(offsets[indices.length] ?? 0);
  for (const [at, index] of indices.entries()) {
    buckets.set(examples.buckets.subarray(examples.offsets[index], examples.offsets[index + 1]), offsets[at]);
  }
  return {
    count: indices.length,
    buckets,
    offsets,
    scales: Float64Array.from(indices, (index) => examples.scales[index] ?? 0),
    relevant: Uint8Array.from(indices, (index) => examples.relevant[index] ?? 0),
    groups: Uint32Array.from(indices, (index) => examples.groups[index] ?? 0),
  };
}
