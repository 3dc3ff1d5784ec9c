/** Pulls from a JetStream consumer, at most as many messages as the hand holds. One pull request is open at a time: the
 *  next leaves when the last message of this one arrives, while the hand still holds work, so the round trip costs
 *  nothing, and no bookkeeping over several requests can drift. The server sends heartbeats while a request waits; a
 *  request without any is given up. */
import { createInbox, nanos } from '@nats-io/transport-node';
import type { Subscription } from '@nats-io/transport-node';
import { beginsWith } from './nats-bytes.ts';
import { sizeOf, type NatsFrame } from './nats-inlet.ts';
import type { NatsLink } from './nats-link.ts';
import { numberBehind, statusOf } from './nats-message.ts';

/** No more than ticks of event time trail the broker's clock: they go no further than the last heartbeat. */
const HEARTBEAT_MS = 250;
const HEARTBEATS_MISSED_MAX = 18;
const WATCHDOG_EVERY_MS = 1_500;
/** A request is renewed this often even when all seems well: it bounds any stall the server may cause. Not oftener: a redelivery that
 *  meets a request that has just expired is lost to nats-server 2.9 until the next acknowledgement wait. */
const REQUEST_EXPIRES_MS = 10_000;
const REQUEST_MESSAGES_MAX = 1_000;
/** Bytes of one request, and bytes in the hand from which on nothing more is asked for: 32 MiB in all. */
const REQUEST_BYTES_MAX = 16 * 1_048_576;
const HAND_BYTES_MAX = 16 * 1_048_576;
/** Nothing has come for so long: nothing more is under way. */
const QUIET_MS = 100;
/** Where messages trickle in, a request is served in part for long. */
const FINISH_MS_MAX = 1_000;
/** What a message weighs beside its payload: subject, reply and the like. */
const MESSAGE_OVERHEAD_BYTES = 4_096;
const BATCH_MESSAGES_MAX = 250;
const WAITING = { expires: nanos(REQUEST_EXPIRES_MS), idle_heartbeat: nanos(HEARTBEAT_MS) };
const NOT_WAITING = { no_wait: true };
/** The request ended without anything wrong: nothing came in time. */
const ENDED: ReadonlySet<number> = new Set([404, 408]);
const HEARTBEAT = 100;
/** The next message would not fit into what is left of the bytes of the request. */
const BYTES_USED_UP = /MaxBytes/i;

export interface PullOptions {
  readonly link: NatsLink;
  /** Messages given to `onBatch` and not yet released are never more than this. */
  readonly handMax: number;
  /** What arrived together, in order, at most 250. */
  readonly onBatch: (batch: readonly NatsFrame[]) => void;
  /** All that is stored for the consumer has been given to `onBatch`; told as soon as what was stored when it was opened has, and
   *  later whenever it has been quiet for a while. */
  readonly onEnd?: (() => void) | undefined;
  /** The consumer does not answer any more; `open` begins again. */
  readonly onLost: (reason: string) => void;
}

export class NatsPull {
  readonly #options: PullOptions;
  readonly #watchdog: NodeJS.Timeout;
  #session: Subscription | undefined;
  #inbox = '';
  #inboxBytes = Buffer.alloc(0);
  #requestSubject = '';
  #request = 0;
  /** Messages of the open request that have not arrived. */
  #missing = 0;
  /** What is stored is asked for without waiting for more, so that the broker says when there is nothing left. */
  #seeksEnd = false;
  #inHand = 0;
  #inHandBytes = 0;
  #heardAtMs = 0;
  #arrived: NatsFrame[] = [];
  /** Called when nothing is under way any more; undefined unless that is waited for. */
  #finished: (() => void) | undefined;
  #finishingAtMs = 0;
  #isFlushing = false;

  constructor(options: PullOptions) {
    this.#options = options;
    this.#watchdog = setInterval(() => this.#checkHeartbeat(), WATCHDOG_EVERY_MS);
  }

  /** Begins on a consumer that exists. A new inbox each time: the server drops requests whose inbox is gone. */
  open(stream: string, consumer: string): void {
    this.#endSession();
    this.#inbox = createInbox();
    this.#inboxBytes = Buffer.from(this.#inbox);
    this.#seeksEnd = this.#options.onEnd !== undefined;
    this.#requestSubject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    const inbox = this.#inbox;
    const { connection, inlet } = this.#options.link;
    this.#session = connection.subscribe(`${inbox}.*`, {
      callback: (error) => {
        if (error !== null && inbox === this.#inbox) this.#lose(error.message);
      },
    });
    inlet.take(this.#session, (frame) => {
      if (inbox === this.#inbox) this.#received(frame);
      else this.#decline(frame);
    });
    this.#pull();
  }

  /** Messages of the hand are done with. */
  release(messages: number, bytes: number): void {
    this.#inHand -= messages;
    this.#inHandBytes -= bytes;
    this.#pull();
  }

  /** Asks for nothing more. A request cannot be withdrawn: what is under way is handed over as ever; `onFinished` is called when the
   *  request is served, or when nothing has come for a while, or after a second. */
  finish(onFinished: () => void): void {
    if (this.#finished !== undefined) return;
    this.#finished = onFinished;
    this.#finishingAtMs = performance.now();
    this.#finishWhenQuiet();
  }

  #finishWhenQuiet(): void {
    const nowMs = performance.now();
    const quietMs = nowMs - Math.max(this.#heardAtMs, this.#finishingAtMs);
    if (quietMs >= QUIET_MS || nowMs - this.#finishingAtMs >= FINISH_MS_MAX) this.#missing = 0;
    this.#flush();
    if (this.#finished === undefined) return;
    // What came while this thread was busy is read before it is looked at again.
    setTimeout(() => setImmediate(() => this.#finishWhenQuiet()), QUIET_MS - quietMs);
  }

  #finishIfServed(): void {
    const finished = this.#finished;
    if (finished === undefined || this.#missing > 0 || this.#isFlushing) return;
    this.#finished = undefined;
    this.close();
    finished();
  }

  /** Stops pulling; what has not been handed over goes back to the broker at once. */
  close(): void {
    clearInterval(this.#watchdog);
    for (const frame of this.#arrived.splice(0)) this.#decline(frame);
    this.#endSession();
  }

  #endSession(): void {
    const session = this.#session;
    this.#session = undefined;
    this.#inbox = '';
    this.#missing = 0;
    // Drained, not dropped, so that what is under way is declined and not left to the acknowledgement wait.
    if (session !== undefined && !session.isClosed()) session.drain().catch(() => undefined);
  }

  #pull(): void {
    if (this.#session === undefined || this.#missing > 0 || this.#finished !== undefined) return;
    const { handMax, link } = this.#options;
    const { connection } = link;
    const free = handMax - this.#inHand;
    // A quarter at least, or a slow hand would send one request per message.
    if (free < Math.ceil(handMax / 4) || this.#inHandBytes >= HAND_BYTES_MAX || connection.isClosed()) return;
    const batch = Math.min(free, REQUEST_MESSAGES_MAX, Math.ceil(handMax / 2));
    this.#missing = batch;
    this.#heardAtMs = performance.now();
    connection.publish(
      this.#requestSubject,
      JSON.stringify({
        batch,
        max_bytes: Math.max(REQUEST_BYTES_MAX, (connection.info?.max_payload ?? 0) + MESSAGE_OVERHEAD_BYTES),
        ...(this.#seeksEnd ? NOT_WAITING : WAITING),
      }),
      { reply: `${this.#inbox}.${++this.#request}` },
    );
  }

  #received(frame: NatsFrame): void {
    this.#heardAtMs = performance.now();
    // A message keeps the subject it was stored under; only what the broker says itself comes on the inbox.
    if (beginsWith(frame.bytes, this.#inboxBytes, frame.subjectFrom)) {
      this.#statusReceived(frame);
      return;
    }
    this.#inHand++;
    this.#inHandBytes += sizeOf(frame);
    if (this.#missing > 0) this.#missing--;
    if (this.#arrived.push(frame) === 1) queueMicrotask(() => this.#flush());
    if (this.#missing === 0) this.#pull();
  }

  #statusReceived(frame: NatsFrame): void {
    if (numberBehind(this.#inbox, frame) !== this.#request) return;
    const { code, description } = statusOf(frame);
    if (code === HEARTBEAT) return this.#atEnd(); // Only sent while nothing is there to be delivered.
    this.#missing = 0;
    if (this.#finished !== undefined) return this.#flush();
    if (ENDED.has(code) && this.#seeksEnd) this.#atEnd();
    if (ENDED.has(code) || BYTES_USED_UP.test(description)) this.#pull();
    else this.#lose(`${code} ${description}`);
  }

  #atEnd(): void {
    this.#seeksEnd = false;
    this.#flush();
    this.#options.onEnd?.();
  }

  #flush(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#isFlushing = true;
    for (let at = 0; at < arrived.length; at += BATCH_MESSAGES_MAX)
      this.#options.onBatch(
        arrived.length <= BATCH_MESSAGES_MAX ? arrived : arrived.slice(at, at + BATCH_MESSAGES_MAX),
      );
    this.#isFlushing = false;
    this.#finishIfServed();
  }

  #checkHeartbeat(): void {
    if (this.#missing === 0 || performance.now() - this.#heardAtMs < HEARTBEAT_MS * HEARTBEATS_MISSED_MAX)
      return;
    this.#lose('no heartbeat');
  }

  #lose(reason: string): void {
    this.#endSession();
    this.#options.onLost(reason);
  }

  #decline(frame: NatsFrame): void {
    const { connection, wire } = this.#options.link;
    if (!connection.isClosed()) wire.respond(frame, '-NAK', 'now');
  }
}
