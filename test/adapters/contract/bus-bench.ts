/** The bench on which the contract of a bus is tried: one bus per suite, streams per test, everything ended after it. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type {
  Bus,
  BusReader,
  ConsumerSpec,
  Delivery,
  StoredMessage,
  StreamSpec,
} from '../../../src/core/bus/bus.port.ts';
import { BusError } from '../../../src/core/bus/bus.port.ts';
import { Collector, streamSpec } from '../../support/stream-fixtures.ts';

export interface BusFixture {
  readonly bus: Bus;
  /** A second client of the same broker; in process there is only one. */
  readonly other: Bus;
  /** A bus that a test may close. */
  openAnother(): Promise<Bus>;
  dispose(): Promise<void>;
}

let streamNumber = 0;

export const newStream = (change: Partial<StreamSpec> = {}): StreamSpec =>
  streamSpec(`S${++streamNumber}`, change);

export const consumerOf = (stream: StreamSpec, change: Partial<ConsumerSpec> = {}): ConsumerSpec => ({
  stream: stream.name,
  durable: 'workers',
  ackWaitMs: 30_000,
  inHandMax: 500,
  ...change,
});

export const text = ({ data }: StoredMessage): string => Buffer.from(data).toString();

export const takeAll = (): undefined => undefined;

export const upTo = (count: number, first = 1): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

/** The `BusError` that the work must fail with. */
export async function failure(work: Promise<unknown>): Promise<BusError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BusError);
  return error as BusError;
}

/** Enough round trips that anything already on its way has arrived. */
export async function roundTrips(bus: Bus, stream: string): Promise<void> {
  for (let trip = 0; trip < 10; trip++) {
    await bus.streamState(stream);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Call inside a `describe`; its hooks open the bus and end what the tests began. */
export class BusBench {
  #fixture: BusFixture | undefined;
  #endings: (() => Promise<unknown>)[] = [];

  constructor(open: () => Promise<BusFixture>) {
    beforeAll(async () => {
      this.#fixture = await open();
    });
    afterEach(async () => {
      for (const end of this.#endings.splice(0)) await end();
    });
    afterAll(() => this.#fixture?.dispose());
  }

  get fixture(): BusFixture {
    if (this.#fixture === undefined) throw new Error('the bus is opened before the first test');
    return this.#fixture;
  }

  get bus(): Bus {
    return this.fixture.bus;
  }

  async createStream(change: Partial<StreamSpec> = {}): Promise<StreamSpec> {
    const spec = newStream(change);
    await this.bus.ensureStreams([spec]);
    return spec;
  }

  /** Publishes `1`, `2`, … followed by `padBytes` of padding, to `<stream>.a`. */
  async publishMany(stream: StreamSpec, count: number, padBytes = 0): Promise<void> {
    const padding = 'x'.repeat(padBytes);
    const subject = `${stream.name}.a`;
    await Promise.all(upTo(count).map((index) => this.bus.publish({ subject, data: `${index}${padding}` })));
  }

  consume(spec: ConsumerSpec, handle?: (delivery: Delivery) => void, from = this.bus) {
    const seen = new Collector<Delivery>();
    const subscription = from.consume(spec).subscribe((batch) => {
      for (const delivery of batch) handle?.(delivery);
      seen.add(batch);
    });
    this.#endings.push(() => Promise.resolve(subscription.unsubscribe()));
    return { seen, subscription };
  }

  read(...[spec, take]: Parameters<Bus['read']>): { seen: Collector<StoredMessage>; reader: BusReader } {
    const seen = new Collector<StoredMessage>();
    const reader = this.bus.read(spec, async (batch) => {
      await take(batch);
      seen.add(batch);
    });
    this.#endings.push(() => reader.stop());
    return { seen, reader };
  }

  /** Runs after the test, whatever its outcome. */
  finally(end: () => void): void {
    this.#endings.push(() => Promise.resolve(end()));
  }
}
