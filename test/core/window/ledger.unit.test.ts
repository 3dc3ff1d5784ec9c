/** Goal: which version stands, by the order of versions and not of arrival; what is told of the others; and the bounds. */
import { expect, test } from 'vitest';
import { postOf } from '../../../src/core/window/aggregate.ts';
import { Ledger, type Contribution, type LedgerState } from '../../../src/core/window/ledger.ts';
import type { MessageKind } from '../../../src/core/message/message.ts';
import { scoredMessage, type PostOptions } from './arrivals.ts';

const OPTIONS = { retentionMs: 1_000, messagesRetainedMax: 100 };
const LABELS = ['negative', 'neutral', 'positive', 'uncertain'] as const;

/** Kind, version and event time. */
type Version = readonly [MessageKind, string, number?];

function take(
  ledger: Ledger,
  id: string,
  sequence: number,
  timeMs: number,
  options: PostOptions,
  nowMs = timeMs,
) {
  return ledger.take(postOf(scoredMessage(id, timeMs, options), sequence), timeMs, nowMs, 'x');
}

function counted(ledger: Ledger): Contribution[] {
  const all: Contribution[] = [];
  ledger.forEach(0, Number.POSITIVE_INFINITY, (one) => all.push({ ...one }));
  return all;
}

/** Each version has the label of its place in the list; the outcome says which one counts, and when it was made. */
test.each<[string, readonly Version[], string, readonly string[]]>([
  ['a create', [['create', '0', 1]], 'negative@1', ['counted']],
  [
    'a copy',
    [
      ['create', '0', 1],
      ['create', '0', 1],
    ],
    'negative@1',
    ['counted', 'duplicate'],
  ],
  [
    'a copy dated by its arrival',
    [
      ['create', '0', 1],
      ['create', '0', 9],
    ],
    'negative@1',
    ['counted', 'duplicate'],
  ],
  [
    'an edit',
    [
      ['create', '0', 1],
      ['edit', 'abc', 9],
    ],
    'neutral@1',
    ['counted', 'replaced'],
  ],
  [
    'an edit first',
    [
      ['edit', 'abc', 9],
      ['create', '0', 1],
    ],
    'negative@1',
    ['held', 'counted'],
  ],
  ['an edit alone is no post', [['edit', 'abc', 9]], '', ['held']],
  [
    'a deletion',
    [
      ['create', '0', 1],
      ['delete', 'abc', 9],
    ],
    '',
    ['counted', 'retracted'],
  ],
  [
    'a deletion first',
    [
      ['delete', 'abc', 9],
      ['create', '0', 1],
    ],
    '',
    ['held', 'outdated'],
  ],
  [
    'a deletion twice',
    [
      ['create', '0', 1],
      ['delete', 'd', 9],
      ['delete', 'd', 9],
    ],
    '',
    ['counted', 'retracted', 'duplicate'],
  ],
  [
    'by number, not by letter',
    [
      ['create', '1', 1],
      ['edit', '10', 2],
      ['edit', '9', 3],
    ],
    'neutral@1',
    ['counted', 'replaced', 'outdated'],
  ],
  [
    'by the number at its end',
    [
      ['create', 'v1', 1],
      ['edit', 'v10', 2],
      ['edit', 'v9', 3],
    ],
    'neutral@1',
    ['counted', 'replaced', 'outdated'],
  ],
  [
    'by time',
    [
      ['create', '2026-01-05T10:00:00Z', 1],
      ['edit', '2026-01-05T12:30:00+01:00', 3],
      ['edit', '2026-01-05T11:00:00Z', 4],
    ],
    'neutral@1',
    ['counted', 'replaced', 'outdated'],
  ],
  [
    'digests by event time',
    [
      ['create', '0', 1],
      ['edit', 'b', 9],
      ['edit', 'a', 5],
    ],
    'neutral@1',
    ['counted', 'replaced', 'outdated'],
  ],
  [
    'what cannot be compared, by who came last',
    [
      ['create', '0', 1],
      ['edit', 'b', 9],
      ['edit', 'a', 9],
    ],
    'positive@1',
    ['counted', 'replaced', 'replaced'],
  ],
  [
    'a digest of an edit is beyond any create',
    [
      ['create', '7', 1],
      ['edit', 'abc', 1],
    ],
    'neutral@1',
    ['counted', 'replaced'],
  ],
  [
    'a deletion without a version is the last word',
    [
      ['create', '0', 1],
      ['delete', 'd', 9],
      ['edit', '12', 10],
    ],
    '',
    ['counted', 'retracted', 'outdated'],
  ],
  [
    'a deletion with the number of what it deletes',
    [
      ['create', '3', 1],
      ['delete', '3', 2],
    ],
    '',
    ['counted', 'retracted'],
  ],
  [
    'written anew with a higher number',
    [
      ['create', '1', 1],
      ['delete', '2', 2],
      ['edit', '3', 3],
    ],
    'positive@1',
    ['counted', 'retracted', 'replaced'],
  ],
  [
    'a create of a higher number replaces, where the first was',
    [
      ['create', '1', 5],
      ['create', '2', 9],
    ],
    'neutral@5',
    ['counted', 'replaced'],
  ],
  [
    'an earlier create moves it',
    [
      ['create', '2', 9],
      ['create', '1', 5],
    ],
    'negative@5',
    ['counted', 'replaced'],
  ],
  [
    'engagement is no version',
    [
      ['engagement', 'x', 1],
      ['status', 'y', 1],
    ],
    '',
    ['undefined', 'undefined'],
  ],
])('%s', (_why, versions, stands, outcomes) => {
  const ledger = new Ledger(OPTIONS);
  const told = versions.map(([kind, version, timeMs = 0], at) =>
    String(take(ledger, 'id', at + 1, timeMs, { kind, version, label: LABELS[at] ?? 'uncertain' })?.outcome),
  );
  expect(told).toEqual(outcomes);
  expect(
    counted(ledger)
      .map(({ label, timeMs }) => `${label}@${timeMs}`)
      .join(),
  ).toBe(stands);
});

test('a survey is not the post of the same id, and can be deleted', () => {
  const ledger = new Ledger(OPTIONS);
  take(ledger, 'a', 1, 1, { kind: 'create' });
  expect(take(ledger, 'a', 2, 1, { kind: 'survey' })?.outcome).toBe('counted');
  take(ledger, 'b', 3, 1, { kind: 'survey' });
  expect(take(ledger, 'b', 4, 1, { kind: 'delete', version: 'd' })?.outcome).toBe('retracted');
  expect(counted(ledger)).toHaveLength(2);
});

test('a message is known for the retention, from its first version on', () => {
  const ledger = new Ledger(OPTIONS);
  take(ledger, 'a', 1, 0, {});
  take(ledger, 'a', 2, 900, { kind: 'edit', version: 'e' });
  ledger.retire(1_000);
  expect(take(ledger, 'a', 3, 0, {}, 1_000)?.outcome).toBe('outdated');
  expect(ledger.retire(1_001)).toBe(0);
  expect(ledger.size).toBe(0);
  expect(take(ledger, 'a', 4, 0, {}, 1_001)?.outcome).toBe('counted');
});

test('beyond messagesRetainedMax the oldest is forgotten, which is counted, and from when on all are known', () => {
  const ledger = new Ledger({ ...OPTIONS, messagesRetainedMax: 3 });
  for (let n = 0; n < 5; n++) take(ledger, String(n), n + 1, n, {});
  expect([ledger.size, ledger.completeFromMs]).toEqual([3, 2]);
  expect([ledger.retire(5), ledger.retire(5)]).toEqual([2, 0]);
  expect(take(ledger, '2', 9, 2, {})?.outcome).toBe('duplicate');
});

test('names of channels that nobody carries are dropped', () => {
  const ledger = new Ledger({ retentionMs: 10, messagesRetainedMax: 100 });
  for (let n = 0; n < 5_000; n++) {
    ledger.take(postOf(scoredMessage(String(n), n), n), n, n, `channel-${n}`);
    ledger.retire(n);
  }
  const state: LedgerState = ledger.toState();
  expect(state.channels.length).toBeLessThanOrEqual(1_024 + 11);
  expect(counted(ledger).map(({ channel, timeMs }) => [channel, timeMs])).toEqual(
    Array.from({ length: 11 }, (_, at) => [`channel-${4_989 + at}`, 4_989 + at]),
  );
});

test('a message takes less than 200 bytes', () => {
  const ledger = new Ledger({ retentionMs: 1e9, messagesRetainedMax: 1_000_000 });
  for (let n = 0; n < 40_000; n++) take(ledger, String(n), n + 1, n, {});
  expect(ledger.bytes / ledger.size).toBeLessThan(200);
});
