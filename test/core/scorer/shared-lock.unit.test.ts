/** Goal: one at a time, and nobody waits for ever for a thread that is gone. */
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { SharedLock } from '../../../src/core/scorer/shared-lock.ts';

const ints = () => new Int32Array(new SharedArrayBuffer(8));

test('taken and free', () => {
  const shared = ints();
  const lock = new SharedLock(shared, 1);
  for (let round = 0; round < 3; round += 1) {
    lock.take();
    expect(shared[1]).toBe(1);
    lock.free();
    expect(Array.from(shared)).toEqual([0, 0]);
  }
});

test('whoever waits gets it when it is free, and wakes the next one', async () => {
  const shared = ints();
  const lock = new SharedLock(shared, 0);
  lock.take();
  // Frees it from another thread, once somebody sleeps for it.
  const other = new Worker(
    `const { workerData: ints } = require('node:worker_threads');
     while (Atomics.load(ints, 0) !== 2) Atomics.wait(ints, 1, 0, 1);
     Atomics.store(ints, 0, 0);
     Atomics.notify(ints, 0, 1);`,
    { eval: true, workerData: shared },
  );
  const ended = new Promise((resolve) => other.once('exit', resolve));
  lock.take();
  expect(shared[0]).toBe(2); // Others may sleep: that is told when it is freed.
  lock.free();
  expect(shared[0]).toBe(0);
  await ended;
});

test('one whose thread is gone is taken after a while', () => {
  const shared = ints();
  new SharedLock(shared, 0).take();
  const lock = new SharedLock(shared, 0, 5);
  lock.take();
  lock.free();
  expect(shared[0]).toBe(0);
});
