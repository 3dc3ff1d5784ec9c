/** Goal: the time of the broker is never told ahead of what it stamps, follows it, and is not upset by slow or odd answers. */
import { expect, test } from 'vitest';
import { BrokerClock } from '../../../src/adapters/nats/nats-clock.ts';

type Stamp = readonly [stampMs: number, askedMs: number, answeredMs: number];

const BROKER_MS = 1_000_000;
const told = (stamps: readonly Stamp[]) => {
  const clock = new BrokerClock();
  for (const stamp of stamps) clock.learn(...stamp);
  return Math.round(clock.nowMs() - performance.now());
};

/** What it tells is the broker's date when our clock was at zero. */
test.each<[string, readonly Stamp[], number]>([
  ['nothing is known before the first stamp', [], Number.NEGATIVE_INFINITY],
  ['the stamp was made before its answer came', [[BROKER_MS + 105, 100, 110]], BROKER_MS - 5],
  ['the newest stamp counts', [[BROKER_MS, 0, 0], [5_000, 100, 100]], 4_900], // prettier-ignore
  ['a slow answer is better than none', [[BROKER_MS, 0, 4_000]], BROKER_MS - 4_000],
  ['a slow answer is no news', [[BROKER_MS, 0, 0], [BROKER_MS, 0, 1_001]], BROKER_MS], // prettier-ignore
  ['what is no date is no news', [[BROKER_MS, 0, 0], [Number.NaN, 0, 0]], BROKER_MS], // prettier-ignore
])('%s', (_what, stamps, originMs) => {
  expect(told(stamps)).toBe(originMs);
});
