/** Goal: what is published is ours to publish, each time it is sent, and what EVENTS holds is not said again. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openOutbox } from '../../../src/app/services/outbox.ts';
import { BusError, type Bus } from '../../../src/core/bus/bus.port.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { memoryBus, stored, withPublish } from '../../support/bus.ts';
import { aTenure } from '../../support/tenure.ts';

let bus: Bus;
beforeEach(async () => {
  bus = await memoryBus();
});
afterEach(() => bus.close());

const message = (id: string) => ({ subject: 'earshot.alert.p.surge.firing', data: id, id });
const open = (from = 0, over: Bus = bus, tenure = aTenure()) =>
  openOutbox({ bus: over, pipeline: 'p', tenure, telemetry: () => undefined }, from);
const held = async () => (await stored(bus, 'events')).map(({ data }) => Buffer.from(data).toString());

test('withheld by the bus it is asked again whose the pipeline is, and sent', async () => {
  let tries = 0;
  const reluctant = withPublish(bus, (outbound, real) =>
    ++tries < 3 ? Promise.reject(new BusError('BUS_WITHHELD', '', { canRetry: true })) : real(outbound),
  );
  await (await open(0, reluctant)).publish(message('a'));
  expect([tries, await held()]).toEqual([3, ['a']]);
});

test('what the broker has no room for is sent when it has, before what comes after it; and that is said', async () => {
  let full = 3;
  const noRoom = new BusError('BUS_STORAGE', 'no room', { canRetry: true });
  const brimming = withPublish(bus, (outbound, real) =>
    full-- > 0 ? Promise.reject(noRoom) : real(outbound),
  );
  const events: TelemetryEvent[] = [];
  const telemetry = (event: TelemetryEvent) => events.push(event);
  const outbox = await openOutbox({ bus: brimming, pipeline: 'p', tenure: aTenure(), telemetry }, 0);
  await outbox.publish(message('a'));
  await outbox.publish(message('b'));
  expect(await held()).toEqual(['a', 'b']);
  expect(events).toEqual(
    Array.from({ length: 3 }, () => ({ type: 'publish_retried', reason: 'BUS_STORAGE' })),
  );
});

test('who stops does not wait for room; what can never be taken is not tried again', async () => {
  let tries = 0;
  let canRetry = true;
  const full = withPublish(bus, () => {
    tries += 1;
    return Promise.reject(new BusError('BUS_STORAGE', 'no room', { canRetry }));
  });
  const outbox = await open(0, full);
  const waiting = outbox.publish(message('a'));
  const refused = expect(waiting).rejects.toThrow('no room');
  await vi.waitFor(() => expect(tries).toBe(1), { timeout: 20_000 });
  outbox.stopWaiting();
  await refused;
  canRetry = false;
  await expect((await open(0, full)).publish(message('a'))).rejects.toThrow('no room');
  expect(tries).toBe(2);
});

test('lost while the bus has it in hand, it is not sent', async () => {
  const tenure = aTenure();
  const slow = withPublish(bus, (outbound, real) => {
    tenure.lose(); // Between the look and the sending.
    return real(outbound);
  });
  await expect((await open(0, slow, tenure)).publish(message('a'))).rejects.toThrow('lost by the test');
  expect(await held()).toEqual([]);
});

test('what is published after the covered sequence is skipped once, what came before it is not looked at', async () => {
  for (const id of ['a', 'b', 'c']) await bus.publish(message(id));
  await bus.publish({ subject: 'earshot.notify.p', data: 'n', id: 'n' });
  await bus.publish({ subject: 'earshot.trend.p.hashtag', data: 't', id: 't' });
  await bus.publish({ subject: 'earshot.alert.q.surge.firing', data: 'd', id: 'd' });
  const { lastSequence } = await bus.streamState('EARSHOT_EVENTS');
  const outbox = await open(1);
  expect(outbox.eventsSequence).toBe(1); // While there is something to skip, the next life must look again.
  for (const id of ['b', 'c', 'n', 't']) await outbox.publish(message(id));
  expect(outbox.eventsSequence).toBe(lastSequence);
  await outbox.publish(message('e'));
  expect(await held()).toEqual(['a', 'b', 'c', 'n', 't', 'd', 'e']);
  expect(outbox.eventsSequence).toBe(lastSequence + 1);
});

test('once settled nothing is skipped any more', async () => {
  await bus.publish(message('a'));
  const outbox = await open();
  expect(outbox.eventsSequence).toBe(0);
  outbox.settle();
  expect(outbox.eventsSequence).toBe(1);
});

test('a stream of events that was made anew is read from its beginning', async () => {
  await bus.publish(message('a'));
  const outbox = await open(500);
  await outbox.publish(message('a'));
  expect(outbox.eventsSequence).toBe(1);
});
