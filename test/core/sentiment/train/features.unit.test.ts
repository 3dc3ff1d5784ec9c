/** Goal: what the trainer makes of texts, lexicons and vectors, and how much each text counts. */
import { describe, expect, test } from 'vitest';
import { denseSize } from '../../../../src/core/sentiment/model/dense.ts';
import { combine } from '../../../../src/core/sentiment/model/hash.ts';
import { CONSTANT, languageSeed } from '../../../../src/core/sentiment/model/ngrams.ts';
import { describeWord, entryHash } from '../../../../src/core/sentiment/model/words.ts';
import type { TrainingText } from '../../../../src/core/sentiment/train/corpus.ts';
import { createExampleReader, VECTOR_SCALE } from '../../../../src/core/sentiment/train/examples.ts';
import { createLexicon } from '../../../../src/core/sentiment/train/lexicon.ts';
import { createVectorTable } from '../../../../src/core/sentiment/train/vectors.ts';
import { noVectors } from './support.ts';

describe('lexicon', () => {
  const lexicon = createLexicon([
    new Map([
      ['Good', 1.9],
      ['so', 0.5],
      ['in love', 3],
      ['well-made', 2],
      ['👍🏽', 1.234],
      ['86', -1.6],
      ['8d', 1.7],
      ['gr8', 2.7],
      [':happy', 2],
    ]),
    new Map([
      ['good', 3],
      ['huge', 40],
    ]),
  ]);
  const of = (kind: 'word' | 'emoji' | 'emoticon' | 'hashtag', spelling: string) =>
    lexicon.valencesOf(describeWord(kind, spelling));

  test.each([
    ['word', 'GOOD', [1.92, 3]],
    ['hashtag', '#good', [1.92, 3]],
    ['word', 'goooood', [1.92, 3]],
    ['word', 'soooo', [0.48, 0]],
    ['emoji', '👍', [1.24, 0]],
    ['emoji', '👍🏿', [1.24, 0]],
    ['emoticon', ':-))', [2, 0]],
    ['word', 'huge', [0, 127 / 25]],
    ['word', 'gr8', [2.72, 0]],
    ['word', '3d', undefined],
    ['word', 'love', undefined],
    ['word', 'well', undefined],
    ['word', 'happy', undefined],
  ] as const)('%s %s: %j', (kind, spelling, expected) => {
    const found = of(kind, spelling);
    if (expected === undefined) expect(found).toBeUndefined();
    else for (const [index, value] of expected.entries()) expect(found?.[index]).toBeCloseTo(value, 1);
  });

  test('keys ascend; phrases, hyphenated words and numbers are left out', () => {
    expect([...lexicon.keys]).toEqual([...lexicon.keys].sort((a, b) => a - b));
    expect(lexicon.keys).toHaveLength(6);
    expect(lexicon.valences).toHaveLength(12);
    expect(lexicon.lexicons).toBe(2);
  });

  test('the order of entries does not show', () => {
    const entries = [
      ['good', 2],
      ['bad', -2],
      ['so', 1],
    ] as const;
    expect(createLexicon([new Map(entries)]).keys).toEqual(
      createLexicon([new Map(entries.toReversed())]).keys,
    );
  });

  test('what the trainer sees is what the file keeps', () => {
    for (const [index, key] of [...lexicon.keys].entries()) {
      if (key !== entryHash('good')) continue;
      expect([...lexicon.valences.slice(index * 2, index * 2 + 2)].map((byte) => byte / 25)).toEqual(
        of('word', 'good'),
      );
    }
  });
});

describe('vectors', () => {
  const table = createVectorTable({
    words: ['good', 'Good', 'skyline'],
    dimensions: 2,
    values: Float32Array.of(1, 2, 3, 4, 5, 6),
  });
  const row = (spelling: string) => table.rowOf(describeWord('word', spelling));

  test('the more frequent of two that compare alike; the stem when a word has none', () => {
    expect([row('GOOD'), row("skyline's"), row('skyline'), row('bad')]).toEqual([0, 2, 2, -1]);
  });

  test('rows are added', () => {
    const sum = Float32Array.of(10, 10);
    table.addRow(2, sum);
    expect([...sum]).toEqual([15, 16]);
  });
});

const readerOf = (fields: { auxiliary?: number; languageCopies?: boolean } = {}) =>
  createExampleReader({
    bits: 20,
    lexicon: createLexicon([]),
    vectors: createVectorTable({ words: ['up', 'down'], dimensions: 2, values: Float32Array.of(1, 0, 0, 1) }),
    auxiliary: 0,
    languageCopies: false,
    teaching: { weight: 0.7, share: 0.3 },
    ...fields,
  });

describe('examples', () => {
  const textsOf = (...texts: string[]): TrainingText[] => texts.map((text) => ({ text, label: 1 }));

  test('a row: dense, pooled vector, room', () => {
    const { width, numbers, offsets, count } = readerOf({ auxiliary: 3 })(textsOf('up up down table', 'up'));
    expect([width, count, offsets[0]]).toEqual([denseSize(0) + 2 + 3, 2, 0]);
    const at = denseSize(0);
    const scale = VECTOR_SCALE / Math.sqrt(3);
    const close = (values: readonly number[]) => values.map((value): unknown => expect.closeTo(value, 6));
    expect([...numbers.slice(at, width)]).toEqual(close([2 * scale, scale, 0, 0, 0]));
    expect([...numbers.slice(width + at, 2 * width)]).toEqual(close([VECTOR_SCALE, 0, 0, 0, 0]));
  });

  test('buckets of each text lie between its offsets', () => {
    const reader = readerOf();
    const both = reader(textsOf('good', 'not bad'));
    const second = reader(textsOf('not bad'));
    expect([...both.buckets.slice(both.offsets[1], both.offsets[2])]).toEqual([...second.buckets]);
    expect(both.offsets[2]).toBe(both.buckets.length);
  });

  test('more features than there is room for at first', () => {
    const { buckets, offsets } = readerOf()(
      textsOf(...Array.from({ length: 400 }, (_, n) => `w${n} `.repeat(400))),
    );
    expect(buckets.length).toBeGreaterThan(1 << 20);
    expect([offsets.at(-1), buckets.at(-1) === 0]).toEqual([buckets.length, false]);
  });

  test('copies of a language, but for every eighth text', () => {
    const texts = Array.from({ length: 9 }, (): TrainingText => ({ text: '!', label: 1, language: 'de' }));
    const { buckets, offsets } = readerOf({ languageCopies: true })(texts);
    const mask = (1 << 20) - 1;
    const sizes = texts.map((_, n) => (offsets[n + 1] ?? 0) - (offsets[n] ?? 0));
    expect(sizes).toEqual([2, 4, 4, 4, 4, 4, 4, 4, 2]);
    const { hash } = describeWord('mark', '!');
    const copies = [CONSTANT, hash].flatMap((feature) => [
      feature & mask,
      combine(feature, languageSeed('de')) & mask,
    ]);
    expect([...buckets.slice(offsets[1], offsets[2])]).toEqual(copies);
  });
});

describe('weights', () => {
  const weightsOf = (texts: readonly Omit<TrainingText, 'text'>[]) =>
    Array.from(readerOf()(texts.map((text) => ({ text: '', ...text }))).weights, (weight) =>
      Number(weight.toFixed(5)),
    );

  test.each<[string, Omit<TrainingText, 'text'>[], number[]]>([
    ['balanced classes count 1', [{ label: 0 }, { label: 1 }, { label: 2 }], [1, 1, 1]],
    [
      'a rare class counts more',
      [{ label: 0 }, { label: 0 }, { label: 0 }, { label: 2 }],
      [0.66667, 0.66667, 0.66667, 2],
    ],
    ['one class alone', [{ label: 2 }, { label: 2 }], [1, 1]],
    [
      'within each language',
      [
        { label: 0, language: 'de' },
        { label: 0, language: 'de' },
        { label: 2, language: 'de' },
        { label: 0, language: 'fr' },
        { label: 2, language: 'fr' },
      ],
      [0.75, 0.75, 1.5, 1, 1],
    ],
    [
      'with a weight of their own',
      [
        { label: 0, language: 'en' },
        { label: 2, language: 'en' },
        { label: 0, language: 'en', weight: 0.3 },
        { label: 2, language: 'en', weight: 0.3 },
      ],
      [1, 1, 0.3, 0.3],
    ],
  ])('%s', (_why, texts, expected) => {
    expect(weightsOf(texts)).toEqual(expected);
  });
});

test('no vectors are no numbers', () => {
  expect(createVectorTable(noVectors).rowOf(describeWord('word', 'good'))).toBe(-1);
});
