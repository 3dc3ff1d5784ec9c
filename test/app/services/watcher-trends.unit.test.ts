/** Goal: the trends of a running watcher: published once, shown as a metric, saved apart from the rest, and not lost by a
 *  restart, nor by a snapshot that is damaged. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMemorySnapshotStore } from '../../../src/adapters/memory/memory-snapshots.ts';
import { startWatcher, type WatcherService } from '../../../src/app/services/watcher.service.ts';
import { BusError, type Bus } from '../../../src/core/bus/bus.port.ts';
import type { SnapshotStore } from '../../../src/core/snapshot/snapshot.port.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { memoryBus, stored } from '../../support/bus.ts';
import { configOf } from '../../support/pipelines.ts';
import { aTenure } from '../../support/tenure.ts';
import { scoredMessage } from '../../core/window/arrivals.ts';

const pipeline = configOf({
  name: 'p',
  alerts: [{ name: 'trending', trend: { warmUp: '0s' } }],
  trends: { limits: { cellsPerRow: 1_024 } },
});

let bus: Bus;
let snapshots: SnapshotStore;
let events: TelemetryEvent[];
let watcher: WatcherService;
let fed: number;

beforeEach(async () => {
  bus = await memoryBus();
  snapshots = createMemorySnapshotStore();
  [events, fed] = [[], 0];
});
afterEach(async () => {
  await watcher.stop({ save: true });
  await bus.close();
});

async function start(): Promise<void> {
  watcher = await startWatcher({
    ...{ bus, snapshots, snapshotEveryMs: 3_600_000, pipeline, tenure: aTenure() },
    telemetry: (event) => events.push(event),
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    onScored: (batch) => void (fed += batch.length),
    onAlert: () => undefined,
  });
}

const startMs = Date.now() - 600_000;
/** Posts about one thing, each by a person and in words of its own. */
async function publish(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at++) {
    const text = `zeppelin number ${at} passes word${at} street${at}`;
    const message = scoredMessage(`post-${at}`, startMs + at * 5_000, { text, author: `u${at}` });
    await bus.publish({ subject: 'earshot.scored.p.x.negative', data: JSON.stringify(message) });
  }
  await vi.waitFor(() => expect(watcher.position().sequence).toBe(to), { timeout: 20_000, interval: 5 });
}
const subjectsOf = async (kind: string) =>
  (await stored(bus, 'events')).map(({ subject }) => subject).filter((one) => one.split('.')[1] === kind);
const zeppelin = () => watcher.trends().find(({ terms }) => terms.some(({ text }) => text === 'zeppelin'));

test('a trend is published, alerts, has a metric, and goes on after a restart', async () => {
  await start();
  await publish(0, 20);
  expect(await subjectsOf('trend')).toContain('earshot.trend.p.keyword');
  expect(await subjectsOf('alert')).toContain('earshot.alert.p.trending.firing');
  const before = zeppelin();
  expect(before).toMatchObject({ messages: 20, authors: 20 });
  const published = (await subjectsOf('trend')).length;
  await watcher.stop({ save: true });
  await start();
  expect(zeppelin()).toEqual(before);
  await publish(20, 24);
  expect(zeppelin()).toMatchObject({ id: before?.id, messages: 24, authors: 24 });
  expect(await subjectsOf('trend')).toHaveLength(published);
  expect((await subjectsOf('alert')).filter((one) => one.endsWith('firing'))).toHaveLength(1);
  const scores = events.flatMap((event) => (event.type === 'trend_scores' ? event.trends : []));
  expect(scores.map(({ term }) => term).join(' ')).toContain('zeppelin');
});

test('a crash: what trends had counted beyond their snapshot is read again, and told to nobody', async () => {
  await start();
  await publish(0, 10);
  await watcher.stop({ save: true });
  const early = await snapshots.load('trends.p');
  const bytes = await early[0]?.read();
  await start();
  await publish(10, 20);
  const before = zeppelin();
  await watcher.stop({ save: true });
  await snapshots.save('trends.p', bytes ?? new Uint8Array(), 1_000_000); // As if it had not been saved again.
  const seen = { fed, trends: (await subjectsOf('trend')).length };
  await start();
  await vi.waitFor(() => expect(zeppelin()).toEqual(before), { timeout: 20_000, interval: 5 });
  expect({ fed, trends: (await subjectsOf('trend')).length }).toEqual(seen);
});

test('a damaged snapshot of trends is refused and said; the watcher goes on without', async () => {
  await start();
  await publish(0, 10);
  await watcher.stop({ save: true });
  await snapshots.save('trends.p', new Uint8Array(100), 1_000_000);
  await snapshots.save('trends.p', new Uint8Array(100), 1_000_000);
  await start();
  const refused = events.flatMap((event) =>
    event.type === 'snapshot' && event.outcome === 'refused' ? [event.detail] : [],
  );
  expect(refused).toEqual([expect.stringMatching(/^trends: /), expect.stringMatching(/^trends: /)]);
  expect(watcher.trends()).toEqual([]);
  await publish(10, 20);
  expect(watcher.position().sequence).toBe(20);
});

test('trends that nobody answers for are not begun anew', async () => {
  await start();
  await publish(0, 10);
  await watcher.stop({ save: true });
  const sound = snapshots;
  const read = () => Promise.reject(new BusError('BUS_TIMEOUT', 'nobody answered', { canRetry: true }));
  snapshots = {
    ...sound,
    load: async (key) => (await sound.load(key)).map((one) => (key === 'trends.p' ? { ...one, read } : one)),
  };
  await expect(start()).rejects.toMatchObject({ code: 'BUS_TIMEOUT', canRetry: true });
  snapshots = sound;
  await start();
});
