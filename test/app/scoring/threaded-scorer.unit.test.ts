/** Goal: plans made in a thread are those made here, and a thread that fails is never waited for. */
import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import { packBatch, unpackPlan } from '../../../src/app/scoring/plan-wire.ts';
import {
  servePlans,
  type FromThread,
  type ThreadTask,
  type ToThread,
} from '../../../src/app/scoring/scorer-thread.ts';
import { overWorker } from '../../../src/app/scoring/threaded-scorer.ts';
import { whereToPlan } from '../../../src/app/scoring/where-to-plan.ts';
import { openHere } from '../../../src/app/scoring/open-scorer.ts';
import { markFeatures } from '../../../src/core/relevance/marks/features.ts';
import { GrowingLayer, layerOfState } from '../../../src/core/relevance/marks/layer.ts';
import { createScorer } from '../../../src/core/scorer/scorer.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { batchOf, comparable, threadBeside } from './thread-beside.ts';

const LIMITS = { payloadBytesMax: 1_048_576, dedupeKeysMax: 1_000 };
const BATCH = [
  '{"id":"a","time":1760000000000,"text":"acme is great"}',
  '{"id":"b","time":1760000000000,"text":"acme ärgert mich 😡"}\n{"id":"c","text":"of something else"}',
  'garbage',
  '{"id":"a","kind":"delete","version":"1"}',
].map((text, index) => ({
  subject: 'earshot.in.test.chat',
  data: new TextEncoder().encode(text),
  headers: undefined,
  sequence: index + 1,
  storedAtMs: 1_760_000_000_000,
}));

const closes: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

async function serve(task: ThreadTask) {
  const { port1, port2 } = new MessageChannel();
  closes.push(() => port1.close());
  const first = once(port1, 'message') as Promise<[FromThread]>;
  await servePlans(port2, task);
  return { port: port1, first: (await first)[0] };
}

test('a plan made in the thread is the plan made here', async () => {
  const pipelines = [
    await pipelineOf({ dropped: { sample: 1 } }),
    await pipelineOf({ name: 'rival', privacy: { redact: ['email'] } }),
  ];
  const { port, first } = await serve({ configs: pipelines.map(({ config }) => config), ...LIMITS });
  expect(first).toEqual({ type: 'ready' });
  const answer = once(port, 'message') as Promise<[FromThread]>;
  port.postMessage({ type: 'plan', number: 7, batch: packBatch(BATCH) });
  const [message] = await answer;
  if (message.type !== 'planned') throw new Error(message.type);
  const here = createScorer({ pipelines, clock: systemClock, random: Math.random, ...LIMITS });
  expect(message.number).toBe(7);
  expect(comparable(unpackPlan(message.plan))).toEqual(comparable(await here.plan(BATCH)));
});

test("what moderators' marks taught a filter counts in the thread as it does here", async () => {
  const listen = { query: 'acme', classifier: { model: 'relevance-en', dropBelow: 0.3, reviewBelow: 0.7 } };
  const pipeline = await pipelineOf({ listen });
  const layer = new GrowingLayer();
  const before = layer.state;
  layer.add(
    Array.from({ length: 40 }, (_, at) => {
      return { key: `${at}`, sequence: at, keep: false, base: 0.9, features: markFeatures('acme is great') };
    }),
  );
  expect(layer.state).not.toBe(before);
  const { port } = await serve({ configs: [pipeline.config], ...LIMITS });
  let applied = before;
  const layerOf = () => layerOfState(applied);
  const here = createScorer({
    pipelines: [pipeline],
    clock: systemClock,
    random: Math.random,
    ...LIMITS,
    layerOf,
  });
  const plans: unknown[] = [];
  for (const state of [before, layer.state]) {
    applied = state;
    const data = new TextEncoder().encode(`{"id":"${plans.length}","text":"acme is great"}`);
    const batch = BATCH.slice(0, 1).map((one) => ({ ...one, data }));
    const answer = once(port, 'message') as Promise<[FromThread]>;
    port.postMessage({ type: 'layer', pipeline: 'acme', state } satisfies ToThread);
    port.postMessage({ type: 'plan', number: 1, batch: packBatch(batch) } satisfies ToThread);
    const [message] = await answer;
    if (message.type !== 'planned') throw new Error(message.type);
    const plan = comparable(unpackPlan(message.plan));
    expect(plan).toEqual(comparable(await here.plan(batch)));
    plans.push(/relevance.*?\}/.exec(JSON.stringify(plan))?.[0]);
  }
  expect(plans[0]).toMatch(/probability/);
  expect(plans[0]).not.toEqual(plans[1]);
});

test('a pipeline that cannot be compiled is refused with its name and its fault', async () => {
  const { config } = await pipelineOf({});
  const bad = { ...config, sentiment: { ...config.sentiment, model: '/nowhere' } };
  const { first } = await serve({ configs: [bad], ...LIMITS });
  expect(JSON.stringify(first)).toMatch(/refused.*pipeline 'acme'.*nowhere/);
});

const THREADS = {
  'ends when asked to plan': `parentPort.on('message', () => process.exit(3)); parentPort.postMessage({ type: 'ready' });`,
  'throws when asked to plan': `parentPort.on('message', () => { throw new Error('broken') }); parentPort.postMessage({ type: 'ready' });`,
};

test.each(Object.entries(THREADS))('a thread that %s rejects what waits, and is lost', async (_, code) => {
  const worker = new Worker(`const { parentPort } = require('node:worker_threads'); ${code}`, { eval: true });
  const scorer = overWorker(worker, { pipelines: [await pipelineOf({})], ...LIMITS });
  await scorer.ready;
  await expect(scorer.plan(BATCH)).rejects.toThrow(/ended with 3|broken/);
  expect(await scorer.lost).toBeInstanceOf(Error);
  await expect(scorer.plan(BATCH)).rejects.toThrow();
  await scorer.close();
});

test('a plan that fails is the fault of its batch alone', async () => {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     let batches = 0;
     parentPort.on('message', ({ number }) => parentPort.postMessage({ type: 'failed', number, error: 'no ' + batches++ }));
     parentPort.postMessage({ type: 'ready' });`,
    { eval: true },
  );
  const scorer = overWorker(worker, { pipelines: [await pipelineOf({})], ...LIMITS });
  await scorer.ready;
  const plans = await Promise.allSettled([scorer.plan(BATCH), scorer.plan(BATCH)]);
  expect(plans.map((plan) => plan.status === 'rejected' && (plan.reason as Error).message)).toEqual([
    'no 0',
    'no 1',
  ]);
  await scorer.close();
});

/** Tells how many deliveries are handed over each time. */
async function besideThread() {
  const pipeline = await pipelineOf({});
  const { scorer, handedOver } = await threadBeside([pipeline], LIMITS);
  closes.push(() => scorer.close());
  const here = createScorer({ pipelines: [pipeline], clock: systemClock, random: Math.random, ...LIMITS });
  return { scorer, handedOver, here };
}

test.each([
  ['little', [1, 2, 3, 4, 5], [1, 14]],
  ['more than is planned together', [200, 100, 150, 7, 30, 226], [200, 250, 37, 226]],
  ['none', [0, 0, 3], [0, 3]],
])('what comes while the thread is busy is handed over together: %s', async (_, sizes, expected) => {
  const { scorer, handedOver, here } = await besideThread();
  const batches = sizes.map((size, at) =>
    batchOf(Array.from({ length: size }, (__, index) => `${at}-${index}`)),
  );
  const plans = await Promise.all(batches.map(async (batch) => await scorer.plan(batch)));
  expect(handedOver).toEqual(expected);
  for (const [at, plan] of plans.entries()) {
    const { deliveries } = await here.plan(batches[at] ?? []);
    expect(comparable({ ...plan, events: [] })).toEqual(comparable({ deliveries, events: [] }));
  }
  const decoded = plans.flatMap(({ events }) => events).filter((event) => event.type === 'decoded');
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(decoded.reduce((sum, { messages }) => sum + messages, 0)).toBe(total);
});

test('whoever waits behind what was handed over is told when the scorer is closed', async () => {
  const { scorer } = await besideThread();
  const plans = Promise.allSettled([1, 2, 3].map(async (at) => await scorer.plan(batchOf([`${at}`]))));
  await scorer.close();
  for (const plan of await plans) expect(plan).toMatchObject({ status: 'rejected' });
});

test('a thread that refuses its pipelines is never ready', async () => {
  const worker = new Worker(
    `require('node:worker_threads').parentPort.postMessage({ type: 'refused', error: 'no such model' });`,
    { eval: true },
  );
  const scorer = overWorker(worker, { pipelines: [await pipelineOf({})], ...LIMITS });
  await expect(scorer.ready).rejects.toThrow('no such model');
  await scorer.close();
});

test.each([
  ['off', true, true],
  ['auto', false, true],
  ['on', false, false],
] as const)('thread: %s, of a bus that is durable: %s, plans here: %s', (setting, durable, isHere) => {
  expect(whereToPlan(setting, { durable }) === openHere).toBe(isHere);
});
