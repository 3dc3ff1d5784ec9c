/** Goal: all pipelines are watched or none, and a reload goes on where it was. */
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMemoryLeaseStore } from '../../../src/adapters/memory/memory-leases.ts';
import { createMemorySnapshotStore } from '../../../src/adapters/memory/memory-snapshots.ts';
import { systemClock } from '../../../src/app/clock.ts';
import { loadPipelineText, type LoadedPipeline } from '../../../src/app/pipelines/pipeline-files.ts';
import { startWatch, type WatchOptions, type WatchService } from '../../../src/app/services/watch.service.ts';
import type { Alert } from '../../../src/core/alert/alert.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import type { SnapshotStore } from '../../../src/core/snapshot/snapshot.port.ts';
import { scoredMessage } from '../../core/window/arrivals.ts';
import { memoryBus, stored } from '../../support/bus.ts';

let bus: Bus;
let snapshots: SnapshotStore;
let watch: WatchService | undefined;
let alerts: Alert[];
beforeEach(async () => {
  bus = await memoryBus();
  snapshots = createMemorySnapshotStore();
  alerts = [];
});
afterEach(async () => {
  await watch?.stop();
  watch = undefined;
  await bus.close();
});

async function loaded(name: string, rule: string): Promise<LoadedPipeline> {
  const file = {
    name,
    listen: { query: 'x' },
    sinks: [{ log: {} }],
    alerts: [{ name: rule, when: 'volume >= 2', over: '1m' }],
  };
  const load = await loadPipelineText(`${name}.yaml`, JSON.stringify(file), {});
  if (!load.ok) throw new Error('the test has a wrong pipeline');
  return load.loaded;
}

async function start(
  pipelines: LoadedPipeline[],
  overrides: Partial<WatchOptions> = {},
): Promise<WatchService> {
  watch = await startWatch({
    ...{
      bus,
      snapshots,
      pipelines,
      snapshotEveryMs: 3_600_000,
      leases: createMemoryLeaseStore(),
      holder: 'me',
      leaseTtlMs: 15_000,
      clock: systemClock,
      telemetry: () => undefined,
    },
    logger: pino({ level: 'silent' }),
    observers: [{ alert: (alert) => alerts.push(alert) }],
    onFailure: (error) => expect.fail(String(error)),
    ...overrides,
  });
  return watch;
}

const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
async function publish(pipeline: string, ...seconds: number[]): Promise<void> {
  for (const second of seconds) {
    const message = { ...scoredMessage(`m${second}`, startMs + second * 1_000), pipeline };
    await bus.publish({ subject: `earshot.scored.${pipeline}.x.negative`, data: JSON.stringify(message) });
  }
}
const raised = (...names: string[]) =>
  vi.waitFor(
    () => expect(alerts.map(({ pipeline, rule, state }) => `${pipeline} ${rule} ${state}`)).toEqual(names),
    { timeout: 20_000, interval: 5 },
  );

test('each pipeline has its watcher; alerts of all are listed, newest first', async () => {
  const service = await start([await loaded('a', 'surge'), await loaded('b', 'surge')]);
  await publish('a', 0, 1, 20);
  await raised('a surge firing');
  await publish('b', 0, 30, 59);
  await raised('a surge firing', 'b surge firing');
  expect(service.alerts().map(({ pipeline }) => pipeline)).toEqual(['b', 'a']);
  expect(service.pending()).toBe(0);
  expect(service.describe('a')).toMatchObject({
    position: { sequence: 3, pending: 0 },
    channels: [{ channel: 'x' }],
  });
  expect(service.describe('nobody')).toEqual({});
});

test('replace goes on from the state: nothing is raised twice, and the alert of a rule that is gone ends', async () => {
  const service = await start([await loaded('a', 'surge')]);
  await publish('a', 0, 1, 20);
  await raised('a surge firing');
  await service.replace([await loaded('a', 'surge')]);
  await publish('a', 25);
  await service.replace([await loaded('a', 'renamed')]);
  await publish('a', 26);
  await vi.waitFor(() => expect(alerts).toHaveLength(3), { timeout: 20_000, interval: 5 });
  expect(alerts.map(({ rule, state, reason }) => `${rule} ${state} ${reason}`).sort()).toEqual([
    'renamed firing condition_met',
    'surge firing condition_met',
    'surge resolved rule_removed',
  ]);
  const published = (await stored(bus, 'events')).filter(({ subject }) =>
    subject.startsWith('earshot.alert.'),
  );
  expect(published).toHaveLength(3);
});

test('where one cannot start none runs', async () => {
  const half: SnapshotStore = {
    ...snapshots,
    load: (key) => (key.endsWith('.b') ? Promise.reject(new Error('no store')) : snapshots.load(key)),
  };
  await expect(
    start([await loaded('a', 'surge'), await loaded('b', 'surge')], { snapshots: half }),
  ).rejects.toThrow('no store');
  await publish('a', 0, 1, 20);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(alerts).toEqual([]);
});

test('a reload after which nobody watches is a failure, not a warning', async () => {
  let up = true;
  const failures: unknown[] = [];
  const store: SnapshotStore = {
    ...snapshots,
    load: (key) => (up ? snapshots.load(key) : Promise.reject(new Error('no store'))),
  };
  const service = await start([await loaded('a', 'surge')], {
    snapshots: store,
    onFailure: (error) => failures.push(error),
  });
  up = false;
  await expect(service.replace([await loaded('a', 'surge')])).rejects.toThrow('no store');
  expect(failures).toHaveLength(1);
});
