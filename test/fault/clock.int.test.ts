/** Goal: a clock that is set back keeps nobody from the broker. */
import { afterEach, expect, test, vi } from 'vitest';
import { filter, firstValueFrom } from 'rxjs';
import { connectNatsBus } from '../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../src/adapters/nats/nats.config.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer } from '../support/nats-server.ts';

guardAgainstLeaks();
afterEach(() => {
  vi.restoreAllMocks();
});

test('set back by an hour, it reconnects at once to a broker that comes back', async () => {
  const nats = await startNatsServer();
  const config = natsConfig.parse({ servers: [nats.url], reconnectWait: '100ms' });
  const { bus } = await connectNatsBus(config);
  const becomes = (wanted: boolean) =>
    firstValueFrom(bus.status.pipe(filter(({ connected }) => connected === wanted)));
  const trueNow = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => trueNow() - 3_600_000);
  await nats.kill9();
  expect((await becomes(false)).connected).toBe(false);
  await nats.restart();
  expect((await becomes(true)).connected).toBe(true);
  await bus.close();
  await nats.stop();
});
