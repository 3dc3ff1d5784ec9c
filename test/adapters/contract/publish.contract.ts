/** What publishing must do. */
import { describe, expect, test } from 'vitest';
import { streamSpec } from '../../support/stream-fixtures.ts';
import { failure, newStream, takeAll, text } from './bus-bench.ts';
import type { BusBench } from './bus-bench.ts';

export function publishContract(bench: BusBench): void {
  describe('publish', () => {
    test('answers stream and sequence, and what is read back is what was sent', async () => {
      const stream = await bench.createStream();
      const startMs = Date.now();
      const first = await bench.bus.publish({ subject: `${stream.name}.a.b`, data: 'héllo' });
      const bytes = new Uint8Array([0, 255, 10, 13]);
      const second = await bench.bus.publish({ subject: `${stream.name}.c`, data: bytes });
      expect([first, second]).toEqual([
        { stream: stream.name, sequence: 1, duplicate: false },
        { stream: stream.name, sequence: 2, duplicate: false },
      ]);
      const { seen } = bench.read({ stream: stream.name, from: { sequence: 1 } }, takeAll);
      const [a, b] = await seen.count(2);
      expect([a?.subject, a && text(a), a?.headers, a?.sequence]).toEqual([
        `${stream.name}.a.b`,
        'héllo',
        undefined,
        1,
      ]);
      expect([b?.subject, [...(b?.data ?? [])]]).toEqual([`${stream.name}.c`, [...bytes]]);
      expect(Math.abs((a?.storedAtMs ?? 0) - startMs)).toBeLessThan(60_000);
    });

    test('what may not be sent any more is withheld, not stored', async () => {
      const stream = await bench.createStream();
      const message = { subject: `${stream.name}.a`, data: 'x' };
      const withheld = bench.bus.publish({ ...message, mayBeSent: () => false });
      await expect(withheld).rejects.toMatchObject({ code: 'BUS_WITHHELD', canRetry: true });
      expect(await bench.bus.streamState(stream.name)).toMatchObject({ messages: 0 });
      await bench.bus.publish({ ...message, mayBeSent: () => true });
      expect(await bench.bus.streamState(stream.name)).toMatchObject({ messages: 1 });
    });

    test('of several together each is settled by itself, and those that are stored keep their order', async () => {
      const stream = await bench.createStream();
      const subject = `${stream.name}.a`;
      const outcomes: (readonly [number, string])[] = [];
      const messages = [
        { subject, data: 'first', id: 'one' },
        { subject: 'nowhere.at.all', data: 'lost' },
        { subject, data: 'again', id: 'one' },
        { subject, data: 'withheld', mayBeSent: () => false },
        { subject, data: 'too large'.padEnd(bench.bus.payloadBytesMax + 1) },
        { subject, data: 'last', id: 'two' },
      ];
      await bench.bus.publishAll(messages, (at, outcome) => {
        const said = 'code' in outcome ? outcome.code : `${outcome.sequence} ${outcome.duplicate}`;
        outcomes.push([at, said]);
      });
      expect(outcomes.sort(([left], [right]) => left - right)).toEqual([
        [0, '1 false'],
        [1, 'BUS_NO_STREAM'],
        [2, '1 true'],
        [3, 'BUS_WITHHELD'],
        [4, 'BUS_PAYLOAD_TOO_LARGE'],
        [5, '2 false'],
      ]);
      await bench.bus.publishAll([], () => expect.unreachable());
    });

    test('stores one message per id', async () => {
      const stream = await bench.createStream();
      const message = { subject: `${stream.name}.a`, data: 'x', id: 'one' };
      const receipts = [await bench.bus.publish(message), await bench.bus.publish(message)];
      receipts.push(await bench.bus.publish({ ...message, id: 'two' }));
      expect(receipts.map(({ sequence, duplicate }) => [sequence, duplicate])).toEqual([
        [1, false],
        [1, true],
        [2, false],
      ]);
      expect(await bench.bus.streamState(stream.name)).toMatchObject({ messages: 2, lastSequence: 2 });
    });

    test.each([
      ['with spaces', ' a b '],
      ['with a line break', 'line\r\nbreak'],
      ['beyond ASCII', 'ünïcode'],
      ['very long', 'x'.repeat(2_000)],
      ['with half a character', 'half \uD800'],
    ])('takes an id %s', async (_kind, id) => {
      const stream = await bench.createStream();
      const message = { subject: `${stream.name}.a`, data: 'x', id };
      const receipts = [await bench.bus.publish(message), await bench.bus.publish(message)];
      expect(receipts.map(({ duplicate }) => duplicate)).toEqual([false, true]);
    });

    test('forgets ids after the duplicate window', async () => {
      const stream = await bench.createStream({ duplicateWindowMs: 200 });
      const message = { subject: `${stream.name}.a`, data: 'x', id: 'one' };
      await bench.bus.publish(message);
      await expect.poll(async () => (await bench.bus.publish(message)).duplicate).toBe(false);
    });

    test('carries headers, with lower-case names, and the id among them', async () => {
      const stream = await bench.createStream();
      const headers = { 'Content-Type': 'application/json', 'ce-id': 'a b' };
      await bench.bus.publish({ subject: `${stream.name}.a`, data: 'x', headers, id: 'one' });
      const { seen } = bench.read({ stream: stream.name, from: { sequence: 1 } }, takeAll);
      const [message] = await seen.count(1);
      expect(message?.headers).toEqual({
        'content-type': 'application/json',
        'ce-id': 'a b',
        'nats-msg-id': 'one',
      });
      expect(message && text(message)).toBe('x');
    });

    test('finds the stream of a subject among many', async () => {
      const names = Array.from({ length: 4 }, () => newStream().name);
      const [all, one, exact, several] = names as [string, string, string, string];
      await bench.bus.ensureStreams([
        streamSpec(all, { subjects: [`${all}.in.>`] }),
        streamSpec(one, { subjects: [`${one}.*.x`] }),
        streamSpec(exact, { subjects: [`${exact}.only`] }),
        streamSpec(several, { subjects: [`${several}.a.>`, `${several}.b`] }),
      ]);
      const subjects = [`${all}.in.a.b`, `${one}.q.x`, `${exact}.only`, `${several}.a.c`, `${several}.b`];
      const receipts = await Promise.all(subjects.map((subject) => bench.bus.publish({ subject, data: '' })));
      expect(receipts.map(({ stream }) => stream)).toEqual([all, one, exact, several, several]);
      for (const subject of [`${all}.in`, `${one}.q.y`, `${one}.q.r.x`, `${exact}.only.more`, 'nowhere'])
        expect(await failure(bench.bus.publish({ subject, data: '' }))).toMatchObject({
          code: 'BUS_NO_STREAM',
          canRetry: false,
          message: expect.stringContaining(subject) as string,
        });
    });

    test.each([[''], ['has space'], ['line\nbreak']])('refuses the subject %j', async (subject) => {
      expect(await failure(bench.bus.publish({ subject, data: '' }))).toMatchObject({
        code: 'BUS_NO_STREAM',
      });
    });

    test('refuses what the bus or the stream cannot hold', async () => {
      const stream = await bench.createStream({ messageBytesMax: 100 });
      const subject = `${stream.name}.a`;
      const sizes = [bench.bus.payloadBytesMax + 1, bench.bus.payloadBytesMax - 5, 101];
      for (const size of sizes)
        expect(
          await failure(bench.bus.publish({ subject, data: 'x'.repeat(size), headers: { a: 'b' } })),
        ).toMatchObject({ code: 'BUS_PAYLOAD_TOO_LARGE', canRetry: false });
      await bench.bus.publish({ subject, data: 'x'.repeat(100) });
      expect(bench.bus.publishesInFlight).toBe(0);
    });

    test('announces outside all streams', async () => {
      await bench.bus.announce({ subject: 'nobody.listens', data: 'x' });
      expect(
        await failure(bench.bus.announce({ subject: 'a', data: 'x'.repeat(bench.bus.payloadBytesMax + 1) })),
      ).toMatchObject({ code: 'BUS_PAYLOAD_TOO_LARGE' });
    });
  });
}
