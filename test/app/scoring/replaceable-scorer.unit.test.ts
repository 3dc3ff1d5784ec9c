/** Goal: pipelines change without a message planned by neither or by a scorer that is closed. */
import { expect, test } from 'vitest';
import type { OpenScorer } from '../../../src/app/scoring/open-scorer.ts';
import { replaceableScorer } from '../../../src/app/scoring/replaceable-scorer.ts';

function fakes() {
  const opened: {
    name: number;
    closed: boolean;
    ready: () => void;
    refuse: (error: Error) => void;
    lose: (error: Error) => void;
  }[] = [];
  const open = (): OpenScorer => {
    const fake = {
      name: opened.length,
      closed: false,
      ready: () => undefined,
      refuse: (_: Error) => undefined,
      lose: (_: Error) => undefined,
    };
    opened.push(fake);
    return {
      planDeliveries: fake.name,
      plan: () => expect.unreachable(),
      bury: () => expect.unreachable(),
      ready: new Promise((resolve, reject) => Object.assign(fake, { ready: resolve, refuse: reject })),
      lost: new Promise((resolve) => Object.assign(fake, { lose: resolve })),
      close: () => Promise.resolve(void (fake.closed = true)),
    };
  };
  return { opened, open };
}

function start() {
  const { opened, open } = fakes();
  let finish: () => void = () => undefined;
  const inHand = new Promise<void>((resolve) => (finish = resolve));
  const failures: unknown[] = [];
  const scorer = replaceableScorer({
    pipelines: [],
    open,
    finishInHand: () => inHand,
    onFailure: (error) => failures.push(error),
  });
  return { scorer, opened, finish, failures, current: () => scorer.current.planDeliveries };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('another takes its place once it is ready; the one before is closed when what it planned is finished', async () => {
  const { scorer, opened, finish, current } = start();
  const replaced = scorer.replace([]);
  await turn();
  expect(current()).toBe(0);
  opened[1]?.ready();
  await replaced;
  await turn();
  expect([current(), opened[0]?.closed]).toEqual([1, false]);
  finish();
  await turn();
  expect(opened.map(({ closed }) => closed)).toEqual([true, false]);
  await scorer.close();
  expect(opened.map(({ closed }) => closed)).toEqual([true, true]);
});

test('one that cannot be opened is closed, and the one before goes on', async () => {
  const { scorer, opened, current, failures } = start();
  const replaced = scorer.replace([]);
  await turn();
  opened[1]?.refuse(new Error('no such model'));
  await expect(replaced).rejects.toThrow('no such model');
  expect([current(), opened[0]?.closed, opened[1]?.closed]).toEqual([0, false, true]);
  expect(failures).toEqual([]);
});

test('of two replacements the second waits for the first', async () => {
  const { scorer, opened, finish, current } = start();
  finish();
  const both = [scorer.replace([]), scorer.replace([])];
  await turn();
  expect(opened).toHaveLength(2);
  opened[1]?.ready();
  await both[0];
  await turn();
  opened[2]?.ready();
  await both[1];
  expect(current()).toBe(2);
});

test('the loss of the one in use is told', async () => {
  const { opened, failures } = start();
  opened[0]?.ready();
  opened[0]?.lose(new Error('gone'));
  await turn();
  expect(failures).toEqual([new Error('gone')]);
});
