/** Goal: every text is read once in order, and the speed is that of the timed passes: in a clock that the engine moves. */
import { expect, test } from 'vitest';
import { measureEngine } from '../../../src/app/evaluate/measure-engine.ts';
import type { BatchEngine, SentimentEngine } from '../../../src/core/sentiment/engine.port.ts';
import { fakeBatchEngine, fakeEngine, manualClock } from './support.ts';

/** What the engine takes for its nth text, in ms. */
type Cost = (n: number) => number;

async function measure(
  count: number,
  cost: Cost,
  make: (clock: ReturnType<typeof manualClock>, seen: string[]) => SentimentEngine | BatchEngine,
) {
  const clock = manualClock();
  const seen: string[] = [];
  let spent = 0;
  const engine = make({ ...clock, advance: () => clock.advance(cost(spent++)) }, seen);
  const readings: [number, string][] = [];
  const shares: number[] = [];
  const texts = Array.from({ length: count }, (_, index) => ` text ${index} &amp; `);
  const rate = await measureEngine(engine, texts, {
    clock,
    onReading: (index, text) => readings.push([index, text]),
    onProgress: (share) => shares.push(share),
  });
  return { rate, seen, readings, shares };
}

const immediate = (clock: ReturnType<typeof manualClock>, seen: string[]) =>
  fakeEngine('fake', (text) => {
    clock.advance(0);
    seen.push(text);
    return 0;
  });

const expected = (count: number) =>
  Array.from({ length: count }, (_, index): [number, string] => [index, `text ${index} &`]);

test.each([1, 127, 128, 300, 10_001])('%d texts: each is taken once, normalized, in order', async (count) => {
  const { rate, readings, seen } = await measure(count, () => 0.1, immediate);
  expect(readings).toEqual(expected(count));
  expect(rate).toBeCloseTo(10_000, 3);
  expect(seen.length).toBeGreaterThanOrEqual(4 * 10_000); // Few texts are gone through again and again.
});

test('the warm-up does not count, nor does one slow pass of three', async () => {
  const passOf = (n: number) => Math.floor(n / 10_112); // 10,000 and the rest of a chunk.
  const { rate } = await measure(128, (n) => [0.4, 0.1, 0.3, 0.1][passOf(n)] ?? 0.1, immediate);
  expect(rate).toBeCloseTo(10_000, 3);
});

test('a slow engine reads everything once; a timed pass ends after five seconds', async () => {
  const { rate, readings, seen } = await measure(1_000, () => 10, immediate);
  expect(readings).toEqual(expected(1_000));
  expect(rate).toBeCloseTo(100, 6);
  expect(seen.length).toBe(1_000 + 3 * 512); // Four chunks of 128 are 5.12 s.
});

test('an engine that computes elsewhere gets many at once', async () => {
  const sizes: number[] = [];
  const { readings } = await measure(
    300,
    () => 1,
    (clock) =>
      fakeBatchEngine('fake', (texts) => {
        sizes.push(texts.length);
        clock.advance(0);
        return texts.map(() => 0);
      }),
  );
  expect(readings).toEqual(expected(300));
  expect(sizes.slice(0, 3)).toEqual([128, 128, 44]);
});

test('progress rises to 1', async () => {
  const { shares } = await measure(20_000, () => 0.1, immediate);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  expect(shares.length).toBeGreaterThan(20);
});

test('an engine that fails ends it', async () => {
  const failing = fakeBatchEngine('fake', () => {
    throw new Error('out of memory');
  });
  await expect(
    measure(
      3,
      () => 1,
      () => failing,
    ),
  ).rejects.toThrow('out of memory');
});
