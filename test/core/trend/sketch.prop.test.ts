/** Goal: sums within the documented error, whatever the order, the partition and the landmarks. Oracle: exact sums. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOf } from '../../../src/core/trend/hash.ts';
import { TermSketch, type Usage } from '../../../src/core/trend/sketch.ts';

const HOUR = 3_600_000;
const OPTIONS = { cellsPerRow: 1_024, burstMs: HOUR, spanMs: 24 * HOUR, memoryMs: 14 * 24 * HOUR };
/** 32-bit floats, added up to some hundred times. */
const ROUNDING = 1e-4;

interface Sighting {
  readonly term: number;
  readonly timeMs: number;
}
const sightings = (termsMax: number, spanMs: number) =>
  fc.array(fc.record({ term: fc.nat(termsMax - 1), timeMs: fc.nat(spanMs) }), {
    minLength: 1,
    maxLength: 300,
  });

const empty = (): Usage => ({ burst: 0, span: 0, past: 0, burstCrowd: 0, spanCrowd: 0 });

function sketchOf(seen: readonly Sighting[], options = OPTIONS): TermSketch {
  const sketch = new TermSketch(options);
  const usage = empty();
  for (const { term, timeMs } of seen) {
    sketch.advance(timeMs);
    sketch.writtenAt(timeMs);
    sketch.locate(hashOf(`term ${term}`));
    sketch.read(usage);
    sketch.add(1, 0.5, 0.25, usage);
  }
  return sketch;
}

function read(sketch: TermSketch, term: number): Usage {
  const usage = empty();
  sketch.locate(hashOf(`term ${term}`));
  sketch.read(usage);
  return usage;
}

function exact(seen: readonly Sighting[], term: number, nowMs: number): Usage {
  const usage = empty();
  for (const { timeMs } of seen.filter((sighting) => sighting.term === term)) {
    const past = Math.exp((timeMs - nowMs) / OPTIONS.memoryMs) - Math.exp((timeMs - nowMs) / OPTIONS.spanMs);
    usage.burst += Math.exp((timeMs - nowMs) / OPTIONS.burstMs);
    usage.span += Math.exp((timeMs - nowMs) / OPTIONS.spanMs);
    usage.past += past;
    usage.burstCrowd += 0.5 * past;
    usage.spanCrowd += 0.25 * past;
  }
  return usage;
}

const lastOf = (seen: readonly Sighting[]) => seen.reduce((last, { timeMs }) => Math.max(last, timeMs), 0);
const FIELDS = ['burst', 'span', 'past', 'burstCrowd', 'spanCrowd'] as const;

function expectClose(actual: Usage, expected: Usage, total: number) {
  for (const field of FIELDS)
    expect(Math.abs(actual[field] - expected[field]), field).toBeLessThanOrEqual(ROUNDING * total);
}

test('few terms: exact sums, in any order, over more time than one landmark lasts', () => {
  fc.assert(
    fc.property(sightings(3, 200 * 24 * HOUR), (seen) => {
      const sketch = sketchOf(seen);
      const nowMs = lastOf(seen);
      for (const term of [0, 1, 2])
        expectClose(read(sketch, term), exact(seen, term, nowMs), Math.max(1, seen.length));
    }),
  );
});

test('what `add` says is what `read` says', () => {
  fc.assert(
    fc.property(sightings(3, 30 * 24 * HOUR), (seen) => {
      const sketch = sketchOf(seen);
      const usage = read(sketch, 0);
      sketch.writtenAt(lastOf(seen));
      sketch.add(1, 0.5, 0.25, usage);
      expectClose(usage, read(sketch, 0), Math.max(1, seen.length));
    }),
  );
});

test('many terms: never below the truth, and above it by more than e / width of all in 5% at most', () => {
  const terms = 5_000;
  const seen = Array.from({ length: 20_000 }, (_, at) => ({
    term: Math.floor(terms * ((at * 0.618_033_988_7) % 1) ** 3),
    timeMs: at * 1_000,
  }));
  const sketch = sketchOf(seen);
  const nowMs = lastOf(seen);
  const byTerm = new Map<number, Sighting[]>();
  for (const sighting of seen) byTerm.set(sighting.term, [...(byTerm.get(sighting.term) ?? []), sighting]);
  const truth = new Map([...byTerm].map(([term, own]) => [term, exact(own, term, nowMs)]));
  for (const field of ['burst', 'span'] as const) {
    const total = [...truth.values()].reduce((sum, usage) => sum + usage[field], 0);
    let beyond = 0;
    for (const [term, usage] of truth) {
      const error = read(sketch, term)[field] - usage[field];
      expect(error).toBeGreaterThanOrEqual(-ROUNDING * total);
      if (error > sketch.errorMax(total)) beyond += 1;
    }
    expect(beyond / truth.size).toBeLessThan(0.05);
  }
});

test('rows are independent: two terms that meet in one row part in another', () => {
  const sketch = sketchOf([{ term: 0, timeMs: 0 }]);
  const met = Array.from({ length: 20_000 }, (_, at) => read(sketch, at + 1).span).filter((span) => span > 0);
  // By chance 20,000 / 1024³; rows that shared bits would give 20.
  expect(met.length).toBeLessThanOrEqual(1);
});

test('merge of any two parts equals the whole, but for rounding', () => {
  fc.assert(
    fc.property(sightings(400, 100 * 24 * HOUR), fc.infiniteStream(fc.boolean()), (seen, deal) => {
      const parts: [Sighting[], Sighting[]] = [[], []];
      for (const sighting of seen) parts[deal.next().value === true ? 0 : 1].push(sighting);
      const merged = sketchOf(parts[0]);
      merged.merge(sketchOf(parts[1]));
      const whole = sketchOf(seen);
      for (let term = 0; term < 400; term += 7)
        expectClose(read(merged, term), read(whole, term), seen.length);
    }),
  );
});

test('a sketch of other options is refused', () => {
  const other = new TermSketch({ ...OPTIONS, cellsPerRow: 2_048 });
  expect(() => {
    new TermSketch(OPTIONS).merge(other);
  }).toThrow('"cellsPerRow":2048');
});

test('a restored sketch goes on exactly as the one it was taken of', () => {
  fc.assert(
    fc.property(sightings(50, 90 * 24 * HOUR), sightings(50, 10 * 24 * HOUR), (before, after) => {
      const one = sketchOf(before);
      const state = JSON.parse(JSON.stringify(one.toState())) as ReturnType<TermSketch['toState']>;
      const other = new TermSketch(OPTIONS, state);
      for (const sketch of [one, other])
        for (const { term, timeMs } of after) {
          const laterMs = lastOf(before) + timeMs;
          sketch.advance(laterMs);
          sketch.writtenAt(laterMs);
          const usage = read(sketch, term);
          sketch.add(1, 0.1, 0.1, usage);
        }
      expect(other.toState()).toEqual(one.toState());
    }),
    { numRuns: 30 },
  );
});
