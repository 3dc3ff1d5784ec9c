/** Goal: scores order texts as people do, by degrees, capitals, marks, negations, faces and slang; and better than a word list. */
import { describe, expect, test } from 'vitest';
import type { SentimentEngine } from '../../../src/core/sentiment/engine.port.ts';
import { scoreIn } from '../../../src/core/sentiment/explanation.ts';
import { naturalEngine } from '../../../src/core/sentiment/natural.engine.ts';
import { LADDERS, PAIRS } from './grades.ts';
import { openDefaultEngine } from './support.ts';

const linesOf = (lines: string) =>
  lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
const pairs = Object.entries(PAIRS).flatMap(([category, lines]) =>
  linesOf(lines).map((line) => ({ category, steps: line.split(' < ') })),
);
const ladders = linesOf(LADDERS).map((line) => line.split(' | '));

const engine = await openDefaultEngine();
const scoreBy =
  ({ read }: Pick<SentimentEngine, 'read'>) =>
  (text: string) =>
    scoreIn(read(text, { language: 'en' }));
type Score = (text: string) => number;

const rises = (score: Score, [lower = '', higher = '']: readonly string[]) => score(higher) > score(lower);
const shareRising = (score: Score, of: readonly { steps: readonly string[] }[]) =>
  of.filter(({ steps }) => rises(score, steps)).length / of.length;

/** Kendall's tau of a ladder: of all pairs of its steps, those that rise less those that fall. */
function tauOf(score: Score, steps: readonly string[]): number {
  const scores = steps.map(score);
  let [sum, count] = [0, 0];
  for (const [index, higher] of scores.entries())
    for (const lower of scores.slice(0, index)) {
      sum += Math.sign(higher - lower);
      count += 1;
    }
  return sum / count;
}
const meanTau = (score: Score) =>
  ladders.reduce((sum, steps) => sum + tauOf(score, steps), 0) / ladders.length;

test('the set is large, and says nothing twice', () => {
  expect(pairs.length).toBeGreaterThanOrEqual(250);
  expect(ladders.length).toBeGreaterThanOrEqual(60);
  const texts = pairs.map(({ steps }) => steps.join(' < '));
  expect(new Set(texts).size).toBe(texts.length);
  for (const { steps } of pairs) expect(steps).toHaveLength(2);
  for (const steps of ladders) expect(steps.length, steps[0]).toBeGreaterThanOrEqual(3);
});

describe('pairs', () => {
  const least: Readonly<Record<string, number>> = {
    booster: 0.9,
    dampener: 0.85,
    elongation: 0.85,
    negation: 0.85,
    slang: 0.75,
    grade: 0.85,
  };

  test.each(Object.keys(PAIRS))('%s', (category) => {
    const own = pairs.filter((pair) => pair.category === category);
    const wrong = own.filter(({ steps }) => !rises(scoreBy(engine), steps));
    const named = wrong.map(({ steps }) => steps.join(' < ')).join('\n');
    expect(1 - wrong.length / own.length, named).toBeGreaterThanOrEqual(least[category] ?? 0.92);
  });
});

test('all, and better than a word list', () => {
  const [ours, words] = [scoreBy(engine), scoreBy(naturalEngine)];
  expect(shareRising(ours, pairs)).toBeGreaterThanOrEqual(0.93);
  expect(shareRising(ours, pairs)).toBeGreaterThan(shareRising(words, pairs) + 0.2);
  expect(meanTau(ours)).toBeGreaterThanOrEqual(0.92);
  expect(meanTau(ours)).toBeGreaterThan(meanTau(words) + 0.05);
});

test('negative control: an engine that says always the same orders nothing', () => {
  const same = scoreBy({ read: () => ({ probability: { negative: 0.2, neutral: 0.3, positive: 0.5 } }) });
  expect(shareRising(same, pairs)).toBe(0);
  expect(meanTau(same)).toBe(0);
});
