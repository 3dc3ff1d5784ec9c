/** Goal: snapshots come back whole, from any client, after any restart, and within their room. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import type { NatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../../src/adapters/nats/nats.config.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import type { NatsServer } from '../../support/nats-server.ts';

guardAgainstLeaks();

let server: NatsServer;
let one: NatsBus;
let two: NatsBus;
const open = (snapshotBytesMax = 16 * 1_048_576) =>
  connectNatsBus(
    natsConfig.parse({
      servers: [server.url],
      snapshotBytesMax,
      requestTimeout: '2s',
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

const hash = (bytes: Uint8Array | undefined) => bytes && createHash('sha256').update(bytes).digest('hex');

test('a key never saved loads as absent', async () => {
  expect(await one.snapshots.load('absent')).toBeUndefined();
});

test.each([0, 1, 131_072, 131_073, 3_000_000])('%i bytes come back to another client', async (size) => {
  const bytes = randomBytes(size);
  await one.snapshots.save('watcher/a b', bytes);
  expect(hash(await two.snapshots.load('watcher/a b'))).toBe(hash(bytes));
});

test('the last one saved is loaded, and the ones before give their room back', async () => {
  for (let round = 0; round < 12; round++) await one.snapshots.save('key', randomBytes(3_000_000));
  const last = randomBytes(100);
  await one.snapshots.save('key', last);
  expect(hash(await two.snapshots.load('key'))).toBe(hash(last));
});

test('one that is replaced while it is loaded comes whole, the old or the new', async () => {
  const versions = [randomBytes(2_000_000), randomBytes(2_000_000)] as const;
  await one.snapshots.save('busy', versions[0]);
  const known = new Set(versions.map(hash));
  let saving = true;
  const saves = (async () => {
    for (let round = 1; round <= 6; round++)
      await one.snapshots.save('busy', versions[round % 2] ?? versions[0]);
    saving = false;
  })();
  let loads = 0;
  while (saving) {
    expect(known).toContain(hash(await two.snapshots.load('busy')));
    loads++;
  }
  await saves;
  expect(loads).toBeGreaterThan(0);
});

test('survives the server', async () => {
  const bytes = randomBytes(500_000);
  await one.snapshots.save('durable', bytes);
  await server.kill9();
  await server.restart();
  await expect
    .poll(async () => hash(await two.snapshots.load('durable').catch(() => undefined)), { timeout: 20_000 })
    .toBe(hash(bytes));
});

test('one too large for its room is refused, and the one before stays', async () => {
  const bytes = randomBytes(100);
  await one.snapshots.save('kept', bytes);
  await expect(one.snapshots.save('kept', randomBytes(17 * 1_048_576))).rejects.toMatchObject({
    code: 'BUS_STORAGE',
    message: expect.stringMatching(/'kept' of 17825792 bytes/) as string,
  });
  expect(hash(await two.snapshots.load('kept'))).toBe(hash(bytes));
  // More room in the configuration makes the bucket larger.
  const larger = await open(40 * 1_048_576);
  await larger.snapshots.save('kept', randomBytes(17 * 1_048_576));
  await larger.bus.close();
});
