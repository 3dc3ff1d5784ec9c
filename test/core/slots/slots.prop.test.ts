/** Goal: slots answer as a map under numbers that never repeat. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Slots } from '../../../src/core/slots/slots.ts';

test('any sequence of adding, asking and taking gives what a map gives', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), item: fc.string() }),
    fc.record({ kind: fc.constantFrom('get' as const, 'take' as const), which: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const slots = new Slots<string>();
      const oracle = new Map<number, string>();
      const given: number[] = [];
      for (const one of steps) {
        if (one.kind === 'add') {
          const number = slots.add(one.item);
          expect(given).not.toContain(number);
          given.push(number);
          oracle.set(number, one.item);
          continue;
        }
        const number = given[one.which % Math.max(1, given.length)] ?? one.which;
        expect(slots.get(number)).toBe(oracle.get(number));
        if (one.kind === 'take') {
          expect(slots.take(number)).toBe(oracle.get(number));
          oracle.delete(number);
        }
        expect(slots.size).toBe(oracle.size);
      }
      expect(slots.entries()).toEqual([...oracle]);
    }),
    { numRuns: 300 },
  );
});

test.each([-1, 0.5, 7, Number.NaN, 2 ** 52])('nothing is held under %d, which was never given', (number) => {
  const slots = new Slots<string>();
  slots.add('first');
  expect(slots.get(number)).toBeUndefined();
  expect(slots.take(number)).toBeUndefined();
  expect(slots.size).toBe(1);
});
