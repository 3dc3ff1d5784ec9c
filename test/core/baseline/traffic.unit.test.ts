/** Goal: a year without an event stays under one alarm a week at `balanced`, and surges planted into the same year are found. */
import { expect, test } from 'vitest';
import { Baseline } from '../../../src/core/baseline/baseline.ts';
import { scoreMin } from '../../../src/core/baseline/baseline.config.ts';
import { seededRandom } from '../../support/random.ts';
import { counts, DAY_MS, HOUR_MS, MINUTE_MS, START_MS, type Traffic } from './traffic.ts';

const PANE_MS = 5 * MINUTE_MS;
const QUARTER_MS = 15 * MINUTE_MS;
const DAYS = 365;
const WEEKS = DAYS / 7;
const DAY_PANES = DAY_MS / PANE_MS;

const YEARS: readonly (readonly [string, Traffic])[] = [
  ['constant', { base: 20, dispersion: 0.2 }],
  ['constant, quiet and rough', { base: 1, dispersion: 1.5 }],
  ['daily rhythm', { base: 60, dispersion: 0.1, daily: 0.8 }],
  ['daily and weekly rhythm', { base: 15, dispersion: 0.2, daily: 0.6, weekend: 0.5 }],
  ['slow growth', { base: 10, dispersion: 0.2, growth: 4 }],
  ['slow decline with a rhythm', { base: 80, dispersion: 0.05, growth: 0.3, daily: 0.5 }],
];

const RHYTHM = { daily: 0.6, weekend: 0.5 };
const slowly = { correlation: 0.9, deviation: 0.4 };
/** The roughest noise there is without an event, in all lengths of panes. */
const ROUGH_YEARS: readonly (readonly [string, number, Traffic])[] = [
  ['five minutes, variance of ten means', PANE_MS, { base: 30, dispersion: 0, varianceToMean: 10 }],
  ['five minutes, wandering', PANE_MS, { base: 200, dispersion: 0.1, wander: slowly, growth: 2 }],
  ['variance of ten means, few', QUARTER_MS, { base: 0.3, dispersion: 0, varianceToMean: 10, ...RHYTHM }],
  ['dispersion 5 with gaps', QUARTER_MS, { base: 30, dispersion: 5, missing: 0.05, ...RHYTHM }],
  [
    'variance of five means, wandering',
    HOUR_MS,
    { base: 30, dispersion: 0, varianceToMean: 5, wander: slowly },
  ],
  ['wandering far', HOUR_MS, { base: 3, dispersion: 0.2, wander: { correlation: 0.9, deviation: 0.7 } }],
  ['dispersion 1', HOUR_MS, { base: 1_000, dispersion: 1, growth: 3 }],
  ['dispersion 5', HOUR_MS, { base: 1_000, dispersion: 5 }],
  ['dispersion 5 with a rhythm', HOUR_MS, { base: 1_000, dispersion: 5, ...RHYTHM }],
  ['dispersion 5, growing', HOUR_MS, { base: 1_000, dispersion: 5, growth: 3 }],
  ['days of dispersion 5', DAY_MS, { base: 300, dispersion: 5, weekend: 0.5 }],
];

interface Told {
  /** Where scores reached the threshold, as pane numbers. */
  readonly alarms: readonly number[];
  /** How often a rule would have fired: it does while the condition holds. */
  readonly firings: number;
}

function watch(
  traffic: Traffic,
  { seed, paneMs = PANE_MS, surge }: { seed: number; paneMs?: number; surge?: (index: number) => number },
): Told {
  const baseline = new Baseline({ kind: 'count', pane: paneMs });
  const alarms: number[] = [];
  let firings = 0;
  let fires = false;
  const stream = { random: seededRandom(seed), days: DAYS, paneMs, ...(surge && { surge }) };
  for (const { timeMs, value } of counts(traffic, stream)) {
    const { score, unusualness } = baseline.observe(timeMs, value);
    if (score >= scoreMin('balanced')) alarms.push((timeMs - START_MS) / paneMs);
    const firesNow = unusualness >= scoreMin('balanced');
    if (firesNow && !fires) firings += 1;
    fires = firesNow;
  }
  return { alarms, firings };
}

test.each(YEARS)('a year of traffic, %s: fewer than one alarm in two weeks', (_what, traffic) => {
  expect(watch(traffic, { seed: 1 }).alarms.length).toBeLessThan(WEEKS / 2);
});

test.each(ROUGH_YEARS)('a rough year, %s: fewer than one alarm a week', (_what, paneMs, traffic) => {
  for (const seed of paneMs < HOUR_MS ? [1] : [1, 2, 3]) {
    const { alarms, firings } = watch(traffic, { seed, paneMs });
    expect(alarms.length).toBeLessThan(0.8 * WEEKS);
    expect(firings).toBeLessThan(WEEKS);
  }
});

/** An hour at five times the usual, every second week, at changing times of day. */
const SURGE_PANES = 12;
const surgeStarts = Array.from({ length: 25 }, (_, k) => (14 + 14 * k) * DAY_PANES + ((k * 89) % DAY_PANES));
const surge = (index: number) =>
  surgeStarts.some((start) => index >= start && index < start + SURGE_PANES) ? 5 : 1;

test.each(YEARS.filter(([, { daily, growth }]) => daily !== undefined || growth !== undefined).slice(0, 3))(
  'negative control: surges in %s are found',
  (_what, traffic) => {
    const { alarms } = watch(traffic, { seed: 1, surge });
    const found = surgeStarts.filter((start) => alarms.some((at) => at >= start && at < start + SURGE_PANES));
    expect(found.length).toBeGreaterThanOrEqual(23);
    expect(alarms.length).toBeLessThan(2 * surgeStarts.length + WEEKS);
  },
);
