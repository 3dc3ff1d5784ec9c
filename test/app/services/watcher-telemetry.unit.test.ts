/** Goal: what a watcher puts out for each message is folded into one event a batch. */
import { expect, test } from 'vitest';
import { telemetryOf } from '../../../src/app/services/watcher-telemetry.ts';
import type { WatcherOutput } from '../../../src/core/alert/watcher.ts';

test('versions, conversations and late messages are summed by what became of them', () => {
  const session = { key: 'k', firstMs: 0, lastMs: 1, messages: 2, negative: 2, positive: 0 };
  const outputs: WatcherOutput[] = [
    { kind: 'version', outcome: 'duplicate', messages: 1 },
    { kind: 'version', outcome: 'retracted', messages: 1 },
    { kind: 'version', outcome: 'duplicate', messages: 1 },
    { kind: 'late', outcome: 'applied', messages: 1 },
    { kind: 'late', outcome: 'applied', messages: 1 },
    { kind: 'session', session },
    { kind: 'session', session: { ...session, negative: 1 } },
    { kind: 'session', session },
  ];
  expect(telemetryOf('p', outputs)).toEqual([
    { type: 'late', pipeline: 'p', outcome: 'applied', messages: 2 },
    { type: 'versions', pipeline: 'p', outcome: 'duplicate', messages: 2 },
    { type: 'versions', pipeline: 'p', outcome: 'retracted', messages: 1 },
    { type: 'conversations_closed', pipeline: 'p', tone: 'negative', conversations: 2 },
    { type: 'conversations_closed', pipeline: 'p', tone: 'neutral', conversations: 1 },
  ]);
});
