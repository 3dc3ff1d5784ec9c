/** Goal: a watcher counts what stands in batches message by message, lets others have their turn between batches, and saves what
 *  covers whole ones. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMemorySnapshotStore } from '../../../src/adapters/memory/memory-snapshots.ts';
import { startWatcher, type WatcherService } from '../../../src/app/services/watcher.service.ts';
import type { Alert } from '../../../src/core/alert/alert.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import type { SnapshotStore } from '../../../src/core/snapshot/snapshot.port.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { memoryBus } from '../../support/bus.ts';
import { configOf } from '../../support/pipelines.ts';
import { aTenure } from '../../support/tenure.ts';
import { scoredMessage } from '../../core/window/arrivals.ts';

const pipeline = configOf({
  name: 'p',
  alerts: [{ name: 'surge', when: 'volume >= 3', over: '1m', for: '5s' }],
  window: { pane: '10s', allowedLateness: '0s' },
});
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;

let bus: Bus;
let snapshots: SnapshotStore;
let events: TelemetryEvent[];
let alerts: Alert[];
/** How many messages of the stream came together. */
let turns: number[];
let watcher: WatcherService;

beforeEach(async () => {
  bus = await memoryBus();
  snapshots = createMemorySnapshotStore();
  [events, alerts, turns] = [[], [], []];
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
    onScored: (batch) => turns.push(batch.length),
    onAlert: (alert) => alerts.push(alert),
  });
}

const post = (id: string, second: number) => JSON.stringify(scoredMessage(id, startMs + second * 1_000));
const publish = (...lines: string[]) =>
  bus.publish({ subject: 'earshot.scored.p.batch', data: lines.join('\n') });
const counted = (sequence: number) =>
  vi.waitFor(() => expect(watcher.position().sequence).toBe(sequence), { timeout: 20_000, interval: 5 });
const counts = () =>
  events.reduce((sum, event) => {
    const isCount = event.type === 'stage_time' && event.stage === 'window';
    return sum + (isCount ? event.messages : 0);
  }, 0);

test('lines count one by one, junk among them as such; a restart goes on behind the last whole batch', async () => {
  await start();
  await publish(post('a', 0), 'junk', post('b', 1));
  await publish(post('b', 1), post('c', 2), post('d', 3));
  await counted(2);
  expect(counts()).toBe(6);
  expect(events.filter(({ type }) => type === 'dead')).toEqual([
    { type: 'dead', reason: 'not_scored', messages: 1, example: 'earshot.scored.p.batch' },
  ]);
  expect(alerts).toMatchObject([
    { state: 'pending', observed: { volume: 3 }, evidence: { sequences: [1, 2] } },
  ]);
  await watcher.stop({ save: true });
  await publish(post('d', 3), post('e', 10));
  await start();
  await counted(3);
  expect(alerts.map(({ state }) => state)).toEqual(['pending', 'firing']);
  expect(watcher.alerts()).toMatchObject([{ state: 'firing', observed: { volume: 4 } }]);
});

test('after a thousand messages others have their turn, and no batch is divided', async () => {
  const batches = Array.from({ length: 5 }, (_, batch) =>
    Array.from({ length: 400 }, (_unused, line) => post(`m${batch}-${line}`, batch)),
  );
  for (const lines of batches) await publish(...lines);
  await start();
  await counted(5);
  expect(turns).toEqual([3, 2]);
  expect(counts()).toBe(2_000);
});
