/** Goal: snapshots come back whole, from any client, after any restart, and within their room. */
import { randomBytes } from 'node:crypto';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { connect } from '@nats-io/transport-node';
import { filter, firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import type { NatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../../src/adapters/nats/nats.config.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import { startFaultyNetwork } from '../../support/network-faults.ts';
import type { NatsServer } from '../../support/nats-server.ts';
import { digest, digests, snapshotsContract } from '../snapshots.contract.ts';

guardAgainstLeaks();

let server: NatsServer;
let one: NatsBus;
let two: NatsBus;
const open = (snapshotBytesMax = 16 * 1_048_576) =>
  connectNatsBus(
    natsConfig.parse({
      servers: [server.url],
      snapshotBytesMax,
      requestTimeout: '10s',
      reconnectWait: '50ms',
    }),
  );
beforeAll(async () => {
  server = await startNatsServer();
  [one, two] = [await open(), await open()];
});
afterAll(async () => {
  await Promise.all([one.bus.close(), two.bus.close()]);
  await server.stop();
});

/** What is asked while a client connects anew is forgotten by it, and ends after its timeout. */
const whenConnected = ({ status }: NatsBus['bus']) =>
  firstValueFrom(status.pipe(filter(({ connected }) => connected)));
const hash = (bytes: Uint8Array | undefined) => bytes && digest(bytes);
const newest = async ({ snapshots }: NatsBus, key: string) => (await digests(snapshots, key))[0];

snapshotsContract('nats', async () => {
  const [first, second] = [await open(64 * 1_048_576), await open(64 * 1_048_576)];
  return {
    store: first.snapshots,
    other: second.snapshots,
    dispose: async () => void (await Promise.all([first.bus.close(), second.bus.close()])),
  };
});

test('the ones before give their room back', async () => {
  for (let round = 0; round < 12; round++) await one.snapshots.save('key', randomBytes(3_000_000), 1);
  const last = randomBytes(100);
  await one.snapshots.save('key', last, 1);
  expect(await newest(two, 'key')).toBe(hash(last));
});

test('of two processes with one epoch that save at once none gets lost, and both are whole', async () => {
  const all = Array.from({ length: 12 }, () => randomBytes(50_000));
  await Promise.all(
    all.map((bytes, index) =>
      (index % 2 ? one : two).snapshots.save('shared', bytes, 1).catch(() => undefined),
    ),
  );
  const kept = await digests(two.snapshots, 'shared');
  expect(kept).toHaveLength(2);
  expect(all.map(hash)).toEqual(expect.arrayContaining(kept));
});

test('one whose chunks are damaged in the store cannot be read; the one before can', async () => {
  const before = randomBytes(1_000);
  await one.snapshots.save('damaged', before, 1);
  await one.snapshots.save('damaged', randomBytes(1_000), 1);
  const user = await connect({ servers: server.url });
  const bucket = await new Objm(user).open('EARSHOT_STATE');
  const [first] = (await one.snapshots.load('damaged')).map(({ name }) => name.replace(/ of .*/, ''));
  const info = await bucket.info(first ?? '');
  // One more chunk than was saved.
  await jetstream(user).publish(`$O.EARSHOT_STATE.C.${info?.nuid}`, 'garbage');
  const generations = await two.snapshots.load('damaged');
  await expect(generations[0]?.read()).rejects.toThrow(/reading snapshot damaged#\d/);
  expect(hash(await generations[1]?.read())).toBe(hash(before));
  await user.close();
});

test('one whose chunks are gone is damaged, and one behind a network that swallows may be sound', async () => {
  await one.snapshots.save('gone', randomBytes(1_000), 1);
  const network = await startFaultyNetwork(server.port);
  const { bus, snapshots } = await connectNatsBus(
    natsConfig.parse({
      ...{ servers: [`nats://${network.address}`], requestTimeout: '300ms' },
      snapshotBytesMax: 16 * 1_048_576,
    }),
  );
  const [generation] = await snapshots.load('gone');
  network.block('black hole');
  await expect(generation?.read()).rejects.toMatchObject({ code: 'BUS_TIMEOUT', canRetry: true });
  network.heal();
  const user = await connect({ servers: server.url });
  const manager = await jetstreamManager(user);
  await manager.streams.purge('OBJ_EARSHOT_STATE', { filter: '$O.EARSHOT_STATE.C.>' });
  await whenConnected(bus);
  const damaged = expect(() => generation?.read()).rejects;
  await damaged.toMatchObject({
    canRetry: false,
    message: expect.stringContaining('no more are kept') as string,
  });
  await user.close();
  await bus.close();
  await network.stop();
});

test('one that is replaced while it is loaded comes whole, the old or the new', async () => {
  const versions = [randomBytes(2_000_000), randomBytes(2_000_000)] as const;
  await one.snapshots.save('busy', versions[0], 1);
  const known = new Set(versions.map(hash));
  let saving = true;
  const saves = (async () => {
    for (let round = 1; round <= 6; round++)
      await one.snapshots.save('busy', versions[round % 2] ?? versions[0], 1);
    saving = false;
  })();
  let loads = 0;
  while (saving) {
    expect(known).toContain(await newest(two, 'busy'));
    loads++;
  }
  await saves;
  expect(loads).toBeGreaterThan(0);
});

test('survives the server', async () => {
  const bytes = randomBytes(500_000);
  await one.snapshots.save('durable', bytes, 1);
  await server.kill9();
  await server.restart();
  await expect.poll(async () => newest(two, 'durable').catch(() => undefined)).toBe(hash(bytes));
  await whenConnected(one.bus);
});

test('one too large for its room is refused, and the one before stays', async () => {
  const bytes = randomBytes(100);
  await one.snapshots.save('kept', bytes, 1);
  await expect(one.snapshots.save('kept', randomBytes(17 * 1_048_576), 1)).rejects.toMatchObject({
    code: 'BUS_STORAGE',
    message: expect.stringMatching(/'kept' of 17825792 bytes/) as string,
  });
  expect(await newest(two, 'kept')).toBe(hash(bytes));
  // More room in the configuration makes the bucket larger.
  const larger = await open(40 * 1_048_576);
  await larger.snapshots.save('kept', randomBytes(17 * 1_048_576), 1);
  await larger.bus.close();
});
