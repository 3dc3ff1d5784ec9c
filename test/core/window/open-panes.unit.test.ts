/** Goal: each pane is reported once when the watermark reaches its end, and a silence once. */
import { expect, test } from 'vitest';
import { postOf } from '../../../src/core/window/aggregate.ts';
import { OpenPanes } from '../../../src/core/window/open-panes.ts';
import { Series } from '../../../src/core/window/series.ts';
import { scoredMessage } from './arrivals.ts';

function fixture(...timesMs: number[]) {
  const series = new Series({ paneMs: 10, retentionMs: 1_000, oversMs: [] });
  const open = new OpenPanes();
  for (const [index, timeMs] of timesMs.entries()) {
    series.add(postOf(scoredMessage(String(index), timeMs), index + 1), timeMs, timeMs);
    open.open(series.startOf(timeMs));
  }
  const close = (panes: OpenPanes, untilMs: number) =>
    panes.close(series, untilMs).map(({ endMs, observed }) => [endMs, observed.volume]);
  return { open, close };
}

test('not a millisecond early, and once', () => {
  const { open, close } = fixture(1, 2);
  expect(close(open, 9)).toEqual([]);
  expect(close(open, 10)).toEqual([[10, 2]]);
  expect(close(open, 10)).toEqual([]);
});

test('the first empty pane after one with posts is reported, further ones are not', () => {
  const { open, close } = fixture(1, 15, 51);
  expect(close(open, 100)).toEqual([
    [10, 1],
    [20, 1],
    [30, 0],
    [60, 1],
    [70, 0],
  ]);
  expect(open.size).toBe(0);
});

test('goes on where its state was saved', () => {
  const { open, close } = fixture(1, 15);
  close(open, 10);
  expect(close(new OpenPanes(open.toState()), 40)).toEqual([
    [20, 1],
    [30, 0],
  ]);
});
