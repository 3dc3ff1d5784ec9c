/** Texts, and parts of them, as the trainer reads them: the buckets of their features, packed into flat arrays. */
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
  /** 1 or 0, of a part what its teacher said. */
  readonly relevant: Float64Array;
  /** What an example counts: 1, a part less. */
  readonly weights: Float64Array;
  /** Which text an example is, or is a part of. */
  readonly textOf: Uint32Array;
  /** Number of each example's group; without groups, or with few, each is its own. */
  readonly groups: Uint32Array;
}

/** From 0.15 to 0.6 it makes no difference on events left out. */
const PART_WEIGHT = 0.3;

const GROWTH = 2;
const ROOM = 1 << 16;

/** The texts first, in their order, then their parts. */
export function packExamples(
  texts: readonly RelevanceText[],
  readFeatures: ReturnType<typeof createFeatureReader>,
): Examples {
  const rows = rowsOf(texts);
  const offsets = new Uint32Array(rows.length + 1);
  const scales = new Float64Array(rows.length);
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
  for (const [index, { text }] of rows.entries()) {
    scales[index] = readFeatures(text, add).scale;
    offsets[index + 1] = used;
  }
  const groups = groupsOf(texts);
  return {
    count: rows.length,
    buckets: buckets.slice(0, used),
    offsets,
    scales,
    relevant: Float64Array.from(rows, ({ relevant }) => relevant),
    weights: Float64Array.from(rows, ({ weight }) => weight),
    textOf: Uint32Array.from(rows, ({ of }) => of),
    groups: Uint32Array.from(rows, ({ of }) => groups[of] ?? 0),
  };
}

function rowsOf(texts: readonly RelevanceText[]) {
  const whole = texts.map(({ text, relevant }, of) => ({ text, relevant: relevant ? 1 : 0, weight: 1, of }));
  const parts = texts.flatMap(({ parts: own = [] }, of) =>
    own.map((part) => ({ ...part, weight: PART_WEIGHT, of })),
  );
  return [...whole, ...parts];
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
    relevant: Float64Array.from(indices, (index) => examples.relevant[index] ?? 0),
    weights: Float64Array.from(indices, (index) => examples.weights[index] ?? 0),
    textOf: Uint32Array.from(indices, (index) => examples.textOf[index] ?? 0),
    groups: Uint32Array.from(indices, (index) => examples.groups[index] ?? 0),
  };
}
