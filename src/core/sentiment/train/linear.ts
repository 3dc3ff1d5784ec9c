/** Multinomial logistic regression over hashed features and numbers, trained example by example with AdaGrad (Duchi, Hazan
 *  and Singer, 2011) and feature dropout. */
import { mulberry32 } from '../../random/mulberry32.ts';
import type { Examples } from './examples.ts';

export interface LinearWeights {
  /** Three for each bucket; a feature that is there counts `FEATURE_SCALE`. */
  readonly buckets: Float32Array;
  /** Three for each number. */
  readonly numbers: Float32Array;
  readonly bias: Float32Array;
}

export interface LinearOptions {
  readonly bits: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Share of the hashed features that an example loses at each visit, in [0, 1). */
  readonly featureDropout: number;
  readonly seed: number;
  /** For sets without neutral texts: neutral takes no part. */
  readonly twoClasses?: boolean;
  /** Called after each epoch. */
  readonly onEpoch?: () => void;
}

/** Texts have hundreds of hashed features and few numbers: their scale evens the steps. */
export const FEATURE_SCALE = 0.1;
const LEARNING_RATE_MIN = 1e-4;
const ADAGRAD_EPSILON = 1e-6;

/** Deterministic for the same examples and options. */
export function trainLinear(examples: Examples, options: LinearOptions): LinearWeights {
  const trainer = new LinearTrainer(examples, options);
  for (let epoch = 0; epoch < options.epochs; epoch += 1) {
    trainer.epoch();
    options.onEpoch?.();
  }
  return trainer.weights;
}

class LinearTrainer {
  readonly weights: LinearWeights;
  readonly #examples: Examples;
  readonly #options: LinearOptions;
  readonly #squares: LinearWeights;
  readonly #random: () => number;
  readonly #order: Uint32Array;
  /** Buckets of the example in hand that were not dropped. */
  #kept = new Uint32Array(1_024);
  #step = 0;
  readonly #gradient = new Float64Array(3);

  constructor(examples: Examples, options: LinearOptions) {
    this.#examples = examples;
    this.#options = options;
    this.weights = zeros(options.bits, examples.width);
    this.#squares = zeros(options.bits, examples.width);
    this.#random = mulberry32(options.seed);
    this.#order = Uint32Array.from({ length: examples.count }, (_, index) => index);
  }

  epoch(): void {
    shuffle(this.#order, this.#random);
    const steps = this.#examples.count * this.#options.epochs;
    for (const example of this.#order) {
      const rate = this.#options.learningRate * (1 - this.#step / steps) + LEARNING_RATE_MIN;
      this.#learn(example, rate);
      this.#step += 1;
    }
  }

  #learn(example: number, rate: number): void {
    const { width, numbers } = this.#examples;
    const { weights } = this;
    const keep = 1 - this.#options.featureDropout;
    const kept = this.#drop(example, keep);
    const scale = (FEATURE_SCALE * (this.#examples.damping[example] ?? 1)) / keep;
    let [low = 0, middle = 0, high = 0] = weights.bias;
    for (let at = 0; at < kept; at += 1) {
      const bucket = (this.#kept[at] ?? 0) * 3;
      low += (weights.buckets[bucket] ?? 0) * scale;
      middle += (weights.buckets[bucket + 1] ?? 0) * scale;
      high += (weights.buckets[bucket + 2] ?? 0) * scale;
    }
    for (let at = 0; at < width; at += 1) {
      const value = numbers[example * width + at] ?? 0;
      if (value === 0) continue;
      low += (weights.numbers[at * 3] ?? 0) * value;
      middle += (weights.numbers[at * 3 + 1] ?? 0) * value;
      high += (weights.numbers[at * 3 + 2] ?? 0) * value;
    }
    this.#derive(example, low, middle, high);
    for (let at = 0; at < kept; at += 1) {
      this.#move(weights.buckets, this.#squares.buckets, (this.#kept[at] ?? 0) * 3, scale, rate);
    }
    for (let at = 0; at < width; at += 1) {
      const value = numbers[example * width + at] ?? 0;
      if (value !== 0) this.#move(weights.numbers, this.#squares.numbers, at * 3, value, rate);
    }
    this.#move(weights.bias, this.#squares.bias, 0, 1, rate);
  }

  #drop(example: number, keep: number): number {
    const { buckets, offsets } = this.#examples;
    const [start = 0, end = 0] = offsets.subarray(example, example + 2);
    if (end - start > this.#kept.length) this.#kept = new Uint32Array((end - start) * 2);
    let kept = 0;
    for (let at = start; at < end; at += 1) {
      if (keep < 1 && this.#random() >= keep) continue;
      this.#kept[kept] = buckets[at] ?? 0;
      kept += 1;
    }
    return kept;
  }

  /** Of the cross-entropy by each logit, times the weight of the example. */
  #derive(example: number, low: number, middle: number, high: number): void {
    const { shares, weights } = this.#examples;
    const twoClasses = this.#options.twoClasses === true;
    const highest = Math.max(low, high, twoClasses ? low : middle);
    const eLow = Math.exp(low - highest);
    const eMiddle = twoClasses ? 0 : Math.exp(middle - highest);
    const eHigh = Math.exp(high - highest);
    const weight = weights[example] ?? 1;
    const scale = weight / (eLow + eMiddle + eHigh);
    const at = example * 3;
    this.#gradient[0] = eLow * scale - weight * (shares[at] ?? 0);
    this.#gradient[1] = eMiddle * scale - weight * (shares[at + 1] ?? 0);
    this.#gradient[2] = eHigh * scale - weight * (shares[at + 2] ?? 0);
  }

  #move(weights: Float32Array, squares: Float32Array, at: number, value: number, rate: number): void {
    for (let index = 0; index < 3; index += 1) {
      const gradient = (this.#gradient[index] ?? 0) * value;
      const square = (squares[at + index] ?? 0) + gradient * gradient;
      squares[at + index] = square;
      weights[at + index] =
        (weights[at + index] ?? 0) - (rate * gradient) / Math.sqrt(square + ADAGRAD_EPSILON);
    }
  }
}

export function zeros(bits: number, width: number): LinearWeights {
  return {
    buckets: new Float32Array((1 << bits) * 3),
    numbers: new Float32Array(width * 3),
    bias: new Float32Array(3),
  };
}

/** Adds `factor` times `part` to `sum`. */
export function addWeights(sum: LinearWeights, part: LinearWeights, factor: number): void {
  for (const name of ['buckets', 'numbers', 'bias'] as const) {
    for (let at = 0; at < part[name].length; at += 1) {
      sum[name][at] = (sum[name][at] ?? 0) + factor * (part[name][at] ?? 0);
    }
  }
}

/** Three logits for each example, with nothing dropped. */
export function logitsOf({ buckets, numbers, bias }: LinearWeights, examples: Examples): Float64Array {
  const { count, width, offsets } = examples;
  const logits = new Float64Array(count * 3);
  for (let example = 0; example < count; example += 1) {
    for (let index = 0; index < 3; index += 1) {
      let sum = 0;
      for (let at = offsets[example] ?? 0; at < (offsets[example + 1] ?? 0); at += 1) {
        sum += buckets[(examples.buckets[at] ?? 0) * 3 + index] ?? 0;
      }
      sum = sum * FEATURE_SCALE * (examples.damping[example] ?? 1) + (bias[index] ?? 0);
      for (let at = 0; at < width; at += 1) {
        sum += (numbers[at * 3 + index] ?? 0) * (examples.numbers[example * width + at] ?? 0);
      }
      logits[example * 3 + index] = sum;
    }
  }
  return logits;
}

/** Fisher and Yates. */
function shuffle(order: Uint32Array, random: () => number): void {
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
}
