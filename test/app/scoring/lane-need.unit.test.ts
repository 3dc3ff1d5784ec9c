/** Goal: a second lane where the first is behind, not to and fro, and never where two would make messages late. */
import { expect, test } from 'vitest';
import { LaneNeed } from '../../../src/app/scoring/lane-need.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';

const LATENESS_MS = 10_000;
const EPOCH_MS = 1_760_000_000_000;

/** A lane that plans a slice of `deliveries` each `sliceMs`, `deliveryMs` for each of them. */
class Life {
  readonly need: LaneNeed;
  monotonicMs = 0;
  readonly #deliveryMs: number;

  constructor(deliveryMs: number, latenessMs = LATENESS_MS) {
    this.need = new LaneNeed(latenessMs);
    this.#deliveryMs = deliveryMs;
  }

  /** `timesMs`: event times of what was scored, epoch milliseconds. */
  slice(deliveries: number, timesMs: readonly number[] = [], channel = 'chat', pipeline = 'acme'): void {
    const nowMs = EPOCH_MS + this.monotonicMs;
    const time = (stage: 'decode' | 'sentiment' | 'publish', ms: number) =>
      ({ type: 'stage_time', stage, seconds: ms / 1_000, messages: deliveries }) as const;
    const lagSeconds = timesMs.map((timeMs) => (nowMs - timeMs) / 1_000);
    const events: TelemetryEvent[] = [
      { type: 'received', deliveries, bytes: 0, redelivered: 0 },
      time('decode', (deliveries * this.#deliveryMs) / 4),
      time('sentiment', (deliveries * this.#deliveryMs * 3) / 4),
      time('publish', 1_000_000),
    ];
    if (timesMs.length > 0) {
      const scores = timesMs.map(() => 0);
      events.push({ type: 'scored', pipeline, channel, label: 'neutral', scores, lagSeconds });
    }
    for (const event of events) this.need.note(event, nowMs);
  }

  isMet(pending: number, isOpen = true): boolean {
    return this.need.isMet({ deliveries: 10, pending, monotonicMs: this.monotonicMs, isOpen });
  }

  /** So many milliseconds with a slice each 25, of which `timeOf` tells the event time. */
  run(ms: number, timeOf: (monotonicMs: number) => number, channel?: string): void {
    for (const untilMs = this.monotonicMs + ms; this.monotonicMs < untilMs; this.monotonicMs += 25) {
      this.slice(100, [timeOf(this.monotonicMs)], channel);
      this.isMet(0);
    }
  }
}

const live = (ms: number) => EPOCH_MS + ms;

/** Where messages are scored as they happen. */
function liveLife(deliveryMs = 0.1, latenessMs?: number): Life {
  const life = new Life(deliveryMs, latenessMs);
  life.run(600, live);
  return life;
}

test('none before it is known what a delivery costs and how fast event time goes', () => {
  const life = new Life(0.1);
  expect(life.isMet(1_000_000)).toBe(false);
  life.slice(100, [live(0)]);
  expect(life.isMet(1_000_000)).toBe(false);
  life.run(300, live);
  expect(life.isMet(1_000_000)).toBe(true);
});

test('from a tenth of a second of work that waits, until nearly all of it is done', () => {
  const life = liveLife();
  const asked = [980, 1_000, 300, 200, 180, 300];
  expect(asked.map((pending) => life.isMet(pending))).toEqual([false, true, true, true, false, false]);
});

test('one that has to be opened first, from a second of work on', () => {
  const life = liveLife();
  expect([9_000, 10_000].map((pending) => life.isMet(pending, false))).toEqual([false, true]);
});

test('what planning costs follows what it took of late', () => {
  const life = liveLife(0.01);
  expect(life.isMet(1_100)).toBe(false);
  const dear = new Life(1);
  Object.assign(dear, { need: life.need, monotonicMs: life.monotonicMs });
  dear.run(10_000, live);
  expect(dear.isMet(110)).toBe(true);
});

test('none where event time runs, until it goes slowly again', () => {
  const life = new Life(0.1);
  const ninefold = (ms: number) => EPOCH_MS - 1e9 + ms * 9;
  life.run(600, ninefold);
  expect(life.isMet(5_000)).toBe(true);
  const fifteenfold = (ms: number) => EPOCH_MS - 1e9 + ms * 15;
  life.run(600, fifteenfold);
  expect(life.isMet(5_000)).toBe(false);
  life.run(600, (ms) => fifteenfold(1_200) + ms);
  expect(life.isMet(5_000)).toBe(true);
});

test('the shortest lateness counts, and without any there is none', () => {
  expect(liveLife(0.1, 0).isMet(5_000)).toBe(false);
  const life = liveLife();
  life.need.latenessMs = 500;
  life.run(600, live);
  expect(life.isMet(5_000)).toBe(false);
});

test('the swiftest of several streams counts: an import beside what happens now', () => {
  const life = liveLife();
  for (let turn = 0; turn < 40; turn += 1) {
    life.slice(10, [live(life.monotonicMs)], 'chat');
    life.slice(10, [EPOCH_MS - 1e9 + life.monotonicMs * 100], 'import');
    life.isMet(0);
    life.monotonicMs += 25;
  }
  expect(life.isMet(5_000)).toBe(false);
});

test('that a stream was quiet, or has stragglers, does not make event time run', () => {
  const life = liveLife();
  life.slice(10, [EPOCH_MS - 1e9], 'seldom');
  life.monotonicMs += 300;
  life.isMet(0);
  life.slice(10, [live(life.monotonicMs)], 'seldom');
  for (let turn = 0; turn < 20; turn += 1) {
    life.slice(10, [live(life.monotonicMs) - (turn % 2) * 60_000], 'chat');
    life.monotonicMs += 25;
  }
  expect(life.isMet(5_000)).toBe(true);
});

test('an import of many channels, each met seldom', () => {
  const life = new Life(0.1);
  for (let turn = 0; turn < 40; turn += 1) {
    life.slice(10, [EPOCH_MS - 1e9 + life.monotonicMs * 100], `channel-${turn}`);
    life.isMet(0);
    life.monotonicMs += 25;
  }
  expect(life.isMet(5_000)).toBe(false);
});

test('a time in which nothing came tells nothing of what comes now', () => {
  const life = liveLife();
  expect(life.isMet(5_000)).toBe(true);
  life.monotonicMs += 3_600_000;
  life.slice(100, [EPOCH_MS - 1e9]);
  expect(life.isMet(5_000)).toBe(false);
  life.run(300, live);
  expect(life.isMet(5_000)).toBe(true);
});

test('where nothing is scored, nothing can be late', () => {
  const life = new Life(0.1);
  life.slice(100);
  life.isMet(0);
  life.monotonicMs += 300;
  expect(life.isMet(5_000)).toBe(true);
});

test('the clocks of many streams are not kept for ever', () => {
  const life = liveLife();
  for (let channel = 0; channel < 3_000; channel += 1)
    life.slice(1, [live(life.monotonicMs)], `channel-${channel}`);
  life.monotonicMs += 300;
  expect(life.isMet(5_000)).toBe(true);
});
