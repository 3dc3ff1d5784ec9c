/** Goal: a route sees the message with defaults for what it does not say; conditions that fail do not stop the others. */
import { expect, test } from 'vitest';
import { compileRoutes } from '../../../src/core/route/routes.ts';
import type { Message } from '../../../src/core/message/message.ts';

const BARE: Message = {
  id: '1',
  version: '1',
  kind: 'create',
  time: 0,
  channel: 'x',
  source: 'test',
  text: 'flight cancelled',
};
const FULL: Message = {
  ...BARE,
  lang: 'en',
  author: { id: 'a', handle: 'ann', name: 'Ann', followers: 10_000, bot: true, role: 'customer' },
  engagement: { likes: 3, reposts: 2 },
  tags: ['delay'],
};
const sentiment = { label: 'negative', score: -0.5 } as const;

test.each<[string, Message, boolean]>([
  ['label == "negative" && author.followers >= 10000', FULL, true],
  ['label == "negative" && author.followers >= 10000', BARE, false],
  ['author.followers == 0 && !author.bot && author.role == "" && author.handle == ""', BARE, true],
  ['author.bot && author.role == "customer" && author.id == "a" && author.name == "Ann"', FULL, true],
  ['engagement.likes + engagement.reposts >= 5 && engagement.views == 0', FULL, true],
  ['engagement.likes == 0', BARE, true],
  ['lang == "" && size(tags) == 0', BARE, true],
  ['lang == "en" && "delay" in tags', FULL, true],
  ['text.contains("cancelled") && channel == "x" && source == "test" && kind == "create"', BARE, true],
  ['score < -0.4', BARE, true],
])('%s', (when, message, matches) => {
  const { route, problems } = compileRoutes([{ queue: 'q', when }]);
  expect(problems).toEqual([]);
  expect(route({ message, sentiment })).toEqual({ queues: matches ? ['q'] : [], errors: [] });
});

test('queues come in the order of the file, and a failing condition is told beside them', () => {
  const { route } = compileRoutes([
    { queue: 'b', when: 'true' },
    { queue: 'broken', when: '1 / size(tags) > 0' },
    { queue: 'a', when: 'score < 0' },
  ]);
  expect(route({ message: BARE, sentiment })).toEqual({
    queues: ['b', 'a'],
    errors: [{ queue: 'broken', error: "'1 / size(tags) > 0': division by zero" }],
  });
  expect(route({ message: FULL, sentiment }).queues).toEqual(['b', 'broken', 'a']);
});

test('every problem is reported with its place', () => {
  const { problems } = compileRoutes([
    { queue: 'a', when: 'lable == "negative"' },
    { queue: 'b', when: 'true' },
    { queue: 'c', when: 'author.fans > 1' },
  ]);
  expect(problems.map(({ path }) => path)).toEqual([
    [0, 'when'],
    [2, 'when'],
  ]);
  expect(problems[0]?.message).toMatch(/Unknown variable: lable; allowed: label, score, .*author\.followers/);
});

test('without routes nothing matches', () => {
  expect(compileRoutes([]).route({ message: BARE, sentiment })).toEqual({ queues: [], errors: [] });
});
