/** Goal: remembers what a map of the keys themselves remembers. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageKey } from '../../../src/core/message/message.ts';
import { mulberry32 } from '../../../src/core/random/mulberry32.ts';
import { createRecentKeys, keysIn, roomForKeys } from '../../../src/core/scorer/recent-keys.ts';

const KEYS_MAX = 3;

/** The same with strings, in two generations of each kind. */
function oracle() {
  const remembered = { created: [new Map<string, number>()], changed: [new Map<string, number>()] };
  return (scope: string, message: Parameters<typeof messageKey>[0], position: number): boolean => {
    const isPlain = message.kind === 'create' && message.version === '0';
    const generations = remembered[isPlain ? 'created' : 'changed'];
    const key = JSON.stringify([scope, messageKey(message)]);
    const first = generations.map((keys) => keys.get(key)).find((at) => at !== undefined);
    if (first !== undefined) return first !== position;
    if ((generations[0]?.size ?? 0) >= KEYS_MAX) generations.unshift(new Map());
    generations.length = Math.min(generations.length, 2);
    generations[0]?.set(key, position);
    return false;
  };
}

const asked = fc.record({
  scope: fc.constantFrom('', 'a', 'a:b'),
  id: fc.oneof(fc.constantFrom('a', 'b', 'b:c', 'c', 'é', '👩'), fc.string({ maxLength: 3 })),
  kind: fc.constantFrom('create' as const, 'edit' as const),
  version: fc.constantFrom('0', '1'),
  position: fc.constantFrom(0, 1, 2 ** 52),
});

test('any keys, in any order', () => {
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 60 }), fc.nat(), (questions, seed) => {
      const keys = createRecentKeys({ keysMax: KEYS_MAX, random: mulberry32(seed) });
      const expected = oracle();
      for (const { scope, position, ...message } of questions)
        expect(keys.isDuplicate(scope, message, position)).toBe(expected(scope, message, position));
    }),
    { numRuns: 500 },
  );
});

test('two that remember in one room, asked in turns, remember as one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(asked, fc.nat({ max: 1 })), { maxLength: 60 }),
      fc.nat(),
      (questions, seed) => {
        const room = roomForKeys({ keysMax: KEYS_MAX, random: mulberry32(seed) });
        const both = [keysIn(room), keysIn(room)];
        const expected = oracle();
        for (const [{ scope, position, ...message }, who] of questions)
          expect(both[who]?.isDuplicate(scope, message, position)).toBe(expected(scope, message, position));
      },
    ),
    { numRuns: 500 },
  );
});

test('of many keys that differ little none is taken for another', () => {
  const keys = createRecentKeys({ keysMax: 200_000, random: mulberry32(1) });
  const message = { kind: 'create', version: '0' } as const;
  let position = 0;
  let taken = 0;
  for (const prefix of ['', '0', 'message-', 'm'.repeat(200)])
    for (let number = 0; number < 25_000; number += 1)
      if (keys.isDuplicate('', { ...message, id: `${prefix}:${number}` }, (position += 1))) taken += 1;
  expect(taken).toBe(0);
  expect(keys.isDuplicate('', { ...message, id: 'message-:7' }, 0)).toBe(true);
});
