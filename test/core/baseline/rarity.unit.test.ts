/** Goal: extremes, news and trend, each by hand. */
import { describe, expect, test } from 'vitest';
import { Extremes } from '../../../src/core/baseline/extremes.ts';
import { News } from '../../../src/core/baseline/news.ts';
import { Trend } from '../../../src/core/baseline/trend.ts';
import { seededRandom } from '../../support/random.ts';
import { DAY_MS, HOUR_MS, normal } from './traffic.ts';

describe('extremes', () => {
  const after = (maxima: readonly number[]) => {
    const extremes = new Extremes();
    for (const maximum of maxima) {
      extremes.offer(maximum - 1);
      extremes.offer(maximum);
      extremes.closeBlock(true);
    }
    return extremes;
  };

  test('an exponential tail is measured: each e-fold rarer is one more', () => {
    const random = seededRandom(2);
    const extremes = after(Array.from({ length: 56 }, () => 3 - 0.5 * Math.log(1 - random())));
    const tail = Array.from({ length: 20_000 }, () => 3 - 0.5 * Math.log(1 - random()));
    const beyond = (deviation: number) => tail.filter((one) => one > deviation).length / tail.length;
    const [at0, at2] = [extremes.location, extremes.location + 2 * extremes.scale];
    expect(beyond(at0)).toBeGreaterThan(0.08);
    expect(beyond(at0)).toBeLessThan(0.35);
    expect(beyond(at2) / beyond(at0)).toBeGreaterThan(Math.exp(-3.2));
    expect(beyond(at2) / beyond(at0)).toBeLessThan(Math.exp(-1.2));
  });

  test('keeps four weeks of half-days', () => {
    const extremes = after(Array.from({ length: 200 }, (_, i) => (i < 100 ? 50 : 1)));
    expect(extremes.blocks).toBe(56);
    expect(extremes.location).toBeLessThan(1.1);
  });

  test('a block that saw too little is left out', () => {
    const extremes = after([1, 1, 1]);
    extremes.offer(99);
    extremes.closeBlock(false);
    expect(extremes.state).toEqual({ maxima: [1, 1, 1], open: null });
  });
});

describe('news', () => {
  test.each([
    ['the first unusual thing', [[0, 2]], [true]],
    ['what is usual is not', [[0, -0.1]], [false]],
    [
      'the same again is told',
      [
        [0, 2],
        [1, 2],
        [2, 2.9],
      ],
      [true, false, false],
    ],
    [
      'clearly rarer is news',
      [
        [0, 2],
        [1, 3.1],
      ],
      [true, true],
    ],
    [
      'an event that is over',
      [
        [0, 2],
        [13, 2],
      ],
      [true, true],
    ],
    [
      'usual does not prolong it',
      [
        [0, 2],
        [6, -1],
        [13, 1],
      ],
      [true, false, true],
    ],
    [
      'while it lasts it is told once a day',
      [...Array(49).keys()].map((hour) => [hour, 2]),
      [...Array(49).keys()].map((hour) => hour % 24 === 0),
    ],
  ] as const)('%s', (_what, steps, expected) => {
    let news = new News();
    const told = steps.map(([hour = 0, rarity = 0]) => {
      const answer = news.isNews(START_MS + hour * HOUR_MS, rarity);
      news = new News(news.state);
      return answer;
    });
    expect(told).toEqual(expected);
  });
  const START_MS = 400 * DAY_MS;
});

describe('trend', () => {
  const slopeOf = (days: number, day: (index: number) => number) => {
    const trend = new Trend();
    for (let i = 0; i < days; i++) trend.addDay(day(i));
    expect(new Trend(trend.state).slope).toBe(trend.slope);
    return trend.slope;
  };

  test('none in noise, none in few days, the slope of a line with outliers', () => {
    const random = seededRandom(3);
    expect(slopeOf(28, () => normal(random))).toBe(0);
    expect(slopeOf(9, (i) => i)).toBe(0);
    expect(slopeOf(40, (i) => 0.1 * i + (i % 9 === 0 ? 5 : 0) + 0.01 * normal(random))).toBeCloseTo(0.1, 1);
  });
});
