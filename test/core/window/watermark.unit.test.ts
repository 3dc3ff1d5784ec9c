/** Goal: how event time advances, from messages, from silence, and never backwards. A signal is written as the arrival
 *  that caused it: `w` frontier and watermark, `d` data. Times are milliseconds after START. */
import { expect, test } from 'vitest';
import { Watermark, type Arrival, type Signal } from '../../../src/core/window/watermark.ts';
import { post, START_MS, tick } from './arrivals.ts';

const CONFIG = { allowedLateness: 10_000, futureSkewMax: 60_000, idleAfter: 5_000 };

function show(signal: Signal): string {
  if (signal.kind === 'watermark') {
    return `w${signal.frontierMs - START_MS}/${signal.timeMs - START_MS}`;
  }
  return `d${signal.timeMs - START_MS}${signal.late ? ' late' : ''}`;
}

test.each<[string, Arrival[], string[]]>([
  ['ticks before the first message say nothing', [tick(0), tick(99_000)], []],
  ['the watermark comes before the message that moved it', [post(1, 2_500)], ['w2000/-8000', 'd2500']],
  [
    'one signal per second of event time',
    [post(1, 0), post(2, 400), post(3, 999), post(4, 1_000)],
    ['w0/-10000', 'd0', 'd400', 'd999', 'w1000/-9000', 'd1000'],
  ],
  ['a jump is one signal', [post(1, 0), post(2, 4_700)], ['w0/-10000', 'd0', 'w4000/-6000', 'd4700']],
  ['never goes back', [post(1, 20_000), post(2, 15_000)], ['w20000/10000', 'd20000', 'd15000']],
  [
    'late is before the watermark, not at it',
    [post(1, 20_000), post(2, 10_000), post(3, 9_999)],
    ['w20000/10000', 'd20000', 'd10000', 'd9999 late'],
  ],
  [
    'the future is set back to storage plus the skew',
    [post(1, 500_000, { delayMs: -400_000 })],
    ['w160000/150000', 'd160000'],
  ],
  ['silence up to idleAfter moves nothing', [post(1, 0), tick(5_000)], ['w0/-10000', 'd0']],
  [
    'then event time goes on at the pace of the clock',
    [post(1, 0), tick(6_000), tick(6_500), tick(9_100)],
    ['w0/-10000', 'd0', 'w1000/-9000', 'w4000/-6000'],
  ],
  [
    'a clock that goes back moves nothing',
    [post(1, 0), tick(9_000), tick(1_000)],
    ['w0/-10000', 'd0', 'w4000/-6000'],
  ],
  [
    'the next message makes up for the silence',
    [post(1, 0), post(2, 3_000, { delayMs: 6_000 })],
    ['w0/-10000', 'd0', 'w4000/-6000', 'd3000'],
  ],
  [
    'history: silence counts from where history stands',
    [post(1, 0, { delayMs: 1e9 }), tick(1e9 + 7_000)],
    ['w0/-10000', 'd0', 'w2000/-8000'],
  ],
  [
    'silence never carries event time past the clock',
    [post(1, 60_000, { delayMs: -60_000 }), tick(30_000), tick(62_000)],
    ['w60000/50000', 'd60000', 'w62000/52000'],
  ],
])('%s', (_why, arrivals, signals) => {
  const watermark = new Watermark(CONFIG);
  expect(arrivals.flatMap((arrival) => watermark.advance(arrival)).map(show)).toEqual(signals);
});

test('goes on where its state was saved', () => {
  const before = new Watermark(CONFIG);
  before.advance(post(1, 0));
  const state = structuredClone(before.state);
  const after = new Watermark(CONFIG, state);
  expect(after.advance(tick(7_000)).map(show)).toEqual(before.advance(tick(7_000)).map(show));
  expect(after.state).toEqual(before.state);
});
