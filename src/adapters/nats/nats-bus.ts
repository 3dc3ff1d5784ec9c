/** The bus over NATS JetStream. */
import { EMPTY, Subject, defer } from 'rxjs';
import type { Observable } from 'rxjs';
import { takeUntil } from 'rxjs/operators';
import type {
  Bus,
  BusError,
  BusReader,
  BusStatus,
  ConsumerSpec,
  Delivery,
  OnSettled,
  OutboundMessage,
  PublishReceipt,
  ReaderSpec,
  StoredMessage,
  StreamSpec,
  StreamState,
} from '../../core/bus/bus.port.ts';
import type { LeaseStore } from '../../core/lease/lease.port.ts';
import type { SnapshotStore } from '../../core/snapshot/snapshot.port.ts';
import { announce } from './nats-announce.ts';
import { openConnection } from './nats-connect.ts';
import { consumeDurable } from './nats-consumer.ts';
import { closedError, toBusError } from './nats-errors.ts';
import { createNatsLeaseStore } from './nats-leases.ts';
import { createLink } from './nats-link.ts';
import type { NatsLink } from './nats-link.ts';
import { NatsPublisher } from './nats-publisher.ts';
import { readStream } from './nats-reader.ts';
import { createNatsSnapshotStore } from './nats-snapshots.ts';
import { ensureStream } from './nats-streams.ts';
import type { NatsConfig } from './nats.config.ts';

export interface NatsBus {
  readonly bus: Bus;
  /** On the same connection; of no use after the bus is closed. */
  readonly snapshots: SnapshotStore;
  readonly leases: LeaseStore;
}

/** Connects within `connectTimeout`; afterwards the connection is kept for ever.
 *  @throws BusError BUS_CONNECT naming the address, BUS_CREDENTIALS at once. */
export async function connectNatsBus(config: NatsConfig): Promise<NatsBus> {
  const link = await createLink(await openConnection(config), config.requestTimeout);
  return {
    bus: new JetStreamBus(link, config),
    snapshots: createNatsSnapshotStore(link, config),
    leases: createNatsLeaseStore(link, config),
  };
}

function deadReader(error: BusError): BusReader {
  return {
    done: Promise.reject(error),
    caughtUp: new Promise(() => undefined),
    pending: 0,
    takenUntilMs: Number.NEGATIVE_INFINITY,
    stop: () => Promise.resolve(),
  };
}

class JetStreamBus implements Bus {
  readonly durable: boolean;
  readonly description: string;
  readonly status: Observable<BusStatus>;
  readonly #link: NatsLink;
  readonly #config: NatsConfig;
  readonly #publisher: NatsPublisher;
  readonly #readers = new Set<BusReader>();
  readonly #closing = new Subject<void>();
  #closed: Promise<void> | undefined;

  constructor(link: NatsLink, config: NatsConfig) {
    this.#link = link;
    this.#config = config;
    this.#publisher = new NatsPublisher(link, config);
    this.durable = config.storage === 'file';
    this.description = link.address;
    this.status = link.status.asObservable();
  }

  get payloadBytesMax(): number {
    return this.#link.connection.info?.max_payload ?? 1_048_576;
  }

  get publishesInFlight(): number {
    return this.#publisher.inFlight;
  }

  nowMs(): number {
    return this.#link.clock.nowMs();
  }

  async ensureStreams(specs: readonly StreamSpec[]): Promise<void> {
    for (const spec of specs) await ensureStream(this.#link, spec, this.#config);
  }

  publish(message: OutboundMessage): Promise<PublishReceipt> {
    return this.#publisher.publish(message);
  }

  publishAll(messages: readonly OutboundMessage[], onSettled: OnSettled): Promise<void> {
    return this.#publisher.publishAll(messages, onSettled);
  }

  announce(message: Pick<OutboundMessage, 'subject' | 'data'>): Promise<void> {
    return announce(this.#link, message, this.#config.requestTimeout);
  }

  consume(spec: ConsumerSpec): Observable<readonly Delivery[]> {
    return defer(() =>
      this.#link.closed ? EMPTY : consumeDurable(this.#link, spec).pipe(takeUntil(this.#closing)),
    );
  }

  read(spec: ReaderSpec, take: (batch: readonly StoredMessage[]) => void | Promise<void>): BusReader {
    if (this.#link.closed) return deadReader(closedError());
    const reader = readStream(this.#link, spec, take);
    this.#readers.add(reader);
    const forget = () => this.#readers.delete(reader);
    reader.done.then(forget, forget);
    return reader;
  }

  async backlog(stream: string, durable: string): Promise<{ pending: number; unacknowledged: number }> {
    try {
      const info = await this.#link.manager.consumers.info(stream, durable);
      return { pending: info.num_pending, unacknowledged: info.num_ack_pending };
    } catch (error) {
      throw toBusError(error, `consumer ${durable} of stream ${stream}`);
    }
  }

  async streamState(stream: string): Promise<StreamState> {
    try {
      const { state } = await this.#link.manager.streams.info(stream);
      return {
        messages: state.messages,
        bytes: state.bytes,
        firstSequence: state.first_seq,
        lastSequence: state.last_seq,
      };
    } catch (error) {
      throw toBusError(error, `stream ${stream}`);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const reader of this.#readers) void reader.stop();
    this.#closing.next();
    await this.#link.close(() => this.#publisher.close());
  }
}
