/** Goal: a second lane is opened once it is needed, works while it is, changes with the pipelines, and is never missed. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { settingsConfig } from '../../../src/app/config/settings.config.ts';
import type { BesideOptions, LaneBeside } from '../../../src/app/scoring/lane-beside.ts';
import type { LaneNeed, LaneSituation } from '../../../src/app/scoring/lane-need.ts';
import { SecondLane, secondLaneOf } from '../../../src/app/scoring/second-lane.ts';
import { natsConfig } from '../../../src/adapters/nats/nats.config.ts';
import type { Bus, Delivery } from '../../../src/core/bus/bus.port.ts';
import type { CompiledPipeline } from '../../../src/core/pipeline/compile.ts';
import { markFeatures } from '../../../src/core/relevance/marks/features.ts';
import { GrowingLayer, type MarkLayer } from '../../../src/core/relevance/marks/layer.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { memoryBus } from '../../support/bus.ts';
import { opening, wordFilter } from '../../support/filters.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const { scorer: settings } = settingsConfig.parse({});
const keysRoom = new SharedArrayBuffer(8);

/** What a lane was told, and how it answers. */
class FakeLane implements LaneBeside {
  readonly told: string[] = [];
  readonly names: readonly string[];
  lose: (error: Error) => void = () => undefined;
  finish: () => void = () => undefined;
  readonly lost = new Promise<Error>((resolve) => (this.lose = resolve));
  readonly #finished = new Promise<void>((resolve) => (this.finish = resolve));

  constructor({ configs }: BesideOptions) {
    this.names = configs.map(({ name }) => name);
  }
  take(): void {
    this.told.push('take');
  }
  rest(): Promise<void> {
    this.told.push('rest');
    return Promise.resolve();
  }
  learn(pipeline: string): void {
    this.told.push(`learn ${pipeline}`);
  }
  stop(): Promise<void> {
    this.told.push('stop');
    return this.#finished;
  }
  terminate(): Promise<void> {
    this.told.push('terminate');
    return Promise.resolve();
  }
}

let bus: Bus;
let lanes: FakeLane[];
let events: TelemetryEvent[];
let asked: LaneSituation[];
let isNeeded: boolean;
let cannotOpen: boolean;
let monotonicMs: number;
let layers: Map<string, MarkLayer>;

beforeEach(async () => {
  bus = await memoryBus();
  [lanes, events, asked] = [[], [], []];
  layers = new Map();
  [isNeeded, cannotOpen, monotonicMs] = [false, false, 0];
});
afterEach(() => bus.close());

async function start({
  isAlways = false,
  pipeline,
}: { isAlways?: boolean; pipeline?: CompiledPipeline } = {}) {
  const need = { isMet: (situation: LaneSituation) => (asked.push(situation), isNeeded) };
  return new SecondLane({
    open: (options) => {
      if (cannotOpen) throw new Error('no thread');
      const lane = new FakeLane(options);
      lanes.push(lane);
      return lane;
    },
    need: isAlways ? undefined : (need as unknown as LaneNeed),
    ...{ bus, settings, telemetry: (event) => events.push(event) },
    used: { pipelines: [pipeline ?? (await pipelineOf({}))], keysRoom },
    clock: { nowMs: () => 0, monotonicMs: () => monotonicMs },
    layerOf: (name) => layers.get(name),
  });
}

const batch = (count: number, pending: number) =>
  Array.from({ length: count }, () => ({ pending }) as unknown as Delivery);
const turn = () => new Promise((resolve) => setImmediate(resolve));
const told = () => lanes.map((lane) => lane.told);
const lanesTold = () => events.flatMap((event) => (event.type === 'lanes' ? event.lanes : []));

test('opened when it is needed for the first time, at rest when it is not, and back', async () => {
  const second = await start();
  second.consider(batch(3, 17));
  expect(lanes).toEqual([]);
  isNeeded = true;
  second.consider(batch(3, 17));
  second.consider(batch(3, 17));
  isNeeded = false;
  second.consider([]);
  second.consider([]);
  isNeeded = true;
  second.consider([]);
  expect(told()).toEqual([['take', 'rest', 'take']]);
  expect(lanesTold()).toEqual([2, 1, 2]);
  expect(asked.slice(0, 3)).toMatchObject([
    { deliveries: 3, pending: 17, isOpen: false },
    { deliveries: 3, pending: 17, isOpen: false },
    { deliveries: 3, pending: 17, isOpen: true },
  ]);
  expect(asked.at(-1)).toMatchObject({ deliveries: 0, pending: 0 });
});

test('always: it takes from the beginning', async () => {
  (await start({ isAlways: true })).consider([]);
  expect(told()).toEqual([['take']]);
});

test('none for an engine that computes elsewhere', async () => {
  const pipeline = await pipelineOf({});
  const engine = { ...pipeline.engine, kind: 'batch' } as CompiledPipeline['engine'];
  (await start({ isAlways: true, pipeline: { ...pipeline, engine } })).consider([]);
  expect(lanes).toEqual([]);
});

test("it is told what moderators' marks teach before it takes, and once", async () => {
  const listen = { query: 'acme', classifier: { model: 'words', dropBelow: 0.4 } };
  const second = await start({ pipeline: await pipelineOf({ listen }, opening(wordFilter({}))) });
  const layer = new GrowingLayer();
  layers.set('acme', layer);
  isNeeded = true;
  second.consider([]);
  second.consider([]);
  layer.add([{ key: 'a', sequence: 1, keep: false, base: 0.9, features: markFeatures('acme') }]);
  second.consider([]);
  expect(told()).toEqual([['learn acme', 'take', 'learn acme']]);
});

test('one that is lost is said so, and opened again a minute later', async () => {
  isNeeded = true;
  const second = await start();
  second.consider([]);
  lanes[0]?.lose(new Error('gone'));
  await turn();
  expect(told()).toEqual([['take', 'terminate']]);
  expect(events.at(-1)).toEqual({ type: 'lanes', lanes: 1 });
  expect(events).toContainEqual({ type: 'second_lane_lost', error: 'gone' });
  monotonicMs = 59_999;
  second.consider([]);
  expect(lanes).toHaveLength(1);
  monotonicMs = 60_000;
  second.consider([]);
  expect(told()[1]).toEqual(['take']);
});

test('with other pipelines another one is opened, while the one before finishes what it has in hand', async () => {
  isNeeded = true;
  const second = await start();
  second.consider([]);
  const other = await pipelineOf({ name: 'other' });
  await second.replace({ pipelines: [other], keysRoom });
  expect(told()).toEqual([['take', 'rest', 'stop']]);
  expect(lanesTold()).toEqual([2, 1]);
  second.consider([]);
  expect(lanes.map(({ names }) => names)).toEqual([['acme'], ['other']]);
  let isStopped = false;
  const stopping = second.stop().then(() => (isStopped = true));
  lanes[1]?.finish();
  await turn();
  expect(isStopped).toBe(false);
  lanes[0]?.finish();
  await stopping;
  expect(told().map((one) => one.at(-1))).toEqual(['terminate', 'terminate']);
});

test('an end while the lane before is still taking waits for it too', async () => {
  isNeeded = true;
  const second = await start();
  second.consider([]);
  const before = lanes[0];
  let rested: () => void = () => undefined;
  if (before) before.rest = () => new Promise((resolve) => (rested = resolve));
  const replaced = second.replace({ pipelines: [await pipelineOf({})], keysRoom });
  let isStopped = false;
  const stopping = second.stop().then(() => (isStopped = true));
  await turn();
  expect(isStopped).toBe(false);
  rested();
  await replaced;
  before?.finish();
  await stopping;
  expect(told()).toEqual([['take', 'stop', 'terminate']]);
});

test('where no thread can be had, that is said, and tried again a minute later', async () => {
  isNeeded = true;
  cannotOpen = true;
  const second = await start();
  second.consider([]);
  second.consider([]);
  expect(events).toEqual([
    { type: 'second_lane_lost', error: 'no thread' },
    { type: 'lanes', lanes: 1 },
  ]);
  cannotOpen = false;
  monotonicMs = 60_000;
  second.consider([]);
  expect(told()).toEqual([['take']]);
});

test('before one was opened, other pipelines and an end take nothing', async () => {
  const second = await start();
  await second.replace({ pipelines: [await pipelineOf({})], keysRoom });
  await second.stop();
  isNeeded = true;
  second.consider([]); // A batch that was on its way.
  expect(lanes).toEqual([]);
});

test('after the bus is closed nobody waits for what can not be confirmed any more', async () => {
  const second = await start({ isAlways: true });
  second.consider([]);
  const stopping = second.stop();
  await bus.close();
  await stopping;
  expect(told()).toEqual([['take', 'stop', 'terminate']]);
});

test.each([
  ['off', true, undefined],
  ['on', true, 'always'],
  ['on', false, undefined],
  ['auto', false, undefined],
] as const)('thread: %s, with a server: %s: %s', (thread, isServer, when) => {
  const nats = isServer ? natsConfig.parse({}) : undefined;
  expect(secondLaneOf({ scorer: { ...settings, thread }, natsConfig: nats })?.when).toBe(when);
});
