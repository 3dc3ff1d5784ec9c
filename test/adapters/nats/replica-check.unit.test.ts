/** Goal: a reader on a replica that ends too early knows it and leaves it; one that is behind for a moment stays. */
import { expect, test } from 'vitest';
import { ReplicaCheck } from '../../../src/adapters/nats/replica-check.ts';

/** A reader that is told of quiet every 250 ms, and has read up to `next`; the leader's answers come at once. */
function startReader(next: number, leader: () => number | undefined) {
  const told: string[] = [];
  const reader = { next, nowMs: 0, asked: 0 };
  const check = new ReplicaCheck({
    isMissing: () => {
      reader.asked += 1;
      const last = leader();
      return last === undefined
        ? Promise.reject(new Error('no leader'))
        : Promise.resolve(last >= reader.next);
    },
    nowMs: () => reader.nowMs,
    onWhole: (quietAtMs) => told.push(`whole at ${quietAtMs}`),
    onShort: () => told.push(`short at ${reader.nowMs}`),
  });
  const quietUntil = async (untilMs: number) => {
    for (; reader.nowMs < untilMs; reader.nowMs += 250) {
      check.quiet(reader.nowMs + 1_000_000);
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    }
    return told.splice(0);
  };
  return { reader, check, quietUntil };
}

test('who has what the leader has is whole as of when it was asked, twice a second at most', async () => {
  const { reader, quietUntil } = startReader(8, () => 7);
  expect(await quietUntil(1_250)).toEqual(['whole at 1000000', 'whole at 1000500', 'whole at 1001000']);
  expect(reader.asked).toBe(3);
});

test('nothing stored is nothing missing', async () => {
  expect(await startReader(1, () => 0).quietUntil(250)).toEqual(['whole at 1000000']);
});

test('a replica that ends too early is left after five seconds, again and again until one has it', async () => {
  const { reader, quietUntil } = startReader(8, () => 9);
  expect(await quietUntil(11_000)).toEqual(['short at 5000', 'short at 10500']);
  reader.next = 10;
  expect(await quietUntil(11_500)).toEqual(['whole at 1011000']);
});

test('one that is behind and catches up stays, however often', async () => {
  let last = 9;
  const { reader, check, quietUntil } = startReader(8, () => last);
  for (let round = 1; round <= 5; round += 1) {
    expect(await quietUntil(round * 4_000)).toEqual([]);
    reader.next = last + 1;
    last += 2;
    check.arrived();
  }
});

test('without a leader nothing is known, and it is asked again', async () => {
  const leader: { last?: number } = {};
  const { quietUntil } = startReader(8, () => leader.last);
  expect(await quietUntil(20_000)).toEqual([]);
  leader.last = 7;
  expect(await quietUntil(20_500)).toEqual(['whole at 1020000']);
});

test('an answer that is long in coming is waited for, and counts as of when it was asked', async () => {
  let answer: (isMissing: boolean) => void = () => undefined;
  const whole: number[] = [];
  let nowMs = 0;
  const check = new ReplicaCheck({
    isMissing: () => new Promise((resolve) => (answer = resolve)),
    nowMs: () => nowMs,
    onWhole: (quietAtMs) => whole.push(quietAtMs),
    onShort: () => expect.fail('it is whole'),
  });
  for (; nowMs < 10_000; nowMs += 250) check.quiet(nowMs);
  answer(false);
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  expect(whole).toEqual([0]);
});
