/** Goal: a lane takes what it is told to, plans in small slices and in order, leaves turns to others, and finishes what it has begun. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import { settingsConfig } from '../../../src/app/config/settings.config.ts';
import { Lane, type LaneOptions } from '../../../src/app/scoring/lane.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import { STREAMS } from '../../../src/core/bus/streams.ts';
import { createScorer, type PlanInput, type Scorer } from '../../../src/core/scorer/scorer.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { memoryBus, stored, withPublish, untilWorkedOff } from '../../support/bus.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const settings = settingsConfig.parse({}).scorer;
let bus: Bus;
let lane: Lane;
let events: TelemetryEvent[];
/** What was planned together, by the words of its messages. */
let planned: string[][];

const decoder = new TextDecoder();
const wordOf = ({ data }: PlanInput) => /"id":"(\w+)"/.exec(decoder.decode(data))?.[1] ?? '';

beforeEach(async () => {
  bus = await memoryBus();
  [events, planned] = [[], []];
});
afterEach(async () => {
  await lane.stop();
  await bus.close();
});

async function open(options: Partial<LaneOptions> = {}, onPlan: () => void = () => undefined): Promise<Lane> {
  const pipelines = [await pipelineOf({})];
  const limits = { payloadBytesMax: 1_048_576, dedupeKeysMax: 1_000 };
  const real = createScorer({ pipelines, clock: systemClock, ...limits, random: Math.random });
  const scorer: Scorer = {
    bury: real.bury,
    plan(batch) {
      planned.push(batch.map(wordOf));
      onPlan();
      return real.plan(batch);
    },
  };
  const onFailure = (error: unknown) => expect.unreachable(String(error));
  const telemetry = (event: TelemetryEvent) => events.push(event);
  lane = new Lane({
    ...{ bus, settings, clock: systemClock, telemetry, onFailure },
    plans: { scorer, batches: new Map() },
    ...options,
  });
  return lane;
}

const publish = (...ids: string[]) =>
  Promise.all(
    ids.map((id) =>
      bus.publish({ subject: 'earshot.in.test.chat', data: `{"id":"${id}","text":"acme is great"}` }),
    ),
  );
const range = (count: number, prefix = 'm') => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
const settled = () => untilWorkedOff(bus, settings.group);

test('what comes together is planned 64 at a time, in order', async () => {
  const ids = range(150);
  await publish(...ids);
  const batches: number[] = [];
  (await open({ onBatch: (batch) => batches.push(batch.length) })).take();
  await settled();
  expect(planned.flat()).toEqual(ids);
  expect(planned.map(({ length }) => length)).toEqual([64, 64, 22]);
  expect(batches).toEqual([150]);
  expect((await stored(bus, 'scored')).map(wordOf)).toEqual(ids);
});

test('large payloads are planned in smaller slices, one that is too large for any alone', async () => {
  const text = (chars: number) => JSON.stringify({ id: `c${chars}`, text: `acme ${'x'.repeat(chars)}` });
  for (const chars of [30_000, 30_000, 10_000, 100_000, 10])
    await bus.publish({ subject: 'earshot.in.test.chat', data: text(chars) });
  (await open()).take();
  await settled();
  expect(planned).toEqual([['c30000', 'c30000'], ['c10000'], ['c100000'], ['c10']]);
});

test('between slices that take long others have their turn, and what comes meanwhile is planned behind', async () => {
  const ids = range(240);
  await publish(...ids);
  let nowMs = 0;
  const turns: number[] = [];
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  await open({ clock }, () => {
    nowMs += 6;
    setImmediate(() => turns.push(planned.length));
  });
  lane.take();
  await settled();
  // Two slices of 6 ms make a turn of 10 ms.
  expect(planned.flat()).toEqual(ids);
  await vi.waitFor(() => expect(turns).toEqual([2, 2, 4, 4]));
});

test('at rest it takes nothing, told to take it goes on; twice is as once', async () => {
  await open();
  await lane.rest();
  lane.take();
  lane.take();
  await publish('a');
  await settled();
  await lane.rest();
  await publish('b');
  await new Promise((resolve) => setImmediate(resolve));
  expect(planned).toEqual([['a']]);
  lane.take();
  await settled();
  expect(planned).toEqual([['a'], ['b']]);
});

test('stopped, it takes nothing more and is done when all is confirmed', async () => {
  let confirm: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (confirm = resolve));
  const slow = withPublish(bus, (message, real) => gate.then(() => real(message)));
  await publish('a');
  (await open({ bus: slow })).take();
  await vi.waitFor(() => expect(planned).toEqual([['a']]));
  let isStopped = false;
  const stopping = lane.stop().then(() => (isStopped = true));
  await publish('b');
  await new Promise((resolve) => setImmediate(resolve));
  expect([isStopped, planned]).toEqual([false, [['a']]]);
  confirm();
  await stopping;
  expect(await bus.backlog(STREAMS.in, settings.group)).toEqual({ pending: 1, unacknowledged: 0 });
});

test('the next slice is planned with what it is given', async () => {
  const other = await pipelineOf({ name: 'other' });
  await open();
  lane.take();
  await publish('a');
  await settled();
  const limits = { payloadBytesMax: 1_048_576, dedupeKeysMax: 1_000 };
  const scorer = createScorer({ pipelines: [other], clock: systemClock, ...limits, random: Math.random });
  lane.plans = { scorer, batches: new Map() };
  await publish('b');
  await settled();
  const subjects = (await stored(bus, 'scored')).map(({ subject }) => subject);
  expect(subjects).toEqual(['earshot.scored.acme.chat.positive', 'earshot.scored.other.chat.positive']);
});

test('an input that ends in an error is told', async () => {
  const { createMemoryBus } = await import('../../../src/adapters/memory/memory-bus.ts');
  const empty = createMemoryBus();
  const failed = new Promise(
    (resolve) => void open({ bus: empty, onFailure: resolve }).then(() => lane.take()),
  );
  expect(String(await failed)).toMatch(/there is no stream EARSHOT_IN/);
  await empty.close();
});
