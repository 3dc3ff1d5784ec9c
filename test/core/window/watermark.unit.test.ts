/** Goal: how event time advances, from messages, from silence, and never backwards. A signal is written as the arrival
 *  that caused it: `w` frontier and watermark, `d` data. Times are milliseconds after START. */
import { expect, test } from 'vitest';
import { Watermark, type Arrival, type Signal } from '../../../src/core/window/watermark.ts';
import { post, START_MS, tick } from './arrivals.ts';

const CONFIG = {
  allowedLateness: 10_000,
  futureSkewMax: 60_000,
  idleAfter: 5_000,
  sourceLagMax: 60_000,
  sourceIdleAfter: 30_000,
  sourcesMax: 3,
};

function from(source: string, sequence: number, atMs: number, delayMs = 0): Arrival {
  return post(sequence, atMs, { source, delayMs });
}

function show(signal: Signal): string {
  if (signal.kind === 'watermark') {
    return `w${signal.frontierMs - START_MS}/${signal.timeMs - START_MS}`;
  }
  const { timeMs, late, limit } = signal;
  return `d${timeMs - START_MS}${late ? ' late' : ''}${limit ? ` ${limit}` : ''}`;
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
    'the future is set back to storage plus the skew, and moves time on to storage only',
    [post(1, 500_000, { delayMs: -400_000 })],
    ['w100000/90000', 'd160000'],
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
    ['w0/-10000', 'd60000', 'w25000/15000', 'w57000/47000'],
  ],
  [
    'the rules follow the foremost source, the watermark waits for the hindmost',
    [from('a', 1, 40_000), from('b', 2, 10_000, 30_500), from('b', 3, 12_000, 28_600)],
    ['w40000/30000', 'd40000', 'd10000 late', 'd12000 late'],
  ],
  [
    'a fast clock moves nothing: it is the other source that does, and is not late',
    [from('a', 1, 0), from('b', 2, 0), from('a', 3, 40_000, -40_000), from('b', 4, 1_000, 0)],
    ['w0/-10000', 'd0', 'd0', 'd40000', 'w1000/-10000', 'd1000'],
  ],
  [
    'history: the fastest leads, the other holds the watermark back',
    [
      from('a', 1, 0, 1e9),
      from('b', 2, 0, 1e9),
      from('a', 3, 40_000, 1e9 - 40_000 + 100),
      from('b', 4, 1_000, 1e9 - 1_000 + 200),
      from('a', 5, 41_000, 1e9 - 41_000 + 300),
      from('b', 6, 2_000, 1e9 - 2_000 + 400),
    ],
    [
      'w0/-10000',
      'd0',
      'd0',
      'w40000/-10000',
      'd40000',
      'w40000/-9000',
      'd1000',
      'w41000/-9000',
      'd41000',
    ].concat(['w41000/-8000', 'd2000']),
  ],
  [
    'history: by no more than sourceLagMax',
    [
      from('a', 1, 0, 1e9),
      from('b', 2, 0, 1e9),
      from('a', 3, 90_000, 1e9 - 90_000 + 100),
      from('b', 4, 1_000, 1e9 - 1_000 + 200),
    ],
    ['w0/-10000', 'd0', 'd0', 'w90000/20000', 'd90000', 'd1000 late'],
  ],
  [
    'a source that is silent holds nothing back after sourceIdleAfter',
    [
      from('a', 1, 0, 1e9),
      from('b', 2, 0, 1e9),
      from('a', 3, 20_000, 1e9 - 20_000 + 4_000),
      from('a', 4, 30_000, 1e9 - 30_000 + 8_000),
      from('a', 5, 31_000, 1e9 - 31_000 + 30_001),
    ],
    [
      'w0/-10000',
      'd0',
      'd0',
      'w20000/-10000',
      'd20000',
      'w30000/-7000',
      'd30000',
      'w47000/37000',
      'd31000 late',
    ],
  ],
  [
    'a silent source goes on at the pace of the clock',
    [from('a', 1, 0), from('b', 2, 0), from('a', 3, 7_000), from('a', 4, 9_000)],
    ['w0/-10000', 'd0', 'd0', 'w7000/-8000', 'd7000', 'w9000/-6000', 'd9000'],
  ],
  [
    'sources beyond sourcesMax share a clock, and that is said',
    [from('a', 1, 0), from('b', 2, 0), from('c', 3, 0), from('d', 4, 0), from('e', 5, 0), from('a', 6, 0)],
    ['w0/-10000', 'd0', 'd0', 'd0', 'd0 sourcesMax', 'd0 sourcesMax', 'd0'],
  ],
  [
    'a source that was silent for long makes room',
    [from('a', 1, 0), from('b', 2, 0), from('c', 3, 0), from('d', 4, 31_000)],
    ['w0/-10000', 'd0', 'd0', 'd0', 'w31000/21000', 'd31000'],
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
