/** Goal: with any sources, event time is a function of the stream: ticks and restarts change nothing, it never goes back, and
 *  a source that is early makes nobody late. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Watermark, type Arrival, type Signal } from '../../../src/core/window/watermark.ts';
import { scoredMessage, START_MS } from './arrivals.ts';

const CONFIG = {
  allowedLateness: 5_000,
  futureSkewMax: 20_000,
  idleAfter: 2_000,
  sourceLagMax: 20_000,
  sourceIdleAfter: 15_000,
  sourcesMax: 2,
};

const scored = fc
  .array(
    fc.record({
      gapMs: fc.oneof({ weight: 8, arbitrary: fc.nat(2_500) }, { weight: 1, arbitrary: fc.nat(60_000) }),
      delayMs: fc.oneof(
        { weight: 5, arbitrary: fc.nat(3_000) },
        { weight: 1, arbitrary: fc.integer({ min: -40_000, max: 90_000 }) },
      ),
      source: fc.constantFrom('a', 'a', 'b', 'c', 'd'),
    }),
    { minLength: 1, maxLength: 50 },
  )
  .map((all) => {
    let storedAtMs = START_MS;
    return all.map(({ gapMs, delayMs, source }, index): Arrival => {
      storedAtMs += gapMs;
      const message = scoredMessage(String(index), storedAtMs - delayMs, { source });
      return { kind: 'scored', message, sequence: index + 1, storedAtMs };
    });
  });

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 });

/** Ticks at some of the moments between two messages. */
function withTicks(arrivals: readonly Arrival[], at: readonly number[]): Arrival[] {
  let beforeMs = START_MS;
  return arrivals.flatMap((arrival, index) => {
    const toMs = arrival.kind === 'scored' ? arrival.storedAtMs : arrival.atMs;
    const share = at[index % at.length] ?? 0;
    const ticks = [share / 2, share].map((part): Arrival => ({
      kind: 'tick',
      atMs: Math.floor(beforeMs + (toMs - beforeMs) * part),
    }));
    beforeMs = toMs;
    return [...ticks, arrival];
  });
}

const run = (watermark: Watermark, arrivals: readonly Arrival[]): Signal[] =>
  arrivals.flatMap((arrival) => watermark.advance(arrival));
const data = (signals: readonly Signal[]) => signals.filter(({ kind }) => kind === 'data');

test('ticks change neither what is late nor where event time stands', () => {
  fc.assert(
    fc.property(scored, shares, (arrivals, at) => {
      const [replayed, live] = [new Watermark(CONFIG), new Watermark(CONFIG)];
      expect(data(run(live, withTicks(arrivals, at)))).toEqual(data(run(replayed, arrivals)));
      expect(live.state).toEqual(replayed.state);
    }),
    { numRuns: 500 },
  );
});

test('it never goes back, goes nowhere ahead of the broker, and the watermark trails the frontier', () => {
  fc.assert(
    fc.property(scored, (arrivals) => {
      const watermark = new Watermark(CONFIG);
      let last = { timeMs: Number.NEGATIVE_INFINITY, frontierMs: Number.NEGATIVE_INFINITY };
      for (const arrival of arrivals) {
        for (const signal of watermark.advance(arrival)) {
          if (signal.kind !== 'watermark') continue;
          expect(signal.timeMs).toBeGreaterThanOrEqual(last.timeMs);
          expect(signal.frontierMs).toBeGreaterThanOrEqual(last.frontierMs);
          expect(signal.timeMs).toBeLessThanOrEqual(signal.frontierMs - CONFIG.allowedLateness);
          const heldMs = CONFIG.sourceLagMax + CONFIG.allowedLateness + 1_000;
          expect(signal.timeMs).toBeGreaterThanOrEqual(signal.frontierMs - heldMs);
          if (arrival.kind === 'scored') expect(signal.frontierMs).toBeLessThanOrEqual(arrival.storedAtMs);
          last = signal;
        }
      }
      expect(watermark.state?.clocks.length).toBeLessThanOrEqual(CONFIG.sourcesMax + 1);
    }),
    { numRuns: 300 },
  );
});

test('goes on where its state was saved', () => {
  fc.assert(
    fc.property(scored, fc.nat(50), (arrivals, at) => {
      const [straight, before] = [new Watermark(CONFIG), new Watermark(CONFIG)];
      const head = run(before, arrivals.slice(0, at));
      const after = new Watermark(CONFIG, structuredClone(before.state));
      expect([...head, ...run(after, arrivals.slice(at))]).toEqual(run(straight, arrivals));
    }),
    { numRuns: 200 },
  );
});

/** A source in time, known from the start, and one ahead of it by `leadMs`, in history: storage times say nothing. */
function early(leadMs: number, sourceLagMax: number): Signal[] {
  const watermark = new Watermark({ ...CONFIG, sourceLagMax });
  const arrivals = Array.from({ length: 120 }, (_, at): Arrival => {
    const isEarly = at % 2 === 1;
    const source = isEarly ? 'early' : 'right';
    const time = START_MS + at * 500 + (isEarly ? leadMs : 0);
    const message = scoredMessage(String(at), time, { source });
    return { kind: 'scored', message, sequence: at + 1, storedAtMs: START_MS + 1e9 + at };
  });
  return data(run(watermark, arrivals)).filter((signal) => signal.kind === 'data' && signal.late);
}

test('a source that is early by no more than sourceLagMax makes nobody late', () => {
  fc.assert(
    fc.property(fc.nat(20_000), (leadMs) => {
      expect(early(leadMs, 20_000)).toEqual([]);
    }),
  );
});

test('negative control: one watermark for all sources does', () => {
  expect(early(20_000, 0).length).toBeGreaterThan(30);
});
