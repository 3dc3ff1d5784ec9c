/** Goal: what marks teach, and that a layer is a function of the marks the stream still holds: however they came in, whoever
 *  read them, from wherever. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUCKETS, markFeatures, WORDS_MAX } from '../../../../src/core/relevance/marks/features.ts';
import {
  GrowingLayer,
  MARK_LAYER_LIMITS,
  type LayerMark,
} from '../../../../src/core/relevance/marks/layer.ts';

const WORDS = ['acme', 'tools', 'sale', 'late', 'flight', 'crew', 'the', 'and', 'refund', 'bag'];
const texts = fc
  .array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 8 })
  .map((words) => words.join(' '));
const marks = fc.array(
  fc.record({
    key: fc.integer({ min: 0, max: 30 }).map(String),
    keep: fc.boolean(),
    text: texts,
    base: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { maxLength: 80 },
);
const marksOf = (drafts: readonly { key: string; keep: boolean; text: string; base: number }[]) =>
  drafts.map(({ text, ...mark }, at): LayerMark => ({
    ...mark,
    sequence: at + 1,
    features: markFeatures(text),
  }));

function layerOf(batches: readonly (readonly LayerMark[])[], firstSequence = 0): GrowingLayer {
  const layer = new GrowingLayer();
  for (const batch of batches) layer.add(batch);
  layer.add([], firstSequence);
  return layer;
}

describe('a layer', () => {
  test('is the same whatever the batches, and for whoever comes later to a stream that has let go of its beginning', () => {
    fc.assert(
      fc.property(marks, fc.array(fc.nat(10)), fc.nat(80), texts, (drafts, sizes, first, probe) => {
        const all = marksOf(drafts);
        const batches: LayerMark[][] = [];
        let rest = all;
        for (const size of sizes) {
          batches.push(rest.slice(0, size));
          rest = rest.slice(size);
        }
        const features = markFeatures(probe);
        const followed = layerOf([...batches, rest], first);
        const late = layerOf([all.filter(({ sequence }) => sequence >= first)]);
        expect(followed.state.marks).toBe(late.state.marks);
        expect(followed.correction(features)).toBe(late.correction(features));
        expect(Number.isFinite(followed.correction(features))).toBe(true);
      }),
    );
  });

  test('holds a bounded number of marks: the oldest leave, and are forgotten', () => {
    const { marksMax } = MARK_LAYER_LIMITS;
    const features = markFeatures('acme tools');
    const many = Array.from({ length: marksMax + 250 }, (_, at): LayerMark => {
      return { key: String(at), sequence: at + 1, keep: at % 3 === 0, features, base: 0.4 };
    });
    const layer = new GrowingLayer();
    const leftOut = [many.slice(0, 700), many.slice(700)].map((batch) => layer.add(batch).leftOut);
    expect([layer.state.marks, ...leftOut]).toEqual([marksMax, 0, 250]);
    expect(layer.correction(features)).toBe(layerOf([many.slice(250)]).correction(features));
  });
});

test('a mark moves its own text most, what resembles it less, and the rest hardly', () => {
  const layer = layerOf([
    marksOf([{ key: 'a', keep: false, text: 'acme power tools sale today', base: 0.9 }]),
  ]);
  const [same, alike, other] = [
    'acme power tools sale today',
    'new acme tools in the shop',
    'the flight is late today',
  ].map((text) => layer.correction(markFeatures(text)));
  expect(same).toBeLessThan(-1.2);
  expect(alike).toBeLessThan(-0.1);
  expect(alike).toBeGreaterThan((same ?? 0) / 2);
  expect(Math.abs(other ?? 1)).toBeLessThan(0.25);
});

test('a mark that says what the model says changes next to nothing; the last word on a message counts', () => {
  const text = 'acme tools';
  const features = markFeatures(text);
  const agreeing = layerOf([marksOf([{ key: 'a', keep: true, text, base: 0.99 }])]);
  expect(agreeing.correction(features)).toBeLessThan(0.03);
  const first = { key: 'a', keep: false, text, base: 0.5 };
  const changed = layerOf([marksOf([first]), marksOf([first, { ...first, keep: true }]).slice(1)]);
  expect(changed.state.marks).toBe(1);
  expect(changed.correction(features)).toBeCloseTo(1, 5);
});

test('a wrong mark is outvoted, and later marks count more than earlier ones', () => {
  const text = 'acme tools';
  const row = (at: number, keep: boolean) => ({ key: String(at), keep, text, base: 0.5 });
  const wrongThenRight = layerOf([
    marksOf([row(0, false), ...Array.from({ length: 6 }, (_, at) => row(at + 1, true))]),
  ]);
  expect(wrongThenRight.correction(markFeatures(text))).toBeGreaterThan(1);
});

test('features of any text are bounded, of length 1, and the same for the same text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 4_096 }), (text) => {
      const { buckets, values } = markFeatures(text);
      expect(buckets.length).toBe(values.length);
      expect(buckets.length).toBeLessThanOrEqual(3 * WORDS_MAX);
      expect(buckets.every((bucket) => bucket < BUCKETS)).toBe(true);
      const length = values.reduce((sum, value) => sum + value * value, 0);
      if (values.length > 0) expect(length).toBeCloseTo(1, 4);
      expect(markFeatures(text)).toEqual({ buckets, values });
    }),
    { numRuns: 50 },
  );
});
