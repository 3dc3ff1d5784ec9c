/** Goal: where a session begins, ends and is told, and the bound. Times are seconds; the gap is 10. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  SESSION_POSTS_MAX,
  Sessions,
  toneOf,
  type OpenSession,
  type SessionPost,
} from '../../../src/core/window/sessions.ts';

const OPTIONS = { gapMs: 10, sessionsMax: 3 };
const NEVER = Number.NEGATIVE_INFINITY;

let number = 0;
function add(sessions: Sessions, key: string, label: string, timeMs: number, watermarkMs: number) {
  return sessions.add({ number: ++number, key, label, timeMs }, watermarkMs);
}

function show({ key, firstMs, lastMs, messages }: OpenSession): string {
  return `${key} ${firstMs}-${lastMs} ${messages}`;
}

test.each<[string, readonly number[], readonly string[]]>([
  ['one message', [5], ['k 5-5 1']],
  ['less than the gap apart is one', [0, 9, 18], ['k 0-18 3']],
  ['the gap apart is two', [0, 10], ['k 0-0 1', 'k 10-10 1']],
  ['a message between two makes them one', [0, 15, 8], ['k 0-15 3']],
  ['an earlier message extends it', [10, 3], ['k 3-10 2']],
  ['a message that touches neither stays alone', [0, 30, 15], ['k 0-0 1', 'k 15-15 1', 'k 30-30 1']],
])('%s', (_why, times, expected) => {
  const sessions = new Sessions(OPTIONS);
  for (const timeMs of times) expect(add(sessions, 'k', 'neutral', timeMs, NEVER)).toBe('counted');
  expect(sessions.size).toBe(expected.length);
  expect(sessions.close(1_000).map(show)).toEqual(expected);
  expect(sessions.size).toBe(0);
});

test('is told one gap after its last message, not a moment before, and once', () => {
  const sessions = new Sessions(OPTIONS);
  add(sessions, 'k', 'negative', 5, NEVER);
  expect(sessions.close(14)).toEqual([]);
  expect(sessions.close(15)).toEqual([
    { key: 'k', firstMs: 5, lastMs: 5, messages: 1, negative: 1, positive: 0 },
  ]);
  expect(sessions.close(15)).toEqual([]);
  expect(add(sessions, 'k', 'negative', 5, 15)).toBe('late');
});

test('beyond sessionsMax none begins, but those that are open go on', () => {
  const sessions = new Sessions(OPTIONS);
  for (const key of ['a', 'b', 'c']) add(sessions, key, 'neutral', 0, NEVER);
  expect(add(sessions, 'd', 'neutral', 0, NEVER)).toBe('full');
  expect(add(sessions, 'a', 'neutral', 5, NEVER)).toBe('counted');
  expect(sessions.close(12).map(show)).toEqual(['b 0-0 1', 'c 0-0 1']);
  expect(add(sessions, 'd', 'neutral', 12, 12)).toBe('counted');
});

test('goes on where its state was saved', () => {
  const before = new Sessions(OPTIONS);
  add(before, 'k', 'neutral', 0, NEVER);
  add(before, 'k', 'neutral', 20, NEVER);
  const after = new Sessions(OPTIONS, JSON.parse(JSON.stringify(before.toState())) as OpenSession[]);
  for (const sessions of [before, after]) add(sessions, 'k', 'positive', 9, NEVER);
  expect(after.close(1_000)).toEqual(before.close(1_000));
});

test.each([
  ['negative', 3, 2, 1],
  ['neutral', 4, 2, 2],
  ['positive', 3, 0, 2],
])('tone: %s', (tone, messages, negative, positive) => {
  expect(toneOf({ key: 'k', firstMs: 0, lastMs: 0, messages, negative, positive })).toBe(tone);
});

test('what is taken back was never there: sessions split, shrink and vanish', () => {
  const post = fc.record({
    key: fc.constantFrom('a', 'b'),
    label: fc.constantFrom('negative', 'neutral', 'positive'),
    timeMs: fc.nat(100),
    isTakenBack: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(post, { maxLength: SESSION_POSTS_MAX }), fc.boolean(), (posts, isRestored) => {
      const options = { gapMs: 10, sessionsMax: 1_000 };
      const [less, never] = [new Sessions(options), new Sessions(options)];
      const all = posts.map((one, at) => ({ ...one, number: at + 1 }));
      for (const one of all) less.add(one, NEVER);
      const sessions = isRestored
        ? new Sessions(options, JSON.parse(JSON.stringify(less.toState())) as OpenSession[])
        : less;
      for (const { number: taken, isTakenBack, key } of all)
        if (isTakenBack) expect(sessions.takeBack(taken)).toBe(key);
      for (const one of all) if (!one.isTakenBack) never.add(one, NEVER);
      expect(sessions.size).toBe(never.size);
      expect(sessions.close(1_000)).toEqual(never.close(1_000));
    }),
  );
});

test('of a long session only the last messages can be taken back', () => {
  const sessions = new Sessions(OPTIONS);
  const posts = Array.from({ length: SESSION_POSTS_MAX + 5 }, (_, at): SessionPost => {
    return { number: at + 1, key: 'k', label: 'neutral', timeMs: at };
  });
  for (const one of posts) sessions.add(one, NEVER);
  expect(sessions.takeBack(5)).toBeUndefined();
  expect(sessions.takeBack(6)).toBe('k');
  expect(sessions.close(1_000).map(show)).toEqual([`k 0-${posts.length - 1} ${posts.length - 1}`]);
});
