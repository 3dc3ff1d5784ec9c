/** What streams, and the end of a bus, must do. */
import { describe, expect, test } from 'vitest';
import type { StreamSpec } from '../../../src/core/bus/bus.port.ts';
import { consumerOf, failure, newStream, takeAll } from './bus-bench.ts';
import type { BusBench } from './bus-bench.ts';

export function streamsContract(bench: BusBench): void {
  describe('streams', () => {
    test('the oldest messages give way to the limit of bytes', async () => {
      const stream = await bench.createStream({ bytesMax: 200_000 });
      await bench.publishMany(stream, 1_000, 500);
      const state = await bench.bus.streamState(stream.name);
      expect(state.bytes).toBeLessThanOrEqual(200_000);
      expect(state.lastSequence).toBe(1_000);
      expect(state.firstSequence).toBe(1_000 - state.messages + 1);
      expect(state.messages).toBeGreaterThan(200);
      const { seen } = bench.read({ stream: stream.name, from: { sequence: 1 } }, takeAll);
      const all = await seen.count(state.messages);
      expect([all[0]?.sequence, all.at(-1)?.sequence]).toEqual([state.firstSequence, 1_000]);
      const { seen: consumed } = bench.consume(consumerOf(stream), (delivery) => delivery.ack());
      expect((await consumed.count(state.messages))[0]?.sequence).toBe(state.firstSequence);
    });

    test('messages give way to the limit of age', async () => {
      const stream = await bench.createStream({ ageMsMax: 500, duplicateWindowMs: 500 });
      await bench.publishMany(stream, 10);
      await expect
        .poll(() => bench.bus.streamState(stream.name))
        .toMatchObject({ messages: 0, lastSequence: 10 });
      expect((await bench.bus.publish({ subject: `${stream.name}.a`, data: '' })).sequence).toBe(11);
    });

    test('are created twice and by many at once without harm', async () => {
      const specs = [newStream(), newStream(), newStream()];
      await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 ? bench.bus : bench.fixture.other).ensureStreams(specs),
        ),
      );
      const [spec] = specs as [StreamSpec];
      await bench.publishMany(spec, 5);
      await bench.bus.ensureStreams(specs);
      expect(await bench.bus.streamState(spec.name)).toMatchObject({ messages: 5 });
    });

    test('take new limits', async () => {
      const stream = await bench.createStream();
      await bench.publishMany(stream, 1_000, 500);
      await bench.fixture.other.ensureStreams([{ ...stream, bytesMax: 100_000, messageBytesMax: 50 }]);
      const state = await bench.bus.streamState(stream.name);
      expect(state.bytes).toBeLessThanOrEqual(100_000);
      expect(state.lastSequence).toBe(1_000);
      expect(
        await failure(bench.bus.publish({ subject: `${stream.name}.a`, data: 'x'.repeat(51) })),
      ).toMatchObject({ code: 'BUS_PAYLOAD_TOO_LARGE' });
    });

    test('two streams cannot take the same subject', async () => {
      const stream = await bench.createStream();
      const rival = newStream({ subjects: [`${stream.name}.a.*`] });
      expect(await failure(bench.bus.ensureStreams([rival]))).toMatchObject({
        code: 'BUS_STREAM_CONFLICT',
        canRetry: false,
        message: expect.stringContaining(rival.name) as string,
      });
    });
  });

  test('closing ends everything and refuses what follows', async () => {
    const mine = await bench.fixture.openAnother();
    const spec = newStream();
    await mine.ensureStreams([spec]);
    const states: boolean[] = [];
    const ends: string[] = [];
    mine.status.subscribe({
      next: ({ connected }) => states.push(connected),
      complete: () => ends.push('status'),
    });
    mine.consume(consumerOf(spec)).subscribe({ complete: () => ends.push('consume') });
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
    mine.consume(consumerOf(spec)).subscribe({ complete: () => ends.push('late') });
    expect(ends).toContain('late');
  });
}
