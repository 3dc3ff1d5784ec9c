/** Goal: a real broker that has no room for a while costs the watcher time, and nothing else: all of it comes, once, in order. */
import { DiscardPolicy, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectNatsBus } from '../../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../../src/adapters/nats/nats.config.ts';
import { openOutbox } from '../../../src/app/services/outbox.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import { STREAMS, streamSpecs } from '../../../src/core/bus/streams.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { stored } from '../../support/bus.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { startNatsServer, type NatsServer } from '../../support/nats-server.ts';
import { aTenure } from '../../support/tenure.ts';

guardAgainstLeaks();

let nats: NatsServer;
let bus: Bus;
beforeAll(async () => {
  nats = await startNatsServer();
  ({ bus } = await connectNatsBus(natsConfig.parse({ servers: [nats.url] })));
  await bus.ensureStreams(streamSpecs({ storeBytesMax: 64 * 1_048_576 }));
});
afterAll(async () => {
  await bus.close();
  await nats.stop();
});

test('room for five messages, then for all', async () => {
  const operator = await connect({ servers: nats.url });
  const manager = await jetstreamManager(operator);
  const { config } = await manager.streams.info(STREAMS.events);
  const limit = (messagesMax: number) =>
    manager.streams.update(STREAMS.events, {
      ...{ ...config, discard: DiscardPolicy.New, max_msgs: messagesMax },
    });
  await limit(5);
  const events: TelemetryEvent[] = [];
  const telemetry = (event: TelemetryEvent) => events.push(event);
  const outbox = await openOutbox({ bus, pipeline: 'p', tenure: aTenure(), telemetry }, 0);
  const ids = Array.from({ length: 8 }, (_, index) => `alert-${index}`);
  const all = (async () => {
    for (const id of ids) await outbox.publish({ subject: 'earshot.alert.p.surge.firing', data: id, id });
  })();
  await vi.waitFor(() => expect(events.length).toBeGreaterThan(1), { timeout: 60_000 });
  expect(events[0]).toEqual({ type: 'publish_retried', reason: 'BUS_STORAGE' });
  expect((await bus.streamState(STREAMS.events)).messages).toBe(5);
  await limit(-1);
  await all;
  const held = await stored(bus, 'events');
  expect(held.map(({ data }) => Buffer.from(data).toString())).toEqual(ids);
  await operator.close();
});
