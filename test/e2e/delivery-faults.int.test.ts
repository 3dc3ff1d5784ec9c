/** Goal: whatever a receiver does for a while, every notification is delivered, once by id, what fires before what resolves.
 *  A real receiver over HTTP; hours pass in a virtual clock. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWebhookSink } from '../../src/adapters/webhook/webhook-sink.ts';
import { startNotifier, type Notifier } from '../../src/app/services/notifier.service.ts';
import { SET_ASIDE_MAX } from '../../src/app/services/set-aside.ts';
import type { AlertSink, SinkOutcome } from '../../src/core/alert/sink.port.ts';
import type { Bus } from '../../src/core/bus/bus.port.ts';
import { subjects } from '../../src/core/bus/subjects.ts';
import type { Notification } from '../../src/core/notify/notification.ts';
import type { TelemetryEvent } from '../../src/core/telemetry/telemetry.port.ts';
import { anAlert } from '../support/alert.ts';
import { memoryBus, stored } from '../support/bus.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { aNotification } from '../support/notification.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { virtualTime, type VirtualTime } from '../support/virtual-time.ts';

guardAgainstLeaks();

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Of real time, as real requests need it: for those that are answered, whatever else the machine does; and for those that
 *  never are. */
const ANSWERED_MS_MAX = 60_000;
const HANGS_MS = 100;
/** Of virtual time. */
const SLACK_MS = 2_000;

let time: VirtualTime;
let bus: Bus;
let receiver: Receiver;
let notifier: Notifier | undefined;
let events: TelemetryEvent[];
/** What the receiver took, and every request with the virtual time at which it came. */
let taken: string[];
let attempts: { readonly id: string; readonly atMs: number }[];

type Answer = (response: ServerResponse, id: string) => void;

const take: Answer = (response, id) => {
  taken.push(id);
  response.end('ok');
};
const refuse =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, headers).end();
  };
let answer: Answer;

const listen = (port?: number) =>
  startReceiver((request, response) => {
    const id = String(request.headers['webhook-id']);
    attempts.push({ id, atMs: time.nowMs() });
    answer(response, id);
  }, port);

beforeEach(async () => {
  time = virtualTime();
  bus = await memoryBus({ scheduler: time.scheduler });
  [events, taken, attempts] = [[], [], []];
  answer = take;
  receiver = await listen();
});
afterEach(async () => {
  await notifier?.stop();
  await bus.close();
  await receiver.close();
});

/** Time stands still while a request is on its way. */
let idle: () => Promise<void>;

const SET_ASIDE_AFTER_MS = MINUTE_MS;

function start({
  giveUpAfterMs = 24 * HOUR_MS,
  giveUpRefusedAfterMs = HOUR_MS,
  isHung = (_id: string): boolean => false,
} = {}): void {
  const clock = { nowMs: () => time.nowMs(), monotonicMs: () => time.nowMs() };
  const sinkOf = (timeout: number) =>
    createWebhookSink(
      {
        ...{ url: receiver.url, headers: {}, secrets: [], allowTo: ['127.0.0.1'] },
        ...{ timeout, giveUpAfter: giveUpAfterMs, giveUpRefusedAfter: giveUpRefusedAfterMs },
        setAsideAfter: SET_ASIDE_AFTER_MS,
      },
      { nowMs: clock.nowMs },
    );
  const [sink, impatient] = [sinkOf(ANSWERED_MS_MAX), sinkOf(HANGS_MS)];
  let underWay: Promise<SinkOutcome> | undefined;
  const watched: AlertSink = {
    ...sink,
    deliver: (notification) =>
      (underWay = (isHung(notification.id) ? impatient : sink).deliver(notification)),
    close: async () => void (await Promise.all([sink.close(), impatient.close()])),
  };
  idle = async () => {
    await underWay;
  };
  notifier = startNotifier({
    ...{
      bus,
      sink: watched,
      pipeline: 'skyline',
      durable: 'sink-faults',
      giveUpAfterMs,
      giveUpRefusedAfterMs,
      setAsideAfterMs: SET_ASIDE_AFTER_MS,
      random: () => 0.5,
    },
    ...{ scheduler: time.scheduler, clock },
    telemetry: (event) => events.push(event),
    onFailure: (error) => expect.fail(String(error)),
  });
}

const advance = (ms: number) => time.advance(ms, () => idle());

/** Three alerts that fire and resolve, a minute apart: six notifications. */
async function raise(): Promise<string[]> {
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c'])
    for (const status of ['firing', 'resolved'] as const) {
      const id = `${name}/${status}`;
      ids.push(id);
      await publish(firingOrNot(name, status, id));
      await advance(MINUTE_MS);
    }
  return ids;
}

/** Of an alert of a group of its own. */
function firingOrNot(name: string, status: Notification['status'], id: string): Notification {
  const alert = anAlert({ id: name, group: { channel: name }, state: status });
  return aNotification({ id, status, alerts: [alert] });
}

const publish = (notification: Notification) =>
  bus.publish({
    subject: subjects.notify('skyline'),
    data: JSON.stringify(notification),
    id: notification.id,
  });

const outcomes = () =>
  events.reduce<Record<string, number>>((counts, event) => {
    if (event.type === 'notification') counts[event.outcome] = (counts[event.outcome] ?? 0) + 1;
    return counts;
  }, {});

const gapsMs = () => attempts.slice(1).map(({ atMs }, index) => atMs - (attempts[index]?.atMs ?? 0));

test.each<[fault: string, during: Answer]>([
  ['503 for a quarter of an hour', refuse(503)],
  [
    '500 with a body that breaks off',
    (response) => {
      response.writeHead(500, { 'content-length': '100' });
      response.write('x', () => response.destroy());
    },
  ],
  ['429 without a word of when', refuse(429)],
  ['a connection that is cut', (response) => response.destroy()],
  [
    'no HTTP at all',
    (response) => {
      response.socket?.end('what?\r\n\r\n');
    },
  ],
])('%s: all of them, once, in order', async (_fault, during) => {
  start();
  answer = during;
  const raised = raise();
  const ids = await raised;
  await advance(9 * MINUTE_MS);
  expect(taken).toEqual([]);
  expect(
    attempts.filter(({ id }) => id.endsWith('resolved')),
    'none before what it ends',
  ).toEqual([]);
  answer = take;
  await advance(2 * MINUTE_MS);
  expect(taken).toEqual(ids);
  expect(outcomes()).toMatchObject({ delivered: 6 });
  expect(await stored(bus, 'dead')).toEqual([]);
  // Exponential to a minute, with jitter: neither a storm nor a pause.
  expect(attempts.length).toBeLessThan(40);
  expect(Math.max(...gapsMs())).toBeLessThanOrEqual(MINUTE_MS + SLACK_MS);
});

test.each<[form: string, header: (nowMs: number) => string, waitMs: number]>([
  ['seconds', () => '300', 5 * MINUTE_MS],
  ['an HTTP date', (nowMs) => new Date(nowMs + 5 * MINUTE_MS).toUTCString(), 5 * MINUTE_MS],
  ['a year, which is cut to an hour', () => '31536000', HOUR_MS],
])('429 with Retry-After, %s: not asked again before that', async (_form, header, waitMs) => {
  start();
  let refusals = 2;
  answer = (response, id) => {
    if (refusals-- > 0) refuse(429, { 'retry-after': header(time.nowMs()) })(response, id);
    else take(response, id);
  };
  const ids = await raise();
  await advance(3 * HOUR_MS);
  expect(taken).toEqual(ids);
  // An HTTP date knows whole seconds.
  for (const gapMs of gapsMs().slice(0, 2)) expect(Math.abs(gapMs - waitMs)).toBeLessThan(1_000);
});

test.each([400, 401, 404, 422, 302])(
  '%i for a quarter of an hour, as of a receiver that is being redeployed: all of them, once, in order',
  async (status) => {
    start();
    answer = refuse(status);
    const ids = await raise();
    await advance(9 * MINUTE_MS);
    expect(taken).toEqual([]);
    expect(
      attempts.filter(({ id }) => id.endsWith('resolved')),
      'none before what it ends',
    ).toEqual([]);
    answer = take;
    await advance(5 * MINUTE_MS);
    expect(taken).toHaveLength(ids.length);
    expect(new Set(taken)).toEqual(new Set(ids));
    for (const name of ['a', 'b', 'c'])
      expect(taken.filter((id) => id.startsWith(name))).toEqual([`${name}/firing`, `${name}/resolved`]);
    expect(outcomes()).toMatchObject({ delivered: 6 });
    expect(await stored(bus, 'dead')).toEqual([]);
    expect(attempts.length).toBeLessThan(60);
  },
);

test('one that is refused holds up its own alert alone, and is given up by name; then comes its end', async () => {
  start({ giveUpRefusedAfterMs: HOUR_MS });
  answer = (response, id) => (id === 'b/firing' ? refuse(400)(response, id) : take(response, id));
  const ids = await raise();
  expect(taken).toEqual(ids.filter((id) => !id.startsWith('b')));
  await advance(50 * MINUTE_MS);
  expect(taken).not.toContain('b/resolved');
  await advance(15 * MINUTE_MS);
  expect(taken).toEqual([...ids.filter((id) => !id.startsWith('b')), 'b/resolved']);
  expect(outcomes()).toMatchObject({ delivered: 5, given_up: 1 });
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'limit_reached', limit: 'giveUpRefusedAfter', pipeline: 'skyline' }),
  );
  const [letter, ...others] = await stored(bus, 'dead');
  expect(others).toEqual([]);
  expect(JSON.parse(Buffer.from(letter?.data ?? []).toString())).toMatchObject({ id: 'b/firing' });
  expect(letter?.headers).toMatchObject({
    'earshot-limit': 'giveUpRefusedAfter',
    'earshot-subject': subjects.notify('skyline'),
    'earshot-sequence': '3',
    'earshot-detail': expect.stringMatching(/HTTP 400; giveUpRefusedAfter 3600000 ms, tried for/) as string,
  });
  expect(Number(letter?.headers?.['earshot-attempts'])).toBeGreaterThan(60);
  expect(Math.max(...gapsMs())).toBeLessThanOrEqual(MINUTE_MS + SLACK_MS);
});

test('410, by which a receiver says that it wants no more, is given up at once', async () => {
  start();
  answer = (response, id) => (id === 'b/firing' ? refuse(410)(response, id) : take(response, id));
  const ids = await raise();
  expect(taken).toEqual(ids.filter((id) => id !== 'b/firing'));
  expect(attempts).toHaveLength(6);
  expect(outcomes()).toEqual({ delivered: 5, rejected: 1 });
  expect(await stored(bus, 'dead')).toHaveLength(1);
});

test('giveUpRefusedAfter 0s gives up at the first refusal', async () => {
  start({ giveUpRefusedAfterMs: 0 });
  answer = (response, id) => (id === 'b/firing' ? refuse(400)(response, id) : take(response, id));
  const ids = await raise();
  expect(taken).toEqual(ids.filter((id) => id !== 'b/firing'));
  expect(outcomes()).toEqual({ delivered: 5, given_up: 1 });
});

test('what is refused outlives the process that set it aside', async () => {
  start();
  answer = refuse(400);
  await raise();
  await notifier?.stop();
  await publish(firingOrNot('a', 'firing', 'a/again'));
  start();
  answer = take;
  await advance(5 * MINUTE_MS);
  expect(taken.filter((id) => id.startsWith('a'))).toEqual(['a/firing', 'a/resolved', 'a/again']);
  expect(new Set(taken).size).toBe(7);
  expect(taken).toHaveLength(7);
});

test('with as many aside as there is room for, the outbox waits; none is lost', async () => {
  start({ giveUpRefusedAfterMs: 24 * HOUR_MS });
  answer = refuse(400);
  const ids = Array.from({ length: SET_ASIDE_MAX + 20 }, (_, index) => `many-${index}/firing`);
  for (const id of ids) await publish(firingOrNot(id, 'firing', id));
  await advance(10 * MINUTE_MS);
  expect(events).toContainEqual(expect.objectContaining({ type: 'limit_reached', limit: 'setAsideMax' }));
  answer = take;
  await advance(15 * MINUTE_MS);
  expect(taken).toHaveLength(ids.length);
  expect(new Set(taken)).toEqual(new Set(ids));
});

test('a receiver that hangs is left after the timeout, and asked again', async () => {
  let hangs = 3;
  start({ isHung: () => hangs > 0 });
  answer = (response, id) => {
    if (hangs-- <= 0) take(response, id);
  };
  const ids = await raise();
  expect(taken).toEqual(ids);
  expect(events.filter(({ type }) => type === 'notification').slice(0, 3)).toMatchObject(
    Array.from({ length: 3 }, () => ({
      detail: expect.stringContaining(`no answer within ${HANGS_MS} ms`) as string,
    })),
  );
});

test('what hangs as the process drains is tried by the next one at once, however often it failed before', async () => {
  start();
  answer = (response) => response.destroy();
  await publish(firingOrNot('a', 'firing', 'a/firing'));
  await advance(10 * MINUTE_MS);
  const hanging = new Promise<true>((resolve) => (answer = () => resolve(true)));
  let passing = Promise.resolve();
  for (let isHanging = false; !isHanging;) {
    passing = advance(1_000); // Time stands still while it hangs.
    isHanging = await Promise.race([passing.then(() => false), hanging]);
  }
  await notifier?.stop();
  await passing;
  answer = take;
  start();
  await advance(0);
  expect(taken).toEqual(['a/firing']);
});

test.each<[what: string, isHung: boolean, fails: Answer]>([
  ['hangs on', true, () => undefined],
  ['breaks on', false, refuse(500)],
])(
  'one that the receiver %s holds up its own alert alone, from setAsideAfter on; it is given up by name, then comes its end',
  async (_what, isHung, fails) => {
    start({ giveUpRefusedAfterMs: 10 * MINUTE_MS, isHung: (id) => isHung && id === 'b/firing' });
    answer = (response, id) => (id === 'b/firing' ? fails(response, id) : take(response, id));
    const ids = await raise();
    const others = ids.filter((id) => !id.startsWith('b'));
    expect(taken).toEqual(others);
    await publish(firingOrNot('d', 'firing', 'd/firing'));
    await advance(5 * MINUTE_MS);
    expect(taken, 'while others go on').toEqual([...others, 'd/firing']);
    await advance(10 * MINUTE_MS);
    expect(taken).toEqual([...others, 'd/firing', 'b/resolved']);
    expect(attempts.filter(({ id }) => id !== 'b/firing').map(({ id }) => id)).toEqual(taken);
    expect(outcomes()).toMatchObject({ delivered: 6, given_up: 1 });
    const [letter, ...more] = await stored(bus, 'dead');
    expect(more).toEqual([]);
    expect(letter?.headers).toMatchObject({
      'earshot-limit': 'giveUpRefusedAfter',
      'earshot-detail': expect.stringMatching(/^b\/firing .*giveUpRefusedAfter 600000 ms/) as string,
    });
  },
);

test('one that the receiver breaks on for five minutes comes after all, before its end', async () => {
  start();
  answer = (response, id) => (id === 'b/firing' ? refuse(500)(response, id) : take(response, id));
  const ids = await raise();
  answer = take;
  await advance(2 * MINUTE_MS);
  expect(taken).toEqual([...ids.filter((id) => !id.startsWith('b')), 'b/firing', 'b/resolved']);
  expect(await stored(bus, 'dead')).toEqual([]);
});

test('two that it breaks on, one behind the other: those behind them still come', async () => {
  start();
  answer = (response, id) => (/^[ab]\/firing/.test(id) ? refuse(500)(response, id) : take(response, id));
  await raise();
  await advance(10 * MINUTE_MS);
  expect(taken).toEqual(['c/firing', 'c/resolved']);
});

test('one that was set aside is not given up while the receiver is away for all', async () => {
  start({ giveUpRefusedAfterMs: 10 * MINUTE_MS });
  answer = (response, id) => (id === 'b/firing' ? refuse(500)(response, id) : take(response, id));
  const ids = await raise();
  await receiver.close();
  await publish(firingOrNot('d', 'firing', 'd/firing'));
  await advance(HOUR_MS);
  expect(await stored(bus, 'dead')).toEqual([]);
  receiver = await listen(receiver.port);
  answer = take;
  await advance(5 * MINUTE_MS);
  expect(new Set(taken)).toEqual(new Set([...ids, 'd/firing']));
  expect(taken).toHaveLength(7);
});

test('down for an hour: everything raised meanwhile comes when it is back, once and in order', async () => {
  start();
  await receiver.close();
  const ids = await raise();
  await advance(HOUR_MS - 6 * MINUTE_MS);
  expect(taken).toEqual([]);
  const failed = outcomes().retried ?? 0;
  expect(failed).toBeGreaterThan(60);
  expect(failed).toBeLessThan(100);
  receiver = await listen(receiver.port);
  await advance(MINUTE_MS);
  expect(taken).toEqual(ids);
  expect(attempts.map(({ id }) => id)).toEqual(ids);
  expect(await stored(bus, 'dead')).toEqual([]);
});

test('down for longer than giveUpAfter: said so, kept, and what is younger is delivered', async () => {
  start({ giveUpAfterMs: 2 * HOUR_MS });
  await receiver.close();
  const ids = await raise();
  await advance(3 * HOUR_MS);
  await publish(aNotification({ id: 'late' }));
  receiver = await listen(receiver.port);
  await advance(5 * MINUTE_MS);
  expect(taken).toEqual(['late']);
  expect(outcomes()).toMatchObject({ delivered: 1, given_up: 6 });
  const letters = await stored(bus, 'dead');
  expect(letters.map(({ data }) => (JSON.parse(Buffer.from(data).toString()) as Notification).id)).toEqual(
    ids,
  );
  for (const { headers } of letters)
    expect(headers?.['earshot-detail']).toMatch(/ECONNREFUSED.*giveUpAfter 7200000 ms, tried for \d+ ms/);
});
