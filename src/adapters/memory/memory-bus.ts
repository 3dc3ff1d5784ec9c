/** The bus in process: the same streams, sequences, duplicate window, durable consumers and redelivery as JetStream,
 *  and nothing durable. For trying Earshot on a machine with nothing installed, and for tests. */
import { asyncScheduler, BehaviorSubject, EMPTY, NEVER, defer, takeUntil, throwError } from 'rxjs';
import type { SchedulerLike } from 'rxjs';
import { BusError } from '../../core/bus/bus.port.ts';
import type {
  Bus,
  BusStatus,
  OnSettled,
  OutboundMessage,
  PublishReceipt,
  StreamSpec,
} from '../../core/bus/bus.port.ts';
import { publishEach } from '../../core/bus/publish-each.ts';
import { MemoryConsumer } from './memory-consumer.ts';
import { readMemoryStream } from './memory-reader.ts';
import { MemoryStream } from './memory-stream.ts';
import type { MemoryStreamLimits } from './memory-stream.ts';
import { isPublishable, subjectsOverlap } from './subject-pattern.ts';

/** A publisher that awaits each message would otherwise keep consumers from ever having a turn of the event loop. */
const PUBLISHES_PER_TURN = 256;

export interface MemoryBusOptions {
  /** The clock and the timers: ages, acknowledgement waits, retry delays. A virtual one makes tests exact. */
  readonly scheduler?: SchedulerLike;
  /** Messages one stream holds, beside its limit of bytes, before the oldest give way. */
  readonly messagesMax?: number;
  /** Message ids one stream remembers, within its duplicate window, before the oldest give way. */
  readonly duplicateIdsMax?: number;
  readonly payloadBytesMax?: number;
}

export function createMemoryBus(options: MemoryBusOptions = {}): Bus {
  return new MemoryBus(options);
}

class MemoryBus implements Bus {
  readonly description = 'memory (in process, nothing is kept when it ends)';
  readonly durable = false;
  readonly publishesInFlight = 0;
  readonly payloadBytesMax: number;
  readonly #status = new BehaviorSubject<BusStatus>({ connected: true, detail: 'memory' });
  readonly status = this.#status.asObservable();
  readonly #scheduler: SchedulerLike;
  readonly #limits: MemoryStreamLimits;
  readonly #streams = new Map<string, MemoryStream>();
  readonly #consumers = new Map<string, MemoryConsumer>();
  readonly #readers = new Set<{ stop(): Promise<void> }>();
  #published = 0;
  #closed = false;

  constructor({ scheduler, messagesMax, duplicateIdsMax, payloadBytesMax }: MemoryBusOptions) {
    this.#scheduler = scheduler ?? asyncScheduler;
    this.#limits = { messagesMax: messagesMax ?? 1_000_000, duplicateIdsMax: duplicateIdsMax ?? 1_000_000 };
    this.payloadBytesMax = payloadBytesMax ?? 1_048_576;
  }

  ensureStreams(specs: readonly StreamSpec[]): Promise<void> {
    return promised(() => {
      this.#refuseWhenClosed();
      for (const spec of specs) {
        const existing = this.#streams.get(spec.name);
        this.#refuseOverlap(spec);
        if (existing === undefined) this.#streams.set(spec.name, new MemoryStream(spec, this.#limits));
        else existing.update(spec, this.#scheduler.now());
      }
    });
  }

  publish(message: OutboundMessage): Promise<PublishReceipt> {
    return promised(() => {
      if (message.mayBeSent?.() === false)
        throw new BusError('BUS_WITHHELD', `publishing to '${message.subject}' was withheld`, {
          canRetry: true,
        });
      const receipt = this.#store(message);
      if (++this.#published % PUBLISHES_PER_TURN !== 0) return receipt;
      return new Promise((resolve) => setImmediate(resolve, receipt));
    });
  }

  publishAll(messages: readonly OutboundMessage[], onSettled: OnSettled): Promise<void> {
    return publishEach(this, messages, onSettled);
  }

  nowMs(): number {
    return this.#scheduler.now();
  }

  /** Nobody listens outside the streams of a bus in process. */
  announce({ subject, data }: Pick<OutboundMessage, 'subject' | 'data'>): Promise<void> {
    return promised(() => {
      this.#refuseWhenClosed();
      this.#refuseTooLarge(subject, Buffer.byteLength(data));
      for (const stream of this.#streams.values()) if (stream.takes(subject)) this.#store({ subject, data });
    });
  }

  consume(spec: Parameters<Bus['consume']>[0]): ReturnType<Bus['consume']> {
    return defer(() => {
      if (this.#closed) return EMPTY;
      const stream = this.#streams.get(spec.stream);
      if (stream === undefined) return throwError(() => noStream(spec.stream));
      const key = `${spec.stream} ${spec.durable}`;
      let consumer = this.#consumers.get(key);
      if (consumer === undefined) {
        consumer = new MemoryConsumer(stream, spec, this.#scheduler);
        this.#consumers.set(key, consumer);
      } else consumer.update(spec);
      return consumer.join().pipe(takeUntil(spec.until ?? NEVER)); // Nothing is ever under way.
    });
  }

  read(spec: Parameters<Bus['read']>[0], take: Parameters<Bus['read']>[1]): ReturnType<Bus['read']> {
    const stream = this.#streams.get(spec.stream);
    if (this.#closed || stream === undefined)
      return {
        done: Promise.reject(this.#closed ? closedError() : noStream(spec.stream)),
        caughtUp: new Promise(() => undefined),
        pending: 0,
        takenUntilMs: Number.NEGATIVE_INFINITY,
        stop: () => Promise.resolve(),
      };
    const reader = readMemoryStream(stream, spec, take);
    this.#readers.add(reader);
    const forget = () => this.#readers.delete(reader);
    reader.done.then(forget, forget);
    return reader;
  }

  backlog(stream: string, durable: string): Promise<{ pending: number; unacknowledged: number }> {
    return promised(() => {
      const consumer = this.#consumers.get(`${stream} ${durable}`);
      if (consumer === undefined)
        throw new BusError('BUS_NO_STREAM', `stream ${stream} has no consumer ${durable}`, {
          canRetry: false,
        });
      return consumer.backlog;
    });
  }

  streamState(name: string): ReturnType<Bus['streamState']> {
    return promised(() => {
      const stream = this.#streams.get(name);
      if (stream === undefined) throw noStream(name);
      return stream.state(this.#scheduler.now());
    });
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    for (const consumer of this.#consumers.values()) consumer.close();
    for (const reader of this.#readers) void reader.stop();
    this.#consumers.clear();
    this.#streams.clear();
    this.#status.next({ connected: false, detail: 'closed' });
    this.#status.complete();
    return Promise.resolve();
  }

  #store(message: OutboundMessage): PublishReceipt {
    this.#refuseWhenClosed();
    const { subject } = message;
    // Always our own copy: the caller may use its buffer again, as with a socket.
    const data = typeof message.data === 'string' ? Buffer.from(message.data) : new Uint8Array(message.data);
    const payloadBytes = data.length + headerBytes(message);
    this.#refuseTooLarge(subject, payloadBytes);
    if (isPublishable(subject))
      for (const stream of this.#streams.values())
        if (stream.takes(subject)) return stream.append(message, data, payloadBytes, this.#scheduler.now());
    throw new BusError('BUS_NO_STREAM', `no stream takes the subject '${subject}'`, { canRetry: false });
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw closedError();
  }

  #refuseTooLarge(subject: string, payloadBytes: number): void {
    if (payloadBytes <= this.payloadBytesMax) return;
    const limit = `the ${this.payloadBytesMax} bytes the bus takes`;
    throw new BusError(
      'BUS_PAYLOAD_TOO_LARGE',
      `message of ${payloadBytes} bytes for '${subject}' exceeds ${limit}`,
      { canRetry: false },
    );
  }

  #refuseOverlap(spec: StreamSpec): void {
    for (const { spec: other } of this.#streams.values())
      for (const subject of other.name === spec.name ? [] : spec.subjects)
        for (const taken of other.subjects)
          if (subjectsOverlap(subject, taken))
            throw new BusError(
              'BUS_STREAM_CONFLICT',
              `stream ${spec.name} cannot take '${subject}': stream ${other.name} takes '${taken}' already`,
              { canRetry: false },
            );
  }
}

/** The size of the header block as NATS writes it: a version line, one line a header, an empty line. */
function headerBytes({ headers, id }: OutboundMessage): number {
  if (headers === undefined && id === undefined) return 0;
  let bytes = 'NATS/1.0\r\n\r\n'.length;
  if (id !== undefined) bytes += 'Nats-Msg-Id: \r\n'.length + Buffer.byteLength(id);
  if (headers !== undefined)
    for (const [name, value] of Object.entries(headers)) bytes += name.length + Buffer.byteLength(value) + 4;
  return bytes;
}

/** The failures of a port are rejections, never thrown at the call. */
function promised<T>(work: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

function closedError(): BusError {
  return new BusError('BUS_CLOSED', 'the bus is closed', { canRetry: false });
}

function noStream(name: string): BusError {
  return new BusError('BUS_NO_STREAM', `there is no stream ${name}; ensureStreams creates them`, {
    canRetry: false,
  });
}
