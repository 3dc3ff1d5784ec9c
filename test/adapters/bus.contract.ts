/** What both buses must do; each adapter's suite runs it with its own way to open a bus. Streams are made per test. */
import type { Subscription } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Bus, ConsumerSpec, Delivery, StoredMessage, StreamSpec } from '../../src/core/bus/bus.port.ts';
import { BusError } from '../../src/core/bus/bus.port.ts';

export interface BusFixture {
  readonly bus: Bus;
  /** A second client of the same broker; in process there is only one. */
  readonly other: Bus;
  /** A bus that a test may close. */
  openAnother(): Promise<Bus>;
  dispose(): Promise<void>;
}

let streamNumber = 0;

function streamSpec(change: Partial<StreamSpec> = {}): StreamSpec {
  const name = `S${++streamNumber}`;
  return {
    name,
    subjects: [`${name}.>`],
    ageMsMax: 3_600_000,
    bytesMax: 64 * 1_048_576,
    messageBytesMax: 65_536,
    duplicateWindowMs: 60_000,
    ...change,
  };
}

const text = ({ data }: StoredMessage) => Buffer.from(data).toString();

/** Resolves with everything received once it is enough, and goes on collecting. */
class Collector<T> {
  readonly items: T[] = [];
  #waiting: { isEnough: () => boolean; resolve: () => void }[] = [];

  readonly add = (batch: readonly T[]): void => {
    this.items.push(...batch);
    for (const { isEnough, resolve } of this.#waiting) if (isEnough()) resolve();
    this.#waiting = this.#waiting.filter(({ isEnough }) => !isEnough());
  };

  async count(count: number): Promise<readonly T[]> {
    await this.until(() => this.items.length >= count);
    return this.items;
  }

  async until(isEnough: () => boolean): Promise<void> {
    if (isEnough()) return;
    await new Promise<void>((resolve) => this.#waiting.push({ isEnough, resolve }));
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Enough round trips that anything already on its way has arrived. */
async function roundTrips(bus: Bus, stream: string): Promise<void> {
  for (let trip = 0; trip < 10; trip++) {
    await bus.streamState(stream);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function busContract(name: string, open: () => Promise<BusFixture>): void {
  describe(`bus contract: ${name}`, () => {
    let fixture: BusFixture;
    let bus: Bus;
    let endings: (() => Promise<unknown>)[] = [];
    beforeAll(async () => {
      fixture = await open();
      bus = fixture.bus;
    });
    afterEach(async () => {
      for (const end of endings) await end();
      endings = [];
    });
    afterAll(() => fixture.dispose());

    const createStream = async (change: Partial<StreamSpec> = {}): Promise<StreamSpec> => {
      const spec = streamSpec(change);
      await bus.ensureStreams([spec]);
      return spec;
    };
    const consumer = (stream: StreamSpec, change: Partial<ConsumerSpec> = {}): ConsumerSpec => ({
      stream: stream.name,
      durable: 'workers',
      ackWaitMs: 30_000,
      inHandMax: 500,
      ...change,
    });
    const consume = (spec: ConsumerSpec, handle?: (delivery: Delivery) => void, from = bus) => {
      const seen = new Collector<Delivery>();
      const subscription: Subscription = from.consume(spec).subscribe((batch) => {
        for (const delivery of batch) handle?.(delivery);
        seen.add(batch);
      });
      endings.push(() => Promise.resolve(subscription.unsubscribe()));
      return { seen, subscription };
    };
    const read = (
      ...[spec, take]: Parameters<Bus['read']>
    ): { seen: Collector<StoredMessage>; reader: ReturnType<Bus['read']> } => {
      const seen = new Collector<StoredMessage>();
      const reader = bus.read(spec, async (batch) => {
        await take(batch);
        seen.add(batch);
      });
      endings.push(() => reader.stop());
      return { seen, reader };
    };
    const takeAll = () => undefined;
    const publishMany = async (stream: StreamSpec, count: number, size = 0): Promise<void> => {
      const body = 'x'.repeat(size);
      const publishes = [];
      for (let index = 1; index <= count; index++)
        publishes.push(bus.publish({ subject: `${stream.name}.a`, data: `${index}${body}` }));
      await Promise.all(publishes);
    };
    const failure = async (work: Promise<unknown>): Promise<BusError> => {
      const error: unknown = await work.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(BusError);
      return error as BusError;
    };

    describe('publish', () => {
      test('answers stream and sequence, and what is read back is what was sent', async () => {
        const stream = await createStream();
        const startMs = Date.now();
        const first = await bus.publish({ subject: `${stream.name}.a.b`, data: 'héllo' });
        const bytes = new Uint8Array([0, 255, 10, 13]);
        const second = await bus.publish({ subject: `${stream.name}.c`, data: bytes });
        expect([first, second]).toEqual([
          { stream: stream.name, sequence: 1, duplicate: false },
          { stream: stream.name, sequence: 2, duplicate: false },
        ]);
        const { seen } = read({ stream: stream.name, from: { sequence: 1 } }, takeAll);
        const [a, b] = await seen.count(2);
        expect([a?.subject, a && text(a), a?.headers, a?.sequence, a?.pending]).toEqual([
          `${stream.name}.a.b`,
          'héllo',
          undefined,
          1,
          1,
        ]);
        expect([b?.subject, [...(b?.data ?? [])], b?.pending]).toEqual([`${stream.name}.c`, [...bytes], 0]);
        expect(Math.abs((a?.storedAtMs ?? 0) - startMs)).toBeLessThan(60_000);
      });

      test('stores one message per id', async () => {
        const stream = await createStream();
        const message = { subject: `${stream.name}.a`, data: 'x', id: 'one' };
        const receipts = [await bus.publish(message), await bus.publish(message)];
        receipts.push(await bus.publish({ ...message, id: 'two' }));
        expect(receipts.map(({ sequence, duplicate }) => [sequence, duplicate])).toEqual([
          [1, false],
          [1, true],
          [2, false],
        ]);
        expect(await bus.streamState(stream.name)).toMatchObject({ messages: 2, lastSequence: 2 });
      });

      test.each([['with spaces '], ['line\r\nbreak'], ['ünïcode'], ['x'.repeat(2_000)], ['half \uD800']])(
        'takes the id %j',
        async (id) => {
          const stream = await createStream();
          const message = { subject: `${stream.name}.a`, data: 'x', id };
          const receipts = [await bus.publish(message), await bus.publish(message)];
          expect(receipts.map(({ duplicate }) => duplicate)).toEqual([false, true]);
        },
      );

      test('forgets ids after the duplicate window', async () => {
        const stream = await createStream({ duplicateWindowMs: 200 });
        const message = { subject: `${stream.name}.a`, data: 'x', id: 'one' };
        await bus.publish(message);
        await expect
          .poll(async () => (await bus.publish(message)).duplicate, { timeout: 10_000 })
          .toBe(false);
      });

      test('carries headers, with lower-case names, and the id among them', async () => {
        const stream = await createStream();
        const headers = { 'Content-Type': 'application/json', 'ce-id': 'a b' };
        await bus.publish({ subject: `${stream.name}.a`, data: 'x', headers, id: 'one' });
        const { seen } = read({ stream: stream.name, from: { sequence: 1 } }, takeAll);
        const [message] = await seen.count(1);
        expect(message?.headers).toEqual({
          'content-type': 'application/json',
          'ce-id': 'a b',
          'nats-msg-id': 'one',
        });
        expect(message && text(message)).toBe('x');
      });

      test('finds the stream of a subject among many', async () => {
        const names = Array.from({ length: 4 }, () => `S${++streamNumber}`);
        const [all, one, exact, several] = names as [string, string, string, string];
        await bus.ensureStreams([
          streamSpec({ name: all, subjects: [`${all}.in.>`] }),
          streamSpec({ name: one, subjects: [`${one}.*.x`] }),
          streamSpec({ name: exact, subjects: [`${exact}.only`] }),
          streamSpec({ name: several, subjects: [`${several}.a.>`, `${several}.b`] }),
        ]);
        const subjects = [`${all}.in.a.b`, `${one}.q.x`, `${exact}.only`, `${several}.a.c`, `${several}.b`];
        const receipts = await Promise.all(subjects.map((subject) => bus.publish({ subject, data: '' })));
        expect(receipts.map(({ stream }) => stream)).toEqual([all, one, exact, several, several]);
        for (const subject of [`${all}.in`, `${one}.q.y`, `${one}.q.r.x`, `${exact}.only.more`, 'nowhere'])
          expect(await failure(bus.publish({ subject, data: '' }))).toMatchObject({
            code: 'BUS_NO_STREAM',
            canRetry: false,
            message: expect.stringContaining(subject) as string,
          });
      });

      test.each([[''], ['has space'], ['line\nbreak']])('refuses the subject %j', async (subject) => {
        expect(await failure(bus.publish({ subject, data: '' }))).toMatchObject({ code: 'BUS_NO_STREAM' });
      });

      test('refuses what the bus or the stream cannot hold', async () => {
        const stream = await createStream({ messageBytesMax: 100 });
        const subject = `${stream.name}.a`;
        const sizes = [bus.payloadBytesMax + 1, bus.payloadBytesMax - 5, 101];
        for (const size of sizes)
          expect(
            await failure(bus.publish({ subject, data: 'x'.repeat(size), headers: { a: 'b' } })),
          ).toMatchObject({ code: 'BUS_PAYLOAD_TOO_LARGE', canRetry: false });
        await bus.publish({ subject, data: 'x'.repeat(100) });
        expect(bus.publishesInFlight).toBe(0);
      });

      test('announces outside all streams', async () => {
        await bus.announce({ subject: 'nobody.listens', data: 'x' });
        expect(
          await failure(bus.announce({ subject: 'a', data: 'x'.repeat(bus.payloadBytesMax + 1) })),
        ).toMatchObject({ code: 'BUS_PAYLOAD_TOO_LARGE' });
      });
    });

    describe('consume', () => {
      test('delivers in order, once, in batches that are never empty', async () => {
        const stream = await createStream();
        await publishMany(stream, 1_200);
        const sizes: number[] = [];
        const subscription = bus.consume(consumer(stream)).subscribe((batch) => sizes.push(batch.length));
        subscription.unsubscribe();
        const { seen } = consume(consumer(stream, { durable: 'others' }), (delivery) => {
          sizes.push(1);
          delivery.ack();
        });
        await seen.count(1_000);
        await publishMany(stream, 300);
        const all = await seen.count(1_500);
        expect(all.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 1_500 }, (_, i) => i + 1));
        expect(all.every(({ attempt }) => attempt === 1)).toBe(true);
        expect(all[0]).toMatchObject({ subject: `${stream.name}.a`, pending: 1_199 });
        expect(sizes).not.toContain(0);
        await expect
          .poll(() => bus.backlog(stream.name, 'others'))
          .toEqual({ pending: 0, unacknowledged: 0 });
      });

      test('delivers a single message at once, without waiting for a batch', async () => {
        const stream = await createStream();
        const { seen } = consume(consumer(stream), (delivery) => delivery.ack());
        for (let index = 1; index <= 20; index++) {
          await publishMany(stream, 1);
          await seen.count(index);
        }
        expect(seen.items).toHaveLength(20);
      });

      test('delivers again after the acknowledgement wait, and never what is acknowledged', async () => {
        const stream = await createStream();
        await publishMany(stream, 3);
        const { seen } = consume(consumer(stream, { ackWaitMs: 300 }), (delivery) => {
          if (text(delivery) !== '2' || delivery.attempt === 3) delivery.ack();
        });
        await seen.count(5);
        expect(seen.items.map((delivery) => [text(delivery), delivery.attempt])).toEqual([
          ['1', 1],
          ['2', 1],
          ['3', 1],
          ['2', 2],
          ['2', 3],
        ]);
        await expect
          .poll(() => bus.backlog(stream.name, 'workers'))
          .toEqual({ pending: 0, unacknowledged: 0 });
      });

      test('delivers again after retry, not before the delay', async () => {
        const stream = await createStream();
        await publishMany(stream, 2);
        const times: number[] = [];
        const { seen } = consume(consumer(stream), (delivery) => {
          if (text(delivery) === '2') return delivery.ack();
          times.push(performance.now());
          if (delivery.attempt === 1) delivery.retry(0);
          else if (delivery.attempt === 2) delivery.retry(400);
          else delivery.ack();
        });
        await seen.count(4);
        const attempts = seen.items.filter((delivery) => text(delivery) === '1');
        expect(attempts.map(({ attempt, sequence }) => [attempt, sequence])).toEqual([
          [1, 1],
          [2, 1],
          [3, 1],
        ]);
        expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThan(390);
      });

      test('only the first answer to a delivery counts', async () => {
        const stream = await createStream();
        await publishMany(stream, 2);
        const { seen } = consume(consumer(stream, { inHandMax: 1 }), (delivery) => {
          delivery.ack();
          delivery.retry(0);
          delivery.ack();
          delivery.working();
        });
        await seen.count(2);
        await roundTrips(bus, stream.name);
        expect(seen.items.map(({ sequence, attempt }) => [sequence, attempt])).toEqual([
          [1, 1],
          [2, 1],
        ]);
      });

      test('working() extends the acknowledgement wait', async () => {
        const stream = await createStream();
        await publishMany(stream, 2);
        const timers: NodeJS.Timeout[] = [];
        const { seen } = consume(consumer(stream, { ackWaitMs: 500 }), (delivery) => {
          if (text(delivery) === '1') timers.push(setInterval(() => delivery.working(), 50));
        });
        endings.push(() => Promise.resolve(timers.forEach((timer) => clearInterval(timer))));
        await seen.until(() => seen.items.some(({ attempt }) => attempt === 3));
        expect(seen.items.map((delivery) => [text(delivery), delivery.attempt])).toEqual([
          ['1', 1],
          ['2', 1],
          ['2', 2],
          ['2', 3],
        ]);
      });

      test('workers of one name share the work', async () => {
        const stream = await createStream();
        const spec = consumer(stream, { inHandMax: 100 });
        const left = consume(spec, (delivery) => delivery.ack());
        const right = consume(spec, (delivery) => delivery.ack(), fixture.other);
        await publishMany(stream, 2_000);
        const all = () => [...left.seen.items, ...right.seen.items];
        await expect.poll(() => all().length, { timeout: 10_000 }).toBe(2_000);
        expect(new Set(all().map(({ sequence }) => sequence)).size).toBe(2_000);
        expect(left.seen.items.length).toBeGreaterThan(100);
        expect(right.seen.items.length).toBeGreaterThan(100);
      });

      test('consumers of different names see everything each', async () => {
        const stream = await createStream();
        await publishMany(stream, 10);
        const left = consume(consumer(stream, { durable: 'left' }));
        const right = consume(consumer(stream, { durable: 'right' }));
        expect(await left.seen.count(10)).toHaveLength(10);
        expect(await right.seen.count(10)).toHaveLength(10);
      });

      test('hands out no more than inHandMax, and goes on as they come back', async () => {
        const stream = await createStream();
        await publishMany(stream, 5_000);
        const { seen } = consume(consumer(stream, { inHandMax: 100 }));
        await seen.count(100);
        await roundTrips(bus, stream.name);
        expect(seen.items).toHaveLength(100);
        expect(await bus.backlog(stream.name, 'workers')).toEqual({ pending: 4_900, unacknowledged: 100 });
        // One by one, later than delivered: the hand is never fuller than its limit and all arrive.
        let answered = 0;
        let inHandPeak = 0;
        while (answered < 5_000) {
          await seen.count(answered + 1);
          inHandPeak = Math.max(inHandPeak, seen.items.length - answered);
          seen.items[answered++]?.ack();
        }
        expect(inHandPeak).toBe(100);
        expect(new Set(seen.items.map(({ sequence }) => sequence)).size).toBe(5_000);
      });

      test('unsubscribing stops; a later worker goes on where it was', async () => {
        const stream = await createStream();
        await publishMany(stream, 10);
        const first = consume(consumer(stream), (delivery) => delivery.ack());
        await first.seen.count(10);
        first.subscription.unsubscribe();
        await expect
          .poll(() => bus.backlog(stream.name, 'workers'))
          .toEqual({ pending: 0, unacknowledged: 0 });
        await publishMany(stream, 5);
        const second = consume(consumer(stream), undefined, fixture.other);
        const rest = await second.seen.count(5);
        expect(rest.map(({ sequence }) => sequence)).toEqual([11, 12, 13, 14, 15]);
        expect(first.seen.items).toHaveLength(10);
      });

      test('a delivery may be acknowledged after its worker has unsubscribed', async () => {
        const stream = await createStream();
        await publishMany(stream, 2);
        const { seen, subscription } = consume(consumer(stream));
        await seen.count(2);
        subscription.unsubscribe();
        for (const delivery of seen.items) delivery.ack();
        await expect
          .poll(() => bus.backlog(stream.name, 'workers'))
          .toEqual({ pending: 0, unacknowledged: 0 });
      });

      test('a worker that joins changes acknowledgement wait and hand of the durable', async () => {
        const stream = await createStream();
        await publishMany(stream, 10);
        const first = consume(consumer(stream, { inHandMax: 2 }));
        await first.seen.count(2);
        first.subscription.unsubscribe();
        const second = consume(consumer(stream, { inHandMax: 10, ackWaitMs: 400 }));
        await second.seen.until(() => new Set(second.seen.items.map((d) => d.sequence)).size === 10);
        expect(second.seen.items.find(({ sequence }) => sequence === 1)?.attempt).toBe(2);
      });

      test('filters by subject, and counts only those that match as pending', async () => {
        const stream = await createStream();
        for (const part of ['a.x', 'b.x', 'a.y', 'b.y', 'a.z'])
          await bus.publish({ subject: `${stream.name}.${part}`, data: part });
        const { seen } = consume(consumer(stream, { filterSubject: `${stream.name}.a.*` }), (d) => d.ack());
        const got = await seen.count(3);
        expect(got.map((delivery) => [text(delivery), delivery.sequence, delivery.pending])).toEqual([
          ['a.x', 1, 2],
          ['a.y', 3, 1],
          ['a.z', 5, 0],
        ]);
        await bus.publish({ subject: `${stream.name}.a.new`, data: 'new' });
        await seen.count(4);
        await expect
          .poll(() => bus.backlog(stream.name, 'workers'))
          .toEqual({ pending: 0, unacknowledged: 0 });
      });

      test('a new durable can begin with what comes from now on', async () => {
        const stream = await createStream();
        await publishMany(stream, 3);
        const spec = consumer(stream, { startFrom: 'new' });
        const first = consume(spec, (delivery) => delivery.ack());
        await expect.poll(() => bus.backlog(stream.name, 'workers').catch(() => undefined)).toBeDefined();
        await publishMany(stream, 2);
        await first.seen.count(2);
        first.subscription.unsubscribe();
        await publishMany(stream, 1);
        const second = consume(spec); // It exists now, so it goes on and does not begin anew.
        await second.seen.count(1);
        const sequences = [...first.seen.items, ...second.seen.items].map(({ sequence }) => sequence);
        expect(sequences).toEqual([4, 5, 6]);
      });

      test('fails on a stream that does not exist', async () => {
        const error = failure(
          new Promise((resolve, reject) => {
            bus.consume(consumer(streamSpec())).subscribe({ next: resolve, error: reject });
          }),
        );
        expect(await error).toMatchObject({ code: 'BUS_NO_STREAM', canRetry: false });
        expect(await failure(bus.backlog('nowhere', 'workers'))).toMatchObject({ code: 'BUS_NO_STREAM' });
        expect(await failure(bus.streamState('nowhere'))).toMatchObject({ code: 'BUS_NO_STREAM' });
      });
    });

    describe('read', () => {
      test('reads from a sequence, in order, and on as more comes', async () => {
        const stream = await createStream();
        await publishMany(stream, 1_500);
        let largest = 0;
        const { seen } = read({ stream: stream.name, from: { sequence: 11 } }, (batch) => {
          largest = Math.max(largest, batch.length);
        });
        await seen.count(1_490);
        await publishMany(stream, 10);
        const all = await seen.count(1_500);
        expect(all.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 1_500 }, (_, i) => i + 11));
        expect(largest).toBeGreaterThan(1);
        expect(largest).toBeLessThanOrEqual(250);
      });

      test('reads only what comes from now on', async () => {
        const stream = await createStream();
        await publishMany(stream, 5);
        const { seen } = read({ stream: stream.name, from: 'new' }, takeAll);
        // The reader says nothing when it is ready, so messages are sent until one is seen.
        while (seen.items.length === 0) await publishMany(stream, 1);
        await publishMany(stream, 1);
        const { lastSequence } = await bus.streamState(stream.name);
        await seen.until(() => seen.items.at(-1)?.sequence === lastSequence);
        const first = seen.items[0]?.sequence ?? 0;
        expect(first).toBeGreaterThan(5);
        expect(seen.items.map(({ sequence }) => sequence)).toEqual(
          Array.from({ length: lastSequence - first + 1 }, (_, index) => first + index),
        );
      });

      test('filters by subject', async () => {
        const stream = await createStream();
        for (const part of ['a', 'b', 'a', 'b', 'a'])
          await bus.publish({ subject: `${stream.name}.${part}`, data: part });
        const { seen } = read(
          { stream: stream.name, filterSubject: `${stream.name}.b`, from: { sequence: 1 } },
          takeAll,
        );
        await seen.count(2);
        await bus.publish({ subject: `${stream.name}.b`, data: 'b' });
        const all = await seen.count(3);
        expect(all.map(({ sequence }) => sequence)).toEqual([2, 4, 6]);
      });

      test('waits for the one who takes', async () => {
        const stream = await createStream();
        await publishMany(stream, 3_000);
        let calls = 0;
        const gate = withResolvers();
        const { seen } = read({ stream: stream.name, from: { sequence: 1 } }, async () => {
          calls++;
          await gate.promise;
        });
        await expect.poll(() => calls).toBe(1);
        await roundTrips(bus, stream.name);
        expect([calls, seen.items.length]).toEqual([1, 0]);
        gate.resolve();
        const all = await seen.count(3_000);
        expect(all.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1));
      });

      test.each([
        [
          'throws',
          () => {
            throw new Error('planted');
          },
        ],
        ['rejects', () => Promise.reject(new Error('planted'))],
      ])('ends with the error when the one who takes %s', async (_how, take) => {
        const stream = await createStream();
        await publishMany(stream, 10);
        let calls = 0;
        const reader = bus.read({ stream: stream.name, from: { sequence: 1 } }, () => {
          calls++;
          return take();
        });
        await expect(reader.done).rejects.toThrow('planted');
        await reader.stop();
        await publishMany(stream, 1);
        await roundTrips(bus, stream.name);
        expect(calls).toBe(1);
      });

      test('stop waits for the last take and ends without an error', async () => {
        const stream = await createStream();
        await publishMany(stream, 1_000);
        let taking = false;
        let calls = 0;
        const entered = withResolvers();
        const gate = withResolvers();
        const reader = bus.read({ stream: stream.name, from: { sequence: 1 } }, async () => {
          calls++;
          taking = true;
          entered.resolve();
          await gate.promise;
          taking = false;
        });
        await entered.promise;
        const stopped = reader.stop();
        gate.resolve();
        await stopped;
        expect([taking, calls]).toEqual([false, 1]);
        await reader.done;
      });

      test('fails on a stream that does not exist', async () => {
        const reader = bus.read({ stream: 'nowhere', from: { sequence: 1 } }, takeAll);
        expect(await failure(reader.done)).toMatchObject({ code: 'BUS_NO_STREAM' });
        await reader.stop();
      });
    });

    describe('streams', () => {
      test('the oldest messages give way to the limit of bytes', async () => {
        const stream = await createStream({ bytesMax: 200_000 });
        await publishMany(stream, 1_000, 500);
        const state = await bus.streamState(stream.name);
        expect(state.bytes).toBeLessThanOrEqual(200_000);
        expect(state.lastSequence).toBe(1_000);
        expect(state.firstSequence).toBe(1_000 - state.messages + 1);
        expect(state.messages).toBeGreaterThan(200);
        const { seen } = read({ stream: stream.name, from: { sequence: 1 } }, takeAll);
        const all = await seen.count(state.messages);
        expect([all[0]?.sequence, all.at(-1)?.sequence]).toEqual([state.firstSequence, 1_000]);
        const { seen: consumed } = consume(consumer(stream), (delivery) => delivery.ack());
        expect((await consumed.count(state.messages))[0]?.sequence).toBe(state.firstSequence);
      });

      test('messages give way to the limit of age', async () => {
        const stream = await createStream({ ageMsMax: 500, duplicateWindowMs: 500 });
        await publishMany(stream, 10);
        await expect
          .poll(() => bus.streamState(stream.name), { timeout: 15_000 })
          .toMatchObject({ messages: 0, lastSequence: 10 });
        expect((await bus.publish({ subject: `${stream.name}.a`, data: '' })).sequence).toBe(11);
      });

      test('are created twice and by many at once without harm', async () => {
        const specs = [streamSpec(), streamSpec(), streamSpec()];
        await Promise.all(
          Array.from({ length: 8 }, (_, index) => (index % 2 ? bus : fixture.other).ensureStreams(specs)),
        );
        const [spec] = specs as [StreamSpec];
        await publishMany(spec, 5);
        await bus.ensureStreams(specs);
        expect(await bus.streamState(spec.name)).toMatchObject({ messages: 5 });
      });

      test('take new limits', async () => {
        const stream = await createStream();
        await publishMany(stream, 1_000, 500);
        await fixture.other.ensureStreams([{ ...stream, bytesMax: 100_000, messageBytesMax: 50 }]);
        const state = await bus.streamState(stream.name);
        expect(state.bytes).toBeLessThanOrEqual(100_000);
        expect(state.lastSequence).toBe(1_000);
        expect(
          await failure(bus.publish({ subject: `${stream.name}.a`, data: 'x'.repeat(51) })),
        ).toMatchObject({ code: 'BUS_PAYLOAD_TOO_LARGE' });
      });

      test('two streams cannot take the same subject', async () => {
        const stream = await createStream();
        const rival = streamSpec({ subjects: [`${stream.name}.a.*`] });
        expect(await failure(bus.ensureStreams([rival]))).toMatchObject({
          code: 'BUS_STREAM_CONFLICT',
          canRetry: false,
          message: expect.stringContaining(rival.name) as string,
        });
      });
    });

    test('closing ends everything and refuses what follows', async () => {
      const mine = await fixture.openAnother();
      const spec = streamSpec();
      await mine.ensureStreams([spec]);
      const states: boolean[] = [];
      const ends: string[] = [];
      mine.status.subscribe({
        next: ({ connected }) => states.push(connected),
        complete: () => ends.push('status'),
      });
      mine.consume(consumer(spec)).subscribe({ complete: () => ends.push('consume') });
      const reader = mine.read({ stream: spec.name, from: { sequence: 1 } }, takeAll);
      await mine.publish({ subject: `${spec.name}.a`, data: 'x' });
      await Promise.all([mine.close(), mine.close()]);
      await reader.done;
      await mine.close();
      expect(states).toEqual([true, false]);
      expect(ends.sort()).toEqual(['consume', 'status']);
      const after = [
        mine.publish({ subject: `${spec.name}.a`, data: 'x' }),
        mine.announce({ subject: 'a', data: 'x' }),
        mine.ensureStreams([spec]),
        mine.read({ stream: spec.name, from: 'new' }, takeAll).done,
      ];
      for (const work of after)
        expect(await failure(work)).toMatchObject({ code: 'BUS_CLOSED', canRetry: false });
      mine.consume(consumer(spec)).subscribe({ complete: () => ends.push('late') });
      expect(ends).toContain('late');
    });
  });
}
