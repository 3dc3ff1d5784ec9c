/** Goal: in whatever order versions come, how often, and wherever the process is restarted, what counts is what an offline
 *  look at all versions says; and the table behind it is a map that forgets first what came first. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { postOf } from '../../../src/core/window/aggregate.ts';
import { Ledger, type Contribution, type LedgerState } from '../../../src/core/window/ledger.ts';
import { Retained, type RetainedState } from '../../../src/core/window/retained.ts';
import { versionsOfPosts, whatStands, type SentVersion } from './versions.ts';

const OPTIONS = { retentionMs: 1e9, messagesRetainedMax: 1_000 };
const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** What is counted, from the changes alone. */
function fold(sent: readonly SentVersion[], restartAt: number, plant?: 'count copies'): Contribution[] {
  let ledger = new Ledger(OPTIONS);
  const counted: Contribution[] = [];
  for (const [at, { message }] of sent.entries()) {
    if (at === restartAt) ledger = new Ledger(OPTIONS, json<LedgerState>(ledger.toState()));
    const change = ledger.take(postOf(message, at + 1), message.time, 0, message.channel);
    const { before, after } = change ?? {};
    if (before) {
      const found = counted.findIndex(({ sequence }) => sequence === before.sequence);
      expect(counted[found]).toEqual(before);
      counted.splice(found, 1);
    }
    if (after) counted.push(after);
    if (plant && change?.outcome === 'duplicate' && counted[0]) counted.push(counted[0]);
  }
  const all: Contribution[] = [];
  ledger.forEach(0, Number.POSITIVE_INFINITY, (one) => all.push({ ...one }));
  if (!plant) expect(counted.toSorted(bySequence)).toEqual(all.toSorted(bySequence));
  return counted.toSorted(bySequence);
}

function bySequence(left: Contribution, right: Contribution): number {
  return left.sequence - right.sequence;
}

const equalsOracle = (plant?: 'count copies') =>
  fc.property(versionsOfPosts, fc.nat(60), (sent, restartAt) => {
    const expected = whatStands(sent).map(({ message, sequence, timeMs }) => {
      const { label, scoreUnits, weightUnits, authorHash } = postOf(message, sequence);
      return { channel: 'x', timeMs, label, scoreUnits, weightUnits, authorHash, sequence };
    });
    expect(fold(sent, restartAt, plant)).toEqual(expected.toSorted(bySequence));
  });

test('any order of creates, edits, deletions and copies counts what stands', () => {
  fc.assert(equalsOracle(), { numRuns: 500 });
});

test('negative control: counting copies goes red', () => {
  expect(fc.check(equalsOracle('count copies'), { numRuns: 50, seed: 1 }).failed).toBe(true);
});

test('the table is a map that forgets first what came first', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 60 }).map((n) => n * 1_024 + (n % 3)) },
    { weight: 2, arbitrary: fc.constant('drop' as const) },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let table = new Retained();
      const model = new Map<number, number>();
      for (const [at, one] of steps.entries()) {
        if (one === 'restart') table = new Retained(json<RetainedState>(table.toState()));
        else if (one === 'drop') {
          table.dropOldest();
          for (const key of [...model.keys()].slice(0, 1)) model.delete(key);
        } else if (!model.has(one)) {
          model.set(one, at);
          table.append(one, at);
        }
        for (let n = 1; n <= 60; n++) {
          const key = n * 1_024 + (n % 3);
          const row = table.find(key);
          expect(row === undefined ? undefined : table.columns.since[row]).toBe(model.get(key));
        }
      }
      const keys: number[] = [];
      table.forEachRow((row) => keys.push(table.columns.key[row] ?? 0));
      expect(keys).toEqual([...model.keys()]);
    }),
    { numRuns: 60 },
  );
});

test('the table grows and wraps round', () => {
  const table = new Retained();
  for (let n = 1; n <= 20_000; n++) {
    table.append(n * 7_919, n);
    if (n > 3_000) table.dropOldest();
  }
  expect(table.size).toBe(3_000);
  expect(table.find(17_000 * 7_919)).toBeUndefined();
  for (let n = 17_001; n <= 20_000; n++) {
    const row = table.find(n * 7_919);
    expect(row === undefined ? undefined : table.columns.since[row]).toBe(n);
  }
});
