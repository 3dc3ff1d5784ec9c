/** Goal: an input is acknowledged only once the broker holds everything that came of it, whatever fails on the way. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { settingsConfig } from '../../../src/app/config/settings.config.ts';
import { systemClock } from '../../../src/app/clock.ts';
import { startScorer, type ScorerService } from '../../../src/app/services/scorer.service.ts';
import { BusError, type Bus } from '../../../src/core/bus/bus.port.ts';
import { STREAMS } from '../../../src/core/bus/streams.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { memoryBus, stored, untilStored, withPublish, untilWorkedOff } from '../../support/bus.ts';
import { opening, wordFilter } from '../../support/filters.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const ACK_WAIT_MS = 500;
const settings = { ...settingsConfig.parse({}).scorer, ackWait: ACK_WAIT_MS, deliveriesMax: 3 };

let bus: Bus;
let scorer: ScorerService | undefined;
let events: TelemetryEvent[];

beforeEach(async () => {
  bus = await memoryBus();
  events = [];
});
afterEach(async () => {
  await scorer?.stop();
  scorer = undefined;
  await bus.close();
});

async function start(on: Bus, overrides: object = {}, pipeline: object = {}): Promise<ScorerService> {
  scorer = startScorer({
    bus: on,
    settings: { ...settings, ...overrides },
    pipelines: [await pipelineOf(pipeline)],
    telemetry: (event) => events.push(event),
    clock: systemClock,
  });
  return scorer;
}

function publish(...messages: object[]): Promise<unknown> {
  const data = messages.map((message) => JSON.stringify(message)).join('\n');
  return bus.publish({ subject: 'earshot.in.test.chat', data });
}

const subjectsIn = async (stream: keyof typeof STREAMS) =>
  (await stored(bus, stream)).map(({ subject }) => subject);
const backlog = () => bus.backlog(STREAMS.in, settings.group);
const settled = () => untilWorkedOff(bus, settings.group);
const told = (type: TelemetryEvent['type']) => events.filter((event) => event.type === type);

test('messages become scored, dropped and dead ones, and are counted', async () => {
  await publish({ id: 'a', text: 'acme is great' });
  await publish({ id: 'b', text: 'something else' });
  await bus.publish({ subject: 'earshot.in.test.chat', data: 'garbage' });
  await start(bus);
  await settled();
  expect(await subjectsIn('scored')).toEqual(['earshot.scored.acme.chat.positive']);
  expect(await subjectsIn('dropped')).toEqual(['earshot.dropped.all.unmatched']);
  expect(await subjectsIn('dead')).toEqual(['earshot.dead.invalid_json']);
  await scorer?.stop();
  const bytes = (await stored(bus, 'in')).reduce((sum, { data }) => sum + data.byteLength, 0);
  expect(told('received')).toEqual([{ type: 'received', deliveries: 3, bytes, redelivered: 0 }]);
  expect([told('scored').length, told('dropped').length, told('dead').length]).toEqual([1, 1, 1]);
});

/** A bus whose first `failures` publishes of the scored message go wrong. */
function faulty(failures: number, how: () => Promise<never>): { bus: Bus; calls: () => number } {
  let calls = 0;
  const wrapped = withPublish(bus, (message, real) => {
    if (!message.subject.startsWith('earshot.scored')) return real(message);
    calls += 1;
    return calls <= failures ? how() : real(message);
  });
  return { bus: wrapped, calls: () => calls };
}

const hang = () => new Promise<never>(() => undefined);
const fail = () => Promise.reject(new BusError('BUS_TIMEOUT', 'no answer', { canRetry: true }));

test('an output that fails leaves the input unacknowledged; it is delivered again and comes out once', async () => {
  const routes = [{ queue: 'all', when: 'true' }];
  const fault = faulty(1, fail);
  await start(fault.bus, {}, { routes });
  await publish({ id: 'a', text: 'acme' });
  await untilStored(bus, 'route', 1); // The other output got through at once.
  expect(await backlog()).toEqual({ pending: 0, unacknowledged: 1 });
  await settled();
  expect(await subjectsIn('scored')).toHaveLength(1);
  expect(await subjectsIn('route')).toHaveLength(1);
  expect(fault.calls()).toBe(2);
  expect(told('delivery_retried')).toEqual([{ type: 'delivery_retried', deliveries: 1, error: 'no answer' }]);
});

test('an output that hangs is not acknowledged, and the work is said to go on: no second delivery', async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = withPublish(bus, (message, real) => gate.then(() => real(message)));
  await start(slow);
  await publish({ id: 'a', text: 'acme' });
  await new Promise((resolve) => setTimeout(resolve, 2.5 * ACK_WAIT_MS)); // Two acknowledgement waits go by.
  expect(await backlog()).toEqual({ pending: 0, unacknowledged: 1 });
  expect(await subjectsIn('scored')).toEqual([]);
  release();
  await settled();
  expect(await subjectsIn('scored')).toHaveLength(1);
  expect(told('received')).toMatchObject([{ deliveries: 1, redelivered: 0 }]);
});

test('a worker that dies with an output in the air loses nothing: the next one delivers it', async () => {
  const dying = startScorer({
    bus: withPublish(bus, hang),
    settings: { ...settings, ackWait: 60_000 },
    pipelines: [await pipelineOf()],
    telemetry: () => undefined,
    clock: systemClock,
  });
  await publish({ id: 'a', text: 'acme' });
  await vi.waitFor(async () => expect(await backlog()).toMatchObject({ unacknowledged: 1 }), {
    timeout: 20_000,
    interval: 5,
  });
  void dying.stop(); // Never comes to an end; stops its sign of life.
  await start(bus);
  await publish({ id: 'b', text: 'acme' });
  await settled();
  const ids = (await stored(bus, 'scored')).map(
    ({ data }) => (JSON.parse(new TextDecoder().decode(data)) as { id: string }).id,
  );
  expect(ids.sort()).toEqual(['a', 'b']);
});

test('negative control: a worker that acknowledges before the broker confirmed loses the message', async () => {
  const early = withPublish(bus, (message, real) => {
    void (message.subject.startsWith('earshot.scored') ? hang() : real(message));
    return Promise.resolve({ stream: STREAMS.scored, sequence: 1, duplicate: false }); // Not true.
  });
  await start(early);
  await publish({ id: 'a', text: 'acme' });
  await settled();
  expect(await subjectsIn('scored')).toEqual([]);
});

test('an output that the bus can never take makes the input a dead letter', async () => {
  await bus.close();
  bus = await memoryBus({ payloadBytesMax: 4_000 });
  await start(bus);
  await publish({ id: 'a', text: `acme ${'x'.repeat(3_800)}` });
  await publish({ id: 'b', text: 'acme' });
  await settled();
  const [dead] = await stored(bus, 'dead');
  expect(dead?.subject).toBe('earshot.dead.output_too_large');
  expect(dead?.headers?.['earshot-detail']).toContain('exceeds the 4000 bytes');
  expect(await subjectsIn('scored')).toHaveLength(1);
  await scorer?.stop();
  expect(told('dead')).toMatchObject([{ reason: 'output_too_large', messages: 1 }]);
});

test('an input that never succeeds becomes a dead letter after deliveriesMax, with its bytes', async () => {
  const fault = faulty(Number.POSITIVE_INFINITY, fail);
  await start(fault.bus, { deliveriesMax: 1 });
  await publish({ id: 'a', text: 'acme' });
  await settled();
  const [dead] = await stored(bus, 'dead');
  expect(dead?.subject).toBe('earshot.dead.delivered_too_often');
  expect(dead?.headers?.['earshot-detail']).toBe('delivered 2 times; at most 1 are tried');
  expect(new TextDecoder().decode(dead?.data)).toBe('{"id":"a","text":"acme"}');
  expect(fault.calls()).toBe(1);
});

test('stop finishes what is in hand and takes nothing further', async () => {
  const open: (() => void)[] = [];
  const gated = withPublish(bus, (message, real) =>
    new Promise<void>((resolve) => open.push(resolve)).then(() => real(message)),
  );
  const service = await start(gated);
  await publish({ id: 'a', text: 'acme' });
  await vi.waitFor(() => expect(open).toHaveLength(1), { timeout: 20_000, interval: 5 });
  let stopped = false;
  const stopping = service.stop().then(() => {
    stopped = true;
  });
  await publish({ id: 'b', text: 'acme' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  open[0]?.();
  await stopping;
  expect(await subjectsIn('scored')).toHaveLength(1);
  expect(await backlog()).toEqual({ pending: 1, unacknowledged: 0 });
});

test('after replace the next messages are planned with the new pipelines', async () => {
  const service = await start(bus);
  await publish({ id: 'a', text: 'acme' });
  await settled();
  await service.replace([await pipelineOf({ name: 'other', listen: { query: 'acme' } })]);
  await publish({ id: 'a', text: 'acme' });
  await settled();
  expect(await subjectsIn('scored')).toEqual([
    'earshot.scored.acme.chat.neutral',
    'earshot.scored.other.chat.neutral',
  ]);
});

test('an input that ends in an error is told', async () => {
  await bus.close();
  const { createMemoryBus } = await import('../../../src/adapters/memory/memory-bus.ts');
  bus = createMemoryBus();
  await expect((await start(bus)).failed).rejects.toThrow(/there is no stream EARSHOT_IN/);
});

test('other pipelines from the next batch on, with what their marks taught; a scorer without a filter reads none', async () => {
  const text = 'acme garden furniture';
  const data = { id: 'm1', pipeline: 'acme', mark: 'drop', by: 'ann', atMs: 1, text };
  await bus.publish({ subject: 'earshot.mark.acme', data: JSON.stringify(data) });
  const service = await start(bus);
  await publish({ id: 'a', text });
  await settled();
  expect(told('marks_applied')).toEqual([]);
  const classifier = { model: 'words', dropBelow: 0.4 };
  const filtered = await pipelineOf({ listen: { query: 'acme', classifier } }, opening(wordFilter({})));
  await service.replace([filtered]);
  await vi.waitFor(() => expect(told('marks_applied')).toHaveLength(1), { timeout: 20_000 });
  await publish({ id: 'b', text });
  await settled();
  expect(await subjectsIn('dropped')).toEqual(['earshot.dropped.acme.irrelevant']);
  await Promise.all([service.replace([filtered]), service.replace([filtered])]); // The first of the two is overtaken.
  await vi.waitFor(() => expect(told('marks_applied')).toHaveLength(3), { timeout: 20_000 });
  await publish({ id: 'c', text });
  await settled();
  expect(await subjectsIn('dropped')).toHaveLength(2);
});
