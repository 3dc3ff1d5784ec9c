/** What durable consumers must do. */
import { Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../../src/core/bus/bus.port.ts';
import { consumerOf, failure, newStream, roundTrips, text, upTo } from './bus-bench.ts';
import type { BusBench } from './bus-bench.ts';

export function consumeContract(bench: BusBench): void {
  describe('consume', () => {
    test('delivers in order, once, in batches that are never empty', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 1_200);
      const sizes: number[] = [];
      const subscription = bench.bus
        .consume(consumerOf(stream))
        .subscribe((batch) => sizes.push(batch.length));
      subscription.unsubscribe();
      const { seen } = bench.consume(consumerOf(stream, { durable: 'others' }), (delivery) => {
        sizes.push(1);
        delivery.ack();
      });
      await seen.count(1_000);
      await bench.publishMany(stream, 300);
      const all = await seen.count(1_500);
      expect(all.map(({ sequence }) => sequence)).toEqual(upTo(1_500));
      expect(all.every(({ attempt }) => attempt === 1)).toBe(true);
      expect(all[0]?.subject).toBe(`${stream.name}.a`);
      expect(all.slice(0, 200).map(({ pending }) => pending)).toEqual(upTo(1_200).reverse().slice(1, 201));
      expect(sizes).not.toContain(0);
      await expect
        .poll(() => bench.bus.backlog(stream.name, 'others'))
        .toEqual({ pending: 0, unacknowledged: 0 });
    });

    test('delivers a single message at once, without waiting for a batch', async () => {
      const stream = await bench.createStream();
      const { seen } = bench.consume(consumerOf(stream), (delivery) => delivery.ack());
      for (let index = 1; index <= 20; index++) {
        await bench.publishMany(stream, 1);
        await seen.count(index);
      }
      expect(seen.items).toHaveLength(20);
    });

    test('delivers again after the acknowledgement wait, and never what is acknowledged', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 3);
      const { seen } = bench.consume(consumerOf(stream, { ackWaitMs: 1_500 }), (delivery) => {
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
        .poll(() => bench.bus.backlog(stream.name, 'workers'))
        .toEqual({ pending: 0, unacknowledged: 0 });
    });

    test('delivers again after retry, not before the delay', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 2);
      const times: number[] = [];
      const { seen } = bench.consume(consumerOf(stream), (delivery) => {
        if (text(delivery) === '2') return delivery.ack();
        times.push(performance.now());
        if (delivery.attempt === 1) delivery.retry(0);
        else if (delivery.attempt === 2) delivery.retry(400.5);
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
      const stream = await bench.createStream();
      await bench.publishMany(stream, 2);
      const { seen } = bench.consume(consumerOf(stream, { inHandMax: 1 }), (delivery) => {
        delivery.ack();
        delivery.retry(0);
        delivery.ack();
        delivery.working();
      });
      await seen.count(2);
      await roundTrips(bench.bus, stream.name);
      expect(seen.items.map(({ sequence, attempt }) => [sequence, attempt])).toEqual([
        [1, 1],
        [2, 1],
      ]);
    });

    test('working() extends the acknowledgement wait', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 2);
      const timers: NodeJS.Timeout[] = [];
      const { seen } = bench.consume(consumerOf(stream, { ackWaitMs: 1_500 }), (delivery) => {
        if (text(delivery) === '1') timers.push(setInterval(() => delivery.working(), 50));
      });
      bench.finally(() => timers.forEach((timer) => clearInterval(timer)));
      await seen.until(() => seen.items.some(({ attempt }) => attempt === 3));
      expect(seen.items.map((delivery) => [text(delivery), delivery.attempt])).toEqual([
        ['1', 1],
        ['2', 1],
        ['2', 2],
        ['2', 3],
      ]);
    });

    test('told that it is enough, it takes what is under way, completes, and leaves the rest to others at once', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 3_000);
      const taken: number[] = [];
      const take = (delivery: Delivery) => {
        expect(delivery.attempt).toBe(1);
        taken.push(delivery.sequence);
        delivery.ack();
      };
      for (const enough of [1, 700, 1_400]) {
        const until = new Subject<void>();
        const spec = consumerOf(stream, { inHandMax: 300, ackWaitMs: 60_000, until });
        await new Promise<void>((complete) => {
          const next = (batch: readonly Delivery[]) => {
            batch.forEach(take);
            if (taken.length >= enough) until.next();
          };
          bench.bus.consume(spec).subscribe({ next, complete });
        });
        expect(taken.length).toBeLessThan(enough + 700);
      }
      const until = new Subject<void>();
      const { seen } = bench.consume(consumerOf(stream, { until }), take, bench.fixture.other);
      await seen.until(() => taken.length === 3_000);
      expect(new Set(taken).size).toBe(3_000);
      const completed = new Promise<void>((complete) => {
        bench.bus.consume(consumerOf(stream, { until })).subscribe({ complete });
      });
      until.next(); // Before it has begun, and where nothing is under way.
      await completed;
    });

    test('told that it is enough, it completes while messages go on coming', async () => {
      const stream = await bench.createStream();
      let isComplete = false;
      let taken = 0;
      const until = new Subject<void>();
      const completed = new Promise<void>((complete) => {
        const next = (batch: readonly Delivery[]) => {
          taken += batch.length;
          for (const delivery of batch) delivery.ack();
        };
        bench.bus.consume(consumerOf(stream, { until })).subscribe({ next, complete });
      }).then(() => (isComplete = true));
      // One after the other, seldom enough for a request to stay open, often enough for it never to be quiet.
      const trickle = async () => {
        for (let sent = 0; !isComplete; sent += 1) {
          await bench.publishMany(stream, 1);
          await new Promise((resolve) => setTimeout(resolve, 30));
          if (sent === 5) until.next();
        }
      };
      await Promise.all([trickle(), completed]);
      expect(taken).toBeGreaterThan(0);
      expect(taken).toBeLessThan(250);
    });

    test('workers of one name share the work', async () => {
      const stream = await bench.createStream();
      const spec = consumerOf(stream, { inHandMax: 100, unacknowledgedMax: 200 });
      // Whoever comes first would take all before the other has come: hands stay full until both are.
      const held: Delivery[] = [];
      let isShared = false;
      const take = (delivery: Delivery) => (isShared ? delivery.ack() : void held.push(delivery));
      const left = bench.consume(spec, take);
      const right = bench.consume(spec, take, bench.fixture.other);
      await bench.publishMany(stream, 2_000);
      await Promise.all([left.seen.count(100), right.seen.count(100)]);
      isShared = true;
      for (const delivery of held) delivery.ack();
      const all = () => [...left.seen.items, ...right.seen.items];
      await expect.poll(() => all().length).toBe(2_000);
      expect(new Set(all().map(({ sequence }) => sequence)).size).toBe(2_000);
    });

    test('consumers of different names see everything each', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 10);
      const left = bench.consume(consumerOf(stream, { durable: 'left' }));
      const right = bench.consume(consumerOf(stream, { durable: 'right' }));
      expect(await left.seen.count(10)).toHaveLength(10);
      expect(await right.seen.count(10)).toHaveLength(10);
    });

    test('hands out no more than inHandMax, and goes on as they come back', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 5_000);
      const { seen } = bench.consume(consumerOf(stream, { inHandMax: 100 }));
      await seen.count(100);
      await roundTrips(bench.bus, stream.name);
      expect(seen.items).toHaveLength(100);
      expect(await bench.bus.backlog(stream.name, 'workers')).toEqual({
        pending: 4_900,
        unacknowledged: 100,
      });
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

    test('each worker fills its own hand, up to unacknowledgedMax together', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 1_000);
      const spec = consumerOf(stream, { inHandMax: 100, unacknowledgedMax: 150 });
      const left = bench.consume(spec);
      await left.seen.count(100);
      const right = bench.consume(spec, undefined, bench.fixture.other);
      await right.seen.count(50);
      await roundTrips(bench.bus, stream.name);
      expect([left.seen.items.length, right.seen.items.length]).toEqual([100, 50]);
    });

    test('unsubscribing stops; a later worker goes on where it was', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 10);
      const first = bench.consume(consumerOf(stream), (delivery) => delivery.ack());
      await first.seen.count(10);
      first.subscription.unsubscribe();
      await expect
        .poll(() => bench.bus.backlog(stream.name, 'workers'))
        .toEqual({ pending: 0, unacknowledged: 0 });
      await bench.publishMany(stream, 5);
      const second = bench.consume(consumerOf(stream), undefined, bench.fixture.other);
      const rest = await second.seen.count(5);
      expect(rest.map(({ sequence }) => sequence)).toEqual([11, 12, 13, 14, 15]);
      expect(first.seen.items).toHaveLength(10);
    });

    test('a delivery may be acknowledged after its worker has unsubscribed', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 2);
      const { seen, subscription } = bench.consume(consumerOf(stream));
      await seen.count(2);
      subscription.unsubscribe();
      for (const delivery of seen.items) delivery.ack();
      await expect
        .poll(() => bench.bus.backlog(stream.name, 'workers'))
        .toEqual({ pending: 0, unacknowledged: 0 });
    });

    test('a worker that joins changes acknowledgement wait and hand of the durable', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 10);
      const first = bench.consume(consumerOf(stream, { inHandMax: 2 }));
      await first.seen.count(2);
      first.subscription.unsubscribe();
      const second = bench.consume(consumerOf(stream, { inHandMax: 10, ackWaitMs: 400 }));
      await second.seen.until(() => new Set(second.seen.items.map((d) => d.sequence)).size === 10);
      expect(second.seen.items.find(({ sequence }) => sequence === 1)?.attempt).toBe(2);
    });

    test('filters by subject', async () => {
      const stream = await bench.createStream();
      for (const part of ['a.x', 'b.x', 'a.y', 'b.y', 'a.z'])
        await bench.bus.publish({ subject: `${stream.name}.${part}`, data: part });
      const { seen } = bench.consume(consumerOf(stream, { filterSubject: `${stream.name}.a.*` }), (d) =>
        d.ack(),
      );
      const got = await seen.count(3);
      expect(got.map((delivery) => [text(delivery), delivery.sequence])).toEqual([
        ['a.x', 1],
        ['a.y', 3],
        ['a.z', 5],
      ]);
      await bench.bus.publish({ subject: `${stream.name}.a.new`, data: 'new' });
      await seen.count(4);
      await expect
        .poll(() => bench.bus.backlog(stream.name, 'workers'))
        .toEqual({ pending: 0, unacknowledged: 0 });
    });

    test('a new durable can begin with what comes from now on', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 3);
      const spec = consumerOf(stream, { startFrom: 'new' });
      const first = bench.consume(spec, (delivery) => delivery.ack());
      await expect.poll(() => bench.bus.backlog(stream.name, 'workers').catch(() => undefined)).toBeDefined();
      await bench.publishMany(stream, 2);
      await first.seen.count(2);
      first.subscription.unsubscribe();
      await bench.publishMany(stream, 1);
      const second = bench.consume(spec); // It exists now, so it goes on and does not begin anew.
      await second.seen.count(1);
      const sequences = [...first.seen.items, ...second.seen.items].map(({ sequence }) => sequence);
      expect(sequences).toEqual([4, 5, 6]);
    });

    test('fails on a stream that does not exist', async () => {
      const error = failure(
        new Promise((resolve, reject) => {
          bench.bus.consume(consumerOf(newStream())).subscribe({ next: resolve, error: reject });
        }),
      );
      expect(await error).toMatchObject({ code: 'BUS_NO_STREAM', canRetry: false });
      expect(await failure(bench.bus.backlog('nowhere', 'workers'))).toMatchObject({ code: 'BUS_NO_STREAM' });
      expect(await failure(bench.bus.streamState('nowhere'))).toMatchObject({ code: 'BUS_NO_STREAM' });
    });
  });
}
