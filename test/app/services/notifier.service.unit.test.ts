/** Goal: a sink gets every notification, in order, until it took or refused it; what it never gets is a dead letter; a sink
 *  that forgets is told again. */
import { map } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  startNotifier,
  type Notifier,
  type NotifierOptions,
} from '../../../src/app/services/notifier.service.ts';
import type { AlertSink, SinkOutcome } from '../../../src/core/alert/sink.port.ts';
import type { Bus, ConsumerSpec, Delivery } from '../../../src/core/bus/bus.port.ts';
import { STREAMS } from '../../../src/core/bus/streams.ts';
import type { Notification } from '../../../src/core/notify/notification.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { anAlert } from '../../support/alert.ts';
import { memoryBus, stored, withPublish } from '../../support/bus.ts';
import { aNotification } from '../../support/notification.ts';
import { virtualTime } from '../../support/virtual-time.ts';

const DURABLE = 'sink-test';
const DELIVERED: SinkOutcome = { outcome: 'delivered' };

let bus: Bus;
let notifier: Notifier | undefined;
let events: TelemetryEvent[];
let told: string[];
let closed: number;

beforeEach(async () => {
  bus = await memoryBus();
  [events, told, closed] = [[], [], 0];
});
afterEach(async () => {
  await notifier?.stop();
  notifier = undefined;
  await bus.close();
});

type Answer = SinkOutcome | Error;

/** A sink that answers so in turn, then takes everything. */
function sinkOf(answers: Answer[]): AlertSink {
  return {
    kind: 'test',
    description: 'test sink',
    deliver: ({ id, status }) => {
      told.push(`${id} ${status}`);
      const answer = answers.shift() ?? DELIVERED;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    close: () => {
      closed += 1;
      return Promise.resolve();
    },
  };
}

function startWith(sink: AlertSink, options: Partial<NotifierOptions> = {}): void {
  notifier = startNotifier({
    ...{
      bus,
      sink,
      pipeline: 'skyline',
      durable: DURABLE,
      giveUpAfterMs: 60_000,
      giveUpRefusedAfterMs: 60_000,
      setAsideAfterMs: 60_000,
      random: () => 0,
    },
    telemetry: (event) => events.push(event),
    clock: { nowMs: Date.now, monotonicMs: () => performance.now() },
    onFailure: (error) => expect.fail(String(error)),
    ...options,
  });
}

function start(answers: Answer[] = [], { giveUpAfterMs = 60_000, aheadMs = 0 } = {}): void {
  const clock = { nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now() };
  startWith(sinkOf(answers), { giveUpAfterMs, clock });
}

async function raise(id: string, ...statuses: Notification['status'][]): Promise<void> {
  for (const status of statuses)
    await bus.publish({
      subject: 'earshot.notify.skyline',
      data: JSON.stringify(aNotification({ id, status })),
      id: `${id}#${status}`,
    });
}

/** The same bus, whose deliveries come as `arrive` makes of them. */
function withDeliveries(real: Bus, arrive: (delivery: Delivery) => Delivery[]): Bus {
  return new Proxy(real, {
    get(target, key) {
      if (key === 'consume')
        return (spec: ConsumerSpec) => target.consume(spec).pipe(map((batch) => batch.flatMap(arrive)));
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The same delivery with another `retry`. */
function withRetry(delivery: Delivery, retry: (delayMs: number) => void): Delivery {
  return new Proxy(delivery, {
    get(target, key) {
      if (key === 'retry') return retry;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const done = () =>
  vi.waitFor(
    async () => expect(await bus.backlog(STREAMS.events, DURABLE)).toEqual({ pending: 0, unacknowledged: 0 }),
    { timeout: 20_000, interval: 5 },
  );
const outcomes = () => events.flatMap((event) => (event.type === 'notification' ? [event.outcome] : []));

test('firing before resolved', async () => {
  start();
  await raise('surge', 'firing', 'resolved');
  await done();
  expect(told).toEqual(['surge firing', 'surge resolved']);
  expect(outcomes()).toEqual(['delivered', 'delivered']);
});

test('another attempt until it is delivered; nothing overtakes', async () => {
  start([
    { outcome: 'retry', detail: '503', afterMs: 5 },
    { outcome: 'retry', detail: 'refused', afterMs: 5 },
  ]);
  await raise('surge', 'firing', 'resolved');
  await done();
  expect(told).toEqual(['surge firing', 'surge firing', 'surge firing', 'surge resolved']);
  expect(outcomes()).toEqual(['retried', 'retried', 'delivered', 'delivered']);
  expect(events[0]).toMatchObject({ sink: 'test', detail: 'test sink: surge firing: 503' });
});

test('waits longer from attempt to attempt, for whole milliseconds: a broker reads no others', async () => {
  const delaysMs: number[] = [];
  const random = () => 0.123456789;
  const noting = withDeliveries(bus, (delivery) => [
    withRetry(delivery, (delayMs) => {
      delaysMs.push(delayMs);
      delivery.retry(0);
    }),
  ]);
  startWith(sinkOf(Array.from({ length: 9 }, () => ({ outcome: 'retry', detail: '503' }))), {
    ...{ bus: noting, random },
  });
  await raise('surge', 'firing');
  await done();
  expect(delaysMs).toEqual([562, 1123, 2247, 4494, 8988, 17_975, 33_704, 33_704, 33_704]);
});

test('what was delivered, or is a dead letter, and comes once more is not sent again', async () => {
  const twice = withDeliveries(bus, (delivery) => [delivery, delivery]);
  startWith(sinkOf([DELIVERED, { outcome: 'rejected', detail: 'HTTP 410' }]), { bus: twice });
  await raise('surge', 'firing', 'resolved');
  await raise('drop', 'firing');
  await done();
  expect(told).toEqual(['surge firing', 'surge resolved', 'drop firing']);
  expect(outcomes()).toEqual(['delivered', 'rejected', 'delivered']);
});

const GIVE_UP = { giveUpAfterMs: 1_000, aheadMs: 5_000 };
const TRIED = 'HTTP 503; giveUpAfter 1000 ms, tried for';

test.each<[why: string, answer: Answer, options: object, outcome: string, detail: string]>([
  ['the receiver is gone', { outcome: 'rejected', detail: 'HTTP 410' }, {}, 'rejected', 'HTTP 410'],
  ['the sink breaks', new Error('a bug'), {}, 'rejected', 'a bug'],
  ['its time is up', { outcome: 'retry', detail: 'HTTP 503' }, GIVE_UP, 'given_up', TRIED],
])(
  'is counted and a dead letter when %s; the next one is delivered',
  async (_when, answer, options, outcome, why) => {
    start([answer], options);
    await raise('surge', 'firing', 'resolved');
    await done();
    expect(told).toEqual(['surge firing', 'surge resolved']);
    expect(outcomes()).toEqual([outcome, 'delivered']);
    expect(events[0]).toMatchObject({ detail: expect.stringContaining(why) as string });
    const [letter, ...others] = await stored(bus, 'dead');
    expect(others).toEqual([]);
    expect(letter?.subject).toBe('earshot.dead.notification');
    expect(JSON.parse(Buffer.from(letter?.data ?? []).toString())).toEqual(
      aNotification({ id: 'surge', status: 'firing' }),
    );
    expect(letter?.headers).toMatchObject({
      'earshot-sink': 'test sink',
      'earshot-detail': expect.stringContaining(why) as string,
      'earshot-attempts': '1',
    });
  },
);

test('is not taken out of the outbox before its dead letter is stored', async () => {
  const broken = { left: 1 };
  const failing = withPublish(bus, (message, real) =>
    message.subject.startsWith('earshot.dead.') && broken.left-- > 0
      ? Promise.reject(new Error('no storage'))
      : real(message),
  );
  const refusal: SinkOutcome = { outcome: 'rejected', detail: 'HTTP 410' };
  startWith(sinkOf([refusal, refusal]), { bus: failing });
  await raise('surge', 'firing');
  await done();
  expect(told).toEqual(['surge firing', 'surge firing']);
  expect(outcomes()).toEqual(['retried', 'rejected']);
  expect(await stored(bus, 'dead')).toHaveLength(1);
});

test.each(['garbage', 'null', '5', '{"status":"on fire"}', '{"id":"x","status":"firing"}'])(
  'what is no notification is a dead letter, and nobody is told: %s',
  async (data) => {
    start();
    await bus.publish({ subject: 'earshot.notify.skyline', data });
    await raise('surge', 'firing');
    await done();
    expect(told).toEqual(['surge firing']);
    expect(outcomes()).toEqual(['rejected', 'delivered']);
    expect(await stored(bus, 'dead')).toHaveLength(1);
  },
);

test('notifications of other pipelines are not its own; those from before it first listened neither', async () => {
  await raise('before', 'firing');
  start();
  await bus.publish({ subject: 'earshot.notify.other', data: JSON.stringify(aNotification({})) });
  await raise('surge', 'firing');
  await done();
  expect(told).toEqual(['surge firing']);
});

test('what is raised while it is stopped is delivered by the next life; the sink is closed', async () => {
  start();
  await notifier?.stop();
  expect(closed).toBe(1);
  await raise('surge', 'firing');
  start();
  await done();
  expect(told).toEqual(['surge firing']);
});

describe('a sink that must be told again', () => {
  const alerts = [anAlert({})];
  const resends = (answers: Answer[] = []) => {
    const sent: number[] = [];
    const refresh = {
      everyMs: 60_000,
      send: (again: readonly unknown[]) => {
        sent.push(again.length);
        const answer = answers.shift() ?? DELIVERED;
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    };
    return { sent, sink: { ...sinkOf([]), refresh } };
  };

  test('is told at once when it is known what fires, and then again and again', async () => {
    const time = virtualTime();
    const { sent, sink } = resends();
    let known: typeof alerts | undefined;
    startWith(sink, { scheduler: time.scheduler, told: () => known });
    await time.advance(90_000);
    expect(sent).toEqual([]);
    known = alerts;
    await time.advance(1_000);
    expect(sent).toEqual([1]);
    await time.advance(60_000);
    expect(sent).toEqual([1, 1]);
    known = [];
    await time.advance(60_000);
    expect(sent).toEqual([1, 1]);
    await notifier?.stop();
    known = alerts;
    await time.advance(180_000);
    expect(sent).toEqual([1, 1]);
  });

  test('a failure is counted, and does not end it', async () => {
    const time = virtualTime();
    const { sent, sink } = resends([{ outcome: 'retry', detail: 'refused' }, new Error('a bug')]);
    startWith(sink, { scheduler: time.scheduler, told: () => alerts });
    await time.advance(130_000);
    expect(sent).toEqual([1, 1, 1]);
    expect(outcomes()).toEqual(['retried', 'rejected']);
    expect(events[0]).toMatchObject({ detail: 'test sink: 1 alert again: refused' });
  });

  test('never in the middle of a delivery', async () => {
    const time = virtualTime();
    const { sent, sink } = resends();
    let resolve = (_outcome: SinkOutcome): void => undefined;
    const promise = new Promise<SinkOutcome>((settle) => (resolve = settle));
    const slow: AlertSink = { ...sink, deliver: () => promise };
    let known: typeof alerts = [];
    startWith(slow, { scheduler: time.scheduler, told: () => known });
    await time.advance(1_000);
    await raise('surge', 'firing');
    await time.advance(1_000);
    known = alerts;
    await time.advance(120_000);
    expect(sent).toEqual([]);
    resolve(DELIVERED);
    await time.advance(1_000);
    expect(sent).toEqual([1]);
  });
});
