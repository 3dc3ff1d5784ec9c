/** Goal: the watcher as an operator: never, empty, one, many, error, early unsubscribe, a state of its own per subscription. */
import { Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { expect, test } from 'vitest';
import { watcherStage } from '../../../src/core/alert/watcher.stage.ts';
import { createWatcher } from '../../../src/core/alert/watcher.ts';
import type { Arrival } from '../../../src/core/window/watermark.ts';
import { pipeline, post, rule, START_MS } from '../window/arrivals.ts';

const PIPELINE = pipeline([rule({ when: 'volume >= 1' })]);
const ARRIVALS: Record<string, Arrival> = {
  a: post(1, 500),
  b: post(2, 600),
  c: post(3, 1_000),
  d: post(1, 900),
};
const w = { kind: 'watermark', timeMs: START_MS - 10_000 };
const x = { kind: 'watermark', timeMs: START_MS - 9_000 };
const y = { kind: 'transition', alert: { state: 'firing' } };
const z = { kind: 'decision', reason: 'waiting_for_group' };

test.each<[string, string, string]>([
  ['never', '-', '-'],
  ['empty', '|', '|'],
  ['one', 'a|', 'w|'],
  ['many', 'ab---c----|', 'w----(xyz)|'],
  ['what was counted is ignored', 'ad|', 'w-|'],
  ['an error', 'a-#', 'w-#'],
])('%s', (_why, input, output) => {
  new TestScheduler((actual, expected) => expect(actual).toMatchObject(expected as object)).run(
    ({ cold, expectObservable }) => {
      expectObservable(cold(input, ARRIVALS).pipe(watcherStage(PIPELINE))).toBe(output, { w, x, y, z });
    },
  );
});

test('early unsubscribe reaches the source', () => {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
    ({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('a---c', ARRIVALS);
      expectObservable(source.pipe(watcherStage(PIPELINE)), '^-!').toBe('w--', { w });
      expectSubscriptions(source.subscriptions).toBe('^-!');
    },
  );
});

test('each subscription has a state of its own, and begins where the snapshot ends', () => {
  const before = createWatcher(PIPELINE);
  before.step(post(1, 500));
  const outputs = new Observable<Arrival>((subscriber) => {
    subscriber.next(post(1, 500));
    subscriber.next(post(2, 1_000));
    subscriber.complete();
  }).pipe(watcherStage(PIPELINE, before.snapshot()));
  for (let time = 0; time < 2; time++) {
    const kinds: string[] = [];
    outputs.subscribe(({ kind }) => kinds.push(kind));
    expect(kinds).toEqual(['watermark', 'transition', 'decision']);
  }
});
