/** One connection for everything: its state for people, and a signal for those who must begin again after a loss. */
import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import type { NatsConnection, Status } from '@nats-io/transport-node';
import { BehaviorSubject, Subject, firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { BusStatus } from '../../core/bus/bus.port.ts';
import { errorText } from '../../core/errors/error-text.ts';
import { BrokerClock } from './nats-clock.ts';
import { busError, closedError, toBusError } from './nats-errors.ts';
import { NatsInlet } from './nats-inlet.ts';
import { NatsWire } from './nats-wire.ts';

const FLUSH_MS_MAX = 2_000;

export class NatsLink {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** Stored messages and acknowledgements go out here; requests and subscriptions by the connection. */
  readonly wire: NatsWire;
  /** What comes many times a second is taken here. */
  readonly inlet: NatsInlet;
  readonly status: BehaviorSubject<BusStatus>;
  readonly clock = new BrokerClock();
  /** Fires after each reconnection, when requests reach a server again. */
  readonly reconnected = new Subject<void>();
  readonly violations = new Subject<{ readonly operation: string; readonly subject: string }>();
  #closed = false;

  constructor(connection: NatsConnection, manager: JetStreamManager) {
    this.connection = connection;
    this.manager = manager;
    this.wire = new NatsWire(connection);
    this.inlet = new NatsInlet(connection, (error) => this.#connectAnew(error));
    this.status = new BehaviorSubject<BusStatus>({ connected: true, detail: this.address });
    void this.#watch();
  }

  get address(): string {
    return `nats://${this.connection.getServer()} (${this.connection.info?.version ?? 'unknown version'})`;
  }

  get connected(): boolean {
    return this.status.value.connected;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves when a server is there; rejects with BUS_CLOSED when there never will be. */
  async whenConnected(): Promise<void> {
    if (!this.connected)
      await firstValueFrom(this.status.pipe(filter((now) => now.connected)), { defaultValue: null });
    if (this.#closed) throw closedError();
  }

  /** Sends what is buffered, then closes. */
  async close(beforeEnd: () => void): Promise<void> {
    this.#closed = true;
    this.wire.flush();
    if (this.connected) await Promise.allSettled([within(this.connection.flush(), FLUSH_MS_MAX)]);
    beforeEnd();
    this.wire.flush();
    await this.connection.close();
    this.status.next({ connected: false, detail: 'closed' });
    this.status.complete();
    this.reconnected.complete();
    this.violations.complete();
  }

  async #watch(): Promise<void> {
    for await (const event of this.connection.status()) this.#note(event);
    if (!this.#closed) this.status.next({ connected: false, detail: 'the connection is closed' });
  }

  #note(event: Status): void {
    if (event.type === 'disconnect') {
      // Each failed attempt ends with this event too; what it said before is worth more.
      if (this.connected) this.#lost(`lost ${event.server}, reconnecting`);
    } else if (event.type === 'reconnect') {
      this.status.next({ connected: true, detail: this.address });
      this.reconnected.next();
    } else if (event.type === 'error') {
      const { error } = event;
      if (error instanceof errors.PermissionViolationError) this.violations.next(error);
      else if (!this.connected) this.#lost(`${this.connection.getServer()} refuses us: ${error.message}`);
    }
  }

  /** What came cannot be read on. */
  #connectAnew(error: unknown): void {
    this.#lost(`${this.connection.getServer()} is not understood, connecting anew: ${errorText(error)}`);
    this.connection.reconnect().catch(() => undefined); // It is closed: nothing is to be read.
  }

  #lost(detail: string): void {
    if (!this.#closed) this.status.next({ connected: false, detail });
  }
}

/** @throws BusError BUS_CONNECT when the server runs without JetStream, BUS_CREDENTIALS when we may not use it. */
export async function createLink(connection: NatsConnection, requestTimeoutMs: number): Promise<NatsLink> {
  try {
    const manager = await jetstreamManager(connection, { timeout: requestTimeoutMs });
    return new NatsLink(connection, manager);
  } catch (error) {
    const at = `NATS at ${connection.getServer()}`;
    await connection.close();
    if (error instanceof Error && error.message.includes('not enabled'))
      throw busError('BUS_CONNECT', `${at} runs without JetStream; start it with -js`, false);
    throw toBusError(error, `${at}: asking for JetStream`);
  }
}

/** Rejects when the work takes longer than the limit. */
export async function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
