/** A durable consumer of the memory bus: hands messages to workers, waits for acknowledgements, delivers again. */
import { Observable } from 'rxjs';
import type { SchedulerLike, Subscriber, Subscription } from 'rxjs';
import type { BusHeaders, ConsumerSpec, Delivery } from '../../core/bus/bus.port.ts';
import type { Cursor, Entry, MemoryStream } from './memory-stream.ts';

const BATCH_MESSAGES_MAX = 250;

/** A message handed out and not acknowledged. `waiting`: in a hand, until the acknowledgement wait ends; `delayed`: until
 *  its retry is due; `due`: to be delivered next. There are never more than `unacknowledgedMax`. */
interface Unacknowledged {
  readonly entry: Entry;
  attempt: number;
  sinceMs: number;
  state: 'waiting' | 'delayed' | 'due' | 'done';
}

interface Worker {
  readonly subscriber: Subscriber<readonly Delivery[]>;
  inHand: number;
}

export class MemoryConsumer {
  readonly #stream: MemoryStream;
  readonly #scheduler: SchedulerLike;
  #spec: ConsumerSpec;
  #cursor: Cursor;
  #workers: Worker[] = [];
  /** In the order of `sinceMs`, so that the first is the first to expire. */
  readonly #waiting = new Set<Unacknowledged>();
  /** Sorted by `sinceMs`, here the time the retry is due. */
  #delayed: Unacknowledged[] = [];
  #due: Unacknowledged[] = [];
  #unacknowledged = 0;
  #dispatch: NodeJS.Immediate | undefined;
  #timer: Subscription | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  readonly #stopListening: () => void;

  constructor(stream: MemoryStream, spec: ConsumerSpec, scheduler: SchedulerLike) {
    this.#stream = stream;
    this.#spec = spec;
    this.#scheduler = scheduler;
    const fromSequence = spec.startFrom === 'new' ? stream.lastSequence + 1 : 1;
    this.#cursor = stream.openCursor(fromSequence, spec.filterSubject);
    this.#stopListening = stream.onAppend(() => this.#wake());
  }

  /** Applies the specification of the last worker that joined, as the broker does. */
  update(spec: ConsumerSpec): void {
    if (spec.filterSubject !== this.#spec.filterSubject) {
      this.#stream.closeCursor(this.#cursor);
      this.#cursor = this.#stream.openCursor(this.#cursor.position, spec.filterSubject);
    }
    this.#spec = spec;
  }

  get backlog(): { pending: number; unacknowledged: number } {
    return { pending: this.#cursor.pending, unacknowledged: this.#unacknowledged };
  }

  join(): Observable<readonly Delivery[]> {
    return new Observable((subscriber) => {
      const worker: Worker = { subscriber, inHand: 0 };
      this.#workers.push(worker);
      this.#wake();
      return () => {
        this.#workers = this.#workers.filter((other) => other !== worker);
      };
    });
  }

  close(): void {
    this.#stopListening();
    this.#stream.closeCursor(this.#cursor);
    clearImmediate(this.#dispatch);
    this.#timer?.unsubscribe();
    for (const { subscriber } of [...this.#workers]) subscriber.complete();
  }

  acknowledge(item: Unacknowledged, worker: Worker): void {
    if (item.state !== 'done') {
      this.#waiting.delete(item);
      item.state = 'done';
      this.#unacknowledged--;
    }
    this.#release(worker);
  }

  retry(item: Unacknowledged, worker: Worker, attempt: number, delayMs: number): void {
    if (item.state === 'waiting' && item.attempt === attempt) {
      this.#waiting.delete(item);
      item.state = 'delayed';
      item.sinceMs = this.#scheduler.now() + Math.max(0, delayMs);
      // Retries mostly come with growing due times, so the place is nearly always the end.
      let place = this.#delayed.length;
      while (place > 0 && (this.#delayed[place - 1]?.sinceMs ?? 0) > item.sinceMs) place--;
      this.#delayed.splice(place, 0, item);
      this.#armTimer();
    }
    this.#release(worker);
  }

  working(item: Unacknowledged, attempt: number): void {
    if (item.state !== 'waiting' || item.attempt !== attempt) return;
    this.#waiting.delete(item);
    item.sinceMs = this.#scheduler.now();
    this.#waiting.add(item);
  }

  #release(worker: Worker): void {
    worker.inHand--;
    this.#wake();
  }

  /** One dispatch per turn of the event loop, so that what arrived together leaves together. */
  #wake(): void {
    this.#dispatch ??= setImmediate(() => {
      this.#dispatch = undefined;
      this.#deliver();
    });
  }

  #deliver(): void {
    this.#stream.enforceLimits(this.#scheduler.now());
    const workers = this.#workers;
    for (const [index, worker] of workers.entries()) {
      if (worker.subscriber.closed) continue;
      const share = Math.ceil((this.#due.length + this.#cursor.pending) / (workers.length - index));
      const room = Math.min(share, BATCH_MESSAGES_MAX, this.#spec.inHandMax - worker.inHand);
      const batch: Delivery[] = [];
      while (batch.length < room) {
        const item = this.#next();
        if (item === undefined) break;
        batch.push(new MemoryDelivery(this, worker, item, this.#cursor.pending));
      }
      if (batch.length === 0) continue;
      worker.inHand += batch.length;
      worker.subscriber.next(batch);
      this.#wake();
    }
    if (workers.length > 1) this.#workers = [...this.#workers.slice(1), ...this.#workers.slice(0, 1)];
    this.#armTimer();
  }

  #next(): Unacknowledged | undefined {
    const nowMs = this.#scheduler.now();
    const item = this.#nextDue() ?? this.#nextNew();
    if (item === undefined) return undefined;
    item.attempt++;
    item.sinceMs = nowMs;
    item.state = 'waiting';
    this.#waiting.add(item);
    return item;
  }

  #nextDue(): Unacknowledged | undefined {
    for (let item = this.#due.shift(); item !== undefined; item = this.#due.shift()) {
      if (item.state === 'done') continue;
      if (this.#stream.at(item.entry.sequence) !== undefined) return item;
      item.state = 'done'; // Gave way to the stream's limits while it waited.
      this.#unacknowledged--;
    }
    return undefined;
  }

  #nextNew(): Unacknowledged | undefined {
    const { inHandMax, unacknowledgedMax = inHandMax } = this.#spec;
    if (this.#unacknowledged >= unacknowledgedMax) return undefined;
    const entry = this.#cursor.take();
    if (entry === undefined) return undefined;
    this.#unacknowledged++;
    return { entry, attempt: 0, sinceMs: 0, state: 'waiting' };
  }

  /** One timer for the earliest of all deadlines; never one per message. */
  #armTimer(): void {
    let dueMs = this.#delayed[0]?.sinceMs ?? Number.POSITIVE_INFINITY;
    for (const first of this.#waiting) {
      dueMs = Math.min(dueMs, first.sinceMs + this.#spec.ackWaitMs);
      break;
    }
    if (dueMs >= this.#timerDueMs) return;
    this.#timer?.unsubscribe();
    this.#timerDueMs = dueMs;
    this.#timer = this.#scheduler.schedule(() => this.#expire(), Math.max(0, dueMs - this.#scheduler.now()));
  }

  #expire(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#scheduler.now();
    for (const item of this.#waiting) {
      if (item.sinceMs + this.#spec.ackWaitMs > nowMs) break;
      this.#waiting.delete(item);
      this.#makeDue(item);
    }
    const notYet = this.#delayed.findIndex((item) => item.sinceMs > nowMs);
    for (const item of this.#delayed.splice(0, notYet < 0 ? this.#delayed.length : notYet))
      if (item.state === 'delayed') this.#makeDue(item);
    this.#armTimer();
    this.#wake();
  }

  #makeDue(item: Unacknowledged): void {
    item.state = 'due';
    this.#due.push(item);
  }
}

class MemoryDelivery implements Delivery {
  readonly attempt: number;
  readonly pending: number;
  readonly #consumer: MemoryConsumer;
  readonly #worker: Worker;
  readonly #item: Unacknowledged;
  #settled = false;

  constructor(consumer: MemoryConsumer, worker: Worker, item: Unacknowledged, pending: number) {
    this.#consumer = consumer;
    this.#worker = worker;
    this.#item = item;
    this.attempt = item.attempt;
    this.pending = pending;
  }

  get subject(): string {
    return this.#item.entry.subject;
  }

  get data(): Uint8Array {
    return this.#item.entry.data;
  }

  get headers(): BusHeaders | undefined {
    return this.#item.entry.headers;
  }

  get sequence(): number {
    return this.#item.entry.sequence;
  }

  get storedAtMs(): number {
    return this.#item.entry.storedAtMs;
  }

  ack(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#consumer.acknowledge(this.#item, this.#worker);
  }

  retry(delayMs: number): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#consumer.retry(this.#item, this.#worker, this.attempt, delayMs);
  }

  working(): void {
    if (!this.#settled) this.#consumer.working(this.#item, this.attempt);
  }
}
