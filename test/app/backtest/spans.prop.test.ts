/** Goal: what spans cover and share is what counting milliseconds says. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sharedMs, totalMs, union, type Span } from '../../../src/app/backtest/spans.ts';

const spans = fc.array(
  fc.tuple(fc.nat(60), fc.nat(15)).map(([startMs, length]): Span => ({ startMs, endMs: startMs + length })),
  { maxLength: 8 },
);
const counted = (all: readonly Span[]) =>
  new Set(
    all.flatMap(({ startMs, endMs }) => Array.from({ length: endMs - startMs }, (_, at) => startMs + at)),
  );

test('union, total and shared', () => {
  fc.assert(
    fc.property(spans, spans, (left, right) => {
      const [one, other] = [union(left), union(right)];
      expect(counted(one)).toEqual(counted(left));
      expect(totalMs(one)).toBe(counted(left).size);
      expect(sharedMs(one, other)).toBe([...counted(left)].filter((ms) => counted(right).has(ms)).length);
      for (const [at, span] of one.entries()) expect(span.startMs).toBeGreaterThan(one[at - 1]?.endMs ?? -1);
    }),
  );
});
