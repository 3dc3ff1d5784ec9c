/** Goal: the bus over a real nats-server keeps the contract. Faults, credentials and snapshots have files of their own. */
import { connectNatsBus } from '../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../src/adapters/nats/nats.config.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { busContract } from './bus.contract.ts';

guardAgainstLeaks();

busContract('nats', async () => {
  const server = await startNatsServer();
  const connect = async () => (await connectNatsBus(natsConfig.parse({ servers: [server.url] }))).bus;
  const [bus, other] = [await connect(), await connect()];
  return {
    bus,
    other,
    openAnother: connect,
    dispose: async () => {
      await Promise.all([bus.close(), other.close()]);
      await server.stop();
    },
  };
});
