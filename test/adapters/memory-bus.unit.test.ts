/** Goal: the bus in process keeps the contract; its timers are exact in virtual time; its memory is bounded. */
import { VirtualTimeScheduler } from 'rxjs';
import { expect, test } from 'vitest';
import { createMemoryBus } from '../../src/adapters/memory/memory-bus.ts';
import { isPublishable, subjectsOverlap, subjectTest } from '../../src/adapters/memory/subject-pattern.ts';
import type { Bus, Delivery } from '../../src/core/bus/bus.port.ts';
import { subjectMatches } from '../../src/core/bus/subjects.ts';
import { busContract } from './bus.contract.ts';

busContract('memory', () => {
  const bus = createMemoryBus();
  return Promise.resolve({
    bus,
    other: bus,
    openAnother: () => Promise.resolve(createMemoryBus()),
    dispose: () => bus.close(),
  });
});

const STREAM = {
  name: 'S',
  subjects: ['s.>'],
  ageMsMax: 1_000,
  bytesMax: 1_000_000,
  messageBytesMax: 1_000,
  duplicateWindowMs: 300,
};

/** A bus whose clock stands still until the test moves it. */
async function virtualBus(): Promise<{ bus: Bus; advanceTo: (timeMs: number) => Promise<void> }> {
  const scheduler = new VirtualTimeScheduler(undefined, 0);
  const bus = createMemoryBus({ scheduler });
  await bus.ensureStreams([STREAM]);
  const advanceTo = async (timeMs: number): Promise<void> => {
    // An action at the very time keeps the clock there when nothing else is due.
    scheduler.schedule(() => undefined, timeMs - scheduler.frame);
    scheduler.maxFrames = timeMs;
    scheduler.flush();
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return { bus, advanceTo };
}

test('acknowledgement wait, retry delay and working() to the millisecond', async () => {
  const { bus, advanceTo } = await virtualBus();
  const log: string[] = [];
  const inHand = new Map<string, Delivery>();
  let nowMs = 0;
  bus.consume({ stream: 'S', durable: 'd', ackWaitMs: 100, inHandMax: 10 }).subscribe((batch) => {
    for (const delivery of batch) {
      const name = delivery.subject.slice(2);
      log.push(`${nowMs} ${name}${delivery.attempt}`);
      inHand.set(name, delivery);
    }
  });
  const at = async (timeMs: number, act?: () => void): Promise<void> => {
    nowMs = timeMs;
    await advanceTo(timeMs);
    act?.();
  };
  for (const name of ['silent', 'retried', 'worked', 'done'])
    await bus.publish({ subject: `s.${name}`, data: '' });
  await at(10, () => {
    inHand.get('done')?.ack();
    inHand.get('retried')?.retry(45);
  });
  await at(54);
  await at(55, () => inHand.get('retried')?.ack());
  await at(60, () => inHand.get('worked')?.working());
  for (const timeMs of [109, 110, 159, 160]) await at(timeMs);
  expect(log).toEqual([
    '10 silent1', // The first turn of the event loop in which the clock stood at 10.
    '10 retried1',
    '10 worked1',
    '10 done1',
    '55 retried2',
    '110 silent2',
    '160 worked2',
  ]);
  await bus.close();
});

test('ages and ids end to the millisecond', async () => {
  const { bus, advanceTo } = await virtualBus();
  const publish = () => bus.publish({ subject: 's.a', data: '', id: 'one' });
  await publish();
  await advanceTo(299);
  expect((await publish()).duplicate).toBe(true);
  await advanceTo(300);
  expect((await publish()).duplicate).toBe(false);
  await advanceTo(999);
  expect((await bus.streamState('S')).firstSequence).toBe(1);
  await advanceTo(1_000);
  expect((await bus.streamState('S')).firstSequence).toBe(2);
  await bus.close();
});

test('an unacknowledged message that gave way to the limits is not delivered again', async () => {
  const { bus, advanceTo } = await virtualBus();
  const attempts: number[] = [];
  bus
    .consume({ stream: 'S', durable: 'd', ackWaitMs: 600, inHandMax: 10 })
    .subscribe((batch) => attempts.push(...batch.map(({ attempt }) => attempt)));
  await bus.publish({ subject: 's.a', data: '' });
  await advanceTo(10);
  await advanceTo(620);
  await advanceTo(2_000);
  expect(attempts).toEqual([1, 2]);
  expect(await bus.backlog('S', 'd')).toEqual({ pending: 0, unacknowledged: 0 });
  await bus.close();
});

test('messages and ids are bounded by number too', async () => {
  const bus = createMemoryBus({ messagesMax: 5, duplicateIdsMax: 3 });
  await bus.ensureStreams([STREAM]);
  for (let index = 1; index <= 20; index++)
    await bus.publish({ subject: 's.a', data: '', id: `id ${index}` });
  expect(await bus.streamState('S')).toMatchObject({ messages: 5, firstSequence: 16, lastSequence: 20 });
  expect((await bus.publish({ subject: 's.a', data: '', id: 'id 20' })).duplicate).toBe(true);
  expect((await bus.publish({ subject: 's.a', data: '', id: 'id 1' })).duplicate).toBe(false);
  await bus.close();
});

test('keeps its own copy of the bytes', async () => {
  const bus = createMemoryBus();
  await bus.ensureStreams([STREAM]);
  const data = new Uint8Array([1]);
  await bus.publish({ subject: 's.a', data });
  data[0] = 2;
  const bytes = await new Promise((resolve) => {
    const reader = bus.read({ stream: 'S', from: { sequence: 1 } }, (batch) => {
      resolve([...(batch[0]?.data ?? [])]);
      void reader.stop();
    });
  });
  expect(bytes).toEqual([1]);
  await bus.close();
});

const SUBJECTS = ['a', 'a.b', 'a.b.c', 'a.c', 'b.b', 'ab.c', 'a.b.c.d'];
const PATTERNS = ['a', '>', '*', 'a.>', 'a.*', '*.b', 'a.*.c', 'a.b.>', 'a.*.>', 'a.b.c'];

test.each(PATTERNS)('the compiled pattern %s matches as the plain one', (pattern) => {
  const matches = subjectTest(pattern);
  for (const subject of SUBJECTS)
    expect([subject, matches(subject)]).toEqual([subject, subjectMatches(pattern, subject)]);
});

test.each(PATTERNS)('%s overlaps with what shares a subject with it', (pattern) => {
  const subjects = SUBJECTS.filter((subject) => subjectMatches(pattern, subject));
  for (const other of PATTERNS)
    if (subjects.some((subject) => subjectMatches(other, subject)))
      expect([other, subjectsOverlap(pattern, other)]).toEqual([other, true]);
});

test.each([
  ['a.b', 'a.c', false],
  ['a.*', 'b.*', false],
  ['a.*', 'a.b.c', false],
  ['a.>', 'a', false],
  ['a.*.c', 'a.b.*', true],
])('%s and %s overlap: %s', (left, right, expected) => {
  expect([subjectsOverlap(left, right), subjectsOverlap(right, left)]).toEqual([expected, expected]);
});

test.each([
  ['a.b-c_d', true],
  ['', false],
  ['a..b', false],
  ['.a', false],
  ['a.', false],
  ['a.*', false],
  ['a.>', false],
  ['a b', false],
])('the subject %j can be published to: %s', (subject, expected) => {
  expect(isPublishable(subject)).toBe(expected);
});
