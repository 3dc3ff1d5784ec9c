/** Goal: an alert of a threshold rule says what its number usually is: of the spans before, without alerts, however a life ended. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Alert, Observed } from '../../../src/core/alert/alert.ts';
import { compileRules } from '../../../src/core/alert/rules.ts';
import { Usual } from '../../../src/core/alert/usual.ts';
import { createWatcher, type Watcher } from '../../../src/core/alert/watcher.ts';
import type { Arrival } from '../../../src/core/window/watermark.ts';
import { pipeline, rule, scoredMessage, START_MS } from '../window/arrivals.ts';

const MINUTE_MS = 60_000;
const SPAN_MS = 10 * MINUTE_MS;
const MANY = { name: 'many', when: "volume >= 60 && 'volume' != 'authors'", over: '10m' };

/** So many posts in each span, evenly. */
function spans(...counts: readonly number[]): Arrival[] {
  const posts = counts.flatMap((count, span) =>
    Array.from({ length: count }, (_, index) => ({
      timeMs: START_MS + span * SPAN_MS + Math.floor(((index + 0.5) * SPAN_MS) / count),
    })),
  );
  return posts.map(({ timeMs }, index) => ({
    kind: 'scored',
    message: scoredMessage(`m${index}`, timeMs, { label: 'negative', author: `u${index % 7}` }),
    sequence: index + 1,
    storedAtMs: timeMs,
  }));
}

const watch = (one: object, state?: Parameters<typeof createWatcher>[1]) =>
  createWatcher(pipeline([rule(one)], { pane: '1m' }), state);
const step = (watcher: Watcher, arrivals: readonly Arrival[]): Alert[] =>
  arrivals.flatMap((arrival) =>
    watcher.step(arrival).flatMap((output) => (output.kind === 'transition' ? [output.alert] : [])),
  );
const firing = (alerts: readonly Alert[]) =>
  alerts.filter(({ state }) => state === 'firing').map(({ evidence }) => evidence.expectation);

const calm = (spansCount: number, each = 20) => Array.from({ length: spansCount }, () => each);

test('what is usual, within which bounds, and how unusual this is', () => {
  const [expectation] = firing(step(watch(MANY), spans(...calm(30), 100)));
  expect(expectation).toMatchObject({ signal: 'volume', over: '10m', observed: 60 });
  // A span is seen in whole panes, the one that is open included.
  expect(expectation?.expected).toBeGreaterThan(19);
  expect(expectation?.expected).toBeLessThan(23);
  expect(expectation?.low).toBeGreaterThan(8);
  expect(expectation?.high).toBeLessThan(34);
  expect(expectation?.score).toBeGreaterThan(0.98);
  expect(expectation?.baseline).toMatch(/^mean of \d\d spans of 10m in which the rule did not alert$/);
});

test('an alert is not learnt as usual', () => {
  const [first, second] = firing(step(watch(MANY), spans(...calm(30), 100, 90, ...calm(3), 100)));
  expect(second?.expected).toBeCloseTo(first?.expected ?? Number.NaN, 0);
});

test('nothing is said before twelve spans are known', () => {
  expect(firing(step(watch(MANY), spans(...calm(8), 100)))).toEqual([undefined]);
});

test('spans without posts are counts of zero', () => {
  const everySecond = Array.from({ length: 40 }, (_, span) => (span % 2) * 20);
  const [expectation] = firing(step(watch(MANY), spans(...everySecond, 100)));
  expect(expectation?.expected).toBeGreaterThan(8);
  expect(expectation?.expected).toBeLessThan(12);
  expect(expectation?.low).toBe(0);
});

test('of no posts a share says nothing', () => {
  const share = { name: 'bad', when: 'negativeShare >= 0.9 && volume > 60', over: '10m' };
  const everySecond = Array.from({ length: 40 }, (_, span) => (span % 2) * 20);
  const [expectation] = firing(step(watch(share), spans(...everySecond, 100)));
  expect(expectation?.signal).toBe('negativeShare');
  expect(expectation?.expected).toBe(1);
});

test('a restart at any point changes nothing', () => {
  const arrivals = spans(...calm(20), 100, ...calm(2), 100);
  const whole = step(watch(MANY), arrivals);
  expect(firing(whole)).toHaveLength(2);
  for (const cut of [1, 150, 399, 401, 450, 480, 520]) {
    const before = watch(MANY);
    const alerts = step(before, arrivals.slice(0, cut));
    const state = JSON.parse(JSON.stringify(before.snapshot())) as ReturnType<Watcher['snapshot']>;
    expect([...alerts, ...step(watch(MANY, state), arrivals.slice(cut))]).toEqual(whole);
  }
});

const { rules } = compileRules([rule(MANY)]);
const observed = (volume: number) => ({ volume }) as Observed;

test('mean and deviation are those of all spans, up to 288 of them', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 12, maxLength: 288 }), (counts) => {
      const [compiled] = rules;
      if (compiled?.kind !== 'threshold') throw new Error('no threshold');
      const usual = new Usual(compiled, 'volume');
      for (const [span, count] of counts.entries()) usual.see(observed(count), span * SPAN_MS + MINUTE_MS);
      usual.see(observed(0), counts.length * SPAN_MS);
      const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
      const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
      const expectation = usual.expectationOf(observed(0));
      expect(expectation?.expected).toBeCloseTo(mean, 6);
      const deviation = Math.sqrt(Math.max(variance, mean, 0.25));
      expect(expectation?.high).toBeCloseTo(mean + 2 * deviation, 6);
    }),
  );
});
