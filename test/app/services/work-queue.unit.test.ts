/** Goal: ticks of event time come only when there is nothing to read, also after the process stood still. */
import { setImmediate as turn } from 'node:timers/promises';
import { BehaviorSubject } from 'rxjs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Bus, BusStatus } from '../../../src/core/bus/bus.port.ts';
import { onIdleTick, WorkQueue } from '../../../src/app/services/work-queue.ts';

let elapsedMs: number;
let takenUntilMs: number;
let ticks: number[];
let onAsked: () => void;
let queue: WorkQueue;
const status = new BehaviorSubject<BusStatus>({ connected: true, detail: '' });

function start() {
  const clock = { nowMs: () => elapsedMs, monotonicMs: () => elapsedMs };
  const nowMs = () => {
    onAsked();
    return 10_000 + elapsedMs;
  };
  queue = new WorkQueue(clock);
  const bus = { status, nowMs } as unknown as Bus; // All that it looks at.
  return onIdleTick(
    { bus, clock, queue },
    () => takenUntilMs,
    (atMs) => ticks.push(atMs),
  );
}

/** One interval after the other, each with a turn of the event loop. */
async function pass(ms: number): Promise<void> {
  for (let step = 0; step < ms; step += 250) {
    elapsedMs += 250;
    vi.advanceTimersByTime(250);
    await turn();
    await turn();
  }
}

let subscription: ReturnType<typeof start>;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  [elapsedMs, takenUntilMs, ticks, onAsked] = [0, Number.POSITIVE_INFINITY, [], () => undefined];
  status.next({ connected: true, detail: '' });
  subscription = start();
});
afterEach(() => {
  subscription.unsubscribe();
  vi.useRealTimers();
});

test('they begin two seconds after the connection, a little behind the broker', async () => {
  await pass(1_750);
  expect(ticks).toEqual([]);
  await pass(500);
  expect(ticks).toEqual([11_750, 12_000]);
});

test.each([
  ['before all was read once', () => (takenUntilMs = Number.NEGATIVE_INFINITY)],
  ['while disconnected', () => status.next({ connected: false, detail: '' })],
  ['while there is work', () => void queue.add(() => new Promise(() => undefined))],
  ['once it is over', () => subscription.unsubscribe()],
])('none %s', async (_what, happens) => {
  await pass(2_000);
  ticks = [];
  happens();
  await pass(2_000);
  expect(ticks).toEqual([]);
});

test('they go no further than what is known to have been read, and not there twice', async () => {
  takenUntilMs = 12_100; // Nothing is heard from then on.
  await pass(4_000);
  expect(ticks).toEqual([11_750, 12_000, 12_100]);
  takenUntilMs = 14_200;
  await pass(500);
  expect(ticks.slice(3)).toEqual([14_000, 14_200]);
});

test('what came while the process stood still is read before', async () => {
  await pass(2_000);
  ticks = [];
  // The interval is late; the sockets are read only after it.
  onAsked = () => setImmediate(() => void queue.add(() => Promise.resolve()));
  await pass(250);
  expect(ticks).toEqual([]);
});
