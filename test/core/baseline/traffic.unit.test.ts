/** Goal: a year without an event stays under one alarm a week at `balanced`, and surges planted into the same year are found. */
import { expect, test } from 'vitest';
import { Baseline } from '../../../src/core/baseline/baseline.ts';
import { scoreMin } from '../../../src/core/baseline/baseline.config.ts';
import { seededRandom } from '../../support/random.ts';
import { counts, DAY_MS, MINUTE_MS, START_MS, type Traffic } from './traffic.ts';

const PANE_MS = 5 * MINUTE_MS;
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

/** Where alarms were raised, as pane numbers. */
function alarmsOf(traffic: Traffic, seed: number, surge?: (index: number) => number): number[] {
  const baseline = new Baseline({ kind: 'count', pane: PANE_MS });
  const alarms: number[] = [];
  const planted = surge ? { surge } : {};
  for (const { timeMs, value } of counts(traffic, {
    random: seededRandom(seed),
    days: DAYS,
    paneMs: PANE_MS,
    ...planted,
  })) {
    if (baseline.observe(timeMs, value).score >= scoreMin('balanced'))
      alarms.push((timeMs - START_MS) / PANE_MS);
  }
  return alarms;
}

test.each(YEARS)('a year of traffic, %s: fewer than one alarm a week', (_what, traffic) => {
  for (const seed of [1, 2]) expect(alarmsOf(traffic, seed).length).toBeLessThan(WEEKS);
});

/** An hour at five times the usual, every second week, at changing times of day. */
const SURGE_PANES = 12;
const surgeStarts = Array.from({ length: 25 }, (_, k) => (14 + 14 * k) * DAY_PANES + ((k * 89) % DAY_PANES));
const surge = (index: number) =>
  surgeStarts.some((start) => index >= start && index < start + SURGE_PANES) ? 5 : 1;

test.each(YEARS.filter(([, { daily, growth }]) => daily !== undefined || growth !== undefined).slice(0, 3))(
  'negative control: surges in %s are found',
  (_what, traffic) => {
    const alarms = alarmsOf(traffic, 1, surge);
    const found = surgeStarts.filter((start) => alarms.some((at) => at >= start && at < start + SURGE_PANES));
    expect(found.length).toBeGreaterThanOrEqual(23);
    expect(alarms.length).toBeLessThan(2 * surgeStarts.length + WEEKS);
  },
);
