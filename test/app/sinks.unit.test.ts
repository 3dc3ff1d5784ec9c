/** Goal: each entry of `sinks:` becomes a sink whose place in the outbox outlives a restart. */
import { expect, test } from 'vitest';
import pino from 'pino';
import { createSinks } from '../../src/app/sinks.ts';
import { BusError, type Bus } from '../../src/core/bus/bus.port.ts';
import { aNotification } from '../support/notification.ts';
import { configOf } from '../support/pipelines.ts';

const sinks = [
  { log: {} },
  { webhook: { url: 'https://hooks.example/a', secret: 'hunter2', giveUpAfter: '1h' } },
  { webhook: { url: 'https://hooks.example/b' } },
  { nats: { subject: 'pager.acme' } },
  {
    slack: {
      url: 'https://hooks.example/a',
      giveUpAfter: '2h',
      giveUpRefusedAfter: '5m',
      setAsideAfter: '30s',
    },
  },
  { discord: { url: 'https://hooks.example/a' } },
  { alertmanager: { url: 'http://127.0.0.1:9093', allowTo: ['127.0.0.1/32'], resendEvery: '30s' } },
];

function create(announce: Bus['announce'] = () => Promise.resolve(), name = 'acme') {
  return createSinks(configOf({ name, sinks }), {
    logger: pino({ level: 'silent' }),
    bus: { announce } as Bus,
  });
}

test('kinds, their own durable each, and when they give up', async () => {
  const created = create();
  expect(created.map(({ sink }) => sink.kind)).toEqual([
    ...['log', 'webhook', 'webhook', 'nats', 'slack', 'discord', 'alertmanager'],
  ]);
  expect(created.map(({ sink }) => sink.refresh?.everyMs)).toEqual([
    ...Array.from({ length: 6 }, () => undefined),
    30_000,
  ]);
  expect(created.map(({ giveUpAfterMs }) => giveUpAfterMs)).toEqual([
    86_400_000, 3_600_000, 86_400_000, 86_400_000, 7_200_000, 86_400_000, 86_400_000,
  ]);
  expect(created.map(({ giveUpRefusedAfterMs }) => giveUpRefusedAfterMs)).toEqual([
    3_600_000, 3_600_000, 3_600_000, 3_600_000, 300_000, 3_600_000, 3_600_000,
  ]);
  expect(created.map(({ setAsideAfterMs }) => setAsideAfterMs)).toEqual([
    60_000, 60_000, 60_000, 60_000, 30_000, 60_000, 60_000,
  ]);
  const durables = created.map(({ durable }) => durable);
  expect(new Set(durables).size).toBe(7);
  expect(create().map(({ durable }) => durable)).toEqual(durables);
  expect(create(undefined, 'other').map(({ durable }) => durable)).not.toEqual(
    expect.arrayContaining([durables[0]]),
  );
  for (const durable of durables) expect(durable).toMatch(/^[a-z0-9-]+$/);
  expect(created.map(({ sink }) => sink.description).join()).not.toContain('hunter2');
  await Promise.all(created.map(({ sink }) => sink.close()));
});

test('a further subject gets the notification as JSON; a bus that is away is another attempt', async () => {
  const sent: { subject: string; data: unknown }[] = [];
  const subjectSink = (announce: Bus['announce']) => create(announce)[3]?.sink;
  const notification = aNotification({});
  const answer = await subjectSink((message) => {
    sent.push(message);
    return Promise.resolve();
  })?.deliver(notification);
  expect(answer).toEqual({ outcome: 'delivered' });
  expect(sent).toEqual([{ subject: 'pager.acme', data: JSON.stringify(notification) }]);
  const away = () => Promise.reject(new BusError('BUS_CLOSED', 'no connection', { canRetry: true }));
  expect(await subjectSink(away)?.deliver(notification)).toEqual({
    outcome: 'retry',
    detail: 'no connection',
  });
});
