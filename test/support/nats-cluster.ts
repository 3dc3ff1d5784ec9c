/** Three real nats-servers with JetStream that form a cluster on loopback. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { startNatsServer, type NatsServer } from './nats-server.ts';
import { freePort } from './ports.ts';
import { until } from './process.ts';

const NODES = ['n0', 'n1', 'n2'];
/** The servers elect a leader after four to nine seconds without one. */
const ELECTION_MS_MAX = 120_000;
const ANSWER_MS_MAX = 2_000;
const ANSWERS = { checkAPI: false, timeout: ANSWER_MS_MAX };

export interface NatsCluster {
  /** All of them, separated by commas. */
  readonly url: string;
  /** Of one of them. */
  readonly port: number;
  /** As a power cut of the node that leads the stream EARSHOT_IN. */
  kill9(): Promise<void>;
  /** Waits for another leader, then starts the killed node again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** `settings`: further ones, of each node. */
export async function startNatsCluster(settings = ''): Promise<NatsCluster> {
  const ports = await Promise.all(NODES.map(() => freePort()));
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(', ');
  const started = await Promise.allSettled(
    NODES.map((name, index) => {
      const cluster = `cluster { name: c, host: "127.0.0.1", port: ${ports[index]}, routes: [${routes}] }`;
      return startNatsServer({ config: `server_name: ${name}\n${cluster}\n${settings}` });
    }),
  );
  const nodes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const addresses = nodes.map(({ address }) => address);
  let killed: NatsServer | undefined;
  let was: string | undefined;
  try {
    await until(
      'the cluster has a leader',
      () => ask(addresses, (manager) => manager.getAccountInfo()),
      ELECTION_MS_MAX,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  const leader = () =>
    ask(addresses, async (manager) => (await manager.streams.info('EARSHOT_IN')).cluster?.leader);
  return {
    url: addresses.map((address) => `nats://${address}`).join(','),
    port: nodes[0]?.port ?? 0,
    async kill9() {
      was = await until('EARSHOT_IN has a leader', leader, ELECTION_MS_MAX);
      killed = nodes[NODES.indexOf(was)];
      await killed?.kill9();
    },
    async restart() {
      const isNew = async () => ((await leader()) ?? was) !== was;
      await until(
        'EARSHOT_IN has another leader',
        async () => ((await isNew()) ? true : undefined),
        ELECTION_MS_MAX,
      );
      await killed?.restart();
    },
    stop,
  };
}

type Manager = Awaited<ReturnType<typeof jetstreamManager>>;

/** Undefined when nobody can answer now. */
async function ask<T>(servers: string[], question: (manager: Manager) => Promise<T>): Promise<T | undefined> {
  const connection = await connect({ servers, timeout: ANSWER_MS_MAX }).catch(() => undefined);
  try {
    return connection && (await question(await jetstreamManager(connection, ANSWERS)));
  } catch {
    return undefined;
  } finally {
    await connection?.close();
  }
}
