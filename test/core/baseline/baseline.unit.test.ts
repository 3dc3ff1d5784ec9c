/** Goal: what is expected, what is told, and why, one row or scenario a rule. */
import { describe, expect, test } from 'vitest';
import { Baseline } from '../../../src/core/baseline/baseline.ts';
import type { Reading } from '../../../src/core/baseline/reading.ts';
import { scoreMin, type SeriesKind } from '../../../src/core/baseline/baseline.config.ts';
import { seededRandom } from '../../support/random.ts';
import {
  counts,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  negativeBinomial,
  normal,
  START_MS,
  type Traffic,
} from './traffic.ts';

const PANE_MS = 5 * MINUTE_MS;
const DAY_PANES = DAY_MS / PANE_MS;

/** A baseline that has seen `days` of it; goes on with whatever it is given. */
function trained(kind: SeriesKind, days: number, value: (index: number) => number, paneMs = PANE_MS) {
  const baseline = new Baseline({ kind, pane: paneMs });
  let index = 0;
  const observe = (next: number | undefined): Reading => baseline.observe(START_MS + index++ * paneMs, next);
  for (const end = (days * DAY_MS) / paneMs; index < end;) observe(value(index));
  return { baseline, observe };
}

const steady = (mean: number, seed = 1): (() => number) => {
  const random = seededRandom(seed);
  return () => negativeBinomial(random, mean, 0.1);
};
const alarms = (readings: readonly Reading[]) =>
  readings.filter(({ score }) => score >= scoreMin('balanced'));

describe('told', () => {
  test.each<[string, SeriesKind, () => number, number, 'up' | 'down']>([
    ['a surge of a count', 'count', steady(20), 160, 'up'],
    ['a count that falls silent', 'count', steady(60), 0, 'down'],
    ['a share that jumps', 'share', () => 0.3, 0.8, 'up'],
    ['a share that falls', 'share', () => 0.6, 0.1, 'down'],
    ['a value that jumps', 'value', () => -5, 20, 'up'],
    ['a value that falls', 'value', () => 100, 10, 'down'],
  ])('%s', (_what, kind, usual, unusual, direction) => {
    const noise = seededRandom(9);
    const noisy = () => {
      if (kind === 'count') return usual();
      return usual() + (kind === 'share' ? 0.02 : 1) * normal(noise);
    };
    const { observe } = trained(kind, 15, noisy);
    const readings = Array.from({ length: 12 }, () => observe(unusual));
    const [first, ...more] = alarms(readings);
    expect(first).toMatchObject({ direction, reason: 'unusual' });
    expect(more.length).toBeLessThanOrEqual(2); // It may get worse before it is known.
    expect(readings.at(-1)).toMatchObject({ direction, reason: 'told', score: 0 });
    expect(readings.at(-1)?.unusualness).toBeGreaterThanOrEqual(scoreMin('balanced'));
  });

  test('a few mentions are no surge, however few were expected', () => {
    const { observe } = trained('count', 20, steady(0.05));
    expect(alarms([observe(2), observe(0), observe(1)])).toEqual([]);
    expect(alarms([observe(30)])).toHaveLength(1);
  });

  test('a new level is told now and then while it is news, and then it is what is expected', () => {
    const { observe } = trained('count', 20, steady(20));
    const louder = steady(80, 2);
    const weeks = [0, 1, 2, 3, 4, 5].map(() =>
      Array.from({ length: 7 * DAY_PANES }, () => observe(louder())),
    );
    const told = weeks.map((week) => alarms(week).length);
    expect(told[0]).toBeGreaterThanOrEqual(1);
    expect(told[0]).toBeLessThanOrEqual(8);
    expect(told.slice(3)).toEqual([0, 0, 0]);
    expect(weeks.at(-1)?.at(-1)?.expected).toBeGreaterThan(60);
  });

  test('what was just flagged does not become what is expected', () => {
    const { observe } = trained('count', 20, steady(20));
    const before = observe(20).expected ?? 0;
    for (let i = 0; i < 24; i++) observe(2_000);
    expect(observe(20).expected).toBeLessThan(1.1 * before);
  });

  test('a series that bursts every day is measured against its own bursts', () => {
    const burst = steady(20);
    const daily = (index: number) => burst() * (index % DAY_PANES === 100 ? 10 : 1);
    const calm = trained('count', 28, steady(20)).observe(200);
    const bursting = trained('count', 28, daily).observe(200);
    expect(alarms([calm])).toHaveLength(1);
    expect(alarms([bursting])).toHaveLength(0);
  });
});

describe('expected', () => {
  const follow = (traffic: Traffic, days: number, paneMs: number) => {
    const baseline = new Baseline({ kind: 'count', pane: paneMs });
    const errors = { expected: 0, flat: 0, panes: 0 };
    let mean = 0;
    const all = [...counts(traffic, { random: seededRandom(4), days, paneMs })];
    for (const [i, observation] of all.entries()) {
      const { expected = 0 } = baseline.observe(observation.timeMs, observation.value);
      mean += (observation.mean - mean) / (i + 1);
      if (i < all.length / 2) continue;
      errors.expected += Math.abs(expected - observation.mean) / observation.mean;
      errors.flat += Math.abs(mean - observation.mean) / observation.mean;
      errors.panes += 1;
    }
    const state = baseline.snapshot();
    return { ...errors, mean: errors.expected / errors.panes, uses: state?.season.uses };
  };

  test.each([
    ['constant', { base: 20, dispersion: 0.2 }, { hours: false, weekdays: false }, 0.05],
    ['a daily rhythm', { base: 20, dispersion: 0.2, daily: 0.8 }, { hours: true, weekdays: false }, 0.1],
    [
      'days and weekends',
      { base: 20, dispersion: 0.2, daily: 0.6, weekend: 0.7 },
      { hours: true, weekdays: true },
      0.12,
    ],
    ['growth', { base: 20, dispersion: 0.2, growth: 6 }, { hours: false, weekdays: false }, 0.1],
  ] as const)('%s', (_what, traffic, uses, errorMax) => {
    const found = follow(traffic, 70, 15 * MINUTE_MS);
    expect(found.uses).toEqual(uses);
    expect(found.mean).toBeLessThan(errorMax);
  });

  test('weekdays show in daily panes, hours cannot', () => {
    const found = follow({ base: 500, dispersion: 0.02, weekend: 0.6 }, 200, DAY_MS);
    expect(found.uses).toEqual({ hours: false, weekdays: true });
    expect(found.mean).toBeLessThan(0.15);
  });

  test('a gap is not zeros', () => {
    const gap = trained('count', 10, steady(50));
    for (let i = 0; i < 5 * DAY_PANES; i++) expect(gap.observe(undefined).score).toBe(0);
    const zeros = trained('count', 10, steady(50));
    const told = Array.from({ length: 5 * DAY_PANES }, () => zeros.observe(0));
    expect(alarms(told).length).toBeGreaterThanOrEqual(1);
    expect(gap.observe(50).expected).toBeGreaterThan(40);
    expect(zeros.observe(50).expected).toBeLessThan(35);
  });

  test('the band holds nearly all of an ordinary day', () => {
    const traffic = steady(20);
    const { observe } = trained('count', 28, traffic);
    const week = Array.from({ length: 7 * DAY_PANES }, () => observe(traffic()));
    const inside = week.filter(({ observed = 0, low = 0, high = 0 }) => observed >= low && observed <= high);
    expect(inside.length / week.length).toBeGreaterThan(0.95);
  });
});

describe('reasons', () => {
  test('warming up: nothing expected at first, no score in the first half-days (hourly: three)', () => {
    const baseline = new Baseline({ kind: 'count', pane: HOUR_MS });
    const readings = Array.from({ length: 40 }, (_, i) =>
      baseline.observe(START_MS + i * HOUR_MS, i === 30 ? 900 : 5),
    );
    expect(readings[0]).toMatchObject({ expected: undefined, reason: 'warming_up' });
    expect(
      readings
        .slice(1, 36)
        .every(({ reason, expected }) => reason === 'warming_up' && expected !== undefined),
    ).toBe(true);
    expect(readings[39]?.reason).not.toBe('warming_up');
  });

  test.each([
    ['count', -1],
    ['share', -0.01],
    ['share', 1.01],
    ['count', NaN],
    ['value', Infinity],
  ] as const)('a %s of %d is refused', (kind, value) => {
    const { observe } = trained(kind, 2, () => 0.5);
    expect(observe(value)).toMatchObject({ reason: 'bad_value', score: 0, direction: 'none' });
  });

  test('a share of one post says little, the same share of many a lot', () => {
    const told = [1, 400].map((posts) => {
      const baseline = new Baseline({ kind: 'share', pane: PANE_MS });
      const random = seededRandom(5);
      let i = 0;
      for (; i < 14 * DAY_PANES; i++) {
        baseline.observe(START_MS + i * PANE_MS, negativeBinomial(random, 5, 0) / 40, 40);
      }
      return alarms([baseline.observe(START_MS + i * PANE_MS, 1, posts)]).length;
    });
    expect(told).toEqual([0, 1]);
  });

  test('a state of another series is refused, with what it is of', () => {
    const { baseline } = trained('count', 1, steady(1));
    expect(() => new Baseline({ kind: 'share', pane: PANE_MS }, baseline.snapshot())).toThrow(
      'baseline state is of version 1, kind count, pane 300000ms; it must be of version 1, kind share, pane 300000ms',
    );
  });
});

test.each([
  [1, false],
  [2, false],
  [3, true],
])('where nothing is expected, %i posts are a surge: %s', (posts, isTold) => {
  const { observe } = trained('count', 10, () => 0);
  const readings = [observe(posts), ...Array.from({ length: 12 }, () => observe(0))];
  expect(alarms(readings).length > 0).toBe(isTold);
});
