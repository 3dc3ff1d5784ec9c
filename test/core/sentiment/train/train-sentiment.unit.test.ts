/** Goal: training learns what is there to be learned, and a trained model answers at run time what the trainer reckoned. */
import { describe, expect, test } from 'vitest';
import { modelManifest } from '../../../../src/core/sentiment/model/manifest.ts';
import type { SentimentModel } from '../../../../src/core/sentiment/model/model.ts';
import type { ClassIndex, ClassShares, TrainingText } from '../../../../src/core/sentiment/train/corpus.ts';
import { createExampleReader, VECTOR_SCALE } from '../../../../src/core/sentiment/train/examples.ts';
import { createLexicon } from '../../../../src/core/sentiment/train/lexicon.ts';
import { FEATURE_SCALE, logitsOf, zeros } from '../../../../src/core/sentiment/train/linear.ts';
import { trainSentiment } from '../../../../src/core/sentiment/train/train-sentiment.ts';
import { createVectorTable } from '../../../../src/core/sentiment/train/vectors.ts';
import {
  accuracyOf,
  corpusOf,
  loadTrained,
  noVectors,
  planOf,
  sha256Of,
  synthetic,
  WORDS,
} from './support.ts';

const heldOut = synthetic({ seed: 99, count: 300 });
const quiet = () => undefined;

const sharesOf = (label: number): ClassShares => [
  label === 0 ? 0.8 : 0.1,
  label === 1 ? 0.8 : 0.1,
  label === 2 ? 0.8 : 0.1,
];

describe('learns', () => {
  test('words that lean to a class', () => {
    const model = loadTrained(trainSentiment(corpusOf(), planOf(), quiet));
    expect(accuracyOf(model, heldOut)).toBeGreaterThan(0.95);
  });

  test('nothing where there is nothing: labels at random', () => {
    const texts = synthetic({ seed: 2, count: 600, noise: 1 });
    const model = loadTrained(trainSentiment(corpusOf({ texts }), planOf(), quiet));
    expect(accuracyOf(model, heldOut)).toBeLessThan(0.5);
  });

  test('a rare class as well as the others', () => {
    const common = synthetic({ seed: 2, count: 600, classes: [0, 2] });
    const texts = [...common, ...synthetic({ seed: 4, count: 40, classes: [1] })];
    const model = loadTrained(trainSentiment(corpusOf({ texts }), planOf(), quiet));
    expect(accuracyOf(model, synthetic({ seed: 98, count: 100, classes: [1] }))).toBeGreaterThan(0.8);
  });

  test('from an auxiliary set what the main one is too small for', () => {
    const texts = synthetic({ seed: 2, count: 30 });
    const auxiliary = [{ name: 'large', texts: synthetic({ seed: 5, count: 900 }) }];
    const alone = loadTrained(trainSentiment(corpusOf({ texts }), planOf(), quiet));
    const helped = loadTrained(trainSentiment(corpusOf({ texts, auxiliary }), planOf(), quiet));
    expect(accuracyOf(helped, heldOut)).toBeGreaterThan(accuracyOf(alone, heldOut) + 0.1);
  });

  test('from a teacher what the labelled texts are too few for', () => {
    const texts = synthetic({ seed: 2, count: 30 });
    const taught = synthetic({ seed: 5, count: 900 }).map(({ text, label }) => ({
      text,
      shares: sharesOf(label),
    }));
    const alone = loadTrained(trainSentiment(corpusOf({ texts }), planOf(), quiet));
    const helped = loadTrained(trainSentiment(corpusOf({ texts, taught }), planOf(), quiet));
    expect(accuracyOf(helped, heldOut)).toBeGreaterThan(accuracyOf(alone, heldOut) + 0.1);
  });

  test('less from labels that a teacher contradicts', () => {
    const wrong: readonly ClassIndex[] = [1, 2, 0];
    const clean = synthetic({ seed: 2, count: 600 });
    const texts = clean.map(({ text, label }, index) => ({
      text,
      label: index % 2 === 0 ? label : (wrong[label] ?? 1),
    }));
    const corrected = texts.map((text, index) => ({ ...text, said: sharesOf(clean[index]?.label ?? 1) }));
    const accuracy = (share: number, own: readonly TrainingText[]) =>
      accuracyOf(
        loadTrained(
          trainSentiment(
            corpusOf({ texts: own }),
            planOf({ epochs: 1, models: 1, teaching: { weight: 1, share } }),
            quiet,
          ),
        ),
        heldOut,
      );
    expect(accuracy(1, corrected)).toBeGreaterThan(accuracy(0, corrected));
    expect(accuracy(0, corrected)).toBe(accuracy(0, texts));
  });

  test('from vectors what words unseen in training mean', () => {
    const { vectors, texts, unseen } = meaningful();
    const model = loadTrained(trainSentiment(corpusOf({ texts, vectors }), planOf({ epochs: 8 }), quiet));
    expect(accuracyOf(model, unseen)).toBeGreaterThan(0.95);
  });

  test('in each language its own', () => {
    // What is negative in one language is positive in the other.
    const turned = (text: TrainingText): TrainingText => ({
      ...text,
      label: text.label === 0 ? 2 : text.label === 2 ? 0 : 1,
    });
    const german = (seed: number, count: number) => synthetic({ seed, count, language: 'de' }).map(turned);
    const english = (seed: number, count: number) => synthetic({ seed, count, language: 'en' });
    const model = loadTrained(
      trainSentiment(
        corpusOf({
          texts: [...german(2, 600), ...english(3, 600)],
          validation: [...german(4, 80), ...english(5, 80)],
        }),
        planOf({ languages: ['de', 'en'], languageCopies: true, epochs: 6, bits: 16 }),
        quiet,
      ),
    );
    expect(accuracyOf(model, german(98, 200))).toBeGreaterThan(0.9);
    expect(accuracyOf(model, english(99, 200))).toBeGreaterThan(0.9);
  });
});

/** Words with vectors of their class; half of them are in no training text. */
function meaningful() {
  const all = [...WORDS[0], ...WORDS[1], ...WORDS[2]];
  const values = Float32Array.from(
    all.flatMap((_, index) =>
      [0, 1, 2].map((at) => (at === Math.floor(index / 20) ? 1 : 0) + ((index * 7) % 5) / 50),
    ),
  );
  const half = (from: number) =>
    ([0, 1, 2] as const).flatMap((label) =>
      WORDS[label].slice(from, from + 10).flatMap((word) => [
        { text: `zu ${word} ka`, label },
        { text: `${word} mi`, label },
      ]),
    );
  return { vectors: { words: all, dimensions: 3, values }, texts: half(0), unseen: half(10) };
}

describe('the same bytes', () => {
  const auxiliary = [{ name: 'two', texts: synthetic({ seed: 5, count: 100, classes: [0, 2] }) }];
  const train = (seed: number) => {
    const { manifest, weights } = trainSentiment(corpusOf({ auxiliary }), planOf({ seed }), quiet);
    return [sha256Of(weights), JSON.stringify(manifest)];
  };

  test('for the same seed', () => {
    expect(train(1)).toEqual(train(1));
  });

  test('not for another', () => {
    expect(train(1)[0]).not.toBe(train(2)[0]);
  });
});

/** The weights of a model as the trainer keeps them. Models without vectors only. */
function unquantized({ weights }: SentimentModel) {
  const linear = zeros(weights.bits, weights.dense.length / 3);
  linear.buckets.set(Array.from(weights.buckets, (byte) => (byte * weights.bucketScale) / FEATURE_SCALE));
  linear.numbers.set(weights.dense);
  linear.bias.set(weights.bias);
  return linear;
}

describe('at run time', () => {
  const lists = [
    { name: 'a', valences: new Map(WORDS[2].map((word) => [word, 2.5] as const)) },
    {
      name: 'b',
      valences: new Map([...WORDS[0].map((word) => [word, -1.7] as const), [':happy', 2] as const]),
    },
  ];
  const lexicon = createLexicon(lists.map(({ valences }) => valences));
  const texts = [
    ...heldOut.slice(0, 100),
    {
      text: `not VERY ${WORDS[2][0] ?? ''}!!! but #So${WORDS[0][1] ?? ''} :) 😀 @you http://x.y "12"?`,
      label: 0 as const,
    },
    { text: '', label: 1 as const },
  ];

  test('the logits are those of the trainer', () => {
    const trained = trainSentiment(corpusOf({ lexicons: lists }), planOf(), quiet);
    const model = loadTrained(trained);
    const read = createExampleReader({
      bits: 14,
      lexicon,
      vectors: createVectorTable(noVectors),
      auxiliary: 0,
      languageCopies: false,
      teaching: { weight: 0.7, share: 0.3 },
    });
    const expected = logitsOf(unquantized(model), read(texts));
    for (const [index, { text }] of texts.entries()) {
      const { logits } = model.read(text, 'en');
      for (const label of [0, 1, 2])
        expect((logits[label] ?? 0) * trained.manifest.temperature).toBeCloseTo(
          expected[index * 3 + label] ?? 0,
          4,
        );
    }
  });

  test('what a vector adds is its product with the weights', () => {
    const { vectors, texts: few } = meaningful();
    const trained = trainSentiment(corpusOf({ texts: few, vectors }), planOf(), quiet);
    const { weights } = loadTrained(trained);
    expect(weights.vectorKeys).toHaveLength(60);
    expect([...weights.vectorKeys]).toEqual([...weights.vectorKeys].sort((a, b) => a - b));
    const largest = weights.vectorWeights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    expect(largest).toBe(32_767);
    expect(VECTOR_SCALE).toBe(0.5);
  });

  test('a manifest that the model can be loaded with', () => {
    const { manifest, weights } = trainSentiment(corpusOf({ lexicons: lists }), planOf(), quiet);
    expect(modelManifest.safeParse({ ...manifest, sha256: sha256Of(weights) }).success).toBe(true);
    expect(manifest).toMatchObject({
      name: 'synthetic',
      languages: ['en'],
      training: { rows: 600, validationRows: 150, lexicons: ['a', 'b'], plan: { seed: 1 } },
    });
  });
});

test('steps are told in order, up to all of them', () => {
  const steps: [string, number, number][] = [];
  const auxiliary = [{ name: 'more', texts: synthetic({ seed: 5, count: 30 }) }];
  trainSentiment(corpusOf({ auxiliary }), planOf(), (stage, done, total) => steps.push([stage, done, total]));
  expect(steps.map(([, done]) => done)).toEqual(steps.map((_, index) => index));
  expect(new Set(steps.map(([, , total]) => total))).toEqual(new Set([steps.length - 1]));
  expect(steps.at(-1)).toEqual(['done', steps.length - 1, steps.length - 1]);
  expect(new Set(steps.map(([stage]) => stage))).toEqual(
    new Set([
      'reading more',
      'learning from more',
      'reading texts',
      'learning',
      'quantizing',
      'calibrating',
      'done',
    ]),
  );
});
