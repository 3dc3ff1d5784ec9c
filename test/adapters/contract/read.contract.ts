/** What readers must do. */
import { describe, expect, test } from 'vitest';
import { failure, roundTrips, takeAll, upTo } from './bus-bench.ts';
import type { BusBench } from './bus-bench.ts';

/** An answer may be so long on its way, on a machine that is busy with something else. */
const CLOCK_BEHIND_MS_MAX = 20_000;

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

export function readContract(bench: BusBench): void {
  describe('read', () => {
    test('reads from a sequence, in order, and on as more comes', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 1_500);
      let largest = 0;
      const { seen } = bench.read({ stream: stream.name, from: { sequence: 11 } }, (batch) => {
        largest = Math.max(largest, batch.length);
      });
      await seen.count(1_490);
      await bench.publishMany(stream, 10);
      const all = await seen.count(1_500);
      expect(all.map(({ sequence }) => sequence)).toEqual(upTo(1_500, 11));
      expect(largest).toBeGreaterThan(1);
      expect(largest).toBeLessThanOrEqual(250);
    });

    test('reads only what comes from now on', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 5);
      const { seen } = bench.read({ stream: stream.name, from: 'new' }, takeAll);
      // The reader says nothing when it is ready, so messages are sent until one is seen.
      while (seen.items.length === 0) await bench.publishMany(stream, 1);
      await bench.publishMany(stream, 1);
      const { lastSequence } = await bench.bus.streamState(stream.name);
      await seen.until(() => seen.items.at(-1)?.sequence === lastSequence);
      const first = seen.items[0]?.sequence ?? 0;
      expect(first).toBeGreaterThan(5);
      expect(seen.items.map(({ sequence }) => sequence)).toEqual(upTo(lastSequence - first + 1, first));
    });

    test('whoever reads knows the time of the broker, and is not ahead of it', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 1);
      const { seen } = bench.read({ stream: stream.name, from: { sequence: 1 } }, takeAll);
      const [first] = await seen.count(1);
      const toldMs = bench.bus.nowMs();
      await bench.publishMany(stream, 1);
      const [, second] = await seen.count(2);
      expect(toldMs).toBeGreaterThanOrEqual(Number(first?.storedAtMs) - CLOCK_BEHIND_MS_MAX);
      expect(Math.floor(toldMs)).toBeLessThanOrEqual(Number(second?.storedAtMs));
    });

    test.each([
      ['everything that was stored', 700, 1, 700],
      ['nothing was stored', 0, 1, 0],
      ['nothing is left to read', 5, 6, 0],
    ])('says when it has caught up: %s', async (_what, messages, from, expected) => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, messages);
      const { seen, reader } = bench.read({ stream: stream.name, from: { sequence: from } }, takeAll);
      await reader.caughtUp;
      expect(seen.items).toHaveLength(expected);
    });

    test('has caught up when there is nothing of its filter, and not before it has taken what there is', async () => {
      const stream = await bench.createStream();
      for (const part of ['a', 'b', 'a'])
        await bench.bus.publish({ subject: `${stream.name}.${part}`, data: part });
      const filterOf = (part: string) => ({
        stream: stream.name,
        filterSubject: `${stream.name}.${part}`,
        from: { sequence: 1 },
      });
      await bench.read(filterOf('nobody'), takeAll).reader.caughtUp;
      const [began, gate] = [withResolvers(), withResolvers()];
      let isCaughtUp = false;
      const { reader } = bench.read(filterOf('b'), () => {
        began.resolve();
        return gate.promise;
      });
      void reader.caughtUp.then(() => (isCaughtUp = true));
      await began.promise;
      await roundTrips(bench.bus, stream.name);
      expect(isCaughtUp).toBe(false);
      gate.resolve();
      await reader.caughtUp;
    });

    test('counts what of its filter lies behind what is being taken', async () => {
      const stream = await bench.createStream();
      for (let part = 0; part < 400; part++)
        await bench.bus.publish({ subject: `${stream.name}.${part % 2}`, data: `${part}` });
      const spec = { stream: stream.name, filterSubject: `${stream.name}.1`, from: { sequence: 1 } };
      const [began, gate] = [withResolvers(), withResolvers()];
      let taken = 0;
      const { reader } = bench.read(spec, (batch) => {
        taken += batch.length;
        began.resolve();
        return gate.promise;
      });
      await began.promise;
      expect(reader.pending).toBe(200 - taken);
      gate.resolve();
      await reader.caughtUp;
      expect(reader.pending).toBe(0);
    });

    // A server of 2.9.10 makes one such consumer of eight with a count too high, as the order in one of its maps will have it.
    test('from the midst of what its subjects hold, it ends where they end', async () => {
      const stream = await bench.createStream();
      const parts = ['p.a', 'q', 'p.b', 'p.a', 'p.c', 'q', 'p.b', 'p.a', 'p.d', 'q'];
      for (const part of parts) await bench.bus.publish({ subject: `${stream.name}.${part}`, data: part });
      const spec = { stream: stream.name, filterSubject: `${stream.name}.p.*`, from: { sequence: 5 } };
      for (let run = 0; run < 60; run++) {
        const { seen, reader } = bench.read(spec, takeAll);
        await reader.caughtUp;
        expect(seen.items.map(({ sequence }) => sequence)).toEqual([5, 7, 8, 9]);
        expect(reader.pending).toBe(0);
        await reader.stop();
      }
    });

    // The same server counts too many for one reader of twenty-five when messages are stored while it reads.
    test('nothing is pending once it is quiet', async () => {
      for (let run = 0; run < 20; run++) {
        const stream = await bench.createStream();
        const spec = { stream: stream.name, filterSubject: `${stream.name}.*`, from: { sequence: 1 } };
        const readings = upTo(4).map(() => bench.read(spec, takeAll));
        await Promise.all(readings.map(({ reader }) => reader.caughtUp));
        const published: Promise<unknown>[] = [];
        for (const part of upTo(120)) {
          published.push(bench.bus.publish({ subject: `${stream.name}.${part % 6}`, data: 'x'.repeat(300) }));
          if (part % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        await Promise.all([...published, ...readings.map(({ seen }) => seen.count(120))]);
        await expect.poll(() => readings.map(({ reader }) => reader.pending)).toEqual([0, 0, 0, 0]);
        await Promise.all(readings.map(({ reader }) => reader.stop()));
      }
    });

    test('knows until when all is taken, and stands still while something waits', async () => {
      const stream = await bench.createStream();
      const [began, gate] = [withResolvers(), withResolvers()];
      const { reader } = bench.read({ stream: stream.name, from: { sequence: 1 } }, async () => {
        began.resolve();
        await gate.promise;
      });
      await expect.poll(() => reader.takenUntilMs).toBeGreaterThan(0);
      await bench.publishMany(stream, 1);
      await began.promise;
      const beforeMs = reader.takenUntilMs;
      const { seen } = bench.read({ stream: stream.name, from: { sequence: 1 } }, takeAll);
      const [{ storedAtMs } = { storedAtMs: 0 }] = await seen.count(1);
      expect(beforeMs).toBeLessThanOrEqual(storedAtMs);
      await roundTrips(bench.bus, stream.name);
      expect(reader.takenUntilMs).toBe(beforeMs);
      gate.resolve();
      await expect.poll(() => reader.takenUntilMs).toBeGreaterThan(storedAtMs);
    });

    test('filters by subject', async () => {
      const stream = await bench.createStream();
      for (const part of ['a', 'b', 'a', 'b', 'a'])
        await bench.bus.publish({ subject: `${stream.name}.${part}`, data: part });
      const { seen } = bench.read(
        { stream: stream.name, filterSubject: `${stream.name}.b`, from: { sequence: 1 } },
        takeAll,
      );
      await seen.count(2);
      await bench.bus.publish({ subject: `${stream.name}.b`, data: 'b' });
      const all = await seen.count(3);
      expect(all.map(({ sequence }) => sequence)).toEqual([2, 4, 6]);
    });

    test('waits for the one who takes', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 3_000);
      let calls = 0;
      const gate = withResolvers();
      const { seen } = bench.read({ stream: stream.name, from: { sequence: 1 } }, async () => {
        calls++;
        await gate.promise;
      });
      await expect.poll(() => calls).toBe(1);
      await roundTrips(bench.bus, stream.name);
      expect([calls, seen.items.length]).toEqual([1, 0]);
      gate.resolve();
      const all = await seen.count(3_000);
      expect(all.map(({ sequence }) => sequence)).toEqual(upTo(3_000));
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
      const stream = await bench.createStream();
      await bench.publishMany(stream, 10);
      let calls = 0;
      const reader = bench.bus.read({ stream: stream.name, from: { sequence: 1 } }, () => {
        calls++;
        return take();
      });
      await expect(reader.done).rejects.toThrow('planted');
      await reader.stop();
      await bench.publishMany(stream, 1);
      await roundTrips(bench.bus, stream.name);
      expect(calls).toBe(1);
    });

    test('stop waits for the last take and ends without an error', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 1_000);
      let taking = false;
      let calls = 0;
      const entered = withResolvers();
      const gate = withResolvers();
      const reader = bench.bus.read({ stream: stream.name, from: { sequence: 1 } }, async () => {
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
      const reader = bench.bus.read({ stream: 'nowhere', from: { sequence: 1 } }, takeAll);
      expect(await failure(reader.done)).toMatchObject({ code: 'BUS_NO_STREAM' });
      await reader.stop();
    });
  });
}
