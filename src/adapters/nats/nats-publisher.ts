/** Publishes with acknowledgements matched on one inbox subscription of our own. The client's `js.publish` keeps a
 *  subscription token, a timer and an error object per message, which costs a third of the processor. */
import { createInbox } from '@nats-io/transport-node';
import type { Subscription } from '@nats-io/transport-node';
import {
  BusError,
  type OnSettled,
  type OutboundMessage,
  type PublishOutcome,
  type PublishReceipt,
} from '../../core/bus/bus.port.ts';
import { Slots } from '../../core/slots/slots.ts';
import { busError, closedError, toBusError } from './nats-errors.ts';
import type { NatsFrame } from './nats-inlet.ts';
import type { NatsLink } from './nats-link.ts';
import { numberBehind, statusOf } from './nats-message.ts';
import { headerBlock, refuseTooLarge } from './nats-payload.ts';
import { NatsReceipts } from './nats-receipts.ts';
import type { HeaderBlock } from './nats-wire.ts';

const NO_RESPONDERS = 503;
/** How soon a message is sent again when its stream exists and nobody answered: a leader is being elected. */
const NO_LEADER_WAIT_MS = 500;

interface Pending {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: HeaderBlock | undefined;
  readonly mayBeSent: (() => boolean) | undefined;
  readonly batch: Batch;
  /** Place in its batch. */
  readonly at: number;
  /** When it is sent again unless it has been confirmed, on the monotonic clock. */
  resendAtMs: number;
}

/** What is published together resolves together: one promise for all, where one for each costs as much as sending it. */
class Batch {
  readonly settled: Promise<void>;
  readonly #onSettled: OnSettled;
  #missing: number;
  #resolve: () => void = () => undefined;

  constructor(messages: number, onSettled: OnSettled) {
    this.#missing = messages;
    this.#onSettled = onSettled;
    this.settled = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (messages === 0) this.#resolve();
  }

  settle(at: number, outcome: PublishOutcome): void {
    this.#missing -= 1;
    this.#onSettled(at, outcome);
    if (this.#missing === 0) this.#resolve();
  }
}

export class NatsPublisher {
  readonly #link: NatsLink;
  readonly #limits: { readonly publishesInFlightMax: number; readonly ackTimeout: number };
  readonly #inbox = createInbox();
  readonly #receipts = new NatsReceipts();
  readonly #pending = new Slots<Pending>();
  readonly #waiting: (() => void)[] = [];
  /** Subjects nobody answered for, and the question to the API whether a stream takes them. */
  readonly #lookups = new Map<string, Promise<boolean>>();
  readonly #timer: NodeJS.Timeout;
  readonly #subscription: Subscription;

  constructor(link: NatsLink, limits: { publishesInFlightMax: number; ackTimeout: number }) {
    this.#link = link;
    this.#limits = limits;
    this.#subscription = link.connection.subscribe(`${this.#inbox}.*`, { callback: () => undefined });
    link.inlet.take(this.#subscription, (frame) => this.#answered(frame));
    const tickMs = Math.min(NO_LEADER_WAIT_MS, Math.ceil(limits.ackTimeout / 4));
    this.#timer = setInterval(() => this.#sendAgain((entry, nowMs) => entry.resendAtMs <= nowMs), tickMs);
    // What was in flight at a loss may or may not be stored; the message id lets the broker tell.
    link.reconnected.subscribe(() => this.#sendAgain(() => true));
    link.violations.subscribe(({ operation, subject }) => this.#refused(operation, subject));
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  publish(message: OutboundMessage): Promise<PublishReceipt> {
    return new Promise((resolve, reject) => {
      void this.publishAll([message], (_, outcome) => {
        if (outcome instanceof BusError) reject(outcome);
        else resolve(outcome);
      });
    });
  }

  publishAll(messages: readonly OutboundMessage[], onSettled: OnSettled): Promise<void> {
    const batch = new Batch(messages.length, onSettled);
    for (const [at, message] of messages.entries()) {
      try {
        this.#queue(this.#entryOf(message, batch, at));
      } catch (error) {
        batch.settle(at, toBusError(error, `publishing to '${message.subject}'`));
      }
    }
    return batch.settled;
  }

  #entryOf(message: OutboundMessage, batch: Batch, at: number): Pending {
    if (this.#link.closed) throw closedError();
    const { subject, mayBeSent } = message;
    const data = typeof message.data === 'string' ? Buffer.from(message.data) : message.data;
    const headers = headerBlock(message);
    refuseTooLarge(subject, data.length + (headers?.bytes ?? 0), this.#link.connection);
    return { subject, data, headers, mayBeSent, batch, at, resendAtMs: 0 };
  }

  #queue(entry: Pending): void {
    const isFull = this.#pending.size >= this.#limits.publishesInFlightMax;
    if (isFull || this.#waiting.length > 0) this.#waiting.push(() => this.#begin(entry));
    else this.#begin(entry);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#subscription.unsubscribe();
    for (const [number] of this.#pending.entries()) {
      const open = this.#pending.take(number);
      open?.batch.settle(open.at, closedError());
    }
    for (const begin of this.#waiting.splice(0)) begin();
  }

  #begin(entry: Pending): void {
    if (this.#link.closed) {
      entry.batch.settle(entry.at, closedError());
      return;
    }
    const number = this.#pending.add(entry);
    try {
      this.#send(number, entry);
    } catch (error) {
      // No server takes an empty subject, or one with white space.
      const detail = `cannot publish to '${entry.subject}': ${String(error)}`;
      this.#settle(number, entry, busError('BUS_NO_STREAM', detail, false));
    }
  }

  #send(number: number, entry: Pending): void {
    entry.resendAtMs = performance.now() + this.#limits.ackTimeout;
    if (!this.#link.connected) return; // Sent when there is a server again.
    if (entry.mayBeSent?.() === false) {
      this.#settle(
        number,
        entry,
        busError('BUS_WITHHELD', `publishing to '${entry.subject}' was withheld`, true),
      );
      return;
    }
    this.#link.wire.publish(entry.subject, `${this.#inbox}.${number}`, entry.headers, entry.data);
  }

  #sendAgain(isDue: (entry: Pending, nowMs: number) => boolean): void {
    if (!this.#link.connected || this.#link.closed) return;
    const nowMs = performance.now();
    for (const [number, entry] of this.#pending.entries()) if (isDue(entry, nowMs)) this.#send(number, entry);
  }

  #answered(frame: NatsFrame): void {
    const { bytes, dataFrom, dataTo } = frame;
    const number = numberBehind(this.#inbox, frame);
    const entry = this.#pending.get(number);
    if (entry === undefined) return; // The second answer to a message sent twice.
    if (dataFrom === dataTo && statusOf(frame).code === NO_RESPONDERS) {
      void this.#nobodyAnswered(number, entry);
      return;
    }
    const outcome = this.#receipts.read(bytes, dataFrom, dataTo, entry.subject);
    if (outcome !== undefined) this.#settle(number, entry, outcome); // Else the broker's own answer is yet to come.
  }

  /** Either no stream takes the subject, which is final, or the stream has no leader at the moment. */
  async #nobodyAnswered(number: number, entry: Pending): Promise<void> {
    const { subject } = entry;
    let lookup = this.#lookups.get(subject);
    if (lookup === undefined) {
      lookup = this.#hasStream(subject).finally(() => this.#lookups.delete(subject));
      this.#lookups.set(subject, lookup);
    }
    const hasStream = await lookup;
    if (this.#pending.get(number) !== entry) return;
    if (hasStream) entry.resendAtMs = performance.now() + NO_LEADER_WAIT_MS;
    else {
      this.#settle(
        number,
        entry,
        busError('BUS_NO_STREAM', `no stream takes the subject '${subject}'`, false),
      );
    }
  }

  async #hasStream(subject: string): Promise<boolean> {
    try {
      await this.#link.manager.streams.find(subject);
      return true;
    } catch (error) {
      return toBusError(error, 'finding a stream').code !== 'BUS_NO_STREAM';
    }
  }

  #refused(operation: string, subject: string): void {
    for (const [number, entry] of operation === 'publish' ? this.#pending.entries() : []) {
      if (entry.subject !== subject) continue;
      this.#settle(
        number,
        entry,
        busError('BUS_CREDENTIALS', `the server does not let us publish to '${subject}'`, false),
      );
    }
  }

  #settle(number: number, { batch, at }: Pending, outcome: PublishOutcome): void {
    this.#pending.take(number);
    this.#waiting.shift()?.();
    batch.settle(at, outcome);
  }
}
