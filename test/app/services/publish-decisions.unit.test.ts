/** Goal: every decision is on the stream that the history is read from, and nothing else is. */
import { expect, test } from 'vitest';
import { publishDecisions } from '../../../src/app/services/publish-decisions.ts';
import type { WatcherOutput } from '../../../src/core/alert/watcher.ts';
import { streamOf } from '../../../src/core/bus/streams.ts';
import { parseDecision } from '../../../src/core/notify/decision-codec.ts';

const AT_MS = Date.UTC(2026, 2, 1, 10);
const decision = (at: number): WatcherOutput => ({
  ...{
    kind: 'decision',
    alert: `p/surge/-/${at}`,
    rule: 'surge',
    reason: 'silenced',
    atMs: AT_MS,
    by: ['s1'],
  },
});

test('thousands at once, a few hundred in hand; each has an id of its own', async () => {
  const outputs = Array.from({ length: 1_000 }, (_, at) => decision(at));
  const published = new Map<string, string>();
  let [inHand, inHandMost] = [0, 0];
  const outbox = {
    publish: async ({ id, data, subject }: { id: string; data: string | Uint8Array; subject: string }) => {
      inHandMost = Math.max(inHandMost, ++inHand);
      await Promise.resolve();
      inHand -= 1;
      expect(parseDecision(String(data), subject)?.at).toBe('2026-03-01T10:00:00.000Z');
      expect(streamOf(subject)).toBe('EARSHOT_EVENTS');
      published.set(id, subject);
    },
  };
  await publishDecisions(outbox, 'p', [...outputs, { kind: 'watermark', timeMs: 1 }]);
  expect([published.size, inHandMost]).toEqual([1_000, 256]);
  expect([...published][0]).toEqual([
    'p/surge/-/0#silenced#2026-03-01T10:00:00.000Z',
    'earshot.decision.p.surge',
  ]);
});

test('what the outbox cannot publish is told to whoever asked', async () => {
  const outbox = { publish: () => Promise.reject(new Error('the lease is lost')) };
  await expect(publishDecisions(outbox, 'p', [decision(1)])).rejects.toThrow('the lease is lost');
});
