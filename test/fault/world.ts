/** A broker, two workers (one behind a network that fails), a client that never reads, and a producer, while faults strike. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { startEarshot, writePipeline, writeSettings, type RunningEarshot } from '../support/earshot.ts';
import { backlogOf } from '../support/ledger.ts';
import { startNatsServer, type NatsServer } from '../support/nats-server.ts';
import { connectUser, type NatsUser } from '../support/nats-user.ts';
import { startFaultyNetwork, type FaultyNetwork } from '../support/network-faults.ts';
import { until } from '../support/process.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { LARGE, type Plan, type Send } from './plan.ts';
import type { Fault } from './schedule.ts';
import { DIE_IN_BURST, type Variant } from './variants.ts';

const PUBLISHERS = 60;
/** The producer waits when the workers are so many deliveries behind: things are killed while they work. */
const BACKLOG_MAX = 500;
/** A worker is killed while both work at so many deliveries. */
const BURST_DELIVERIES = 100;
/** Whatever waits for a producer or a scorer waits no longer, also on a machine that is ten times slower. */
const SETTLE_MS_MAX = 300_000;
const JUMPING_CLOCK = fileURLToPath(new URL('jumping-clock.mjs', import.meta.url));
const LOG_CHARS_MAX = 6_000;
const PIPELINE = `window: { pane: 1m, channelsMax: 50 }
alerts:
  - { name: surge, when: 'volume >= ${LARGE.surgeVolume}', over: 1h, groupBy: [channel] }`;

/** A server or a cluster. */
export type Broker = Pick<NatsServer, 'url' | 'port' | 'kill9' | 'restart' | 'stop'>;

export interface WorldOptions {
  readonly program: string;
  readonly variant: Variant;
  /** YAML of further top-level keys of the pipeline. */
  readonly pipeline?: string;
  /** How long the broker remembers message ids. */
  readonly duplicateWindow?: string;
  /** Started with it, and stopped with it; a single server when absent. */
  readonly broker?: Broker;
  /** Besides what every worker gets. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Longer than any outage: within it the broker tells copies, and the streams hold each message once. */
const AMPLE_WINDOW = '2m';

export interface World {
  readonly user: NatsUser;
  readonly broker: Broker;
  /** The longest time in which the broker confirmed nothing to the producer. */
  readonly stallMs: number;
  /** How many lives the workers had. */
  readonly lives: number;
  /** Keys that the broker confirmed. */
  readonly confirmed: ReadonlySet<string>;
  /** Publishes all of it; each fault strikes when its share of it is out. */
  run(plan: Plan, faults: readonly Fault[]): Promise<void>;
  publish(send: Send): Promise<void>;
  /** Resolves when nothing waits for the scorer any more. */
  scored(): Promise<void>;
  /** The last lines that the workers logged: for a run that fails. */
  logs(): string;
  stop(): Promise<void>;
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const folder = await tempFolder('faults');
  const broker = options.broker ?? (await startNatsServer());
  const network = await startFaultyNetwork(broker.port);
  const world = new RunningWorld({ ...options, folder }, broker, network, await connectUser(broker.url));
  try {
    await world.start();
    return world;
  } catch (error) {
    await world.stop();
    throw error;
  }
}

class RunningWorld implements World {
  readonly user: NatsUser;
  readonly broker: Broker;
  readonly confirmed = new Set<string>();
  lives = 0;
  stallMs = 0;
  readonly #options: WorldOptions & { readonly folder: string };
  readonly #network: FaultyNetwork;
  readonly #workers: RunningEarshot[] = [];
  readonly #clients = new Set<WebSocket>();
  /** Of each worker: the second has its second lane always. */
  readonly #args: string[][] = [];
  #behind = 0;
  #sent = 0;
  #confirmedAtMs = Number.POSITIVE_INFINITY;

  constructor(
    options: WorldOptions & { readonly folder: string },
    broker: Broker,
    network: FaultyNetwork,
    user: NatsUser,
  ) {
    this.#options = options;
    this.broker = broker;
    this.#network = network;
    this.user = user;
  }

  async start(): Promise<void> {
    const { folder, pipeline = '', duplicateWindow = AMPLE_WINDOW } = this.#options;
    const watcher = 'watcher: { leaseTtl: 3s, snapshotEvery: 1s }';
    const file = await writePipeline(folder, `${PIPELINE}\n${pipeline}`);
    const bus = `duplicateWindow: ${duplicateWindow}`;
    for (const lane of ['auto', 'on']) {
      const own = join(folder, lane);
      await mkdir(own);
      const settings = await writeSettings(own, watcher, bus, `ackWait: 1s, thread: ${lane}`);
      this.#args.push([file, '--config', settings]);
    }
    await Promise.all([this.#startWorker(0), this.#startWorker(1)]);
  }

  async #startWorker(index: number): Promise<void> {
    const { program, variant } = this.#options;
    const url = index === 0 ? `nats://${this.#network.address}` : this.broker.url;
    const env = {
      ...this.#options.env,
      EARSHOT_TEST_VARIANT: variant,
      NODE_OPTIONS: `--import ${JUMPING_CLOCK}`,
    };
    const worker = await startEarshot([...(this.#args[index] ?? []), '--bus', url], { env, program });
    this.#workers[index] = worker;
    this.lives += 1;
    const client = new WebSocket(`${worker.address.replace('http', 'ws')}/ws`);
    this.#clients.add(client);
    client.on('open', () => client.pause());
    client.on('error', () => this.#clients.delete(client));
  }

  async run({ sends }: Plan, faults: readonly Fault[]): Promise<void> {
    const work = sends.entries();
    this.#confirmedAtMs = performance.now();
    // Until a fault is over, the producer goes no further than to where the next one strikes.
    const places = faults.map(({ at }) => Math.floor(at * sends.length));
    let limit = places[0] ?? Number.POSITIVE_INFINITY;
    let running = true;
    const watching = (async () => {
      while (running) {
        this.#behind = await backlogOf(this.user).catch(() => this.#behind);
        await delay(50);
      }
    })();
    const striking = (async () => {
      for (const [index, fault] of faults.entries()) {
        const isThere = () => (this.#sent >= (places[index] ?? 0) ? true : undefined);
        await until(`the producer comes to fault ${index}`, isThere, SETTLE_MS_MAX);
        limit = places[index + 1] ?? Number.POSITIVE_INFINITY;
        await this.#strike(fault);
      }
    })();
    const publishing = Array.from({ length: PUBLISHERS }, async () => {
      for (const [index, send] of work) {
        while (running && (index >= limit || this.#behind > BACKLOG_MAX)) await delay(10);
        await this.publish(send);
        this.#sent += 1;
      }
    });
    try {
      await Promise.all([striking, ...publishing]);
    } finally {
      running = false;
      await watching;
    }
  }

  async publish({ subject, id, payload, keys }: Send): Promise<void> {
    await this.user.publish(subject, payload, { id });
    for (const key of keys) this.confirmed.add(key);
    const nowMs = performance.now();
    this.stallMs = Math.max(this.stallMs, nowMs - this.#confirmedAtMs);
    this.#confirmedAtMs = nowMs;
  }

  async #strike({ name, ms }: Fault): Promise<void> {
    switch (name) {
      case 'kill worker 0':
      case 'kill worker 1': {
        const index = name === 'kill worker 0' ? 0 : 1;
        await this.#killInBurst(this.#workers[index]);
        return this.#startWorker(index);
      }
      case 'kill broker':
        await this.broker.kill9();
        await delay(ms);
        return this.broker.restart();
      case 'latency':
        this.#network.delay(ms / 20);
        await delay(ms);
        return this.#network.delay(0);
      case 'stall':
      case 'black hole':
        this.#network.block(name);
        await delay(ms);
        return this.#network.heal();
      case 'half-close':
        return this.#network.halfClose();
      case 'clock forward':
        return this.#signal('SIGUSR2');
      case 'clock back':
        return this.#signal('SIGALRM');
    }
  }

  /** Holds both up until much waits for them, and lets the worker die in the midst of the burst that follows. */
  async #killInBurst(worker: RunningEarshot | undefined): Promise<void> {
    this.#signal('SIGSTOP');
    await this.#within(async () => (await backlogOf(this.user)) >= BURST_DELIVERIES);
    worker?.process.signal(DIE_IN_BURST);
    this.#signal('SIGCONT');
    await this.#within(() => Promise.resolve(worker?.process.running === false));
    await worker?.kill9();
  }

  /** Not for long: where little is left to publish, it never comes to that. */
  async #within(isSo: () => Promise<boolean>): Promise<void> {
    for (const deadlineMs = performance.now() + 2_000; performance.now() < deadlineMs; await delay(1))
      if (await isSo().catch(() => false)) return;
  }

  #signal(name: NodeJS.Signals): void {
    for (const worker of this.#workers) worker.process.signal(name);
  }

  async scored(): Promise<void> {
    // Right after an election nobody may answer.
    const behind = () => backlogOf(this.user).catch(() => undefined);
    const isIdle = async () => ((await behind()) === 0 ? true : undefined);
    await until('nothing waits for the scorer', isIdle, SETTLE_MS_MAX);
  }

  logs(): string {
    return this.#workers.map((worker) => worker.process.stderr().slice(-LOG_CHARS_MAX)).join('\n--\n');
  }

  /** What is compared has been by then: nobody waits for a drain. */
  async stop(): Promise<void> {
    for (const client of this.#clients) client.terminate();
    await Promise.all(this.#workers.splice(0).map((worker) => worker.kill9()));
    await this.user.close();
    await this.#network.stop();
    await this.broker.stop();
    await removeFolder(this.#options.folder);
  }
}
