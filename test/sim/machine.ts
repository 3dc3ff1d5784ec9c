/** A machine on which `earshot run --role watch` lives, dies and lives again: the real watch service with its leases, shards and
 *  owner, on a connection, stores, timers and a clock that are simulated. */
import { pino } from 'pino';
import { startWatch, type WatchService } from '../../src/app/services/watch.service.ts';
import type { CompiledPipeline } from '../../src/core/pipeline/compile.ts';
import { SimBus, type SimBroker, type Wrongs } from './sim-bus.ts';
import { simLeases, simSnapshots, type SimStores } from './sim-stores.ts';
import { NOBODY } from './simulation.ts';

const LEASE_TTL_MS = 3_000;
const SNAPSHOT_EVERY_MS = 3_000;
const RESTART_MS = 500;
const PLACED = { file: 'sim.yaml', path: '', line: 1, column: 1, message: '' };
const NO_FILE = { file: PLACED.file, folder: '.', warnings: [], place: () => PLACED };
const SILENT = pino({ level: 'silent' });

export interface Surroundings {
  readonly broker: SimBroker;
  readonly stores: SimStores;
  readonly pipeline: CompiledPipeline;
  readonly wrongs?: Wrongs;
}

class Life {
  isDead = false;
  stillUntilMs = 0;
  heldUntilMs = 0;
  readonly wrongs: Wrongs;

  constructor(wrongs: Wrongs) {
    this.wrongs = wrongs;
  }
}

export class Machine {
  readonly #name: string;
  readonly #surroundings: Surroundings;
  /** Its clock is so far off. It stays so when a program ends. */
  #offMs = 0;
  #lives = 0;
  #isRetired = false;
  #life: Life | undefined;
  #bus: SimBus | undefined;
  #service: WatchService | undefined;

  constructor(name: string, surroundings: Surroundings) {
    this.#name = name;
    this.#surroundings = surroundings;
  }

  /** Undefined while nothing runs here. */
  get service(): WatchService | undefined {
    return this.#service;
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  start(): void {
    if (this.#life || this.#isRetired) return;
    const { broker, stores, pipeline, wrongs = {} } = this.#surroundings;
    const { sim } = broker;
    const life = new Life(wrongs);
    const bus = new SimBus(broker, life);
    const bornMs = sim.clock.nowMs();
    const clock = {
      nowMs: () => sim.clock.nowMs() + this.#offMs,
      monotonicMs: () => sim.clock.nowMs() - bornMs,
    };
    [this.#life, this.#bus] = [life, bus];
    const user = { sim, bus, program: life, clock };
    const fail = () => this.#end(life, RESTART_MS);
    const begin = async () => {
      const service = await startWatch({
        ...{ bus, clock, snapshots: simSnapshots(stores, user), leases: simLeases(stores, user) },
        ...{ snapshotEveryMs: SNAPSHOT_EVERY_MS, leaseTtlMs: LEASE_TTL_MS, logger: SILENT, observers: [] },
        holder: `${this.#name}-${++this.#lives}`,
        pipelines: [{ ...NO_FILE, pipeline }],
        telemetry: () => undefined,
        onFailure: fail,
      });
      if (this.#life === life) this.#service = service;
    };
    sim.after(0, () => void begin().catch(fail), life);
  }

  /** `kill -9`. */
  kill(awayMs: number): void {
    if (this.#life) this.#end(this.#life, awayMs);
  }

  /** SIGTERM: hands everything over first. */
  drain(awayMs: number): void {
    const [service, life] = [this.#service, this.#life];
    if (!service || !life) return this.kill(awayMs);
    this.#service = undefined;
    this.#surroundings.broker.sim.after(
      0,
      () => {
        service.stop().then(
          () => this.#end(life, awayMs),
          () => this.#end(life, awayMs),
        );
      },
      life,
    );
  }

  /** For good. */
  retire(): void {
    this.#isRetired = true;
    this.drain(0);
  }

  /** SIGSTOP and SIGCONT, or a machine that has no time for it. */
  standStill(ms: number): void {
    if (this.#life) this.#life.stillUntilMs = this.#nowMs + ms;
  }

  /** What it sends and what it is sent comes later. */
  hold(ms: number): void {
    if (this.#life) this.#life.heldUntilMs = Math.max(this.#life.heldUntilMs, this.#nowMs + ms);
  }

  /** Its connection is lost and, after a while, there again. */
  disconnect(ms: number): void {
    const [life, bus] = [this.#life, this.#bus];
    if (!life || !bus) return;
    const { sim } = this.#surroundings.broker;
    this.hold(ms);
    sim.after(0, () => bus.status.next({ connected: false, detail: 'lost' }), life);
    const reconnect = () => {
      const leftMs = life.heldUntilMs - this.#nowMs;
      if (leftMs > 0) sim.after(leftMs, reconnect, life);
      else bus.status.next({ connected: true, detail: 'there again' });
    };
    sim.after(ms, reconnect, life);
  }

  jump(ms: number): void {
    this.#offMs += ms;
  }

  get #nowMs(): number {
    return this.#surroundings.broker.sim.clock.nowMs();
  }

  #end(life: Life, awayMs: number): void {
    if (this.#life !== life) return;
    life.isDead = true;
    this.#bus?.cut();
    this.#life = this.#bus = this.#service = undefined;
    this.#surroundings.broker.sim.after(awayMs, () => this.start(), NOBODY);
  }
}
