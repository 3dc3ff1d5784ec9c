/** Goal: what the server cannot or must not hold is said clearly, with the name of what to change. */
import { DiscardPolicy, RetentionPolicy, StorageType, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, expect, test } from 'vitest';
import { connectNatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import type { NatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../../src/adapters/nats/nats.config.ts';
import type { NatsConfigInput } from '../../../src/adapters/nats/nats.config.ts';
import { streamSpecs } from '../../../src/core/bus/streams.ts';
import { Collector, streamSpec } from '../../support/stream-fixtures.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import type { NatsServer, NatsServerOptions } from '../../support/nats-server.ts';

guardAgainstLeaks();

let endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.reverse()) await end();
  endings = [];
});

async function start(options: NatsServerOptions = {}): Promise<NatsServer> {
  const server = await startNatsServer(options);
  endings.push(() => server.stop());
  return server;
}

async function open(server: NatsServer, config: NatsConfigInput = {}): Promise<NatsBus> {
  const opened = await connectNatsBus(natsConfig.parse({ servers: [server.url], ...config }));
  endings.push(() => opened.bus.close());
  return opened;
}

async function managerOf(server: NatsServer) {
  const connection = await connect({ servers: server.url });
  endings.push(() => connection.close());
  return jetstreamManager(connection);
}

const saying = (pattern: RegExp) => expect.stringMatching(pattern) as string;

test('a stream of somebody else that takes our subjects is told at once, with what to do', async () => {
  const server = await start();
  const { bus } = await open(server);
  await (await managerOf(server)).streams.add({ name: 'THEIRS', subjects: ['earshot.in.theirs.>'] });
  await expect(bus.ensureStreams(streamSpecs())).rejects.toMatchObject({
    code: 'BUS_STREAM_CONFLICT',
    message: saying(/EARSHOT_IN: creating it: subjects overlap.*it takes earshot\.in\.>; remove the other/),
  });
});

test('streams are created by several processes at the same moment, again and again', async () => {
  const server = await start();
  const opened = await Promise.all(Array.from({ length: 4 }, () => open(server)));
  for (let round = 0; round < 80; round += 1) {
    const specs = [0, 1, 2].map((at) => streamSpec(`MANY_${round}_${at}`));
    const starting = [...opened, ...opened].map(({ bus }) => bus.ensureStreams(specs));
    await Promise.all(starting);
  }
});

test('the streams of the contract fit on a server with room, as configured', async () => {
  const server = await start();
  const { bus } = await open(server);
  await bus.ensureStreams(streamSpecs());
  const { config } = await (await managerOf(server)).streams.info('EARSHOT_EVENTS');
  expect(config).toMatchObject({
    subjects: ['earshot.alert.>', 'earshot.decision.>', 'earshot.notify.>', 'earshot.trend.>'],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    storage: StorageType.File,
    num_replicas: 1,
    max_age: 7 * 86_400e9,
    max_msg_size: 1_048_576,
    duplicate_window: 120e9,
  });
  expect(bus.durable).toBe(true);
});

test('streams kept in memory are not durable', async () => {
  const server = await start();
  const { bus } = await open(server, { storage: 'memory' });
  await bus.ensureStreams([streamSpec('S')]);
  expect((await (await managerOf(server)).streams.info('S')).config.storage).toBe(StorageType.Memory);
  expect(bus.durable).toBe(false);
});

test('a store too small for the streams names the variable that makes them smaller', async () => {
  const server = await start({ jetstream: 'max_file_store: 12MB' });
  const { bus } = await open(server);
  await expect(bus.ensureStreams(streamSpecs())).rejects.toMatchObject({
    code: 'BUS_STORAGE',
    canRetry: false,
    message: saying(/stream EARSHOT_IN: .*insufficient storage.*EARSHOT_STORE_BYTES_MAX.*max_bytes \d+/),
  });
  await bus.ensureStreams(streamSpecs({ storeBytesMax: 7_000_000 }));
});

test('a store that is full refuses a publish that may succeed later', async () => {
  const server = await start({ jetstream: 'max_memory_store: 1MB' });
  const { bus } = await open(server);
  const { streams } = await managerOf(server);
  // Another owner's streams, without a limit and with one that refuses the new instead of dropping the old.
  await streams.add({ name: 'UNLIMITED', subjects: ['u.>'], storage: StorageType.Memory });
  await streams.add({ name: 'SMALL', subjects: ['s.>'], max_bytes: 2_000, discard: DiscardPolicy.New });
  const fill = async (subject: string) => {
    for (let index = 0; index < 2_000; index++) await bus.publish({ subject, data: 'x'.repeat(1_000) });
  };
  for (const subject of ['u.a', 's.a'])
    await expect(fill(subject)).rejects.toMatchObject({
      code: 'BUS_STORAGE',
      canRetry: true,
      message: saying(new RegExp(`publishing to '${subject}'`)),
    });
  expect(bus.publishesInFlight).toBe(0);
});

test.each([
  [
    'storage',
    { storage: StorageType.Memory },
    /stream S: storage is "memory" on the server, "file" wanted; cannot be changed/,
  ],
  ['retention', { retention: RetentionPolicy.Workqueue }, /stream S: retention is "workqueue"/],
])('a stream whose %s cannot be made to fit is left alone', async (_setting, existing, message) => {
  const server = await start();
  const { bus } = await open(server);
  const { streams } = await managerOf(server);
  await streams.add({ name: 'S', subjects: ['S.>'], ...existing });
  await expect(bus.ensureStreams([streamSpec('S')])).rejects.toMatchObject({
    code: 'BUS_STREAM_CONFLICT',
    canRetry: false,
    message: saying(message),
  });
});

test('a stream with other limits and subjects is made to fit, and keeps the rest', async () => {
  const server = await start();
  const { bus } = await open(server);
  const { streams } = await managerOf(server);
  await streams.add({ name: 'S', subjects: ['old.>'], description: 'kept', max_msgs: 7 });
  await bus.ensureStreams([streamSpec('S')]);
  expect((await streams.info('S')).config).toMatchObject({
    subjects: ['S.>'],
    max_bytes: 64 * 1_048_576,
    description: 'kept',
    max_msgs: 7,
  });
});

test('replicas on a server that is no cluster are refused by name', async () => {
  const server = await start();
  const { bus } = await open(server, { replicas: 3 });
  await expect(bus.ensureStreams([streamSpec('S')])).rejects.toMatchObject({
    code: 'BUS_STREAM_CONFLICT',
    canRetry: false,
    message: saying(/stream S: .*replicas/),
  });
});

test('the server decides how large a payload may be', async () => {
  const server = await start({ config: 'max_payload: 2048' });
  const { bus } = await open(server);
  await bus.ensureStreams([streamSpec('S')]);
  expect(bus.payloadBytesMax).toBe(2_048);
  const header = 'NATS/1.0\r\nNats-Msg-Id: one\r\nname: value\r\n\r\n'.length;
  const publish = (size: number) =>
    bus.publish({ subject: 'S.a', data: 'x'.repeat(size), id: 'one', headers: { name: 'value' } });
  await expect(publish(2_048 - header + 1)).rejects.toMatchObject({
    code: 'BUS_PAYLOAD_TOO_LARGE',
    message: saying(/2049 bytes for 'S.a' exceeds the 2048 bytes .*max_payload/),
  });
  expect(await publish(2_048 - header)).toMatchObject({ sequence: 1 });
});

test('large messages fill a hand by their bytes, and all arrive', async () => {
  const server = await start();
  const { bus } = await open(server);
  await bus.ensureStreams([streamSpec('S', { messageBytesMax: 1_048_576, bytesMax: 1_000_000_000 })]);
  const bytes = 500_000;
  const count = 160;
  const data = 'x'.repeat(bytes);
  for (let index = 0; index < count; index++) await bus.publish({ subject: 'S.a', data });
  let inHand = 0;
  let inHandPeak = 0;
  const seen = new Collector<number>();
  const subscription = bus
    .consume({ stream: 'S', durable: 'd', ackWaitMs: 30_000, inHandMax: 1_000 })
    .subscribe((batch) => {
      inHandPeak = Math.max(inHandPeak, (inHand += batch.length));
      setTimeout(() => {
        inHand -= batch.length;
        for (const delivery of batch) delivery.ack();
      }, 50);
      seen.add(batch.map(({ sequence }) => sequence));
    });
  let readPeak = 0;
  const read = new Collector<number>();
  const reader = bus.read({ stream: 'S', from: { sequence: 1 } }, (batch) => {
    readPeak = Math.max(readPeak, batch.length);
    read.add(batch.map(({ sequence }) => sequence));
  });
  await Promise.all([seen.count(count), read.count(count)]);
  expect(seen.items).toEqual(read.items);
  const inTwoRequests = (2 * 16 * 1_048_576) / bytes;
  expect(inHandPeak).toBeLessThanOrEqual(inTwoRequests);
  expect(inHandPeak).toBeGreaterThan(1);
  expect(readPeak).toBeLessThanOrEqual(inTwoRequests);
  subscription.unsubscribe();
  await reader.stop();
});

test('a server without JetStream is refused by name', async () => {
  const server = await start({ withoutJetStream: true });
  await expect(open(server)).rejects.toMatchObject({
    code: 'BUS_CONNECT',
    canRetry: false,
    message: saying(new RegExp(`${server.address}.*-js`)),
  });
});
