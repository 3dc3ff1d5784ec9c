/** Goal: the thread of a second lane does what it is told and what a lane does, and whoever waits for it is told when it is gone. */
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { settingsConfig } from '../../../src/app/config/settings.config.ts';
import { overWorker, type LaneBeside } from '../../../src/app/scoring/lane-beside.ts';
import { serveLane } from '../../../src/app/scoring/lane-thread.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import type { CompiledPipeline } from '../../../src/core/pipeline/compile.ts';
import { markFeatures } from '../../../src/core/relevance/marks/features.ts';
import { GrowingLayer } from '../../../src/core/relevance/marks/layer.ts';
import { roomForKeys } from '../../../src/core/scorer/recent-keys.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { memoryBus, stored, untilWorkedOff } from '../../support/bus.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const settings = settingsConfig.parse({}).scorer;
let bus: Bus;
let events: TelemetryEvent[];
const lanes: LaneBeside[] = [];

beforeEach(async () => {
  bus = await memoryBus();
  events = [];
});
afterEach(async () => {
  for (const lane of lanes.splice(0)) await lane.terminate();
  await bus.close();
});

const telemetry = (event: TelemetryEvent) => void events.push(event);

/** Both ends in this thread; `closes` counts how often the lane's bus was closed. */
async function beside({
  pipeline,
  openBus,
}: { pipeline?: CompiledPipeline; openBus?: () => Promise<Bus> } = {}) {
  const { port1, port2 } = new MessageChannel();
  const worker = Object.assign(port1, { terminate: () => Promise.resolve(port1.close()) });
  const lane = overWorker(worker as unknown as Worker, telemetry);
  lanes.push(lane);
  const { config } = pipeline ?? (await pipelineOf({}));
  const keysRoom = roomForKeys({ keysMax: 1_000, random: Math.random });
  const closes = vi.fn(() => Promise.resolve());
  const get = (on: Bus, key: string | symbol) => (key === 'close' ? closes : bound(on, key));
  const own = () => Promise.resolve(new Proxy(bus, { get }));
  const serving = serveLane(port2, { configs: [config], settings, keysRoom }, openBus ?? own);
  return { lane, keysRoom, serving, closes };
}

function bound(on: Bus, key: string | symbol): unknown {
  const value: unknown = Reflect.get(on, key, on);
  return typeof value === 'function' ? value.bind(on) : value;
}

const publish = (id: string, text = 'acme is great') =>
  bus.publish({ subject: 'earshot.in.test.chat', data: JSON.stringify({ id, text }) });
const settled = () => untilWorkedOff(bus, settings.group);
const scored = async () => (await stored(bus, 'scored')).length;

test('it takes when it is told to, rests when it is told to, ends when it is told to, and tells what happened', async () => {
  const { lane, serving, closes } = await beside();
  lane.take();
  await publish('a');
  await settled();
  await lane.rest();
  await publish('b');
  await new Promise((resolve) => setImmediate(resolve));
  expect(await scored()).toBe(1);
  lane.take();
  await settled();
  await lane.stop();
  await serving;
  expect(await scored()).toBe(2);
  expect(closes).toHaveBeenCalledOnce();
  const told = events.filter(({ type }) => type === 'received' || type === 'scored').map(({ type }) => type);
  expect(told).toEqual(['received', 'scored', 'received', 'scored']);
  await lane.rest(); // Of one that has ended nothing is to be waited for.
});

test('what happened is told in parcels, also before a second of them', async () => {
  const { lane } = await beside();
  await Promise.all(Array.from({ length: 200 }, (_, at) => publish(`m${at}`)));
  lane.take();
  await vi.waitFor(
    () => {
      const scores = events.flatMap((event) => (event.type === 'scored' ? event.scores : []));
      expect(scores).toHaveLength(200);
    },
    { timeout: 20_000, interval: 5 },
  );
});

test("what moderators' marks taught a filter counts from the next batch on", async () => {
  const listen = { query: 'acme', classifier: { model: 'relevance-en', dropBelow: 0.3, reviewBelow: 0.7 } };
  const { lane } = await beside({ pipeline: await pipelineOf({ listen, dropped: { sample: 1 } }) });
  lane.take();
  await publish('a');
  await settled();
  const layer = new GrowingLayer();
  layer.add(
    Array.from({ length: 40 }, (_, at) => {
      return { key: `${at}`, sequence: at, keep: false, base: 0.9, features: markFeatures('acme is great') };
    }),
  );
  lane.learn('acme', layer.state);
  await lane.rest();
  lane.take();
  await publish('b');
  await settled();
  const all = [...(await stored(bus, 'scored')), ...(await stored(bus, 'dropped'))];
  const corrections = all.map(
    ({ data }) => /"correction":-?[\d.]+/.exec(new TextDecoder().decode(data))?.[0],
  );
  expect(new Set(corrections).size).toBe(2);
});

test('with the first lane it remembers keys in one room', async () => {
  const { createScorer } = await import('../../../src/core/scorer/scorer.ts');
  const { systemClock } = await import('../../../src/app/clock.ts');
  const pipeline = await pipelineOf({});
  const { lane, keysRoom } = await beside({ pipeline });
  const limits = { payloadBytesMax: 1_048_576, dedupeKeysMax: 1_000, keysRoom };
  const first = createScorer({ pipelines: [pipeline], clock: systemClock, ...limits, random: Math.random });
  const data = new TextEncoder().encode('{"id":"a","text":"acme"}');
  await first.plan([
    { subject: 'earshot.in.test.chat', data, headers: undefined, sequence: 99, storedAtMs: 0 },
  ]);
  lane.take();
  await publish('a');
  await settled();
  expect(await scored()).toBe(0);
  await lane.stop();
  expect(events).toContainEqual(expect.objectContaining({ type: 'dropped', reason: 'duplicate' }));
});

test.each([
  ['a pipeline that cannot be compiled', { model: '/nowhere' }, undefined, /pipeline 'acme': .*nowhere/],
  ['no connection', {}, () => Promise.reject(new Error('no broker there')), /no broker there/],
])('lost, with the reason: %s', async (_, sentiment, openBus, reason) => {
  const pipeline = await pipelineOf({});
  const config = { ...pipeline.config, sentiment: { ...pipeline.config.sentiment, ...sentiment } };
  const { lane } = await beside({ pipeline: { ...pipeline, config }, ...(openBus && { openBus }) });
  lane.take();
  expect((await lane.lost).message).toMatch(reason);
  await lane.rest();
  await lane.stop();
});

test('lost, with the reason: an input that ends in an error', async () => {
  const { createMemoryBus } = await import('../../../src/adapters/memory/memory-bus.ts');
  const { lane } = await beside({ openBus: () => Promise.resolve(createMemoryBus()) });
  lane.take();
  expect((await lane.lost).message).toMatch(/there is no stream EARSHOT_IN/);
});

const THREADS = {
  ends: `parentPort.on('message', () => process.exit(3));`,
  throws: `parentPort.on('message', () => { throw new Error('broken') });`,
};

test.each(Object.entries(THREADS))('a thread that %s is lost, and nobody waits for it', async (_, code) => {
  const worker = new Worker(`const { parentPort } = require('node:worker_threads'); ${code}`, { eval: true });
  const lane = overWorker(worker, telemetry);
  const resting = lane.rest();
  await resting;
  expect((await lane.lost).message).toMatch(/ended with 3|broken/);
  lane.take();
  await lane.stop();
});

test('one that is ended is not lost', async () => {
  const { lane } = await beside();
  await lane.stop();
  const lost = await Promise.race([lane.lost, new Promise((resolve) => setImmediate(resolve, 'no'))]);
  expect(lost).toBe('no');
});
