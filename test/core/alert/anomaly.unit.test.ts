/** Goal: anomaly rules in virtual time: what they call unusual and for how long, what they learn from, and what they show. */
import { expect, test } from 'vitest';
import type { Alert } from '../../../src/core/alert/alert.ts';
import { Presence, SILENCE_MS } from '../../../src/core/alert/presence.ts';
import { createWatcher } from '../../../src/core/alert/watcher.ts';
import type { Arrival } from '../../../src/core/window/watermark.ts';
import { seededRandom } from '../../support/random.ts';
import { pipeline, rule, scoredMessage, START_MS, type PostOptions } from '../window/arrivals.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const RISE = { name: 'rise', when: undefined, anomaly: { signal: 'volume', direction: 'up' } };

interface Stretch extends PostOptions {
  readonly fromHour: number;
  readonly hours: number;
  readonly perHour: number;
  readonly negativeShare?: number;
  /** Arrives so much later than it was written. */
  readonly delayHours?: number;
}

/** Posts at random moments, so many an hour. */
function stretches(...all: readonly Stretch[]): Arrival[] {
  const random = seededRandom(11);
  const posts = all.flatMap(({ fromHour, hours, perHour, negativeShare = 0.2, delayHours = 0, ...options }) =>
    Array.from({ length: Math.round(hours * perHour) }, () => {
      const timeMs = START_MS + Math.floor((fromHour + hours * random()) * HOUR_MS);
      const label = random() < negativeShare ? ('negative' as const) : ('neutral' as const);
      return { timeMs, storedAtMs: timeMs + delayHours * HOUR_MS, options: { label, ...options } };
    }),
  );
  posts.sort((a, b) => a.storedAtMs - b.storedAtMs);
  return posts.map(({ timeMs, storedAtMs, options }, index) => ({
    kind: 'scored',
    message: scoredMessage(String(index), timeMs, { author: `u${index % 50}`, ...options }),
    sequence: index + 1,
    storedAtMs,
  }));
}

function alertsOf(rules: readonly object[], arrivals: readonly Arrival[], untilHour: number): Alert[] {
  const watcher = createWatcher(
    pipeline(
      rules.map((one) => rule(one)),
      { pane: '5m' },
    ),
  );
  const end: Arrival = { kind: 'tick', atMs: START_MS + untilHour * HOUR_MS };
  return [...arrivals, end].flatMap((arrival) =>
    watcher.step(arrival).flatMap((output) => (output.kind === 'transition' ? [output.alert] : [])),
  );
}

/** `72.2 rise firing`: hour, rule, state. */
const said = (alerts: readonly Alert[]) =>
  alerts.map(({ at, rule: name, state }) => {
    const hour = (Date.parse(at) - START_MS) / HOUR_MS;
    return { hour, text: `${name} ${state}` };
  });

const calm: Stretch = { fromHour: 0, hours: 84, perHour: 120 };

test('a surge is told within minutes, with what was expected, and ends when it is over', () => {
  const alerts = alertsOf([RISE], stretches(calm, { fromHour: 72, hours: 0.5, perHour: 1_200 }), 84);
  const [fired, resolved, ...more] = said(alerts);
  expect([fired?.text, resolved?.text, more]).toEqual(['rise firing', 'rise resolved', []]);
  expect(fired?.hour).toBeGreaterThan(72);
  expect(fired?.hour).toBeLessThan(72 + 5 / 60); // Before its first pane is over.
  expect(resolved?.hour).toBeGreaterThan(72.5);
  const [alert] = alerts;
  if (!alert) throw new Error('no alert');
  const { when, summary, evidence } = alert;
  expect(when).toBe('anomaly of volume, up, balanced');
  // Of the window that alarmed, which are two panes.
  expect(summary).toMatch(/^rise: volume \d+ in 10m, expected [\d.]+ \([\d.]+ to [\d.]+\)$/);
  const {
    signal,
    observed = 0,
    expected = 0,
    low = 0,
    high = 0,
    score = 0,
    baseline,
  } = evidence.expectation ?? {};
  expect(signal).toBe('volume');
  expect(baseline).toMatch(/^volume of 8\d\d panes of 5m/);
  expect(observed).toBeGreaterThan(high);
  expect(expected).toBeGreaterThan(14);
  expect(expected).toBeLessThan(26);
  expect(low).toBeLessThan(expected);
  expect(score).toBeGreaterThan(0.67);
  expect(evidence.posts).toHaveLength(5);
});

test('a calm week says nothing, nor does a surge before a day of data', () => {
  const week = { fromHour: 0, hours: 7 * 24, perHour: 60 };
  const rules = [
    { ...RISE, anomaly: { signal: 'volume' } },
    { ...RISE, name: 'n', anomaly: { signal: 'negativeShare' } },
  ];
  expect(alertsOf(rules, stretches(week), 7 * 24)).toEqual([]);
  const early = stretches({ ...calm, hours: 12 }, { fromHour: 5, hours: 0.5, perHour: 2_000 });
  expect(alertsOf(rules, early, 12)).toEqual([]);
});

test('direction, sensitivity and channel are those of the rule', () => {
  const rules = [
    { ...RISE, name: 'fall', anomaly: { signal: 'volume', direction: 'down' } },
    { ...RISE, name: 'angry', anomaly: { signal: 'negativeShare', direction: 'up' }, groupBy: ['channel'] },
    { ...RISE, name: 'shy', anomaly: { signal: 'volume', sensitivity: 'strict', direction: 'up' } },
  ];
  const posts = stretches(
    { ...calm, channel: 'a' },
    { ...calm, channel: 'b' },
    { fromHour: 72, hours: 1, perHour: 480, channel: 'b', negativeShare: 1 },
  );
  const alerts = alertsOf(rules, posts, 84).filter(({ state }) => state === 'firing');
  expect(new Set(alerts.map((one) => `${one.rule} ${one.group.channel}`))).toEqual(new Set(['angry b']));
});

test('a channel that falls silent while others go on is a zero, and a fall', () => {
  const fall = {
    ...RISE,
    name: 'fall',
    anomaly: { signal: 'volume', direction: 'down' },
    groupBy: ['channel'],
  };
  const posts = stretches({ ...calm, channel: 'a' }, { ...calm, hours: 60, channel: 'b' });
  const [first] = alertsOf([fall], posts, 84);
  expect(first).toMatchObject({ group: { channel: 'b' }, state: 'firing' });
  expect(first?.evidence.expectation?.observed).toBe(0);
});

test('what comes late, when a backlog is read, is not learnt and no surge', () => {
  const gone = { fromHour: 60, hours: 3, perHour: 120, delayHours: 3.2 };
  const posts = stretches({ ...calm, hours: 60 }, gone, { ...calm, fromHour: 63.2, hours: 20 });
  expect(alertsOf([RISE], posts, 84)).toEqual([]);
});

test('what is deleted is unlearnt while its panes are kept: the band and the alerts are as if it had never been', () => {
  const posts = stretches({ ...calm, hours: 76 }, { fromHour: 72, hours: 0.5, perHour: 1_200 });
  const spamFromMs = START_MS + 71 * HOUR_MS;
  const spam = stretches({ fromHour: 71, hours: 0.4, perHour: 900 }).flatMap((one, at) =>
    one.kind === 'scored' ? [{ ...one, message: { ...one.message, id: `spam${at}` } }] : [],
  );
  const deletedMs = spamFromMs + 0.45 * HOUR_MS;
  const deletions = spam.map((one) => ({
    ...one,
    storedAtMs: deletedMs,
    message: { ...one.message, kind: 'delete' as const, version: '1', time: deletedMs },
  }));
  const run = (...all: readonly Arrival[]) => {
    const watcher = createWatcher(pipeline([rule({ ...RISE, over: '1h' })], { pane: '5m' }));
    const storedAtMs = (one: Arrival) => (one.kind === 'scored' ? one.storedAtMs : 0);
    const outputs = [...all]
      .sort((a, b) => storedAtMs(a) - storedAtMs(b))
      .map((one, at) => ({ ...one, sequence: at + 1 }) as Arrival)
      .flatMap((one) => watcher.step(one));
    const fired = outputs.flatMap((output) =>
      output.kind === 'transition' && output.alert.state === 'firing' ? [output.alert] : [],
    );
    const baselines = watcher.snapshot().groups.flatMap((group) => group.baselines);
    return { fired, panes: baselines.map(({ panes }) => panes) };
  };
  const [clean, retracted, spammed] = [
    run(...posts),
    run(...posts, ...spam, ...deletions),
    run(...posts, ...spam),
  ];
  expect(retracted.panes).toEqual(clean.panes);
  expect(spammed.panes).not.toEqual(clean.panes);
  const after = ({ fired }: typeof clean) =>
    fired.filter(({ at }) => Date.parse(at) > deletedMs + HOUR_MS / 2);
  expect(after(clean)).toHaveLength(1);
  expect(after(retracted)[0]?.evidence.expectation).toEqual(after(clean)[0]?.evidence.expectation);
});

test('two rules of one signal learn once; changing a rule does not cost what was learnt', () => {
  const posts = stretches({ ...calm, hours: 72 }, { fromHour: 72, hours: 0.5, perHour: 1_200 });
  const at = posts.findIndex((one) => one.kind === 'scored' && one.storedAtMs > START_MS + 71 * HOUR_MS);
  const before = createWatcher(pipeline([rule(RISE), rule({ ...RISE, name: 'twin' })], { pane: '5m' }));
  for (const arrival of posts.slice(0, at)) before.step(arrival);
  const state = before.snapshot();
  expect(state.groups.find(({ channel }) => channel === undefined)?.baselines).toHaveLength(1);
  const changed = rule({ ...RISE, anomaly: { signal: 'volume', sensitivity: 'strict' } });
  const after = createWatcher(pipeline([changed], { pane: '5m' }), state);
  const outputs = posts.slice(at).flatMap((arrival) => after.step(arrival));
  expect(outputs.some((output) => output.kind === 'transition' && output.alert.state === 'firing')).toBe(
    true,
  );
});

test('a planted fault: a baseline that is lost tells nothing', () => {
  const posts = stretches({ ...calm, hours: 72 }, { fromHour: 72, hours: 0.5, perHour: 1_200 });
  const at = posts.findIndex((one) => one.kind === 'scored' && one.storedAtMs > START_MS + 71 * HOUR_MS);
  const before = createWatcher(pipeline([rule(RISE)], { pane: '5m' }));
  for (const arrival of posts.slice(0, at)) before.step(arrival);
  const state = before.snapshot();
  const groups = state.groups.map((group) => ({ ...group, baselines: [] }));
  const after = createWatcher(pipeline([rule(RISE)], { pane: '5m' }), { ...state, groups });
  const outputs = posts.slice(at).flatMap((arrival) => after.step(arrival));
  expect(outputs.filter(({ kind }) => kind === 'transition')).toEqual([]);
});

test('a pane is missing in a silence of a day, and while more comes late than in time', () => {
  const presence = new Presence({ paneMs: MINUTE_MS, keepMs: MINUTE_MS });
  presence.heard(0, 0, false);
  expect(presence.missingUntil(SILENCE_MS - MINUTE_MS)).toBeUndefined();
  expect(presence.missingUntil(SILENCE_MS)).toBe(Number.POSITIVE_INFINITY);
  const backMs = 3 * SILENCE_MS + 30_000;
  presence.heard(backMs, backMs, false);
  expect(presence.missingUntil(2 * SILENCE_MS)).toBe(3 * SILENCE_MS);
  expect(presence.missingUntil(3 * SILENCE_MS)).toBeUndefined();
  presence.heard(5, backMs, true);
  expect(presence.missingUntil(3 * SILENCE_MS)).toBeUndefined();
  presence.heard(5, backMs, true);
  expect(presence.missingUntil(3 * SILENCE_MS)).toBe(3 * SILENCE_MS + MINUTE_MS);
  const restored = new Presence({ paneMs: MINUTE_MS, keepMs: MINUTE_MS }, presence.toState());
  expect(restored.toState()).toEqual(presence.toState());
});
