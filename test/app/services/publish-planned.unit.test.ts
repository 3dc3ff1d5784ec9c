/** Goal: scored messages that are published in batches are as safe as those published one by one: an input is acknowledged
 *  once the broker holds the batches with all of its lines, and a second delivery stores nothing twice. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { settingsConfig } from '../../../src/app/config/settings.config.ts';
import { systemClock } from '../../../src/app/clock.ts';
import { startScorer, type ScorerService } from '../../../src/app/services/scorer.service.ts';
import { BusError, type Bus, type StoredMessage } from '../../../src/core/bus/bus.port.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { memoryBus, stored, withPublish, untilWorkedOff } from '../../support/bus.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { compareLedgers } from '../../support/stream-fixtures.ts';

const settings = { ...settingsConfig.parse({}).scorer, ackWait: 200, deliveriesMax: 5 };
const SOUND = { lost: [], twice: [] };

let bus: Bus;
let scorers: ScorerService[];
let events: TelemetryEvent[];

beforeEach(async () => {
  bus = await memoryBus();
  [scorers, events] = [[], []];
});
afterEach(async () => {
  await Promise.all(scorers.map((scorer) => scorer.stop()));
  await bus.close();
});

async function start(on: Bus, batch: object = {}, overrides: object = {}): Promise<ScorerService> {
  const scorer = startScorer({
    bus: on,
    settings: { ...settings, ...overrides },
    pipelines: [await pipelineOf({ output: { batch } })],
    telemetry: (event) => events.push(event),
    clock: systemClock,
  });
  scorers.push(scorer);
  return scorer;
}

const post = (id: string) => JSON.stringify({ id, text: 'acme is great' });
/** One input; a line that is no message stands as it is. */
const publish = (...lines: string[]) =>
  bus.publish({
    subject: 'earshot.in.test.chat',
    data: lines.map((id) => (id === '{' ? id : post(id))).join('\n'),
  });
const settled = () => untilWorkedOff(bus, settings.group);
const idsIn = ({ data }: StoredMessage) =>
  new TextDecoder()
    .decode(data)
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: string }).id);
const batches = async () => (await stored(bus, 'scored')).map(idsIn);
const told = (type: TelemetryEvent['type']) => events.filter((event) => event.type === type);
const scoredCount = () =>
  events.reduce((sum, event) => sum + (event.type === 'scored' ? event.scores.length : 0), 0);

test('a batch for each input; what is poison in the midst of it is a dead letter, and messages are counted', async () => {
  await publish('a', 'b', '{', 'c');
  await publish('d');
  await start(bus);
  await settled();
  const found = await stored(bus, 'scored');
  expect(found.map(({ subject }) => subject)).toEqual([
    'earshot.scored.acme.batch',
    'earshot.scored.acme.batch',
  ]);
  expect(found[0]?.headers).toMatchObject({ 'content-type': 'application/x-ndjson' });
  expect(await batches()).toEqual([['a', 'b', 'c'], ['d']]);
  expect((await stored(bus, 'dead')).map(({ subject }) => subject)).toEqual(['earshot.dead.invalid_json']);
  await scorers[0]?.stop();
  expect(scoredCount()).toBe(4);
});

test('gathered: what waits is joined across inputs', async () => {
  for (const id of ['a', 'b', 'c', 'd']) await publish(id);
  await start(bus, { gather: true, messagesMax: 3 });
  await settled();
  expect(await batches()).toEqual([['a', 'b', 'c'], ['d']]);
});

test('edits and deletions stand in the batch in their order', async () => {
  const change = (kind: string) =>
    JSON.stringify({ id: 'a', kind, version: kind === 'edit' ? 1 : 2, text: 'acme' });
  const data = [post('a'), change('edit'), change('delete')].join('\n');
  await bus.publish({ subject: 'earshot.in.test.chat', data });
  await start(bus);
  await settled();
  const [batch] = await stored(bus, 'scored');
  const lines = new TextDecoder().decode(batch?.data).split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
    'create',
    'edit',
    'delete',
  ]);
});

const unanswered = (stillStored: boolean) => {
  let calls = 0;
  return withPublish(bus, async (message, real) => {
    if (!message.subject.startsWith('earshot.scored')) return real(message);
    calls += 1;
    if (calls > 1) return real(message);
    if (stillStored) await real(message);
    throw new BusError('BUS_TIMEOUT', 'no answer', { canRetry: true });
  });
};

test.each([
  ['it is stored then', false],
  ['it was stored all the same: not twice', true],
])('a batch that is not confirmed gives all of its inputs back; %s', async (_what, stillStored) => {
  for (const id of ['a', 'b', 'c']) await publish(id, `${id}-2`);
  await start(unanswered(stillStored));
  await settled();
  expect(compareLedgers(['a', 'b', 'c', 'a-2', 'b-2', 'c-2'], (await batches()).flat())).toEqual(SOUND);
  expect(told('delivery_retried')).toMatchObject([{ deliveries: 1, error: 'no answer' }]);
  await scorers[0]?.stop();
  expect(scoredCount()).toBe(6);
});

/** A worker stores its batches and dies before it acknowledges anything. */
async function dieBeforeAck(batch: object): Promise<void> {
  const silent = withPublish(bus, async (message, real) => {
    await real(message);
    return new Promise<never>(() => undefined);
  });
  await start(silent, batch, { ackWait: 60_000 });
  await vi.waitFor(async () => expect((await batches()).flat().length).toBe(6), {
    timeout: 20_000,
    interval: 5,
  });
  void scorers.pop()?.stop(); // Never comes to an end; stops its sign of life.
}

const SIX = ['a', 'b', 'c', 'd', 'e', 'f'];

test('another worker that is given the inputs of a dead one again makes the same batches: one copy of each', async () => {
  await publish('a', 'b', 'c');
  await publish('d', 'e', 'f');
  await dieBeforeAck({});
  await publish('g', 'h');
  await start(bus, {}, { inHandMax: 1 }); // One input at a time, in whichever order.
  await settled();
  expect(compareLedgers([...SIX, 'g', 'h'], (await batches()).flat())).toEqual(SOUND);
});

test('negative control: gathered batches are made of whatever comes together, and then a copy may be stored', async () => {
  await publish('a', 'b', 'c');
  await publish('d', 'e', 'f');
  await dieBeforeAck({ gather: true });
  await start(bus, { gather: true }, { inHandMax: 1 });
  await settled();
  expect(compareLedgers(SIX, (await batches()).flat())).toEqual({ lost: [], twice: SIX });
});

test('negative control: without its name a batch is stored twice', async () => {
  await publish('a', 'b', 'c');
  await publish('d', 'e', 'f');
  await dieBeforeAck({});
  const nameless = withPublish(bus, ({ id: _, ...message }, real) => real(message));
  await start(nameless);
  await settled();
  expect(compareLedgers(SIX, (await batches()).flat())).toEqual({ lost: [], twice: SIX });
});

test('a message that no batch can hold is a dead letter by itself; its neighbours come out', async () => {
  await bus.close();
  bus = await memoryBus({ payloadBytesMax: 4_000 });
  const large = JSON.stringify({ id: 'large', text: `acme ${'x'.repeat(3_800)}` });
  await bus.publish({ subject: 'earshot.in.test.chat', data: post('a') });
  await bus.publish({ subject: 'earshot.in.test.chat', data: large });
  await bus.publish({ subject: 'earshot.in.test.chat', data: post('b') });
  await start(bus, { gather: true });
  await settled();
  expect(await batches()).toEqual([['a'], ['b']]);
  expect((await stored(bus, 'dead')).map(({ subject }) => subject)).toEqual([
    'earshot.dead.output_too_large',
  ]);
});

test('pipelines that are read again publish as they say from the next input on', async () => {
  const scorer = await start(bus);
  await publish('a', 'b');
  await settled();
  await scorer.replace([await pipelineOf()]);
  await publish('c', 'd');
  await settled();
  expect((await stored(bus, 'scored')).map(({ subject }) => subject.split('.')[3])).toEqual([
    'batch',
    'chat',
    'chat',
  ]);
});
