/** Goal: which trend a term belongs to that has become surprising, given the posts it was seen in. */
import { expect, test } from 'vitest';
import { Board, type Hot } from '../../../src/core/trend/board.ts';
import type { Candidate } from '../../../src/core/trend/candidates.ts';
import { hashOf, keyOf } from '../../../src/core/trend/hash.ts';
import { RecentPosts } from '../../../src/core/trend/recent-posts.ts';
import type { Burst } from '../../../src/core/trend/score.ts';
import { trendConfig } from '../../../src/core/trend/trend.config.ts';
import { seededRandom } from '../../support/random.ts';
import { chatter, MINUTE, START_MS } from './stream.ts';

const POSTS = 40;

/** Posts by people of their own, in words of their own, a minute after each other. */
function postsOfMany(): RecentPosts {
  const random = seededRandom(1);
  const posts = new RecentPosts(POSTS);
  for (let number = 0; number < POSTS; number++) {
    const [id, timeMs] = [`p${number}`, START_MS + number * MINUTE];
    posts.add({ number, id, text: chatter(random), timeMs, authorId: `u${number}` });
  }
  return posts;
}

function candidate(text: string, posts: readonly number[]): Candidate {
  const hash = hashOf(text);
  const sightings = posts.map((post) => ({ post, timeMs: START_MS + post * MINUTE }));
  return {
    ...{ key: keyOf(hash), hash, kind: 'keyword', text, channel: 'social', sightings },
    spellings: new Map([[text, posts.length]]),
  };
}

function burst(score: number): Burst {
  return { score, observed: 5, expected: 0.1, spread: { dispersion: 0.1, posts: 100, among: 100 } };
}

/** The terms of the trends there are once each moment's terms, in the order of their score, have become surprising. */
function trendsOf(...moments: readonly (readonly [string, readonly number[]])[][]): string[][] {
  const board = new Board({
    ...{ pipeline: 'acme', config: trendConfig.parse({}), posts: postsOfMany() },
    measure: ({ peakScore }) => burst(peakScore),
    onTaken: () => undefined,
  });
  for (const moment of moments) {
    const hot = moment.map(([text, posts], at): Hot => ({
      candidate: candidate(text, posts),
      burst: burst(9 - at),
    }));
    board.gather(hot, START_MS + POSTS * MINUTE);
  }
  return [...board.live()].map(({ terms }) => [...terms.values()].map(({ text }) => text));
}

test.each<[string, (readonly [string, readonly number[]])[][], string[][]]>([
  [
    'terms of the same posts are one trend',
    [
      [
        ['icahn', [1, 2, 3]],
        ['carl', [1, 2, 4]],
      ],
    ],
    [['icahn', 'carl']],
  ],
  ['a third of the posts is enough', [[['icahn', [1, 2, 3]]], [['carl', [3, 4, 5]]]], [['icahn', 'carl']]],
  ['a quarter is not', [[['icahn', [1, 2, 3, 4]]], [['tv', [4, 5, 6, 7]]]], [['icahn'], ['tv']]],
  [
    'what rises with it only through another term rises with it',
    [
      [['icahn', [1, 2, 3, 4, 9]]],
      [
        ['shares', [4, 6, 7, 8]],
        ['stake', [3, 6, 8]],
      ],
    ],
    [['icahn', 'stake', 'shares']],
  ],
  [
    'one after the other they cannot know it: the first has begun a trend of its own',
    [[['icahn', [1, 2, 3, 4, 9]]], [['shares', [4, 6, 7, 8]]], [['stake', [3, 6, 8]]]],
    [['icahn'], ['shares', 'stake']],
  ],
  [
    'what begins gathers the rest of its moment',
    [
      [
        ['nest', [1, 2, 3]],
        ['earnings', [11, 12, 13, 14]],
        ['thermostat', [2, 3, 4]],
        ['call', [13, 14, 15]],
      ],
    ],
    [
      ['nest', 'thermostat'],
      ['earnings', 'call'],
    ],
  ],
  ['two are no trend of many', [[['icahn', [1, 2]]]], []],
])('%s', (_why, moments, expected) => {
  expect(trendsOf(...moments)).toEqual(expected);
});
