/** Goal: a reader in a cluster, where a consumer lives on one replica, is told by the leader that it has all there is. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../../src/adapters/nats/nats.config.ts';
import type { Bus, StoredMessage } from '../../../src/core/bus/bus.port.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { startNatsCluster, type NatsCluster } from '../../support/nats-cluster.ts';
import { Collector, streamSpec } from '../../support/stream-fixtures.ts';

guardAgainstLeaks();

/** Who gives no name may do all; `shy` may not ask for stored messages. */
const USERS = `no_auth_user: all
authorization {
  users: [
    { user: all, password: all }
    { user: shy, password: shy, permissions: { publish: { deny: "$JS.API.STREAM.MSG.GET.>" } } }
  ]
}`;

let cluster: NatsCluster;
let bus: Bus;
let shy: Bus;
beforeAll(async () => {
  cluster = await startNatsCluster(USERS);
  const servers = cluster.url.split(',').map((url) => url.trim());
  const config = { servers, replicas: 3, reconnectWait: '100ms' };
  ({ bus } = await connectNatsBus(natsConfig.parse(config)));
  ({ bus: shy } = await connectNatsBus(natsConfig.parse({ ...config, user: 'shy', password: 'shy' })));
  await bus.ensureStreams([streamSpec('S')]);
}, 120_000);
afterAll(async () => {
  await bus.close();
  await shy.close();
  await cluster.stop();
});

test('of its own subjects, whatever others hold', { timeout: 60_000 }, async () => {
  const publish = async (subject: string, count: number) => {
    for (let at = 0; at < count; at += 1) await bus.publish({ subject, data: 'x' });
  };
  await publish('S.mine', 3);
  await publish('S.other', 5);
  const [mine, none] = [new Collector<StoredMessage>(), new Collector<StoredMessage>()];
  const reader = bus.read({ stream: 'S', filterSubject: 'S.mine', from: { sequence: 1 } }, mine.add);
  const idle = bus.read({ stream: 'S', filterSubject: 'S.none.>', from: { sequence: 1 } }, none.add);
  await Promise.all([reader.caughtUp, idle.caughtUp]);
  expect([mine.items.length, none.items.length]).toEqual([3, 0]);
  // Time goes on for both while only others are spoken of.
  for (let round = 1; round <= 3; round += 1) {
    const untilMs = [reader.takenUntilMs, idle.takenUntilMs];
    await publish('S.other', 5);
    for (const [at, one] of [reader, idle].entries())
      await expect.poll(() => one.takenUntilMs, { timeout: 10_000 }).toBeGreaterThan(untilMs[at] ?? Infinity);
  }
  await publish('S.mine', 2);
  await mine.count(5);
  const last = mine.items.at(-1)?.storedAtMs ?? Infinity;
  await expect.poll(() => reader.takenUntilMs, { timeout: 10_000 }).toBeGreaterThanOrEqual(last);
  await Promise.all([reader.stop(), idle.stop()]);
});

test("who may not ask takes the consumer's word", { timeout: 60_000 }, async () => {
  const { sequence } = await bus.publish({ subject: 'S.shy', data: 'x' });
  await bus.publish({ subject: 'S.other', data: 'x' });
  const seen = new Collector<StoredMessage>();
  const reader = shy.read({ stream: 'S', filterSubject: 'S.shy', from: { sequence } }, seen.add);
  await reader.caughtUp;
  expect(seen.items.map((message) => message.sequence)).toEqual([sequence]);
  const untilMs = reader.takenUntilMs;
  await expect.poll(() => reader.takenUntilMs, { timeout: 10_000 }).toBeGreaterThan(untilMs);
  await reader.stop();
});
