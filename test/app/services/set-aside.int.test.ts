/** Goal: with a real broker, two processes that serve one sink keep the order of each alert while its receiver refuses some of
 *  it, and neither loses what the other set aside. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../../src/adapters/nats/nats.config.ts';
import { startNotifier, type Notifier } from '../../../src/app/services/notifier.service.ts';
import type { AlertSink } from '../../../src/core/alert/sink.port.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import { streamSpecs } from '../../../src/core/bus/streams.ts';
import { subjects } from '../../../src/core/bus/subjects.ts';
import { anAlert } from '../../support/alert.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { startNatsServer, type NatsServer } from '../../support/nats-server.ts';
import { aNotification } from '../../support/notification.ts';

guardAgainstLeaks();

let nats: NatsServer;
let buses: Bus[] = [];

beforeAll(async () => {
  nats = await startNatsServer();
  const connect = async () => (await connectNatsBus(natsConfig.parse({ servers: [nats.url] }))).bus;
  buses = [await connect(), await connect()];
  await buses[0]?.ensureStreams(streamSpecs({ storeBytesMax: 64 * 1_048_576 }));
});
afterAll(async () => {
  for (const bus of buses) await bus.close();
  await nats.stop();
});

test('each once, fire before resolve, whoever delivers', async () => {
  const refusals = new Map([
    ['b/firing', 3],
    ['d/resolved', 2],
  ]);
  const taken: string[] = [];
  const names = ['a', 'b', 'c', 'd', 'e'];
  const ids = names.flatMap((name) => [`${name}/firing`, `${name}/resolved`]);
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const sink = (): AlertSink => ({
    kind: 'test',
    description: 'test sink',
    deliver({ id }) {
      const left = refusals.get(id) ?? 0;
      refusals.set(id, left - 1);
      if (left > 0) return Promise.resolve({ outcome: 'refused', detail: 'HTTP 400' });
      taken.push(id);
      if (taken.length === ids.length) finish();
      return Promise.resolve({ outcome: 'delivered' });
    },
    close: () => Promise.resolve(),
  });
  const start = (bus: Bus): Notifier =>
    startNotifier({
      ...{ bus, sink: sink(), pipeline: 'skyline', durable: 'sink-shared', random: () => 0 },
      ...{ giveUpAfterMs: 600_000, giveUpRefusedAfterMs: 600_000, setAsideAfterMs: 600_000 },
      telemetry: () => undefined,
      clock: { nowMs: Date.now, monotonicMs: () => performance.now() },
      onFailure: (error) => expect.fail(String(error)),
    });
  const notifiers = buses.map(start);
  await Promise.all(notifiers.map(({ listening }) => listening));
  for (const name of names)
    for (const status of ['firing', 'resolved'] as const) {
      const alerts = [anAlert({ id: name, group: { channel: name }, state: status })];
      const notification = aNotification({ id: `${name}/${status}`, status, alerts });
      await buses[0]?.publish({
        ...{ subject: subjects.notify('skyline'), data: JSON.stringify(notification), id: notification.id },
      });
    }
  await finished;
  await Promise.all(notifiers.map((notifier) => notifier.stop()));
  expect(taken.toSorted()).toEqual(ids.toSorted());
  for (const name of names)
    expect(taken.filter((id) => id.startsWith(name))).toEqual([`${name}/firing`, `${name}/resolved`]);
  expect(taken.indexOf('c/resolved'), 'others go on').toBeLessThan(taken.indexOf('b/firing'));
});
