/** Goal: the outbox is at least once through crashes. A process that delivers is killed 20 times between the moment the
 *  broker kept a notification and the moment it is acknowledged: none is lost, none comes with a second id, and none is
 *  overtaken by a later one. Real NATS, a real receiver, real processes. */
import type { RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNatsBus } from '../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../src/adapters/nats/nats.config.ts';
import type { Bus } from '../../src/core/bus/bus.port.ts';
import { STREAMS, streamSpecs } from '../../src/core/bus/streams.ts';
import { subjects } from '../../src/core/bus/subjects.ts';
import type { Notification } from '../../src/core/notify/notification.ts';
import { anAlert } from '../support/alert.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer, type NatsServer } from '../support/nats-server.ts';
import { aNotification } from '../support/notification.ts';
import { startProcess, until, type TestProcess } from '../support/process.ts';
import { startReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';

guardAgainstLeaks();

const ROUNDS = 20;
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const DIST = new URL('../../dist/', import.meta.url).href;

/** A process that only delivers. With `careless` it says delivered before it has sent: the planted fault. */
const CHILD = `
const [url, receiver, durable, careless] = process.argv.slice(1);
const load = (path) => import(${JSON.stringify(DIST)} + path);
const { connectNatsBus } = await load('adapters/nats/nats-bus.js');
const { natsConfig } = await load('adapters/nats/nats.config.js');
const { createWebhookSink } = await load('adapters/webhook/webhook-sink.js');
const { sinkConfig } = await load('core/alert/sink.config.js');
const { startNotifier } = await load('app/services/notifier.service.js');
const { bus } = await connectNatsBus(natsConfig.parse({ servers: [url] }));
const { webhook } = sinkConfig.parse({
  webhook: { url: receiver, secret: '${SECRET}', allowTo: ['127.0.0.1/32'] },
});
const sink = createWebhookSink(webhook);
const later = (notification) => {
  setTimeout(() => sink.deliver(notification), 60_000);
  return Promise.resolve({ outcome: 'delivered' });
};
const notifier = startNotifier({
  bus, pipeline: 'skyline', durable, giveUpAfterMs: 600_000, giveUpRefusedAfterMs: 600_000, setAsideAfterMs: 600_000, ackWaitMs: 1_000, random: () => 0,
  sink: careless ? { ...sink, deliver: later } : sink,
  telemetry: () => undefined,
  clock: { nowMs: Date.now, monotonicMs: () => performance.now() },
  onFailure: (error) => { console.error(error); process.exit(1); },
});
await notifier.listening;
console.log('listening');
`;

let nats: NatsServer;
let bus: Bus;
let receiver: Receiver;
/** What the receiver does with the next request. */
let answer: RequestListener;
/** Requests that were answered, in order. */
let answered: ReceivedRequest[];

beforeAll(async () => {
  nats = await startNatsServer();
  ({ bus } = await connectNatsBus(natsConfig.parse({ servers: [nats.url] })));
  await bus.ensureStreams(streamSpecs({ storeBytesMax: 64 * 1_048_576 }));
  receiver = await startReceiver((request, response) => answer(request, response));
});
afterAll(async () => {
  await receiver.close();
  await bus.close();
  await nats.stop();
});

const take: RequestListener = (_request, response) => {
  const request = receiver.received.at(-1);
  response.end(() => {
    if (request) answered.push(request);
  });
};

async function startChild(durable: string, careless = ''): Promise<TestProcess> {
  const args = ['--input-type=module', '-e', CHILD, nats.url, receiver.url, durable, careless];
  const child = await startProcess(process.execPath, args, {
    missing: `run: npm run build in ${fileURLToPath(new URL('../..', import.meta.url))}`,
  });
  await until('it listens', () => {
    if (!child.running) throw new Error(`it ended:\n${child.output()}`);
    return child.stdout().includes('listening') ? true : undefined;
  }).catch(async (error: unknown) => {
    await child.stop();
    throw error;
  });
  return child;
}

async function kill9(child: TestProcess): Promise<void> {
  child.signal('SIGKILL');
  await child.exited;
}

/** An alert fires in one round and resolves in the next. */
function notificationOf(round: number): Notification {
  const [alert, status] = [Math.floor(round / 2), round % 2 === 0 ? 'firing' : 'resolved'] as const;
  const id = `skyline/alert-${alert}/${status}`;
  return aNotification({ id, status, alerts: [anAlert({ id: `alert-${alert}`, state: status })] });
}

/** Resolves when the broker keeps it. */
const persist = (notification: Notification) =>
  bus.publish({
    subject: subjects.notify('skyline'),
    data: JSON.stringify(notification),
    id: notification.id,
  });

/** Where in the road of a notification the process dies. */
const MOMENTS: readonly ((child: TestProcess, publish: () => Promise<unknown>) => Promise<void>)[] = [
  async (child, publish) => {
    await publish(); // The broker has it, the process perhaps not.
    await kill9(child);
  },
  async (child, publish) => {
    const arrived = new Promise<void>((resolve) => {
      answer = () => {
        resolve(); // Sent, and never answered.
      };
    });
    await publish();
    await arrived;
    await kill9(child);
  },
  async (child, publish) => {
    const answeredOnce = new Promise<void>((resolve) => {
      answer = (request, response) => {
        response.once('finish', resolve);
        take(request, response);
      };
    });
    await publish();
    await answeredOnce; // Answered, and perhaps not acknowledged to the broker.
    await kill9(child);
  },
];

test('kill -9 between persisting and sending, 20 times', async () => {
  answered = [];
  const sent: Notification[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    answer = take;
    const child = await startChild('sink-killed');
    const notification = notificationOf(round);
    sent.push(notification);
    await MOMENTS[round % MOMENTS.length]?.(child, () => persist(notification));
  }
  answer = take;
  const last = await startChild('sink-killed');
  await until('the outbox is empty', async () => {
    const { pending, unacknowledged } = await bus.backlog(STREAMS.events, 'sink-killed');
    return pending + unacknowledged === 0 ? true : undefined;
  });
  await last.stop();

  const ids = sent.map(({ id }) => id);
  const first = [...new Set(answered.map(({ headers }) => headers['webhook-id']))];
  expect(first, 'every one, by its own id, in the order they were decided').toEqual(ids);
  // Every attempt, also those that were cut off, carried what was decided, under its id, signed.
  const verifier = new Webhook(SECRET);
  for (const { headers, body } of receiver.received) {
    const { data } = verifier.verify(body, headers as Record<string, string>) as { data: Notification };
    expect(headers['webhook-id']).toBe(data.id);
    expect(data).toEqual(sent.find(({ id }) => id === data.id));
  }
  expect(receiver.received.length).toBeGreaterThan(ROUNDS);
}, 300_000);

test('negative control: a process that acknowledges before it has sent loses what it is killed with', async () => {
  answered = [];
  answer = take;
  const child = await startChild('sink-careless', 'careless');
  await persist(aNotification({ id: 'skyline/lost' }));
  await until('it is acknowledged', async () => {
    const { pending, unacknowledged } = await bus.backlog(STREAMS.events, 'sink-careless');
    return pending + unacknowledged === 0 ? true : undefined;
  });
  await kill9(child);
  const next = await startChild('sink-careless');
  await persist(aNotification({ id: 'skyline/next' }));
  await until('the next one comes', () => (answered.length > 0 ? true : undefined));
  await next.stop();
  expect(answered.map(({ headers }) => headers['webhook-id'])).toEqual(['skyline/next']);
});
