/** Goal: how strong a text is, against sums reckoned by hand, and what each token adds to it. */
import { describe, expect, test } from 'vitest';
import { intensityOf } from '../../../../src/core/sentiment/model/intensity.ts';
import { analyzerOf, type Valences } from './support-analysis.ts';

/** What a lexicon does not know counts as 0 in the mean. */
const LEXICON: Valences = {
  good: [2.5, 1.5],
  bad: [-2.5, -1.5],
  slow: [0, -1.5],
  ':happy': [2.5, 1.5],
  '😀': [2, 1],
};

function readingOf(text: string) {
  const scan = analyzerOf(LEXICON)(text);
  const parts = new Float64Array(scan.count);
  const { value, sum } = intensityOf(scan, 2, parts);
  return { value, sum, parts: [...parts] };
}

describe('the sum of valences', () => {
  test.each<[string, string, number]>([
    ['nothing', '', 0],
    ['nothing known', 'the table!!!', 0],
    ['a word', 'good', 2],
    ['that one lexicon of two knows', 'slow', -0.75],
    ['two words', 'good bad', 0],
    ['in context', 'very good', 2 + 0.293],
    ['negated', 'not good', -0.74 * 2],
    ['a face is not negated', 'no school :)', 2],
    ['nor is an emoji', 'no school 😀', 1.5],
    ['shouted', 'good!', 2 + 0.292],
    ['shouted, negative', 'bad!!', -2 - 2 * 0.292],
    ['shouted by more than four', 'good!!!!!!!!', 2 + 4 * 0.292],
    ['marks in two places', 'good! good!', 4 + 2 * 0.292],
    ['asked', 'good?!', 2],
    ['before a contrast', 'good but late', 1],
    ['behind a contrast', 'late but good', 3],
    ['on both sides', 'good but bad', 1 - 3],
  ])('%s', (_why, text, expected) => {
    const { value, sum, parts } = readingOf(text);
    expect(sum).toBeCloseTo(expected, 9);
    expect(parts.reduce((all, part) => all + part, 0)).toBeCloseTo(expected, 9);
    expect(value).toBeCloseTo(expected / Math.sqrt(expected * expected + 8), 9);
  });
});

test('each token says what it adds', () => {
  expect(readingOf('so good!').parts.map((part) => Number(part.toFixed(3)))).toEqual([0, 2.293, 0.292]);
});

test('however long, it stays below 1', () => {
  const { value } = readingOf('good '.repeat(800));
  expect(value).toBeGreaterThan(0.99);
  expect(value).toBeLessThan(1);
});
