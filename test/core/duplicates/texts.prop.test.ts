/** Goal: near copies are found as an exact comparison of all runs finds them, and nothing else is. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bareWords, sampleRuns } from '../../../src/core/duplicates/shingles.ts';
import { RecentTexts, SAMPLE_MAX } from '../../../src/core/duplicates/texts.ts';
import { seededRandom } from '../../support/random.ts';
import { chatter } from '../trend/stream.ts';

const SIMILARITY = 0.4;
/** Documented: of the pairs that share half of their runs and more. */
const RECALL_MIN = 0.95;

const words = (text: string) => text.split(' ');
const runsOf = (text: string) => {
  const all = words(text);
  return new Set(all.slice(2).map((_, at) => all.slice(at, at + 3).join(' ')));
};

function jaccard(a: string, b: string): number {
  const [x, y] = [runsOf(a), runsOf(b)];
  const shared = [...x].filter((run) => y.has(run)).length;
  return shared / (x.size + y.size - shared);
}
const isContained = (a: string, b: string) => {
  const [x, y] = [runsOf(a), runsOf(b)];
  return [...x].filter((run) => y.has(run)).length >= 0.8 * Math.min(x.size, y.size);
};

const sampleOf = (text: string) => sampleRuns(bareWords(text), SAMPLE_MAX).map(({ low }) => low);

/** A text of up to 64 words, and what is left of it when some words are replaced. */
const pair = fc.record({ seed: fc.nat(), long: fc.integer({ min: 1, max: 8 }), replaced: fc.integer({ min: 0, max: 6 }) }).map(
  ({ seed, long, replaced }) => {
    const random = seededRandom(seed);
    const text = Array.from({ length: long }, () => chatter(random)).join(' ');
    const changed = words(text);
    for (let at = 0; at < replaced; at++) changed[Math.floor(random() * changed.length)] = `new${at}`;
    return [text, changed.join(' ')] as const;
  },
); // prettier-ignore

test('of pairs that share half of their runs, nearly all are found; what is found does share', () => {
  let alike = 0;
  let found = 0;
  fc.assert(
    fc.property(pair, fc.nat(), ([a, b], seed) => {
      const texts = new RecentTexts(1_024);
      const other = (sample: number[], key: number) =>
        texts.add({ sample, key, cluster: 0, author: undefined, timeMs: 1 }, 0);
      const number = other(sampleOf(a), 1);
      const random = seededRandom(seed);
      for (let at = 0; at < 50; at++) other(sampleOf(chatter(random)), at + 2);
      const matches = texts.find(sampleOf(b), undefined, SIMILARITY, 0);
      const exact = jaccard(a, b);
      const isFound = matches.some(({ text }) => text === number);
      if (exact >= 0.5) {
        alike += 1;
        if (isFound) found += 1;
      }
      // A sample of 16 runs errs by 0.12: what is found shares something like it, or lies within the other.
      if (isFound && !isContained(a, b)) expect(exact).toBeGreaterThan(SIMILARITY - 0.35);
      if (sampleOf(a).length < SAMPLE_MAX && sampleOf(b).length < SAMPLE_MAX && isFound)
        expect(exact >= SIMILARITY || isContained(a, b)).toBe(true);
    }),
    { numRuns: 600, seed: 20_260_105 },
  );
  expect(alike).toBeGreaterThan(150);
  expect(found / alike).toBeGreaterThanOrEqual(RECALL_MIN);
});

test('short texts are compared whole: found exactly when they share enough', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 4 }), (seed, replaced) => {
      const random = seededRandom(seed);
      const a = chatter(random);
      const changed = words(a);
      for (let at = 0; at < replaced; at++) changed[Math.floor(random() * changed.length)] = `new${at}`;
      const b = changed.join(' ');
      const texts = new RecentTexts(1_024);
      texts.add({ sample: sampleOf(a), key: 1, cluster: 0, author: undefined, timeMs: 1 }, 0);
      const [match] = texts.find(sampleOf(b), undefined, SIMILARITY, 0);
      const isAlike = jaccard(a, b) >= SIMILARITY || isContained(a, b);
      expect(match !== undefined).toBe(isAlike);
      if (match) expect(match.similarity).toBeCloseTo(jaccard(a, b), 9);
    }),
  );
});
