/** JetStream as its clients may meet it: publishes arrive in any order, are lost, come twice or are refused for now; their
 *  confirmations are lost; deliveries come late and again. What it has stored it keeps, in order. */
import { BehaviorSubject, NEVER, Observable, takeUntil } from 'rxjs';
import {
  BusError,
  type Bus,
  type ConsumerSpec,
  type Delivery,
  type OnSettled,
  type OutboundMessage,
  type PublishReceipt,
  type StoredMessage,
} from '../../src/core/bus/bus.port.ts';
import { publishEach } from '../../src/core/bus/publish-each.ts';
import { streamOf, STREAMS } from '../../src/core/bus/streams.ts';
import { subjectMatches } from '../../src/core/bus/subjects.ts';
import { NOBODY, type SimProgram, type Simulation } from './simulation.ts';

const ACK_TIMEOUT_MS = 1_000;
const BATCH_MAX = 8;

export interface SimBusOptions {
  /** Of one message on its way, in either direction. */
  readonly lossRate: number;
  readonly refusalRate: number;
  readonly delayMsMax: number;
  /** Of SCORED; of the other streams it is ample. */
  readonly duplicateWindowMs: number;
}

interface Stream {
  readonly messages: StoredMessage[];
  readonly ids: Map<string, { readonly sequence: number; readonly atMs: number }>;
  readonly listeners: Set<() => void>;
}

interface Durable {
  next: number;
  readonly open: Map<number, { attempt: number }>;
  readonly again: { readonly sequence: number; readonly attempt: number }[];
  /** Told when something is to be delivered again. */
  readonly listeners: Set<() => void>;
}

const AMPLE_MS = 600_000;

export class SimBroker {
  readonly sim: Simulation;
  readonly options: SimBusOptions;
  readonly #streams = new Map<string, Stream>();
  readonly #durables = new Map<string, Durable>();
  /** Nothing arrives before that. */
  outageUntilMs = 0;

  constructor(sim: Simulation, options: SimBusOptions) {
    this.sim = sim;
    this.options = options;
    for (const name of Object.values(STREAMS))
      this.#streams.set(name, { messages: [], ids: new Map(), listeners: new Set() });
  }

  stream(name: string): Stream {
    const stream = this.#streams.get(name);
    if (!stream) throw new BusError('BUS_NO_STREAM', `no stream ${name}`, { canRetry: false });
    return stream;
  }

  /** For how long nothing arrives. */
  get awayMs(): number {
    return Math.max(0, this.outageUntilMs - this.sim.clock.nowMs());
  }

  store({ subject, data, id, headers }: OutboundMessage): PublishReceipt {
    const name = streamOf(subject) ?? '';
    const stream = this.stream(name);
    const nowMs = this.sim.clock.nowMs();
    const windowMs = name === STREAMS.scored ? this.options.duplicateWindowMs : AMPLE_MS;
    const known = id === undefined ? undefined : stream.ids.get(id);
    if (known && nowMs - known.atMs < windowMs)
      return { stream: name, sequence: known.sequence, duplicate: true };
    const sequence = stream.messages.length + 1;
    stream.messages.push({
      ...{ subject, sequence, storedAtMs: nowMs },
      data: typeof data === 'string' ? new TextEncoder().encode(data) : data,
      headers: { ...headers, ...(id !== undefined && { 'nats-msg-id': id }) },
    });
    if (id !== undefined) stream.ids.set(id, { sequence, atMs: nowMs });
    for (const wake of [...stream.listeners]) wake();
    return { stream: name, sequence, duplicate: false };
  }

  durable(name: string): Durable {
    const known = this.#durables.get(name) ?? { next: 1, open: new Map(), again: [], listeners: new Set() };
    this.#durables.set(name, known);
    return known;
  }

  /** Whether a durable has nothing before it. */
  isIdle(stream: string, name: string): boolean {
    const { next, open, again } = this.durable(`${stream} ${name}`);
    return next > this.stream(stream).messages.length && open.size + again.length === 0;
  }

  /** A delay on the way; undefined when it gets lost there. */
  transit(): number | undefined {
    const { lossRate, delayMsMax } = this.options;
    const delayMs = this.sim.between(0, delayMsMax);
    return this.awayMs > 0 || this.sim.chance(lossRate) ? undefined : delayMs;
  }
}

/** A program that the network may leave alone. */
export interface SimClient extends SimProgram {
  /** Until then what it sends and what is sent to it stays on the way: swallowed by a black hole that gives it back. */
  readonly heldUntilMs: number;
  readonly wrongs: Wrongs;
}

/** What negative controls do wrong. */
export interface Wrongs {
  /** What is published is something else. */
  readonly distort?: (message: OutboundMessage) => OutboundMessage;
  /** A reader that has read all goes by the clock, whatever it has heard since. */
  readonly trustsSilence?: boolean;
}

const UNHELD: SimClient = { ...NOBODY, heldUntilMs: 0, wrongs: {} };

/** One program's connection. Once it is cut nothing that the program does reaches anybody, and nothing reaches it. */
export class SimBus implements Bus {
  readonly description = 'simulated';
  readonly durable = true;
  readonly payloadBytesMax = 1_048_576;
  readonly publishesInFlight = 0;
  readonly status = new BehaviorSubject({ connected: true, detail: 'simulated' });
  readonly #broker: SimBroker;
  readonly #client: SimClient;
  #isCut = false;

  constructor(broker: SimBroker, client = UNHELD) {
    this.#broker = broker;
    this.#client = client;
  }

  cut(): void {
    this.#isCut = true;
  }

  /** Sent again until it is confirmed, as the real one does. */
  publish(message: OutboundMessage): Promise<PublishReceipt> {
    const { sim, options } = this.#broker;
    const distorted = this.#client.wrongs.distort?.(message) ?? message;
    return new Promise((resolve, reject) => {
      let isDone = false;
      let again = { isOff: true };
      const attempt = () => {
        if (isDone || this.#isCut) return;
        if (message.mayBeSent?.() === false) {
          isDone = true;
          return reject(new BusError('BUS_WITHHELD', 'it may not be sent', { canRetry: true }));
        }
        again = sim.after(ACK_TIMEOUT_MS, attempt, this.#client);
        this.cross(NOBODY, () => {
          const isRefused = sim.chance(options.refusalRate);
          const receipt = isRefused ? undefined : this.#broker.store(distorted);
          this.cross(this.#client, () => {
            if (isDone || this.#isCut) return;
            isDone = again.isOff = true;
            if (receipt) resolve(receipt);
            else reject(new BusError('BUS_STORAGE', 'no room for now', { canRetry: true }));
          });
        });
      };
      attempt();
    });
  }

  /** On its way to the broker or back from it: arrives some time, or never. */
  cross(to: SimProgram, arrive: () => void): void {
    const delayMs = this.#broker.transit();
    if (delayMs !== undefined) this.#broker.sim.after(delayMs + this.#heldMs, arrive, to);
  }

  get #heldMs(): number {
    return Math.max(0, this.#client.heldUntilMs - this.#broker.sim.clock.nowMs());
  }

  publishAll(messages: readonly OutboundMessage[], onSettled: OnSettled): Promise<void> {
    return publishEach(this, messages, onSettled);
  }

  consume({
    stream: name,
    durable,
    ackWaitMs,
    inHandMax,
    until = NEVER,
  }: ConsumerSpec): Observable<readonly Delivery[]> {
    const { sim } = this.#broker;
    const stream = this.#broker.stream(name);
    const state = this.#broker.durable(`${name} ${durable}`);
    const deliveries = new Observable<readonly Delivery[]>((subscriber) => {
      let inHand = 0;
      let isLooking = false;
      const isOpen = () => !this.#isCut && !subscriber.closed;
      const look = () => {
        if (isLooking || !isOpen()) return;
        isLooking = true;
        sim.after(sim.between(1, 20) + this.#broker.awayMs, () => {
          isLooking = false;
          if (isOpen() && deliver()) look();
        });
      };
      const release = () => {
        inHand -= 1;
        look();
      };
      /** Whether there may be more. */
      const deliver = (): boolean => {
        const batch: Delivery[] = [];
        for (let room = Math.min(inHandMax - inHand, sim.between(1, BATCH_MAX)); room > 0; room -= 1) {
          const due = state.again.shift() ?? { sequence: state.next, attempt: 1 };
          const stored = stream.messages[due.sequence - 1];
          if (!stored) break;
          if (due.sequence === state.next) state.next += 1;
          inHand += 1;
          const pending = stream.messages.length + 1 - state.next;
          batch.push(this.#delivery(stored, { ...due, pending }, state, ackWaitMs, release));
        }
        if (batch.length > 0) subscriber.next(batch);
        return batch.length > 0;
      };
      for (const listeners of [stream.listeners, state.listeners]) listeners.add(look);
      look();
      return () => {
        for (const listeners of [stream.listeners, state.listeners]) listeners.delete(look);
      };
    });
    return deliveries.pipe(takeUntil(until));
  }

  #delivery(
    stored: StoredMessage,
    { attempt, pending }: { readonly attempt: number; readonly pending: number },
    state: Durable,
    ackWaitMs: number,
    release: () => void,
  ): Delivery {
    const { sim } = this.#broker;
    const { sequence } = stored;
    const mine = { attempt };
    state.open.set(sequence, mine);
    const isOpen = () => state.open.get(sequence) === mine;
    const giveBack = () => {
      if (!isOpen()) return;
      state.open.delete(sequence);
      state.again.push({ sequence, attempt: attempt + 1 });
      for (const wake of [...state.listeners]) wake();
    };
    sim.after(ackWaitMs, giveBack);
    const arrives = (run: () => void, delayMs = 0) => {
      release();
      const there = this.#isCut ? undefined : this.#broker.transit();
      if (there !== undefined) sim.after(there + delayMs, run);
    };
    return {
      ...stored,
      attempt,
      pending,
      // Also an acknowledgement that comes too late settles the message.
      ack: () =>
        arrives(() => {
          state.open.delete(sequence);
          const at = state.again.findIndex((one) => one.sequence === sequence);
          if (at >= 0) state.again.splice(at, 1);
        }),
      retry: (delayMs) => arrives(giveBack, delayMs),
      working: () => undefined,
    };
  }

  read(spec: Parameters<Bus['read']>[0], take: Parameters<Bus['read']>[1]): ReturnType<Bus['read']> {
    const { sim } = this.#broker;
    const stream = this.#broker.stream(spec.stream);
    let next = spec.from === 'new' ? stream.messages.length + 1 : spec.from.sequence;
    const lastAtStart = stream.messages.length;
    let pending = 0;
    const { trustsSilence = false } = this.#client.wrongs;
    let isStopped = false;
    let isAtEnd = false;
    let takenUntilMs = Number.NEGATIVE_INFINITY;
    let catchUp: () => void = () => undefined;
    const caughtUp = new Promise<void>((resolve) => {
      catchUp = resolve;
    });
    const wanted = ({ subject }: StoredMessage) =>
      spec.filterSubject === undefined || subjectMatches(spec.filterSubject, subject);
    let wake: () => void = () => undefined;
    const listener = () => wake();
    const isHeard = () => !this.#isCut && this.#broker.awayMs + this.#heldMs === 0;
    stream.listeners.add(listener);
    const done = (async () => {
      for (;;) {
        await sim.sleep(sim.between(1, 20) + Math.max(this.#broker.awayMs, this.#heldMs), this.#client);
        if (this.#isCut) return never<undefined>();
        if (isStopped) return;
        if (this.#heldMs > 0) continue;
        isAtEnd = false;
        const end = Math.min(stream.messages.length, next - 1 + sim.between(1, 4 * BATCH_MAX));
        const all = stream.messages.slice(next - 1, end).filter(wanted);
        pending = stream.messages.slice(end).filter(wanted).length;
        next = end + 1;
        if (all.length > 0) await take(all);
        if (end >= lastAtStart) catchUp();
        if (end < stream.messages.length || isStopped) continue;
        isAtEnd = true;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    })().finally(() => stream.listeners.delete(listener));
    return {
      done,
      caughtUp,
      get pending() {
        return pending;
      },
      /** The last heartbeat came just now, where one could come. */
      get takenUntilMs() {
        const isAllHeard = () => next > stream.messages.length && isHeard();
        if (isAtEnd && (trustsSilence || isAllHeard())) takenUntilMs = sim.clock.nowMs();
        return takenUntilMs;
      },
      stop: async () => {
        isStopped = true;
        wake();
        await done;
      },
    };
  }

  streamState(name: string): ReturnType<Bus['streamState']> {
    const { messages } = this.#broker.stream(name);
    const state = { messages: messages.length, bytes: 0, firstSequence: 1, lastSequence: messages.length };
    return this.#isCut ? never() : this.#broker.sim.sleep(1 + this.#heldMs, this.#client).then(() => state);
  }

  nowMs = () => this.#broker.sim.clock.nowMs();
  ensureStreams = () => Promise.resolve();
  announce = () => Promise.resolve();
  backlog = () => Promise.resolve({ pending: 0, unacknowledged: 0 });
  close = () => Promise.resolve();
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
