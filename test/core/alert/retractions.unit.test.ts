/** Goal: what edits, deletions and copies do to alerts, and what is told of them. Times are milliseconds after START. */
import { expect, test } from 'vitest';
import { createWatcher, type WatcherOutput } from '../../../src/core/alert/watcher.ts';
import type { Arrival } from '../../../src/core/window/watermark.ts';
import { pipeline, post, rule, START_MS, tick, type PostOptions } from '../window/arrivals.ts';

type Options = PostOptions & { readonly delayMs?: number };

function version(id: string, sequence: number, atMs: number, options: Options = {}): Arrival {
  const arrival = post(sequence, atMs, options);
  if (arrival.kind !== 'scored') throw new Error('not a message');
  return { ...arrival, message: { ...arrival.message, id } };
}

const three = ['a', 'b', 'c'].map((id, at) => version(id, at + 1, at * 1_000));
const DELETE = { kind: 'delete', version: '2' } as const;

function told(outputs: readonly WatcherOutput[]): string[] {
  return outputs.flatMap((output) => {
    if (output.kind === 'version') return [output.outcome];
    if (output.kind === 'late') return [`late ${output.outcome}`];
    if (output.kind === 'limit') return [`${output.limit} ${output.count}`];
    if (output.kind !== 'transition') return [];
    const { state, reason, at } = output.alert;
    return [`${(Date.parse(at) - START_MS) / 1_000} ${state} ${reason}`];
  });
}

test.each<[string, object, Arrival[], string[]]>([
  [
    'a deletion ends an alert at the next second',
    {},
    [...three, version('a', 4, 9_000, DELETE), tick(20_000)],
    ['3 firing condition_met', 'retracted', '10 resolved retracted'],
  ],
  [
    'so does an edit that is no longer negative',
    { when: 'negative >= 3' },
    [...three, version('a', 4, 9_000, { kind: 'edit', version: '2', label: 'positive' }), tick(20_000)],
    ['3 firing condition_met', 'replaced', '10 resolved retracted'],
  ],
  [
    'an edit that stays negative does not',
    { when: 'negative >= 3' },
    [...three, version('a', 4, 9_000, { kind: 'edit', version: '2' }), tick(20_000)],
    ['3 firing condition_met', 'replaced'],
  ],
  [
    'an end that a deletion did not cause is an ordinary one',
    { when: 'volume >= 3 && negativeShare > 0.5' },
    [
      ...three,
      version('d', 4, 8_000),
      version('a', 5, 9_000, DELETE),
      ...['e', 'f', 'g', 'h'].map((id, at) => version(id, 6 + at, 9_000, { label: 'positive' })),
      tick(20_000),
    ],
    ['3 firing condition_met', 'retracted', '10 resolved condition_ended'],
  ],
  [
    'a pending alert goes too',
    { for: '1m' },
    [...three, version('a', 4, 9_000, DELETE), tick(20_000)],
    ['3 pending condition_met', 'retracted', '10 inactive retracted'],
  ],
  [
    'copies do not raise one',
    {},
    [...three.slice(0, 2), version('a', 3, 0), version('a', 4, 0), tick(20_000)],
    ['duplicate', 'duplicate'],
  ],
  [
    'what comes when its panes are gone comes too late',
    { over: '1m' },
    [...three, version('z', 4, 470_000), version('a', 5, 470_000, DELETE), tick(480_000)],
    ['3 firing condition_met', '120 resolved condition_ended', 'too_late'],
  ],
  [
    'what is not known any more is not counted, and neither is an edit of it',
    { over: '1m' },
    [version('a', 1, 0), version('z', 2, 700_000), version('a', 3, 700_000, DELETE)],
    ['held'],
  ],
])('%s', (_why, options, arrivals, expected) => {
  const watcher = createWatcher(pipeline([rule(options)]));
  expect(told(arrivals.flatMap((arrival) => watcher.step(arrival)))).toEqual(expected);
});

test('authors of deleted posts are no longer counted', () => {
  const watcher = createWatcher(pipeline([rule({ when: 'authors >= 3' })]));
  const posts = ['a', 'b', 'c'].map((id, at) => version(id, at + 1, at * 1_000, { author: id }));
  const outputs = [...posts, version('c', 4, 9_000, { ...DELETE, author: 'c' }), tick(20_000)];
  expect(told(outputs.flatMap((arrival) => watcher.step(arrival)))).toEqual([
    '3 firing condition_met',
    'retracted',
    '10 resolved retracted',
  ]);
  expect(watcher.views()[0]?.observed).toMatchObject({ volume: 2, authors: 2 });
});

test('beyond messagesRetainedMax copies count again, which is said', () => {
  const watcher = createWatcher(pipeline([], { messagesRetainedMax: 1_000 }));
  const many = Array.from({ length: 1_200 }, (_, at) => version(String(at), at + 1, at));
  const outputs = [...many, version('0', 2_000, 3_000), version('1199', 2_001, 3_000), tick(9_000)];
  expect(told(outputs.flatMap((arrival) => watcher.step(arrival)))).toEqual(
    expect.arrayContaining(['messagesRetainedMax 200', 'duplicate']),
  );
  expect(watcher.views()[0]?.observed.volume).toBe(1_201);
});

test('a source with a fast clock does not make the others late', () => {
  const watcher = createWatcher(pipeline([rule({})]));
  const arrivals = Array.from({ length: 60 }, (_, at) => [
    version(`fast${at}`, at * 2 + 1, at * 1_000 + 55_000, { source: 'fast', delayMs: -55_000 }),
    version(`right${at}`, at * 2 + 2, at * 1_000, { source: 'right' }),
  ]).flat();
  const outputs = arrivals.flatMap((arrival) => watcher.step(arrival));
  expect(outputs.filter(({ kind }) => kind === 'late')).toEqual([]);
});

test('a conversation is told when it has been silent for sessionGap', () => {
  const watcher = createWatcher(pipeline([], { sessionGap: '1m' }));
  const posts = [0, 30_000, 70_000].map((atMs, at) => post(at + 1, atMs, { conversation: 'k' }));
  const outputs = [...posts, tick(600_000)].flatMap((arrival) => watcher.step(arrival));
  expect(outputs.filter(({ kind }) => kind === 'session')).toEqual([
    {
      kind: 'session',
      session: {
        key: 'k',
        firstMs: START_MS,
        lastMs: START_MS + 70_000,
        messages: 3,
        negative: 3,
        positive: 0,
      },
    },
  ]);
});
