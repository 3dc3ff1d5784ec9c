/** Goal: a sliding view is a recount of the posts whose pane overlaps it, and its memory is bounded. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Aggregate, postOf } from '../../../src/core/window/aggregate.ts';
import {
  keeps,
  Series,
  VIEW_PANES_MAX,
  viewPaneMs,
  type SeriesState,
} from '../../../src/core/window/series.ts';
import { scoredMessage } from './arrivals.ts';

const PANE_MS = 10;
const OVERS_MS = [5, 10, 30, 77];
const SPEC = { paneMs: PANE_MS, retentionMs: 77 + 15 + PANE_MS, oversMs: OVERS_MS };

interface Step {
  readonly timeMs: number;
  readonly post: ReturnType<typeof postOf>;
}

/** Times that go on, jump, and come late. */
const steps = fc
  .array(
    fc.record({
      forwardMs: fc.oneof({ weight: 8, arbitrary: fc.nat(6) }, { weight: 1, arbitrary: fc.nat(300) }),
      lateMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(150) }),
      author: fc.nat(20).map(String),
    }),
    { maxLength: 80 },
  )
  .map((all) => {
    let nowMs = 1_000;
    return all.map(({ forwardMs, lateMs, author }, index) => {
      nowMs += forwardMs;
      const timeMs = nowMs - lateMs;
      const post = postOf(scoredMessage(String(index), timeMs, { author }), index + 1);
      return { nowMs, step: { timeMs, post } };
    });
  });

/** The specification: all posts ever counted whose pane overlaps (now - over, now]. */
function recount(counted: readonly Step[], overMs: number, nowMs: number) {
  const aggregate = new Aggregate();
  for (const { timeMs, post } of counted)
    if (Math.floor(timeMs / PANE_MS) * PANE_MS + PANE_MS > nowMs - overMs) aggregate.add(post);
  return { observed: aggregate.observe(), sequences: aggregate.sequences, evidence: aggregate.evidence() };
}

function seen(series: Series, overMs: number, nowMs: number) {
  const view = series.view(overMs, nowMs);
  return {
    observed: view.observe(),
    sequences: view.aggregate.sequences,
    evidence: view.aggregate.evidence(),
  };
}

test('a view is the recount, also after being saved and restored, and when asked only now and then', () => {
  fc.assert(
    fc.property(steps, fc.nat(4), (all, every) => {
      let series = new Series(SPEC);
      const counted: Step[] = [];
      for (const [index, { nowMs, step }] of all.entries()) {
        series.retire(nowMs);
        const kept = series.add(step.post, step.timeMs, nowMs);
        expect(kept).toBe(keeps(SPEC, step.timeMs, nowMs));
        if (kept) counted.push(step);
        if (index % 13 === 12)
          series = new Series(SPEC, JSON.parse(JSON.stringify(series.toState())) as SeriesState);
        if (index % (every + 1) !== 0) continue;
        for (const overMs of OVERS_MS)
          expect(seen(series, overMs, nowMs)).toEqual(recount(counted, overMs, nowMs));
        expect(series.observe(30, nowMs)).toEqual(recount(counted, 30, nowMs).observed);
      }
    }),
    { numRuns: 300 },
  );
});

test('negative control: a recount of the exact span, not of whole panes, differs', () => {
  const series = new Series(SPEC);
  const step: Step = { timeMs: 1_001, post: postOf(scoredMessage('1', 1_001), 1) };
  series.add(step.post, step.timeMs, 1_002);
  expect(series.view(5, 1_014).observe().volume).toBe(1); // the pane ends at 1010, the post lies 13 ms back
  expect(step.timeMs > 1_014 - 5).toBe(false);
  expect(series.view(5, 1_015).observe().volume).toBe(0);
});

test('what a view can need is kept: everything not late is counted', () => {
  for (let nowMs = 0; nowMs < 100; nowMs++) expect(keeps(SPEC, nowMs - 15, nowMs)).toBe(true);
  expect(keeps(SPEC, 0, 111)).toBe(true);
  expect(keeps(SPEC, 0, 112)).toBe(false);
});

test.each<[string, number, number]>([
  ['as configured while the span is short', 5 * 60_000, 60_000],
  ['as configured up to the bound', VIEW_PANES_MAX * 60_000, 60_000],
  ['twice as long one pane later', (VIEW_PANES_MAX + 1) * 60_000, 120_000],
  ['of 35 m for a week', 7 * 86_400_000, 35 * 60_000],
  ['at least one', 1_000, 60_000],
])('panes of a view of 1 m panes: %s', (_why, overMs, paneMs) => {
  expect(viewPaneMs(overMs, 60_000)).toBe(paneMs);
});

test('a year of posts, one a minute, holds no more panes than a week needs', () => {
  const paneMs = viewPaneMs(7 * 86_400_000, 60_000);
  const overMs = 7 * 86_400_000;
  const series = new Series({ paneMs, retentionMs: overMs + 10_000 + paneMs, oversMs: [overMs] });
  let most = 0;
  for (let minute = 0; minute < 365 * 1_440; minute += 10) {
    const nowMs = minute * 60_000;
    series.retire(nowMs);
    series.add(postOf(scoredMessage('1', nowMs), minute), nowMs, nowMs);
    most = Math.max(most, series.size);
    if (minute % 1_440 === 0) series.view(overMs, nowMs);
  }
  expect(most).toBeLessThanOrEqual(VIEW_PANES_MAX + 3);
  expect(series.view(overMs, 365 * 1_440 * 60_000).observe().volume).toBeGreaterThanOrEqual(7 * 144);
});
