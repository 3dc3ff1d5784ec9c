/** Logistic regression whose features are scaled by how much naive Bayes makes of each (NBSVM: Wang and Manning, "Baselines and
 *  bigrams", 2012): on short texts better than either of the two. */
import type { Examples } from './examples.ts';
import { minimize } from './lbfgs.ts';
import { addShared, shareGradient, type SharedColumns, type SharedWeights } from './shared-weights.ts';

export interface LogisticOptions {
  readonly bits: number;
  /** What half the square of a weight costs. */
  readonly ridge: number;
  /** What words of like meaning share, and what half the square of that costs. */
  readonly shared?: { readonly weights: SharedWeights; readonly ridge: number };
}

/** Log-odds of being relevant: `bias` + the example's scale · sum of the weights of its buckets. */
export interface Line {
  readonly weights: Float32Array;
  readonly bias: number;
}

const STEPS_MAX = 60;
const GAIN_MIN = 1e-4;

/** Deterministic. There are examples of both kinds. */
export function fitLogistic(examples: Examples, { bits, ridge, shared }: LogisticOptions): Line {
  const table = tableOf(examples, bits);
  const width = table.bucketOf.length;
  const factors = bayesFactors(table);
  const columns = shared && { ...shared.weights.among(table.bucketOf), ridge: shared.ridge };
  const dimensions = columns?.dimensions ?? 0;
  const objective = logLoss(table, factors, { ridge, ...(columns && { shared: columns }) });
  const point = minimize(width + dimensions + 1, objective, { stepsMax: STEPS_MAX, gainMin: GAIN_MIN });
  const weights = new Float32Array(1 << bits);
  for (const [column, bucket] of table.bucketOf.entries())
    weights[bucket] = (point[column] ?? 0) * (factors[column] ?? 0);
  shared?.weights.addTo(weights, point.subarray(width, width + dimensions));
  return { weights, bias: point[width + dimensions] ?? 0 };
}

export function scoresOf(
  { weights, bias }: Line,
  { count, offsets, buckets, scales }: Examples,
): Float64Array {
  const scores = new Float64Array(count);
  for (let example = 0; example < count; example += 1) {
    let sum = 0;
    for (let at = offsets[example] ?? 0; at < (offsets[example + 1] ?? 0); at += 1)
      sum += weights[buckets[at] ?? 0] ?? 0;
    scores[example] = sum * (scales[example] ?? 0) + bias;
  }
  return scores;
}

/** Examples without features that stand in one text only, or in one group: these tell of nothing else. Buckets that are left
 *  are numbered from 0. */
interface Table extends Omit<Examples, 'buckets'> {
  readonly columns: Uint32Array;
  /** The bucket of each column. */
  readonly bucketOf: Uint32Array;
}

function tableOf({ buckets, ...examples }: Examples, bits: number): Table {
  const isKept = keptBuckets(buckets, examples, bits);
  const bucketOf = Uint32Array.from(isKept.keys()).filter((bucket) => isKept[bucket] === 1);
  const columnOf = new Uint32Array(1 << bits);
  for (const [column, bucket] of bucketOf.entries()) columnOf[bucket] = column;
  const columns = new Uint32Array(buckets.length);
  const offsets = new Uint32Array(examples.count + 1);
  let kept = 0;
  for (let example = 0; example < examples.count; example += 1) {
    for (let at = examples.offsets[example] ?? 0; at < (examples.offsets[example + 1] ?? 0); at += 1) {
      const bucket = buckets[at] ?? 0;
      if (isKept[bucket] !== 1) continue;
      columns[kept] = columnOf[bucket] ?? 0;
      kept += 1;
    }
    offsets[example + 1] = kept;
  }
  return { ...examples, offsets, columns: columns.slice(0, kept), bucketOf };
}

/** 1 for those that stand in two groups at least. */
function keptBuckets(
  buckets: Uint32Array,
  { count, offsets, groups }: Omit<Examples, 'buckets'>,
  bits: number,
): Uint8Array {
  const isKept = new Uint8Array(1 << bits);
  /** One more than the number of the first group. */
  const firstIn = new Uint32Array(1 << bits);
  for (let example = 0; example < count; example += 1) {
    const group = (groups[example] ?? 0) + 1;
    for (let at = offsets[example] ?? 0; at < (offsets[example + 1] ?? 0); at += 1) {
      const bucket = buckets[at] ?? 0;
      const first = firstIn[bucket] ?? 0;
      if (first === 0) firstIn[bucket] = group;
      else if (first !== group) isKept[bucket] = 1;
    }
  }
  return isKept;
}

const SMOOTHING = 0.1;

/** 1 + the size of the log-odds that naive Bayes gives a feature: what tells the two kinds apart is shrunk less. */
function bayesFactors({
  count,
  columns,
  offsets,
  relevant,
  weights,
  bucketOf: { length: width },
}: Table): Float64Array {
  const [yes, no] = [new Float64Array(width), new Float64Array(width)];
  let [yesAll, noAll] = [0, 0];
  for (let example = 0; example < count; example += 1) {
    const weight = weights[example] ?? 0;
    const share = weight * (relevant[example] ?? 0);
    yesAll += share;
    noAll += weight - share;
    for (let at = offsets[example] ?? 0; at < (offsets[example + 1] ?? 0); at += 1) {
      const column = columns[at] ?? 0;
      yes[column] = (yes[column] ?? 0) + share;
      no[column] = (no[column] ?? 0) + weight - share;
    }
  }
  const prior = Math.log((yesAll + 2 * SMOOTHING) / (noAll + 2 * SMOOTHING));
  return yes.map((seen, column) => {
    const ratio = Math.log((seen + SMOOTHING) / ((no[column] ?? 0) + SMOOTHING));
    return 1 + Math.abs(ratio - prior);
  });
}

interface Costs {
  readonly ridge: number;
  readonly shared?: SharedColumns & { readonly ridge: number };
}

/** Minus the log-likelihood, and the ridges. The point: a weight for each column, what words share, and the bias, which costs
 *  nothing. */
function logLoss(
  { count, columns, offsets, scales, relevant, weights }: Table,
  factors: Float64Array,
  { ridge, shared }: Costs,
) {
  const width = factors.length;
  const end = width + (shared?.dimensions ?? 0);
  /** What a column weighs in all, so that the inner loops read one array. */
  const whole = new Float64Array(width);
  return (point: Float64Array, gradient: Float64Array): number => {
    let loss = 0;
    for (let column = 0; column < width; column += 1) {
      const weight = point[column] ?? 0;
      loss += (ridge / 2) * weight * weight;
      whole[column] = weight * (factors[column] ?? 0);
    }
    if (shared) loss += addShared(whole, shared, point.subarray(width, end), shared.ridge);
    gradient.fill(0);
    const bias = point[end] ?? 0;
    let biasGradient = 0;
    for (let example = 0; example < count; example += 1) {
      const [first, last, scale] = [offsets[example] ?? 0, offsets[example + 1] ?? 0, scales[example] ?? 0];
      let sum = 0;
      for (let at = first; at < last; at += 1) sum += whole[columns[at] ?? 0] ?? 0;
      const score = sum * scale + bias;
      const [target, importance] = [relevant[example] ?? 0, weights[example] ?? 0];
      // log(1 + e^score) - target · score, without overflow.
      loss += importance * (Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score))) - target * score);
      const off = importance * (1 / (1 + Math.exp(-score)) - target);
      biasGradient += off;
      const share = off * scale;
      for (let at = first; at < last; at += 1) {
        const column = columns[at] ?? 0;
        gradient[column] = (gradient[column] ?? 0) + share;
      }
    }
    if (shared) shareGradient(gradient, shared, point.subarray(width, end), gradient.subarray(width, end));
    for (let column = 0; column < width; column += 1) {
      gradient[column] = (gradient[column] ?? 0) * (factors[column] ?? 0) + ridge * (point[column] ?? 0);
    }
    gradient[end] = biasGradient;
    return loss;
  };
}
