/** Goal: one pass, no look-ahead, bounded state, and a restart that nobody notices. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Baseline, type BaselineState } from '../../../src/core/baseline/baseline.ts';
import type { Reading } from '../../../src/core/baseline/reading.ts';
import {
  scoreMin,
  SENSITIVITIES,
  SERIES_KINDS,
  type SeriesKind,
} from '../../../src/core/baseline/baseline.config.ts';
import { seededRandom } from '../../support/random.ts';
import { counts, DAY_MS, HOUR_MS, MINUTE_MS, negativeBinomial, START_MS } from './traffic.ts';

const PANES_MS = [1_000, MINUTE_MS, 7 * MINUTE_MS, HOUR_MS, DAY_MS];

interface Observation {
  readonly timeMs: number;
  readonly value: number | undefined;
  readonly posts: number | undefined;
}

/** A rough series: bursts, gaps, missing values, now and then something out of order or not allowed. */
function roughSeries(kind: SeriesKind, paneMs: number, seed: number, length: number): Observation[] {
  const random = seededRandom(seed);
  let timeMs = START_MS;
  return Array.from({ length }, (_, i) => {
    const dice = random();
    timeMs += dice < 0.01 ? paneMs * Math.floor(random() * 400) : dice < 0.02 ? -paneMs : paneMs;
    const burst = i % 251 > 240 ? 8 : 1;
    const count = negativeBinomial(random, 5 * burst, 0.3);
    const value = kind === 'count' ? count : kind === 'share' ? Math.min(1, count / 60) : count - 10;
    const posts = kind === 'share' && random() < 0.8 ? 1 + Math.floor(random() * 50) : undefined;
    return { timeMs, value: random() < 0.02 ? undefined : random() < 0.005 ? NaN : value, posts };
  });
}

const series = fc.record({
  kind: fc.constantFrom(...SERIES_KINDS),
  paneMs: fc.constantFrom(...PANES_MS),
  seed: fc.nat(),
  length: fc.integer({ min: 1, max: 1_500 }),
});

function readAll(baseline: Baseline, observations: readonly Observation[]): Reading[] {
  return observations.map(({ timeMs, value, posts }) => baseline.observe(timeMs, value, posts));
}

test('a restored baseline goes on as if nothing had happened, and its state is JSON', () => {
  fc.assert(
    fc.property(
      series,
      fc.double({ min: 0, max: 1, noNaN: true }),
      ({ kind, paneMs, seed, length }, part) => {
        const config = { kind, pane: paneMs };
        const all = roughSeries(kind, paneMs, seed, length);
        const cut = Math.floor(part * length);
        const whole = new Baseline(config);
        const expected = readAll(whole, all);
        const before = new Baseline(config);
        const readings = readAll(before, all.slice(0, cut));
        const state = before.snapshot();
        const stored = state && (JSON.parse(JSON.stringify(state)) as BaselineState);
        const after = new Baseline(config, stored);
        readings.push(...readAll(after, all.slice(cut)));
        readAll(before, all.slice(cut)); // What goes on does not change a state that was taken.
        expect(stored).toEqual(state);
        expect(readings).toEqual(expected);
        expect(after.snapshot()).toEqual(whole.snapshot());
      },
    ),
    { numRuns: 60 },
  );
});

function holds(
  kind: SeriesKind,
  { score, unusualness, expected, low, high, direction, reason }: Reading,
): boolean {
  if (!(score >= 0 && score <= unusualness && unusualness <= 1)) return false;
  if ((direction === 'none') !== !['unusual', 'told'].includes(reason)) return false;
  if (expected === undefined || low === undefined || high === undefined) return true;
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > expected + 1e-9 || high < expected - 1e-9)
    return false;
  return kind === 'value' || (low >= 0 && (kind === 'count' || high <= 1));
}

test('scores are 0 to 1, the band holds what is expected, and nothing is ever not a number', () => {
  fc.assert(
    fc.property(series, ({ kind, paneMs, seed, length }) => {
      for (const reading of readAll(
        new Baseline({ kind, pane: paneMs }),
        roughSeries(kind, paneMs, seed, length),
      )) {
        if (!holds(kind, reading)) expect.fail(JSON.stringify(reading));
      }
    }),
    { numRuns: 60 },
  );
});

test('what is not learnt leaves no trace: missing, refused and late values', () => {
  const clean = new Baseline({ kind: 'count', pane: HOUR_MS });
  const disturbed = new Baseline({ kind: 'count', pane: HOUR_MS });
  for (const { timeMs, value } of counts(
    { base: 20, dispersion: 0.1 },
    { random: seededRandom(1), days: 20, paneMs: HOUR_MS },
  )) {
    const expected = clean.observe(timeMs, value);
    expect(disturbed.observe(timeMs - HOUR_MS / 2, undefined).reason).toMatch('no_data');
    expect(disturbed.observe(timeMs - HOUR_MS / 2, -1).reason).toBe('bad_value');
    expect(disturbed.observe(timeMs, value)).toEqual(expected);
    expect(disturbed.observe(timeMs, 1e9).reason).toBe('out_of_order');
  }
  expect(disturbed.snapshot()).toEqual(clean.snapshot());
});

test.each(PANES_MS)('the state has a bound, whatever the series: panes of %i ms', (paneMs) => {
  const baseline = new Baseline({ kind: 'count', pane: paneMs });
  const random = seededRandom(3);
  for (let i = 0; i < 30_000; i++)
    baseline.observe(START_MS + i * paneMs, negativeBinomial(random, 7.3, 0.2));
  const numbers = JSON.stringify(baseline.snapshot()).match(/-?\d[\d.e+-]*/g) ?? [];
  expect(numbers.length).toBeLessThanOrEqual(800);
});

/** Bursts of all sizes and drops, on a day's rhythm. */
const bursty = fc.record({
  seed: fc.nat(),
  paneMs: fc.constantFrom(MINUTE_MS, 7 * MINUTE_MS, HOUR_MS),
  base: fc.constantFrom(0.3, 4, 60),
  sensitivity: fc.constantFrom(...SENSITIVITIES),
});

test('what a part of a count is called unusual for, the whole of it is; a preview changes nothing', () => {
  let early = 0;
  fc.assert(
    fc.property(bursty, ({ seed, paneMs, base, sensitivity }) => {
      const random = seededRandom(seed);
      const [shown, plain] = [0, 1].map(() => new Baseline({ kind: 'count', pane: paneMs }));
      for (let index = 0; index < 900; index++) {
        const timeMs = START_MS + index * paneMs;
        const factor = random() < 0.02 ? 1 + 9 * random() : 1;
        const whole = negativeBinomial(random, base * factor, 0.2);
        const parts = [random(), random(), 1].map((part) => Math.floor(part * whole)).sort((a, b) => a - b);
        const previews = parts.map((part) => shown?.preview(timeMs, part));
        const reading = shown?.observe(timeMs, whole);
        expect(reading).toEqual(plain?.observe(timeMs, whole));
        for (const preview of previews) {
          if (preview?.direction !== 'up' || preview.unusualness < scoreMin(sensitivity)) continue;
          early += 1;
          expect(reading?.direction).toBe('up');
          expect(reading?.unusualness).toBeGreaterThanOrEqual(preview.unusualness - 1e-9);
        }
      }
    }),
    { numRuns: 25 },
  );
  expect(early).toBeGreaterThan(0);
});
