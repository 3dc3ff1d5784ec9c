/** Goal: a pipeline that is split says what one watcher says, through a hand-over of shards and owner, and a shard that lost its lease
 *  is not heard. */
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMemoryLeaseStore } from '../../../src/adapters/memory/memory-leases.ts';
import { createMemorySnapshotStore } from '../../../src/adapters/memory/memory-snapshots.ts';
import { systemClock } from '../../../src/app/clock.ts';
import { loadPipelineText, type LoadedPipeline } from '../../../src/app/pipelines/pipeline-files.ts';
import { startShard } from '../../../src/app/services/shard.service.ts';
import { LeaseLostError } from '../../../src/app/services/tenure.ts';
import { startWatch, type WatchService } from '../../../src/app/services/watch.service.ts';
import type { Alert } from '../../../src/core/alert/alert.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import type { LeaseStore } from '../../../src/core/lease/lease.port.ts';
import type { SnapshotStore } from '../../../src/core/snapshot/snapshot.port.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { scoredMessage } from '../../core/window/arrivals.ts';
import { memoryBus, stored } from '../../support/bus.ts';
import { aTenure } from '../../support/tenure.ts';

const START_MS = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
const CHANNELS = ['a', 'b', 'c', 'd', 'e'];

let bus: Bus;
let snapshots: SnapshotStore;
let leases: LeaseStore;
let services: WatchService[];
let events: TelemetryEvent[];
beforeEach(async () => {
  bus = await memoryBus();
  snapshots = createMemorySnapshotStore();
  leases = createMemoryLeaseStore();
  [services, events] = [[], []];
});
afterEach(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await bus.close();
});

async function loaded(shards: number): Promise<LoadedPipeline> {
  const file = {
    ...{ name: 'p', listen: { query: 'x' }, sinks: [{ log: {} }], watch: { shards } },
    alerts: [
      { name: 'all', when: 'volume >= 10 && authors >= 4', over: '1m' },
      { name: 'one', when: 'volume >= 3', over: '1m', groupBy: ['channel'] },
    ],
  };
  const load = await loadPipelineText('p.yaml', JSON.stringify(file), {});
  if (!load.ok) throw new Error('the test has a wrong pipeline');
  return load.loaded;
}

async function start(holder: string, shards: number): Promise<WatchService> {
  const service = await startWatch({
    ...{ bus, snapshots, leases, holder, pipelines: [await loaded(shards)] },
    ...{ snapshotEveryMs: 3_600_000, leaseTtlMs: 1_000, clock: systemClock, observers: [] },
    telemetry: (event) => events.push(event),
    logger: pino({ level: 'silent' }),
    onFailure: (error) => expect.fail(String(error)),
  });
  services.push(service);
  return service;
}

let posts = 0;
/** Of each channel one, two seconds apart. */
async function publish(fromSecond: number, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++)
    for (const [index, channel] of CHANNELS.entries()) {
      const time = START_MS + (fromSecond + round * 2) * 1_000 + index;
      const message = scoredMessage(`m${posts++}`, time, { channel, author: `${channel}${round % 2}` });
      await bus.publish({ subject: `earshot.scored.p.${channel}.negative`, data: JSON.stringify(message) });
    }
}

async function alerts(): Promise<string[]> {
  const all = (await stored(bus, 'events')).filter(({ subject }) => subject.startsWith('earshot.alert.'));
  return all
    .map(({ data }) => JSON.parse(new TextDecoder().decode(data)) as Alert)
    .map(({ id, state, at, observed }) => `${id} ${state} ${at} ${observed.volume} ${observed.authors}`)
    .toSorted();
}
const told = (count: number) =>
  vi.waitFor(async () => expect(await alerts()).toHaveLength(count), { timeout: 8_000, interval: 20 });

test('two processes share the shards of a pipeline and say what one watcher says', async () => {
  posts = 0;
  const one = await start('one', 1);
  await publish(0, 4);
  await publish(300, 1);
  await told(12);
  const expected = await alerts();
  await one.stop();
  await bus.close();

  posts = 0;
  bus = await memoryBus();
  snapshots = createMemorySnapshotStore();
  const [a, b] = [await start('a', 3), await start('b', 3)];
  await publish(0, 4);
  await told(6);
  await a.stop(); // Hands over whatever it has: owner or shards.
  await publish(300, 1);
  await told(12);
  expect(await alerts()).toEqual(expected);
  expect(b.describe('p')).toMatchObject({
    watch: 'owner',
    shards: [{ shard: 0 }, { shard: 1 }, { shard: 2 }],
  });
});

test('the owner shows the channels of all shards', async () => {
  const service = await start('a', 2);
  await publish(0, 2);
  await vi.waitFor(
    () => {
      const channels = service
        .watcher('p')
        ?.views()
        .map(({ channel, observed }) => `${channel} ${observed.volume}`);
      expect(channels).toEqual(CHANNELS.map((channel) => `${channel} 2`));
    },
    { timeout: 10_000, interval: 50 },
  );
});

test('a shard that lost its lease says nothing more, and what it says late is not heard', async () => {
  const { pipeline } = await loaded(2);
  const tenure = aTenure(1);
  const options = {
    bus,
    snapshots,
    snapshotEveryMs: 3_600_000,
    pipeline: pipeline.config,
    clock: systemClock,
  };
  const place = { shard: 0, shards: 2 };
  const telemetry = () => undefined;
  const shard = await startShard({ ...options, place, tenure, telemetry });
  tenure.lose();
  const lost = expect(shard.failed).rejects.toThrow(LeaseLostError);
  await publish(0, 1);
  await lost;
  await shard.stop({ save: false });

  await start('a', 2); // Epochs of leases are times.
  await publish(10, 3);
  await told(6);
  const before = await alerts();
  const stale = { ...place, epoch: 1, entries: [], ended: [], sequence: 999, tickMs: null };
  await bus.publish({ subject: 'earshot.part.p.2.0', data: JSON.stringify(stale) });
  await vi.waitFor(() =>
    expect(events).toContainEqual(expect.objectContaining({ type: 'limit_reached', limit: 'part_fenced' })),
  );
  expect(await alerts()).toEqual(before);
});
