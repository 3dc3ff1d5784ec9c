/** Goal: one step of learning against one reckoned by hand, and that nothing is lost when models are folded and quantized. */
import { describe, expect, test } from 'vitest';
import type { ClassIndex } from '../../../../src/core/sentiment/train/corpus.ts';
import {
  auxiliaryWidth,
  fillAuxiliary,
  fold,
  type AuxiliaryModel,
} from '../../../../src/core/sentiment/train/auxiliary.ts';
import { createExampleReader, type Examples } from '../../../../src/core/sentiment/train/examples.ts';
import { createLexicon } from '../../../../src/core/sentiment/train/lexicon.ts';
import {
  addWeights,
  FEATURE_SCALE,
  logitsOf,
  trainLinear,
  zeros,
  type LinearOptions,
} from '../../../../src/core/sentiment/train/linear.ts';
import { trainSentiment } from '../../../../src/core/sentiment/train/train-sentiment.ts';
import { createVectorTable } from '../../../../src/core/sentiment/train/vectors.ts';
import { corpusOf, loadTrained, noVectors, planOf, synthetic, WORDS } from './support.ts';

const BITS = 8;
const options = (fields: Partial<LinearOptions> = {}): LinearOptions => ({
  bits: BITS,
  epochs: 1,
  learningRate: 0.1,
  featureDropout: 0,
  seed: 1,
  ...fields,
});

/** One example with two features, one of them twice, and one number. */
const single = (label: ClassIndex, weight = 1): Examples => ({
  count: 1,
  buckets: Uint32Array.of(3, 5, 5),
  offsets: Uint32Array.of(0, 3),
  width: 1,
  numbers: Float32Array.of(2),
  damping: Float32Array.of(1),
  shares: Float32Array.from([0, 1, 2], (own) => (own === label ? 1 : 0)),
  weights: Float32Array.of(weight),
});

describe('one step', () => {
  // AdaGrad's first step is the rate, whatever the size of the gradient: against it.
  const rate = 0.1 + 1e-4;

  test('moves towards the label and away from the others', () => {
    const { buckets, numbers, bias } = trainLinear(single(2), options());
    expect([...bias]).toEqual([-rate, -rate, rate].map((value): unknown => expect.closeTo(value, 4)));
    expect([...numbers]).toEqual([-rate, -rate, rate].map((value): unknown => expect.closeTo(value, 4)));
    expect([...buckets.slice(9, 12)]).toEqual(
      [-rate, -rate, rate].map((value): unknown => expect.closeTo(value, 3)),
    );
    // Met twice: a second step of rate / √2.
    expect(buckets[17]).toBeCloseTo(rate * (1 + 1 / Math.sqrt(2)), 3);
    expect(buckets.filter((weight) => weight !== 0)).toHaveLength(6);
  });

  test('of two classes leaves neutral alone', () => {
    const { buckets, numbers, bias } = trainLinear(single(0), options({ twoClasses: true }));
    for (const weights of [buckets, numbers, bias])
      expect(weights.filter((weight, index) => index % 3 === 1 && weight !== 0)).toHaveLength(0);
    expect(bias[0]).toBeGreaterThan(0);
    expect(bias[2]).toBeLessThan(0);
  });

  test('everything dropped: only numbers and the constant are learned', () => {
    const { buckets, bias } = trainLinear(single(2), options({ featureDropout: 1 - 1e-12 }));
    expect(buckets.some((weight) => weight !== 0)).toBe(false);
    expect(bias[2]).toBeGreaterThan(0);
  });

  test('of no example: nothing', () => {
    const none = { ...single(0), count: 0, offsets: Uint32Array.of(0) };
    expect(trainLinear(none, options()).bias).toEqual(Float32Array.of(0, 0, 0));
  });
});

test('the gradient is that of the loss', () => {
  // Without AdaGrad's scaling to compare: the sign of each step is that of a numerical derivative.
  const examples = single(1);
  const before = zeros(BITS, 1);
  before.bias.set([0.3, -0.2, 0.1]);
  const loss = (bias: readonly number[]) => {
    const logits = logitsOf({ ...before, bias: Float32Array.from(bias) }, examples);
    return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - (logits[1] ?? 0);
  };
  const base = loss([0.3, -0.2, 0.1]);
  const { bias } = trainLinear(examples, options());
  for (const at of [0, 1, 2]) {
    const moved = [0.3, -0.2, 0.1].map((value, index) => value + (index === at ? 1e-3 : 0));
    expect(Math.sign(bias[at] ?? 0)).toBe(-Math.sign(loss(moved) - base));
  }
});

test('logits reckoned by hand', () => {
  const weights = zeros(BITS, 1);
  weights.buckets.set([1, 2, 3], 9);
  weights.buckets.set([10, 20, 30], 15);
  weights.numbers.set([0.5, 0, -0.5]);
  weights.bias.set([1, 1, 1]);
  expect([...logitsOf(weights, single(0))]).toEqual(
    [21 * FEATURE_SCALE + 2, 42 * FEATURE_SCALE + 1, 63 * FEATURE_SCALE].map((value): unknown =>
      expect.closeTo(value, 5),
    ),
  );
});

describe('auxiliary models', () => {
  const auxiliary = auxiliaryWidth(true) + auxiliaryWidth(false);
  const read = createExampleReader({
    bits: 12,
    lexicon: createLexicon([new Map([[WORDS[2][0] ?? '', 2]])]),
    vectors: createVectorTable(noVectors),
    auxiliary,
    languageCopies: false,
    teaching: { weight: 0.7, share: 0.3 },
  });
  const train = (seed: number, classes: readonly ClassIndex[]): AuxiliaryModel => {
    const twoClasses = !classes.includes(1);
    const examples = read(synthetic({ seed, count: 200, classes }));
    return { twoClasses, weights: trainLinear(examples, options({ bits: 12, epochs: 2, twoClasses })) };
  };
  const models = [train(5, [0, 2]), train(6, [0, 1, 2])];
  const texts = synthetic({ seed: 7, count: 120 });
  const examples = read(texts);
  fillAuxiliary(examples, models);
  const main = trainLinear(examples, options({ bits: 12, epochs: 3 }));
  const unfolded = logitsOf(main, examples);

  test('folding changes no logit', () => {
    const folded = logitsOf(fold(main, models, 12), read(texts));
    for (const [index, logit] of unfolded.entries())
      expect(Math.abs((folded[index] ?? 0) - logit)).toBeLessThan(1e-4);
  });

  test('folded, their numbers are not looked at', () => {
    const folded = fold(main, models, 12);
    expect([...logitsOf(folded, examples)]).toEqual([...logitsOf(folded, read(texts))]);
  });

  test('negative control: without folding they are missed', () => {
    const missed = logitsOf(main, read(texts));
    const furthest = missed.reduce(
      (most, logit, index) => Math.max(most, Math.abs(logit - (unfolded[index] ?? 0))),
      0,
    );
    expect(furthest).toBeGreaterThan(0.05);
  });

  test('say polarity for two classes, each class against the mean for three', () => {
    const [two, three] = models.map(({ weights }) => logitsOf(weights, read(texts)));
    const at = examples.width - auxiliary;
    for (let example = 0; example < texts.length; example += 1) {
      const [low = 0, , high = 0] = two?.slice(example * 3) ?? [];
      const logits = [...(three?.slice(example * 3, example * 3 + 3) ?? [])];
      const mean = logits.reduce((sum, logit) => sum + logit, 0) / 3;
      const row = examples.numbers.slice(example * examples.width + at, (example + 1) * examples.width);
      const expected = [(high - low) / 2, ...logits.map((logit) => (2 / 3) * (logit - mean))];
      expect([...row]).toEqual(expected.map((value): unknown => expect.closeTo(value, 4)));
    }
  });
});

/** As the trainer spreads seeds. */
const seedOf = (seed: number, model: number) => Math.imul(seed, 1_009) + model;

test('quantization is off by half a unit at most', () => {
  const plan = planOf();
  const corpus = corpusOf();
  const { weights } = loadTrained(trainSentiment(corpus, plan, () => undefined));
  const read = createExampleReader({
    bits: plan.bits,
    lexicon: createLexicon([]),
    vectors: createVectorTable(noVectors),
    auxiliary: 0,
    languageCopies: false,
    teaching: { weight: 0.7, share: 0.3 },
  });
  const examples = read(corpus.texts);
  const mean = zeros(plan.bits, examples.width);
  for (let model = 0; model < plan.models; model += 1)
    addWeights(mean, trainLinear(examples, { ...plan, seed: seedOf(plan.seed, model) }), 1 / plan.models);
  const unit = weights.bucketScale / FEATURE_SCALE;
  for (const [index, weight] of mean.buckets.entries())
    expect(Math.abs((weights.buckets[index] ?? 0) * unit - weight)).toBeLessThanOrEqual(unit / 2 + 1e-9);
  // All of a text's features together: invisible.
  expect(unit * FEATURE_SCALE * 1_000).toBeLessThan(0.1);
  expect([...weights.dense]).toEqual([...mean.numbers]);
});
