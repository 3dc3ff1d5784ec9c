/** Goal: leases on a real server keep the contract; a holder whose connection is gone is replaced before its ttl, one that
 *  is only silent is not, and clocks that disagree change nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { connectNatsBus, type NatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../../src/adapters/nats/nats.config.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { startNatsServer, type NatsServer } from '../../support/nats-server.ts';
import { until } from '../../support/process.ts';
import { leasesContract } from '../leases.contract.ts';

guardAgainstLeaks();

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());
const open = () => connectNatsBus(natsConfig.parse({ servers: [server.url], reconnectWait: '50ms' }));

leasesContract('nats', async () => {
  const [one, two] = [await open(), await open()];
  return {
    store: one.leases,
    other: two.leases,
    dispose: async () => void (await Promise.all([one.bus.close(), two.bus.close()])),
  };
});

const HOUR_MS = 3_600_000;

async function withTwo(work: (one: NatsBus, two: NatsBus) => Promise<void>): Promise<void> {
  const [one, two] = [await open(), await open()];
  try {
    await work(one, two);
  } finally {
    await Promise.all([one.bus.close(), two.bus.close()]);
  }
}

test('a holder whose connection has ended is replaced long before its ttl', () =>
  withTwo(async (one, two) => {
    const first = await one.leases.acquire('gone', 'a', HOUR_MS);
    expect(await two.leases.acquire('gone', 'b', HOUR_MS)).toBeUndefined();
    await one.bus.close();
    const second = await until('it is taken over', () => two.leases.acquire('gone', 'b', HOUR_MS));
    expect(second.epoch).toBeGreaterThan(first?.epoch ?? 0);
  }));

test('a holder that listens and does not answer keeps its lease: it may only be slow', () =>
  withTwo(async (one, two) => {
    await one.leases.acquire('silent', 'a', HOUR_MS);
    const mute = await connect({ servers: server.url });
    mute.subscribe('earshot.holder.a'); // Keeps the interest up when the first connection is gone.
    await mute.flush();
    await one.bus.close();
    for (let ask = 0; ask < 6; ask++)
      expect(await two.leases.acquire('silent', 'b', HOUR_MS)).toBeUndefined();
    await mute.close();
    await until('now it is free', () => two.leases.acquire('silent', 'b', HOUR_MS));
  }));

test('a record that says it does not listen is waited for until its ttl', () =>
  withTwo(async (one, two) => {
    await one.leases.acquire('first', 'warm-up', HOUR_MS);
    const user = await connect({ servers: server.url });
    const bucket = await new Kvm(user).open('EARSHOT_LEASES');
    const record = { holder: 'nobody', epoch: 5, ttlMs: 1_200, listens: false };
    await bucket.put('plain', JSON.stringify(record));
    const sinceMs = performance.now();
    await until('it is free', () => two.leases.acquire('plain', 'b', HOUR_MS));
    expect(performance.now() - sinceMs).toBeGreaterThan(1_200);
    await user.close();
  }));

test.each([
  ['of a holder whose clock is years ahead', Date.now() + 10 * 365 * 24 * HOUR_MS],
  ['of a holder whose clock stands at zero', 1],
])('an epoch %s is still surpassed by one', (_whose, epoch) =>
  withTwo(async (one, two) => {
    await one.leases.acquire('first', 'warm-up', HOUR_MS);
    const user = await connect({ servers: server.url });
    const bucket = await new Kvm(user).open('EARSHOT_LEASES');
    await bucket.put(`clock-${epoch}`, JSON.stringify({ holder: '', epoch, ttlMs: 1, listens: false }));
    const lease = await two.leases.acquire(`clock-${epoch}`, 'b', HOUR_MS);
    expect(lease?.epoch).toBeGreaterThan(epoch);
    await user.close();
  }),
);

test('who takes a lease learns the time of the broker', () =>
  withTwo(async ({ bus, leases }) => {
    expect(bus.nowMs()).toBe(Number.NEGATIVE_INFINITY);
    await leases.acquire('time', 'a', HOUR_MS);
    const toldMs = bus.nowMs();
    expect(Math.abs(toldMs - Date.now())).toBeLessThan(60_000); // The same machine.
  }));

test('rubbish in the place of a record is replaced', () =>
  withTwo(async (one, two) => {
    await one.leases.acquire('first', 'warm-up', HOUR_MS);
    const user = await connect({ servers: server.url });
    await (await new Kvm(user).open('EARSHOT_LEASES')).put('rubbish', '{"holder":7');
    expect(await two.leases.acquire('rubbish', 'b', HOUR_MS)).toMatchObject({ holder: 'b' });
    await user.close();
  }));

test('leases outlast the server, which comes back empty of nothing', () =>
  withTwo(async (one, two) => {
    const first = await one.leases.acquire('kept', 'a', HOUR_MS);
    await server.kill9();
    await server.restart();
    const again = await until('it is renewed', () =>
      one.leases.acquire('kept', 'a', HOUR_MS).catch(() => undefined),
    );
    expect(again).toEqual(first);
    // The other's connection comes back in its own time: a request may have met the server that was gone.
    const others = await until('the other is answered', () =>
      two.leases.acquire('kept', 'b', HOUR_MS).then(
        (lease) => ({ lease }),
        () => undefined,
      ),
    );
    expect(others.lease).toBeUndefined();
  }));

test('strangers that answer among the members are not counted', () =>
  withTwo(async (one, two) => {
    const stranger = await connect({ servers: server.url });
    for (const answer of ['null', 'hello', '{"holder":"x"}', '[]'])
      stranger.subscribe('earshot.members', { callback: (_, message) => void message.respond(answer) });
    await stranger.flush();
    const member = { holder: 'b', keys: ['k'] };
    const [first, second] = [
      one.leases.join(() => ({ holder: 'a', keys: [] })),
      two.leases.join(() => member),
    ];
    await until('the other is seen', async () => ((await first.others()).length > 0 ? true : undefined));
    expect(await first.others()).toEqual([member]);
    for (const membership of [first, second]) membership.leave();
    await stranger.close();
  }));
