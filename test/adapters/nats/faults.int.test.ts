/** Goal: a server that dies, and consumers that vanish, cost time and nothing else. */
import { connect } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterEach, expect, test } from 'vitest';
import { connectNatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../../src/adapters/nats/nats.config.ts';
import type { NatsConfigInput } from '../../../src/adapters/nats/nats.config.ts';
import type { Bus, Delivery, StoredMessage } from '../../../src/core/bus/bus.port.ts';
import { Collector, compareLedgers, streamSpec } from '../../support/stream-fixtures.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import type { NatsServer } from '../../support/nats-server.ts';
import { startFaultyNetwork } from '../../support/network-faults.ts';
import { freePort } from '../../support/ports.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';

guardAgainstLeaks();

const STREAM = streamSpec('S');
const CONSUMER = { stream: 'S', durable: 'd', ackWaitMs: 1_000, inHandMax: 500 };

let endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.reverse()) await end();
  endings = [];
});

async function start(): Promise<NatsServer> {
  const server = await startNatsServer();
  endings.push(() => server.stop());
  return server;
}

async function open(url: string, config: NatsConfigInput = {}): Promise<Bus> {
  const { bus } = await connectNatsBus(
    natsConfig.parse({ servers: [url], reconnectWait: '50ms', requestTimeout: '2s', ...config }),
  );
  endings.push(() => bus.close());
  return bus;
}

/** The broker's own administration, past the bus. */
async function administer<T>(
  url: string,
  act: (manager: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<T>,
): Promise<T> {
  const connection = await connect({ servers: url });
  try {
    return await act(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

async function readAll(bus: Bus): Promise<readonly StoredMessage[]> {
  const { messages } = await bus.streamState('S');
  const seen = new Collector<StoredMessage>();
  const reader = bus.read({ stream: 'S', from: { sequence: 1 } }, seen.add);
  const all = await seen.count(messages);
  await reader.stop();
  return all;
}

const name = ({ data }: StoredMessage) => Buffer.from(data).toString();
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('the ledger check finds what is lost and what came twice', () => {
  expect(compareLedgers(['a', 'b', 'c'], ['a', 'c', 'a'])).toEqual({ lost: ['b'], twice: ['a'] });
  expect(compareLedgers(['a'], ['a', 'unconfirmed'])).toEqual({ lost: [], twice: [] });
});

test('a server killed in the middle of publishing: nothing confirmed is lost, nothing is stored twice', async () => {
  const server = await start();
  const bus = await open(server.url, { ackTimeout: '1s', publishesInFlightMax: 300 });
  await bus.ensureStreams([STREAM]);
  const states: boolean[] = [];
  bus.status.subscribe(({ connected }) => states.push(connected));
  const confirmed: string[] = [];
  let next = 0;
  let stopping = false;
  const publisher = async (): Promise<void> => {
    while (!stopping) {
      const id = `m${next++}`;
      const { stream } = await bus.publish({ subject: 'S.a', data: id, id });
      expect(stream).toBe('S');
      confirmed.push(id);
      expect(bus.publishesInFlight).toBeLessThanOrEqual(300);
    }
  };
  const publishers = Array.from({ length: 400 }, publisher);
  const reaching = (count: number) =>
    expect.poll(() => confirmed.length, { interval: 5 }).toBeGreaterThan(count);
  for (let kill = 0; kill < 3; kill++) {
    await reaching(confirmed.length + 3_000);
    await server.kill9();
    await server.restart();
  }
  await reaching(confirmed.length + 3_000);
  stopping = true;
  await Promise.all(publishers);
  expect(bus.publishesInFlight).toBe(0);
  const stored = (await readAll(bus)).map(name);
  expect(compareLedgers(confirmed, stored)).toEqual({ lost: [], twice: [] });
  expect(stored).toHaveLength(confirmed.length);
  expect(states).toEqual([true, false, true, false, true, false, true]);
});

test('a consumer and a reader go on after the server was killed', async () => {
  const server = await start();
  const bus = await open(server.url, { ackTimeout: '1s' });
  await bus.ensureStreams([STREAM]);
  const consumed = new Collector<Delivery>();
  bus.consume(CONSUMER).subscribe((batch) => {
    for (const delivery of batch) delivery.ack();
    consumed.add(batch);
  });
  const read = new Collector<StoredMessage>();
  const reader = bus.read({ stream: 'S', from: { sequence: 1 } }, read.add);
  const publish = (from: number, to: number) =>
    Promise.all(
      upTo(to - from + 1).map((index) =>
        bus.publish({ subject: 'S.a', data: 'x', id: `${from + index - 1}` }),
      ),
    );
  await publish(1, 2_000);
  await consumed.count(500);
  await server.kill9();
  const whileDown = publish(2_001, 3_000);
  await server.restart();
  await whileDown;
  await publish(3_001, 3_500);
  const distinct = () => new Set(consumed.items.map(({ sequence }) => sequence)).size;
  await consumed.until(() => distinct() === 3_500);
  await read.count(3_500);
  expect(read.items.map(({ sequence }) => sequence)).toEqual(upTo(3_500));
  await expect.poll(() => bus.backlog('S', 'd')).toEqual({ pending: 0, unacknowledged: 0 });
  await reader.stop();
});

test('a deleted consumer is made again, for workers and readers', async () => {
  const server = await start();
  const bus = await open(server.url);
  await bus.ensureStreams([STREAM]);
  const consumed = new Collector<Delivery>();
  bus.consume(CONSUMER).subscribe((batch) => {
    for (const delivery of batch) delivery.ack();
    consumed.add(batch);
  });
  const read = new Collector<StoredMessage>();
  const reader = bus.read({ stream: 'S', from: { sequence: 1 } }, read.add);
  const publish = async (count: number) => {
    for (let index = 0; index < count; index++) await bus.publish({ subject: 'S.a', data: 'x' });
  };
  await publish(10);
  await Promise.all([consumed.count(10), read.count(10)]);
  await administer(server.url, async ({ consumers }) => {
    for (const info of await consumers.list('S').next()) await consumers.delete('S', info.name);
  });
  await publish(5);
  await consumed.until(() => consumed.items.some(({ sequence }) => sequence === 15));
  await read.count(15);
  expect(read.items.map(({ sequence }) => sequence)).toEqual(upTo(15));
  await reader.stop();
});

test('a request for messages that is lost is noticed by the missing heartbeats', async () => {
  const server = await start();
  const proxy = await startTcpProxy(server.port);
  endings.push(() => proxy.stop());
  const bus = await open(`nats://${proxy.address}`);
  await bus.ensureStreams([STREAM]);
  const consumed = new Collector<Delivery>();
  const requestLost = proxy.swallowNext('CONSUMER.MSG.NEXT.S.d');
  bus.consume(CONSUMER).subscribe(consumed.add);
  await requestLost;
  await bus.publish({ subject: 'S.a', data: 'x' });
  expect(consumed.items).toEqual([]);
  await consumed.count(1);
});

test('a reader behind a network that swallows everything knows that it does not know', async () => {
  const server = await start();
  const network = await startFaultyNetwork(server.port);
  endings.push(() => network.stop());
  const bus = await open(`nats://${network.address}`);
  await bus.ensureStreams([STREAM]);
  const read = new Collector<StoredMessage>();
  const takenUntilMs: number[] = [];
  const reader = bus.read({ stream: 'S', from: { sequence: 1 } }, (batch) => {
    takenUntilMs.push(reader.takenUntilMs);
    read.add(batch);
  });
  await expect.poll(() => reader.takenUntilMs).toBeGreaterThan(0);
  network.block('black hole');
  await (await open(server.url)).publish({ subject: 'S.a', data: 'x' });
  // Much longer than a heartbeat takes; the connection counts as open all the while.
  const untilMs = bus.nowMs() + 2_000;
  await expect.poll(() => bus.nowMs()).toBeGreaterThan(untilMs);
  takenUntilMs.push(reader.takenUntilMs);
  network.heal();
  const [first] = await read.count(1);
  for (const ms of takenUntilMs) expect(ms).toBeLessThanOrEqual(first?.storedAtMs ?? 0);
  await expect.poll(() => reader.takenUntilMs).toBeGreaterThan(untilMs);
});

test('a message lost on the way is sent again', async () => {
  const server = await start();
  const proxy = await startTcpProxy(server.port);
  endings.push(() => proxy.stop());
  const bus = await open(`nats://${proxy.address}`, { ackTimeout: '3s' });
  await bus.ensureStreams([STREAM]);
  const messageLost = proxy.swallowNext('PUB S.lost');
  const receipt = bus.publish({ subject: 'S.lost', data: 'x', id: 'one' });
  await messageLost;
  expect(await receipt).toEqual({ stream: 'S', sequence: 1, duplicate: false });
  expect(await bus.publish({ subject: 'S.lost', data: 'x', id: 'one' })).toMatchObject({ duplicate: true });
});

test('a stream is asked for again where a cluster in the midst of elections does not answer', async () => {
  const server = await start();
  const proxy = await startTcpProxy(server.port);
  endings.push(() => proxy.stop());
  const bus = await open(`nats://${proxy.address}`, { requestTimeout: '300ms' });
  const requestLost = proxy.swallowNext('STREAM.CREATE.S');
  const ensured = bus.ensureStreams([STREAM]);
  await requestLost;
  await ensured;
  expect(await bus.publish({ subject: 'S.a', data: 'x' })).toMatchObject({ sequence: 1 });
});

test('whoever else answers a message is not taken for the broker', async () => {
  const server = await start();
  const bus = await open(server.url, { ackTimeout: '500ms' });
  await bus.ensureStreams([STREAM]);
  const stranger = await connect({ servers: server.url });
  endings.push(() => stranger.close());
  const answers = ['+ACK', '', 'null', '{"ok":true}', '{"stream":"S","seq":"1"}', '{"error":"no"}'];
  const heard = new Collector<string>();
  const listening = stranger.subscribe('elsewhere.>', {
    callback: (_, message) => {
      for (const answer of answers) message.respond(answer);
      heard.add([message.subject]);
    },
  });
  await stranger.flush();
  const stored = bus.publish({ subject: 'elsewhere.a', data: 'x' });
  const refused = expect(stored).rejects.toMatchObject({ code: 'BUS_NO_STREAM' });
  await heard.count(1);
  expect(await bus.publish({ subject: 'S.a', data: 'x' })).toMatchObject({ sequence: 1 });
  listening.unsubscribe();
  await refused; // Once it is sent again and nobody is there.
});

test('a server that sends what is no frame is left, and all goes on', async () => {
  const server = await start();
  const proxy = await startTcpProxy(server.port);
  endings.push(() => proxy.stop());
  const bus = await open(`nats://${proxy.address}`);
  await bus.ensureStreams([STREAM]);
  const read = new Collector<StoredMessage>();
  const reader = bus.read({ stream: 'S', from: { sequence: 1 } }, read.add);
  const details: string[] = [];
  const told = bus.status.subscribe(({ detail }) => details.push(detail));
  await bus.publish({ subject: 'S.a', data: 'before' });
  await read.count(1);
  proxy.say('MSG a b c d e f\r\n');
  await expect.poll(() => details.length).toBeGreaterThan(2);
  await bus.publish({ subject: 'S.a', data: 'behind' });
  await read.count(2);
  expect(details[1]).toContain('MSG a b c d e f');
  told.unsubscribe();
  await reader.stop();
});

test('a stream that is deleted ends its workers and readers with an error', async () => {
  const server = await start();
  const bus = await open(server.url);
  await bus.ensureStreams([STREAM]);
  const seen = new Collector<StoredMessage>();
  const ended = new Promise((resolve) => {
    bus.consume(CONSUMER).subscribe({ next: seen.add, error: resolve });
  });
  const reader = bus.read({ stream: 'S', from: { sequence: 1 } }, seen.add);
  await bus.publish({ subject: 'S.a', data: 'x' });
  await seen.count(2);
  await administer(server.url, ({ streams }) => streams.delete('S'));
  expect(await ended).toMatchObject({ code: 'BUS_NO_STREAM', canRetry: false });
  await expect(reader.done).rejects.toMatchObject({ code: 'BUS_NO_STREAM' });
  await expect(bus.publish({ subject: 'S.a', data: 'x' })).rejects.toMatchObject({ code: 'BUS_NO_STREAM' });
});

test('what a worker has not processed goes to another at once when it unsubscribes, not after the wait', async () => {
  const server = await start();
  const bus = await open(server.url);
  await bus.ensureStreams([STREAM]);
  const spec = { ...CONSUMER, ackWaitMs: 3_600_000 };
  // It leaves at its first batch, while more is on the way to it.
  let taken = 0;
  const leaver = bus.consume(spec).subscribe((batch) => {
    taken = batch.length;
    for (const delivery of batch) delivery.ack();
    leaver.unsubscribe();
  });
  await Promise.all(upTo(3_000).map(() => bus.publish({ subject: 'S.a', data: 'x'.repeat(500) })));
  await expect.poll(() => taken).toBeGreaterThan(0);
  const rest = new Collector<Delivery>();
  const stayer = bus.consume(spec).subscribe((batch) => {
    for (const delivery of batch) delivery.ack();
    rest.add(batch);
  });
  await rest.count(3_000 - taken);
  expect(new Set(rest.items.map(({ sequence }) => sequence)).size).toBe(3_000 - taken);
  stayer.unsubscribe();
});

test('waits for a server that starts late', async () => {
  const server = await start();
  await server.kill9();
  const opening = open(server.url, { connectTimeout: '20s' });
  await server.restart();
  expect((await opening).description).toContain(server.url);
});

test('gives up on a server that never starts, and names it', async () => {
  const url = `nats://127.0.0.1:${await freePort()}`;
  await expect(open(url, { connectTimeout: '300ms' })).rejects.toMatchObject({
    code: 'BUS_CONNECT',
    canRetry: true,
    message: expect.stringMatching(new RegExp(`${url.slice('nats://'.length)}.*300 ms.*refused`)) as string,
  });
});

test('closing while the server is away ends what is open', async () => {
  const server = await start();
  const bus = await open(server.url);
  await bus.ensureStreams([STREAM]);
  const states: string[] = [];
  bus.status.subscribe(({ detail }) => states.push(detail));
  const reader = bus.read({ stream: 'S', from: { sequence: 1 } }, () => undefined);
  const completed = new Promise<void>((resolve) => {
    bus.consume(CONSUMER).subscribe({ complete: resolve });
  });
  await server.kill9();
  await expect.poll(() => states.at(-1)).toMatch(/^lost 127/);
  const publishing = bus.publish({ subject: 'S.a', data: 'x' });
  await expect(bus.announce({ subject: 'a', data: 'x' })).rejects.toMatchObject({
    code: 'BUS_TIMEOUT',
    canRetry: true,
  });
  expect(bus.publishesInFlight).toBe(1);
  const refused = expect(publishing).rejects.toMatchObject({ code: 'BUS_CLOSED' });
  await bus.close();
  await Promise.all([refused, completed, reader.done]);
});
