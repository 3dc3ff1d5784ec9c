/** Goal: a sink gets every alert that fires or resolves, in order, until it took or refused it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startNotifier, type Notifier } from '../../../src/app/services/notifier.service.ts';
import type { Alert } from '../../../src/core/alert/alert.ts';
import type { AlertSink, SinkOutcome } from '../../../src/core/alert/sink.port.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import { STREAMS } from '../../../src/core/bus/streams.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { anAlert } from '../../support/alert.ts';
import { memoryBus } from '../../support/bus.ts';

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

/** A sink that answers so in turn, then takes everything. */
function start(answers: (SinkOutcome | Error)[] = [], { giveUpAfterMs = 60_000, aheadMs = 0 } = {}): void {
  const sink: AlertSink = {
    kind: 'test',
    description: 'test sink',
    deliver: ({ rule, state }) => {
      told.push(`${rule} ${state}`);
      const answer = answers.shift() ?? DELIVERED;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    close: () => {
      closed += 1;
      return Promise.resolve();
    },
  };
  notifier = startNotifier({
    ...{ bus, sink, pipeline: 'skyline', durable: DURABLE, giveUpAfterMs, random: () => 0 },
    telemetry: (event) => events.push(event),
    clock: { nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now() },
    onFailure: (error) => expect.fail(String(error)),
  });
}

async function raise(rule: string, ...states: Alert['state'][]): Promise<void> {
  for (const state of states) {
    const alert = anAlert({ rule, state, id: `skyline/${rule}` });
    await bus.publish({
      subject: `earshot.alert.skyline.${rule}.${state}`,
      data: JSON.stringify(alert),
      id: `${rule}#${state}`,
    });
  }
}

const done = () =>
  vi.waitFor(
    async () => expect(await bus.backlog(STREAMS.events, DURABLE)).toEqual({ pending: 0, unacknowledged: 0 }),
    { timeout: 3_000, interval: 5 },
  );
const outcomes = () => events.flatMap((event) => (event.type === 'notification' ? [event.outcome] : []));

test('firing before resolved; pending and inactive are not told', async () => {
  start();
  await raise('surge', 'pending', 'firing', 'resolved');
  await raise('other', 'pending', 'inactive');
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
  expect(events[0]).toMatchObject({ sink: 'test', detail: 'test sink: skyline/surge firing: 503' });
});

test.each<[string, (SinkOutcome | Error)[], object, string]>([
  ['the receiver refuses it', [{ outcome: 'rejected', detail: 'HTTP 400' }], {}, 'HTTP 400'],
  ['the sink breaks', [new Error('a bug')], {}, 'a bug'],
  [
    'its time is up',
    [{ outcome: 'retry', detail: 'HTTP 503' }],
    { giveUpAfterMs: 1_000, aheadMs: 5_000 },
    'HTTP 503',
  ],
])(
  'an alert is given up and counted when %s; the next one is delivered',
  async (_when, answers, options, why) => {
    start(answers, options);
    await raise('surge', 'firing', 'resolved');
    await done();
    expect(told).toEqual(['surge firing', 'surge resolved']);
    expect(outcomes()).toEqual(['rejected', 'delivered']);
    expect(events[0]).toMatchObject({ detail: expect.stringContaining(why) as string });
  },
);

test.each(['garbage', 'null', '5', '{"state":"on fire"}'])(
  'what is no alert is skipped: %s',
  async (data) => {
    start();
    await bus.publish({ subject: 'earshot.alert.skyline.surge.firing', data });
    await raise('surge', 'firing');
    await done();
    expect(told).toEqual(['surge firing']);
  },
);

test('alerts of other pipelines are not its own; those from before it first listened neither', async () => {
  await raise('before', 'firing');
  start();
  await bus.publish({ subject: 'earshot.alert.other.surge.firing', data: JSON.stringify(anAlert({})) });
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
