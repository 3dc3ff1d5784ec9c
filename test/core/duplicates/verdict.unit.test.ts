/** Goal: what each sign needs, on both sides of its threshold. One row a sign. */
import { expect, test } from 'vitest';
import { judgeCluster, type ClusterSigns } from '../../../src/core/duplicates/verdict.ts';

const LIMITS = { copiesMin: 50, pointsMin: 2 };
/** Nothing speaks for or against. */
const PLAIN: ClusterSigns = {
  copies: 200, words: 12, authors: 200, topAuthorShare: 0.01, repeatedShare: 0, botShare: 0, strangersShare: 0.5,
  knownShare: 0.5, ringShare: 0, voicesShare: 0.1, isWatched: true, earlyShare: 1, busiestHour: 80,
  pauseVariation: 1, pauses: 63,
}; // prettier-ignore

test.each<[string, Partial<ClusterSigns>, string[]]>([
  ['nothing', {}, []],
  ['repeated', { repeatedShare: 0.5 }, ['repeated']],
  ['not quite repeated', { repeatedShare: 0.49 }, []],
  ['one account', { topAuthorShare: 0.25 }, ['concentrated']],
  ['bots', { botShare: 0.5 }, ['bots']],
  ['strangers', { strangersShare: 0.95 }, ['strangers']],
  ['strangers where everyone is one', { strangersShare: 1, knownShare: 0.04 }, []],
  ['strangers where ten known ones were to come', { strangersShare: 1, knownShare: 0.05 }, ['strangers']],
  ['strangers, and a quarter of those', { strangersShare: 0.976, knownShare: 0.1 }, ['strangers']],
  ['strangers, and more than a quarter of those', { strangersShare: 0.974, knownShare: 0.1 }, []],
  ['strangers, but few', { strangersShare: 1, authors: 19 }, []],
  ['a ring', { ringShare: 0.3 }, ['ring']],
  ['silence', { voicesShare: 0.05 }, ['alone']],
  ['silence that nobody listened to', { voicesShare: 0, isWatched: false }, []],
  ['voices', { voicesShare: 0.3 }, ['voices']],
  ['late', { earlyShare: 0.25, busiestHour: 20 }, ['late']],
  ['late, by a handful', { earlyShare: 0.25, busiestHour: 19 }, []],
  ['by the clock', { pauseVariation: 0.35 }, ['regular']],
  ['by the clock, a few times', { pauseVariation: 0, pauses: 29 }, []],
  ['few', { copies: 49, repeatedShare: 1 }, ['few_copies']],
  ['short', { words: 4, repeatedShare: 1 }, ['short_text']],
])('%s', (_what, signs, reasons) => {
  const judged = judgeCluster({ ...PLAIN, ...signs }, LIMITS);
  expect(judged.reasons.map(({ reason }) => reason)).toEqual(reasons);
});

test.each<[Partial<ClusterSigns>, string]>([
  [{ voicesShare: 0 }, 'organic'],
  [{ voicesShare: 0, strangersShare: 1 }, 'coordinated'],
  [{ strangersShare: 1, earlyShare: 0, voicesShare: 0.2 }, 'coordinated'],
  [{ strangersShare: 1, earlyShare: 0, voicesShare: 1 }, 'organic'],
  [{ repeatedShare: 1 }, 'coordinated'],
])('%o: %s', (signs, verdict) => {
  expect(judgeCluster({ ...PLAIN, ...signs }, LIMITS).verdict).toBe(verdict);
});
