/** Reads a stream in order and alone: an unnamed consumer without acknowledgements, made anew after the last message read
 *  whenever it is lost or shows a gap. */
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { nanos, nuid } from '@nats-io/transport-node';
import type { BusReader, ReaderSpec, StoredMessage } from '../../core/bus/bus.port.ts';
import { toBusError } from './nats-errors.ts';
import { sizeOf, type NatsFrame } from './nats-inlet.ts';
import type { NatsLink } from './nats-link.ts';
import { NatsMessage } from './nats-message.ts';
import { keepPulling } from './nats-supervisor.ts';
import type { SupervisedPull } from './nats-supervisor.ts';
import { ReplicaCheck } from './replica-check.ts';

const BATCH_MESSAGES_MAX = 250;
/** Fetched ahead of the one who takes. */
const AHEAD_MESSAGES_MAX = 1_000;
/** How long the server keeps a consumer of a reader that does not ask. */
const INACTIVE_MS_MAX = 300_000;

export function readStream(
  link: NatsLink,
  spec: ReaderSpec,
  take: (batch: readonly StoredMessage[]) => void | Promise<void>,
): BusReader {
  return new NatsReader(link, spec, take);
}

class NatsReader implements BusReader {
  readonly done: Promise<void>;
  readonly caughtUp: Promise<void>;
  readonly #link: NatsLink;
  readonly #spec: ReaderSpec;
  readonly #take: (batch: readonly StoredMessage[]) => void | Promise<void>;
  readonly #pull: SupervisedPull;
  /** Sequence of the stream to read next; unknown until the first answer when reading `new`. */
  #next: number | undefined;
  #consumer: string | undefined;
  #consumerNext = 1;
  #queue: NatsMessage[] = [];
  #taking: Promise<void> | undefined;
  #ended = false;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #resolveCaughtUp: () => void = () => undefined;
  /** The last sequence of the stream as reading began; unknown until the consumer was made. */
  #lastAtStart: number | undefined;
  /** Nothing is left behind what has arrived, says the broker by being quiet. Its counts are not to be relied on for that: a server
   *  of 2.9 now and then counts too many, as it makes a consumer in the midst of what its subjects hold and as messages are stored
   *  while others are delivered. */
  #isAtEnd = false;
  /** By the broker's clock, when it was quiet the last time. */
  #quietAtMs = Number.NEGATIVE_INFINITY;
  #takenUntilMs = Number.NEGATIVE_INFINITY;
  #pending = 0;
  /** Where the stream has replicas, and we may. */
  #asksLeader = false;
  /** When it was quiet, and the leader had no more; undefined until it says so of what arrived last. */
  #wholeAtMs: number | undefined;
  /** By the leader nothing is left to be read up to this sequence. */
  #lookedUntil = 0;
  readonly #replica: ReplicaCheck;

  constructor(
    link: NatsLink,
    spec: ReaderSpec,
    take: (batch: readonly StoredMessage[]) => void | Promise<void>,
  ) {
    this.#link = link;
    this.#spec = spec;
    this.#take = take;
    this.#next = spec.from === 'new' ? undefined : Math.max(1, spec.from.sequence);
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.caughtUp = new Promise((resolve) => {
      this.#resolveCaughtUp = resolve;
    });
    this.#replica = new ReplicaCheck({
      isMissing: () => this.#isMissing(),
      nowMs: () => performance.now(),
      onWhole: (quietAtMs) => {
        this.#wholeAtMs = quietAtMs;
        if (!this.#taking) this.#taken();
      },
      onShort: () => {
        if (!this.#ended) this.#pull.reopen(); // The next consumer may live on another replica.
      },
    });
    this.#pull = keepPulling(link, {
      stream: spec.stream,
      handMax: AHEAD_MESSAGES_MAX,
      prepare: () => this.#createConsumer(),
      onBatch: (batch) => this.#arrived(batch),
      onEnd: () => {
        this.#isAtEnd = true;
        this.#quietAtMs = link.clock.nowMs();
        if (this.#asksLeader) this.#replica.quiet(this.#quietAtMs);
        else if (!this.#taking) this.#taken();
      },
      onFailed: (error) => this.#end(() => this.#reject(error)),
    });
  }

  get pending(): number {
    return this.#pending;
  }

  get takenUntilMs(): number {
    return this.#takenUntilMs;
  }

  async stop(): Promise<void> {
    this.#queue = [];
    this.#end(this.#resolve);
    await this.#taking;
  }

  async #createConsumer(): Promise<string> {
    const { consumers, streams } = this.#link.manager;
    const { stream, filterSubject } = this.#spec;
    this.#deleteConsumer();
    if (this.#lastAtStart === undefined) {
      const { config, state } = await streams.info(stream);
      this.#lastAtStart = state.last_seq;
      this.#asksLeader = config.num_replicas > 1;
    }
    this.#next ??= this.#lastAtStart + 1;
    const askedMs = performance.now();
    const consumer = await consumers.add(stream, {
      name: `earshot_${nuid.next()}`,
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#next,
      inactive_threshold: nanos(INACTIVE_MS_MAX),
      mem_storage: true,
      num_replicas: 1,
      ...(filterSubject === undefined ? {} : { filter_subject: filterSubject }),
    });
    const { name, created } = consumer;
    this.#link.clock.learn(Date.parse(created), askedMs, performance.now());
    this.#consumer = name;
    this.#consumerNext = 1;
    return name;
  }

  /** Whether the leader holds something to be read that has not arrived. What it was asked about once is not looked through again. */
  async #isMissing(): Promise<boolean> {
    const { stream, filterSubject = '>' } = this.#spec;
    const { streams } = this.#link.manager;
    try {
      const { state } = await streams.info(stream);
      const seq = Math.max(this.#next ?? 1, this.#lookedUntil + 1);
      if (state.last_seq < seq) return false;
      const query = { seq, next_by_subj: filterSubject }; // Since 2.9, though the client's types do not know it.
      const found = await streams.getMessage(stream, query);
      if (found === null) this.#lookedUntil = state.last_seq;
      return found !== null && found.seq >= (this.#next ?? 0);
    } catch (error) {
      if (toBusError(error, `stream ${stream}`).code !== 'BUS_CREDENTIALS') throw error;
      this.#asksLeader = false; // Who may not ask takes the consumer's word.
      return false;
    }
  }

  #arrived(batch: readonly NatsFrame[]): void {
    this.#isAtEnd = false;
    this.#wholeAtMs = undefined;
    this.#replica.arrived();
    for (const [index, frame] of batch.entries()) {
      const message = new NatsMessage(frame);
      const { sequence, consumerSequence } = message.info;
      if (sequence < (this.#next ?? 0)) {
        this.#pull.release(1, sizeOf(frame)); // From before a loss, read already.
        continue;
      }
      if (consumerSequence !== this.#consumerNext) {
        const rest = batch.slice(index);
        this.#pull.release(rest.length, sum(rest.map(sizeOf)));
        this.#pull.reopen();
        break;
      }
      this.#consumerNext++;
      this.#next = sequence + 1;
      this.#queue.push(message);
    }
    this.#taking ??= this.#takeAll().finally(() => {
      this.#taking = undefined;
    });
  }

  async #takeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, BATCH_MESSAGES_MAX);
      const last = batch.at(-1)?.info;
      this.#pending = last?.pending ?? 0;
      try {
        await this.#take(batch);
        if (last && last.sequence >= (this.#lastAtStart ?? 0)) this.#resolveCaughtUp();
      } catch (error) {
        this.#queue = [];
        this.#end(() => this.#reject(error));
      }
      const sizes = batch.map(({ data }) => data.length);
      this.#pull.release(sizes.length, sum(sizes));
    }
    this.#taken();
  }

  /** All that has arrived is taken. */
  #taken(): void {
    if (!this.#isAtEnd || this.#ended) return;
    const untilMs = this.#asksLeader ? this.#wholeAtMs : this.#quietAtMs;
    if (untilMs === undefined) return;
    this.#pending = 0;
    this.#takenUntilMs = untilMs;
    this.#resolveCaughtUp();
  }

  #end(settle: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#pull.close();
    this.#deleteConsumer();
    if (this.#taking === undefined) settle();
    else void this.#taking.finally(settle);
  }

  /** A courtesy: the server forgets it by itself after a while. */
  #deleteConsumer(): void {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    if (consumer === undefined || !this.#link.connected || this.#link.closed) return;
    this.#link.manager.consumers.delete(this.#spec.stream, consumer).catch(() => undefined);
  }
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
