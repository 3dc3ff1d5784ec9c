/** Goal: trend rules in virtual time: one alert a trend, while it lives, not before a channel is known; and what it shows. */
import { expect, test } from 'vitest';
import type { Alert } from '../../../src/core/alert/alert.ts';
import { createWatcher, type WatcherOutput } from '../../../src/core/alert/watcher.ts';
import { duplicatesConfig } from '../../../src/core/duplicates/duplicates.config.ts';
import { trendConfig } from '../../../src/core/trend/trend.config.ts';
import { TrendsStateError } from '../../../src/core/trend/trends.ts';
import type { Arrival } from '../../../src/core/window/watermark.ts';
import { about, DAY, everyday, HOUR, inTime, START_MS, type Post } from '../trend/stream.ts';
import { pipeline, post, rule, scoredMessage } from '../window/arrivals.ts';

const TRENDS = trendConfig.parse({ limits: { cellsPerRow: 16_384 } });
const TRENDING = { name: 'trending', when: undefined, trend: {} };
const open = (...rules: readonly object[]) =>
  createWatcher({ ...pipeline(rules.map((one) => rule(one))), trends: TRENDS });

function arrivals(...streams: readonly (readonly Post[])[]): Arrival[] {
  return inTime(...streams).map(({ id, time, text, author, channel }, index) => ({
    kind: 'scored',
    message: { ...scoredMessage(id, time, { text, channel }), ...(author && { author }) },
    sequence: index + 1,
    storedAtMs: time,
  }));
}

function run(watcher: ReturnType<typeof open>, all: readonly Arrival[], untilMs: number): WatcherOutput[] {
  const end: Arrival = { kind: 'tick', atMs: untilMs };
  return [...all, end].flatMap((arrival) => watcher.step(arrival));
}

const alertsIn = (outputs: readonly WatcherOutput[]): Alert[] =>
  outputs.flatMap((output) => (output.kind === 'transition' ? [output.alert] : []));

const calm = everyday(1, { hours: 64, perHour: 20 });
const eventMs = START_MS + 60 * HOUR;
const burst = about('Zeppelin crash', { fromMs: eventMs, count: 40, overMs: HOUR });
const endMs = START_MS + 5 * DAY;
const zeppelins = (alerts: readonly Alert[]) =>
  alerts.filter(({ group }) => group.term?.includes('Zeppelin'));

test('fires within minutes of the first posts, resolves when the trend is over, and shows what it is about', () => {
  const outputs = run(open(TRENDING), arrivals(calm, burst), endMs);
  const [fired, resolved, ...more] = zeppelins(alertsIn(outputs));
  if (!fired || !resolved) throw new Error('no alert');
  expect(more).toEqual([]);
  expect([fired.state, resolved.state, resolved.reason]).toEqual(['firing', 'resolved', 'condition_ended']);
  expect(Date.parse(fired.at) - eventMs).toBeLessThan(10 * 60_000);
  expect(resolved.id).toBe(fired.id);
  expect(fired.group.channel).toBe('social');
  expect(fired.when).toBe('trend, after 1d of a channel');
  expect(resolved.summary).toMatch(/^trending: Zeppelin.* in social, \d+ posts where 0\.\d are expected$/);
  expect(resolved.observed).toMatchObject({ volume: 40, negative: 40, authors: 40, negativeShare: 1 });
  const { posts, terms = [], expectation, sequences } = resolved.evidence;
  expect(posts).toHaveLength(5);
  expect(posts.every(({ text, label }) => text.includes('Zeppelin') && label === 'negative')).toBe(true);
  expect(terms.map(({ text }) => text)).toEqual(expect.arrayContaining(['Zeppelin', 'crash']));
  expect(terms[0]?.share).toBeGreaterThan(10 * (terms[0]?.shareBefore ?? 1));
  expect(expectation?.observed).toBeGreaterThan(expectation?.high ?? Number.POSITIVE_INFINITY);
  expect(expectation?.score).toBeGreaterThan(0.9);
  expect(sequences[1] - sequences[0]).toBeGreaterThanOrEqual(39);
  const states = outputs.flatMap((one) =>
    one.kind === 'trend' && one.event.trend.title.includes('Zeppelin') ? [one.event.trend.state] : [],
  );
  expect([states[0], states.at(-1)]).toEqual(['rising', 'over']);
});

test('shows the words of its posts, and the copies among them', () => {
  const copied = burst.slice(0, 6).map((post, at) => ({
    ...post,
    ...{ timeMs: eventMs + HOUR / 2 + at * 1_000, author: `copier-${at}` },
    text: 'They say the Zeppelin crash was planned by the airline all along',
  }));
  const watcher = createWatcher(
    {
      ...pipeline([rule(TRENDING)]),
      trends: TRENDS,
      duplicates: duplicatesConfig.parse({ limits: { textsMax: 4_096 } }),
    },
    undefined,
    { explain: (text) => [{ text: text.slice(0, 3), weight: -1 }] },
  );
  const fired = zeppelins(alertsIn(run(watcher, arrivals(calm, burst, copied), endMs))).at(-1);
  expect(fired?.evidence.clusters).toMatchObject([
    { text: copied[0]?.text, count: 6, authors: 6, verdict: 'organic' },
  ]);
  for (const { text, because } of fired?.evidence.posts ?? [])
    expect(because).toEqual([{ text: text.slice(0, 3), weight: -1 }]);
});

test.each<[string, object, boolean]>([
  ['strong enough', { scoreMin: 5 }, true],
  ['not strong enough', { scoreMin: 100 }, false],
  ['of a kind', { kinds: ['phrase'] }, true],
  ['not of the kind', { kinds: ['link'] }, false],
  ['still warming up', { warmUp: '3d' }, false],
])('a trend that is %s', (_why, trend, fires) => {
  const alerts = zeppelins(alertsIn(run(open({ ...TRENDING, trend }), arrivals(calm, burst), endMs)));
  expect(alerts.some(({ state }) => state === 'firing')).toBe(fires);
});

test('a trend of the first day is told as a trend, and raises no alert, however long it lives', () => {
  const early = about('Zeppelin crash', { fromMs: START_MS + 20 * HOUR, count: 400, overMs: 12 * HOUR });
  const outputs = run(open(TRENDING), arrivals(calm, early), endMs);
  expect(outputs.some((one) => one.kind === 'trend' && one.event.trend.title.includes('Zeppelin'))).toBe(
    true,
  );
  expect(zeppelins(alertsIn(outputs))).toEqual([]);
});

test('without a rule the block alone tells trends; without either there are none', () => {
  const watcher = open();
  const half = arrivals(calm, burst).filter(({ kind }) => kind === 'scored');
  run(watcher, half, eventMs + 4 * HOUR);
  expect(watcher.trends().length).toBeGreaterThan(0);
  const none = createWatcher(pipeline([]));
  run(none, half.slice(0, 50), eventMs);
  expect([none.hasTrends, none.trends(), none.trendsSnapshot()]).toEqual([false, [], undefined]);
});

test('what a limit leaves out is said with the message that meets it: a snapshot right after has told it', () => {
  const trends = trendConfig.parse({ limits: { channelsMax: 1 } });
  const watcher = createWatcher({ ...pipeline([rule(TRENDING)]), trends });
  const limits = ['a', 'b', 'b', 'a'].map((channel, at) =>
    watcher.step(post(at + 1, 0, { channel })).filter(({ kind }) => kind === 'limit'),
  );
  const leftOut = [{ kind: 'limit', limit: 'trends.channels', count: 1 }];
  expect(limits).toEqual([[], leftOut, leftOut, []]);
});

test('a state of other settings is refused, and trends begin anew', () => {
  const watcher = open();
  run(watcher, arrivals(burst), eventMs + HOUR);
  const state = watcher.trendsSnapshot();
  if (!state) throw new Error('no state');
  const other = createWatcher(
    { ...pipeline([]), trends: trendConfig.parse({ burst: '2h' }) },
    watcher.snapshot(),
  );
  expect(() => other.resumeTrends(state)).toThrow(TrendsStateError);
  expect(other.readFrom).toBe(other.lastSequence);
});

test('shadow alerts say that they are', () => {
  const alerts = zeppelins(
    alertsIn(run(open({ ...TRENDING, mode: 'shadow' }), arrivals(calm, burst), endMs)),
  );
  expect(alerts.map(({ mode }) => mode)).toEqual(['shadow', 'shadow']);
});
