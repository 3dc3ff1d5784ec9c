/** Goal: marks of a batch become a handful of events that count each message once. */
import { expect, test } from 'vitest';
import { eventsOf, withoutStored, type Mark } from '../../../src/core/scorer/marks.ts';

const scored = (fields: Partial<Extract<Mark, { type: 'scored' }>> = {}): Mark => ({
  ...{ type: 'scored', pipeline: 'acme', channel: 'chat', label: 'negative', score: -0.5, timeMs: 1_000 },
  ...{ routes: [], output: 0 },
  ...fields,
});
const dropped = (reason: string, output?: number): Mark => ({
  type: 'dropped',
  pipeline: 'acme',
  reason,
  output,
});
const dead = (detail: string): Mark => ({ type: 'dead', reason: 'invalid_json', detail, output: 0 });

test.each<[string, Mark[], object[]]>([
  ['nothing of nothing', [], []],
  [
    'scores and lags of one pipeline, channel and label together; a time in the future lags nothing',
    [scored(), scored({ score: -1, timeMs: 9_000 })],
    [
      {
        type: 'scored',
        pipeline: 'acme',
        channel: 'chat',
        label: 'negative',
        scores: [-0.5, -1],
        lagSeconds: [2, 0],
      },
    ],
  ],
  [
    'routes by queue',
    [scored({ routes: ['a', 'b'] }), scored({ routes: ['b'] })],
    [
      { type: 'scored' },
      { type: 'routed', pipeline: 'acme', queue: 'a', messages: 1 },
      { type: 'routed', pipeline: 'acme', queue: 'b', messages: 2 },
    ],
  ],
  [
    'drops by reason',
    [dropped('language', 0), dropped('duplicate', 1), dropped('language')],
    [
      { type: 'dropped', pipeline: 'acme', reason: 'language', messages: 2 },
      { type: 'dropped', pipeline: 'acme', reason: 'duplicate', messages: 1 },
    ],
  ],
  [
    'dead letters by reason with the first as example',
    [dead('one'), dead('two')],
    [{ type: 'dead', reason: 'invalid_json', messages: 2, example: 'one' }],
  ],
])('eventsOf: %s', (_what, marks, events) => {
  const found = eventsOf(marks, 3_000);
  expect(found).toHaveLength(events.length);
  expect(found).toMatchObject(events);
});

test('what the broker held already is a duplicate, and a redelivered drop is not counted again', () => {
  const marks = [
    scored({ output: 0, routes: ['a'] }),
    dropped('language', 1),
    dropped('language'),
    scored({ output: 3 }),
  ];
  expect(withoutStored(marks, (output) => output < 3)).toEqual([
    { type: 'dropped', pipeline: 'acme', reason: 'duplicate', output: 0 },
    dropped('language'),
    scored({ output: 3 }),
  ]);
});
