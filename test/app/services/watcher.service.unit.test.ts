/** Goal: each scored message counts once and each alert is published once, through restarts, garbage and a store that fails. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMemorySnapshotStore } from '../../../src/adapters/memory/memory-snapshots.ts';
import {
  startWatcher,
  type WatcherService,
  type WatcherServiceOptions,
} from '../../../src/app/services/watcher.service.ts';
import { BusError, type Bus } from '../../../src/core/bus/bus.port.ts';
import type { SnapshotStore } from '../../../src/core/snapshot/snapshot.port.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import type { Alert } from '../../../src/core/alert/alert.ts';
import { memoryBus, stored, withPublish } from '../../support/bus.ts';
import { configOf } from '../../support/pipelines.ts';
import { scoredMessage } from '../../core/window/arrivals.ts';

const KEY = 'watcher.p';
const rule = { name: 'surge', when: 'volume >= 3', over: '1m', for: '5s' };
const pipeline = configOf({ name: 'p', alerts: [rule], window: { pane: '10s', allowedLateness: '0s' } });

let bus: Bus;
let snapshots: SnapshotStore;
let events: TelemetryEvent[];
let alerts: Alert[];
let watcher: WatcherService | undefined;
/** Added to the clock. */
let aheadMs: number;

beforeEach(async () => {
  bus = await memoryBus();
  snapshots = createMemorySnapshotStore();
  [events, alerts, aheadMs] = [[], [], 0];
});
afterEach(async () => {
  await watcher?.stop();
  watcher = undefined;
  await bus.close();
});

async function start(overrides: Partial<WatcherServiceOptions> = {}): Promise<WatcherService> {
  watcher = await startWatcher({
    ...{ bus, snapshots, snapshotEveryMs: 3_600_000, pipeline },
    telemetry: (event) => events.push(event),
    clock: { nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now() + aheadMs },
    onScored: () => undefined,
    onAlert: (alert) => alerts.push(alert),
    ...overrides,
  });
  return watcher;
}

/** Posts at these seconds from a minute ago; only what is published to the stream counts, so the clock may stand still. */
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
async function publish(...seconds: number[]): Promise<void> {
  for (const second of seconds) {
    const message = scoredMessage(`post-${second}`, startMs + second * 1_000);
    await bus.publish({ subject: 'earshot.scored.p.x.negative', data: JSON.stringify(message) });
  }
}

const counted = (sequence: number) =>
  vi.waitFor(() => expect(watcher?.position().sequence).toBe(sequence), { interval: 5 });
const states = async () => (await stored(bus, 'events')).map(({ subject }) => subject);
const snapshotEvents = () => events.flatMap((event) => (event.type === 'snapshot' ? [event] : []));
const saved = async () => {
  const bytes = await snapshots.load(KEY);
  return bytes && (JSON.parse(gunzipSync(bytes).toString()) as { lastSequence: number });
};

test('alerts are published pending, firing and resolved, each under its subject with an id of its own', async () => {
  await start();
  await publish(0, 1, 2, 10);
  await counted(4);
  expect(await states()).toEqual(['earshot.alert.p.surge.pending', 'earshot.alert.p.surge.firing']);
  aheadMs = 300_000; // Nothing more comes: event time goes on with the clock.
  await vi.waitFor(() => expect(alerts.at(-1)?.state).toBe('resolved'), { timeout: 3_000, interval: 20 });
  const published = await stored(bus, 'events');
  expect(published.map(({ headers }) => headers?.['nats-msg-id']?.split('#')[1])).toEqual([
    'pending',
    'firing',
    'resolved',
  ]);
  expect(published.map(({ data }) => JSON.parse(new TextDecoder().decode(data)) as Alert)).toEqual(alerts);
  expect(new Set(alerts.map(({ id }) => id)).size).toBe(1);
  expect(events.filter(({ type }) => type === 'alerts_active').at(-1)).toMatchObject({
    rule: 'surge',
    firing: 0,
    pending: 0,
  });
});

test('a restart from a snapshot neither repeats nor forgets', async () => {
  await start();
  await publish(0, 1, 2, 3);
  await counted(4);
  expect(alerts.map(({ state }) => state)).toEqual(['pending']);
  await watcher?.stop();
  await publish(10); // While nobody watches.
  const again = await start();
  await counted(5);
  expect(alerts.map(({ state }) => state)).toEqual(['pending', 'firing']);
  expect(again.alerts().map(({ state, observed }) => [state, observed.volume])).toEqual([['firing', 4]]);
  expect(snapshotEvents().map(({ outcome }) => outcome)).toEqual(
    expect.arrayContaining(['absent', 'loaded']),
  );
  expect(await states()).toHaveLength(2);
});

test('a life without a snapshot is lived again: the broker holds its alerts already', async () => {
  await start({ snapshots: createMemorySnapshotStore() });
  await publish(0, 1, 2, 10);
  await counted(4);
  await watcher?.stop();
  await start({ snapshots: createMemorySnapshotStore() });
  await counted(4);
  expect(alerts.map(({ state }) => state)).toEqual(['pending', 'firing', 'pending', 'firing']);
  expect(await states()).toHaveLength(2);
});

const sound = { ...scoredMessage('x', startMs) };
test.each<[string, string]>([
  ['no JSON', 'garbage'],
  ['null', 'null'],
  ['of another pipeline', JSON.stringify({ ...sound, pipeline: 'q' })],
  ['without a label', JSON.stringify({ ...sound, sentiment: { score: 0.5 } })],
  ['an unknown label', JSON.stringify({ ...sound, sentiment: { label: 'angry', score: 0.5 } })],
  ['a score beyond 1', JSON.stringify({ ...sound, sentiment: { label: 'positive', score: 1e300 } })],
  ['an unknown kind', JSON.stringify({ ...sound, kind: 'poem' })],
  ['a time that no date can have', JSON.stringify({ ...sound, time: 1e300 })],
  ['a time in words', JSON.stringify({ ...sound, time: 'now' })],
  ['no text', JSON.stringify({ ...sound, text: undefined })],
  ['an author that is no object', JSON.stringify({ ...sound, author: 'me' })],
  ['an author with an id that is no text', JSON.stringify({ ...sound, author: { id: 5 } })],
])('garbage on a scored subject is counted and skipped: %s', async (_what, data) => {
  const service = await start();
  service.failed.catch((error: unknown) => expect.fail(String(error)));
  await publish(0, 1);
  await bus.publish({ subject: 'earshot.scored.p.x.negative', data });
  await publish(2, 3);
  await counted(5);
  expect(events.filter(({ type }) => type === 'dead')).toEqual([
    { type: 'dead', reason: 'not_scored', messages: 1, example: 'earshot.scored.p.x.negative' },
  ]);
  expect(alerts).toMatchObject([{ state: 'pending', observed: { volume: 3 } }]);
});

test.each<[string, () => Promise<void>, RegExp]>([
  ['bytes that are no snapshot', () => snapshots.save(KEY, new Uint8Array([1, 2, 3])), /header/],
  ['a snapshot that is no state', () => snapshots.save(KEY, gzipSync('{"version":1,')), /JSON/],
  [
    'another version',
    () => snapshots.save(KEY, gzipSync('{"version":99,"pipeline":"p","lastSequence":0}')),
    /version 99/,
  ],
  [
    'a stream made anew',
    () => snapshots.save(KEY, gzipSync('{"version":1,"pipeline":"p","lastSequence":500}')),
    /sequence 500.*made anew/,
  ],
])(
  'a snapshot that cannot be used is refused with its reason, and everything is counted anew: %s',
  async (_what, prepare, why) => {
    await prepare();
    await publish(0, 1, 2, 3);
    await start();
    await counted(4);
    const [refused] = snapshotEvents();
    expect(refused).toMatchObject({ outcome: 'refused', pipeline: 'p' });
    expect(refused?.detail).toMatch(why);
    expect(alerts.map(({ state }) => state)).toEqual(['pending']);
  },
);

test('a store that fails is told, and the stream goes on', async () => {
  const down: SnapshotStore = { ...snapshots, save: () => Promise.reject(new Error('the store is down')) };
  await start({ snapshots: down });
  await publish(0, 1, 2, 3, 10);
  await counted(5);
  await vi.waitFor(() => expect(alerts.map(({ state }) => state)).toEqual(['pending', 'firing']));
  expect(snapshotEvents().at(-1)).toEqual({
    type: 'snapshot',
    pipeline: 'p',
    outcome: 'failed',
    detail: 'the store is down',
  });
});

test('the state is saved now and then without an alert, and only when there is something new', async () => {
  await start({ snapshotEveryMs: 20 });
  await publish(0);
  await vi.waitFor(async () => expect(await saved()).toMatchObject({ lastSequence: 1 }));
  await watcher?.stop();
  expect(snapshotEvents().filter(({ outcome }) => outcome === 'saved')).toHaveLength(1);
});

test('an alert that cannot be published ends the watcher, and its state is not saved: the next life raises it again', async () => {
  const refusing = withPublish(bus, () =>
    Promise.reject(new BusError('BUS_STORAGE', 'the disk is full', { canRetry: false })),
  );
  const service = await start({ bus: refusing });
  await publish(0, 1, 2, 3);
  await expect(service.failed).rejects.toThrow('the disk is full');
  await service.stop();
  expect(await saved()).toBeUndefined();
  await start();
  await counted(4);
  expect(await states()).toEqual(['earshot.alert.p.surge.pending']);
});

test('an alert that hangs holds the snapshot back', async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  await start({
    bus: withPublish(bus, (message, real) => gate.then(() => real(message))),
    snapshotEveryMs: 10,
  });
  await publish(0, 1, 2, 3);
  await counted(4);
  await new Promise((resolve) => setTimeout(resolve, 50)); // Five snapshots were due.
  expect(await saved()).toBeUndefined();
  release();
  await vi.waitFor(async () => expect(await saved()).toMatchObject({ lastSequence: 4 }));
});

test('the channels and the position are told', async () => {
  const service = await start();
  await publish(0, 1, 3);
  await counted(3);
  expect(service.views()).toMatchObject([{ channel: 'x', observed: { volume: 3 } }]);
  expect(service.position()).toEqual({ sequence: 3, pending: 0 });
  expect(service.watermarkMs()).toBe(startMs + 3_000);
});
