/** The bus: streams, durable pull consumers, publish with the broker's acknowledgement. Two adapters implement it, `nats`
 *  (JetStream) and `memory` (in process, nothing durable); one contract suite holds both to what is written here. */
import type { Observable } from 'rxjs';

export interface StreamSpec {
  readonly name: string;
  /** NATS subjects, with `*` for one token and a trailing `>` for the rest. */
  readonly subjects: readonly string[];
  readonly ageMsMax: number;
  readonly bytesMax: number;
  /** The largest payload the stream takes, headers included. */
  readonly messageBytesMax: number;
  /** How long the broker remembers message ids to refuse a second copy. */
  readonly duplicateWindowMs: number;
}

export interface ConsumerSpec {
  readonly stream: string;
  /** Workers that give the same name share the work. */
  readonly durable: string;
  /** One subject filter (the oldest supported server has no more); `>` of the stream when absent. */
  readonly filterSubject?: string;
  /** A delivery not acknowledged within this time is delivered again. */
  readonly ackWaitMs: number;
  /** Where a durable that does not exist yet begins; `first` unless told otherwise. */
  readonly startFrom?: 'first' | 'new';
  /** Deliveries in the hand of one worker are never more than this. */
  readonly inHandMax: number;
  /** Deliveries unacknowledged at the broker, of all workers together; `inHandMax` when absent. */
  readonly unacknowledgedMax?: number;
  /** When it emits, nothing more is asked for: what is under way still comes, and then the consumption completes. */
  readonly until?: Observable<void>;
}

/** Reads a stream in order, alone, without acknowledgements: for state that remembers its own position. */
export interface ReaderSpec {
  readonly stream: string;
  readonly filterSubject?: string;
  /** First stream sequence to read, or only what comes from now on. */
  readonly from: { readonly sequence: number } | 'new';
}

export type BusHeaders = Readonly<Record<string, string>>;

/** A stored message as a reader sees it. */
export interface StoredMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Lower-case names. Absent when the message carries none. */
  readonly headers?: BusHeaders | undefined;
  /** Position in the stream, from 1. */
  readonly sequence: number;
  /** When the broker stored it, epoch milliseconds. */
  readonly storedAtMs: number;
}

/** A stored message in the hand of a durable consumer; exactly one of `ack` and `retry` must be called. */
export interface Delivery extends StoredMessage {
  /** 1 for the first delivery of this message. */
  readonly attempt: number;
  /** Messages of the consumer that wait at the broker behind this one. */
  readonly pending: number;
  ack(): void;
  /** Asks for another delivery after `delayMs`. */
  retry(delayMs: number): void;
  /** Tells the broker that the work goes on: the acknowledgement wait starts anew. */
  working(): void;
}

export interface OutboundMessage {
  readonly subject: string;
  readonly data: string | Uint8Array;
  /** `Nats-Msg-Id`: the broker stores one message per id within its duplicate window. */
  readonly id?: string;
  readonly headers?: BusHeaders;
  /** Asked each time before it is sent, the first time and again: once false, the publish is rejected with BUS_WITHHELD. It may
   *  have been stored by then, by an attempt before. */
  readonly mayBeSent?: () => boolean;
}

export interface PublishReceipt {
  readonly stream: string;
  readonly sequence: number;
  /** The broker held this id already; nothing new was stored. */
  readonly duplicate: boolean;
}

/** What became of one of several: its receipt, or why it was refused. */
export type PublishOutcome = PublishReceipt | BusError;
/** Must not throw. */
export type OnSettled = (at: number, outcome: PublishOutcome) => void;

export interface StreamState {
  readonly messages: number;
  readonly bytes: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

export interface BusStatus {
  readonly connected: boolean;
  /** For people: the server's address, or why there is none. */
  readonly detail: string;
}

export interface Bus {
  /** For people: `nats://127.0.0.1:4222 (2.9.10)` or `memory`. */
  readonly description: string;
  readonly durable: boolean;
  /** The largest payload, headers included, that `publish` can send. */
  readonly payloadBytesMax: number;
  /** Replays the present state, then every change. Completes at close. */
  readonly status: Observable<BusStatus>;
  /** The broker's clock, epoch milliseconds: no message is stored before it from now on. It may be a little behind, never
   *  noticeably ahead, whatever the date of this machine. Minus infinity while it is not known. */
  nowMs(): number;

  /** Creates or updates the streams; safe to call from many processes at once. Fails with a `BusError` that names the
   *  stream and the setting when the server holds one that cannot be made to fit. */
  ensureStreams(specs: readonly StreamSpec[]): Promise<void>;
  /** Resolves when the broker has stored the message (or held its id already). Retries through disconnection until
   *  `close`; rejects with a `BusError` whose `canRetry` says whether the same message can ever succeed. Callers keep at
   *  most a bounded number of publishes open; see `publishesInFlight`. */
  publish(message: OutboundMessage): Promise<PublishReceipt>;
  /** The same for several, in this order, at less cost than one by one. Tells of each as it is settled, by its place; resolves
   *  when all are, and never rejects. */
  publishAll(messages: readonly OutboundMessage[], onSettled: OnSettled): Promise<void>;
  /** Publishes outside all streams, to whoever listens now; resolves when the server has it, rejects with a `BusError`
   *  when it cannot be reached. */
  announce(message: Pick<OutboundMessage, 'subject' | 'data'>): Promise<void>;
  /** Publishes that the broker has not confirmed yet. */
  readonly publishesInFlight: number;
  /** Batches in stream order, as they arrive; a batch is never empty. Unsubscribing stops pulling at once, and what is under way goes
   *  back to the broker; `until` of the specification lets it come. Deliveries in hand may still be acknowledged. Never completes by
   *  itself before `close`, and survives disconnection. */
  consume(spec: ConsumerSpec): Observable<readonly Delivery[]>;
  /** Batches in stream order without gap or repetition, across reconnections. Respects the subscriber's pace: the next
   *  batch is fetched when the previous one has been taken (synchronously, or its returned promise awaited). */
  read(spec: ReaderSpec, take: (batch: readonly StoredMessage[]) => void | Promise<void>): BusReader;
  /** How many messages of a durable consumer wait at the broker, and how many it has handed out unacknowledged. */
  backlog(
    stream: string,
    durable: string,
  ): Promise<{ readonly pending: number; readonly unacknowledged: number }>;
  streamState(stream: string): Promise<StreamState>;
  /** Sends what is buffered, closes. Idempotent. */
  close(): Promise<void>;
}

export interface BusReader {
  /** Stops reading; resolves when the last `take` has returned. */
  stop(): Promise<void>;
  /** Rejects when `take` threw or the stream is gone; resolves after `stop`. */
  readonly done: Promise<void>;
  /** Resolves when what was stored as reading began has been taken; stays open when reading ends before. */
  readonly caughtUp: Promise<void>;
  /** How many messages the broker holds for it behind what is being taken, or was taken last, as far as it is known. */
  readonly pending: number;
  /** By `Bus.nowMs`: what was stored until then has been taken. Stands still while something waits and while nothing is heard from
   *  the broker; infinite where nothing can be on its way, minus infinity before the end was reached. */
  readonly takenUntilMs: number;
}

export type BusErrorCode =
  | 'BUS_CONNECT'
  | 'BUS_CREDENTIALS'
  | 'BUS_CLOSED'
  | 'BUS_PAYLOAD_TOO_LARGE'
  | 'BUS_NO_STREAM'
  | 'BUS_STREAM_CONFLICT'
  | 'BUS_STORAGE'
  | 'BUS_TIMEOUT'
  | 'BUS_WITHHELD';

export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;
  /** Whether the same call can succeed later. */
  readonly canRetry: boolean;

  constructor(code: BusErrorCode, message: string, options: { canRetry: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.canRetry = options.canRetry;
  }
}
