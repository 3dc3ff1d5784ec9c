/** Goal: with anomaly and trend rules too, a watcher's life depends neither on ticks nor on restarts, though trends are saved
 *  apart, earlier than the rest. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWatcher, type WatcherOutput, type WatcherState } from '../../../src/core/alert/watcher.ts';
import { trendConfig } from '../../../src/core/trend/trend.config.ts';
import type { Arrival } from '../../../src/core/window/watermark.ts';
import { pipeline, rule, scoredMessage, START_MS } from '../window/arrivals.ts';

const HOUR_MS = 3_600_000;
const anomaly = (signal: string, direction = 'both') => ({
  when: undefined,
  anomaly: { signal, direction, sensitivity: 'sensitive' },
});
const byChannel = { groupBy: ['channel'] };
const RULES = [
  rule({ name: 'volume', ...anomaly('volume'), keepFiringFor: '1h' }),
  rule({ name: 'share', ...anomaly('negativeShare', 'up'), over: '2h', for: '30m', ...byChannel }),
  rule({ name: 'net', ...anomaly('netSentiment'), onNoData: 'keep' }),
  rule({ name: 'trend', when: undefined, trend: { warmUp: '2h' }, for: '1m', keepFiringFor: '10m' }),
  rule({ name: 'strong', when: undefined, trend: { warmUp: '0s', scoreMin: 5, kinds: ['keyword'] } }),
  rule({ name: 'threshold', when: 'volume >= 5', over: '1h' }),
];
const TRENDS = trendConfig.parse({
  ...{ burst: '20m', span: '3h', memory: '1d', authorsMin: 2, scoreMin: 3 },
  limits: { cellsPerRow: 1_024, candidatesMax: 64, trendsMax: 4, channelsMax: 2 },
});
const PIPELINE = {
  ...pipeline(RULES, { pane: '30m', allowedLateness: '5m', futureSkewMax: '5m', channelsMax: 2 }),
  trends: TRENDS,
};
const WORDS = 'alpha bravo cargo delta eagle fjord gamma hotel'.split(' ');

/** Four days: mostly a calm stream, now and then a silence or a burst of one word. */
const scored = fc
  .array(
    fc.record({
      gapMs: fc.oneof(
        { weight: 12, arbitrary: fc.nat(HOUR_MS) },
        { weight: 12, arbitrary: fc.nat(HOUR_MS / 60) },
        { weight: 1, arbitrary: fc.nat(40 * HOUR_MS) },
      ),
      delayMs: fc.oneof(
        { weight: 8, arbitrary: fc.nat(60_000) },
        { weight: 1, arbitrary: fc.integer({ min: -600_000, max: 3 * HOUR_MS }) },
      ),
      label: fc.constantFrom('negative', 'positive', 'neutral'),
      channel: fc.constantFrom('a', 'a', 'a', 'b', 'c'),
      author: fc.constantFrom('ann', 'bob', 'cid', 'dee', 'eve'),
      words: fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 5 }),
      kind: fc.constantFrom('create', 'create', 'create', 'survey', 'engagement'),
    }),
    { minLength: 30, maxLength: 90 },
  )
  .map((all) => {
    let storedAtMs = START_MS;
    return all.map(({ gapMs, delayMs, words, ...options }, index): Arrival => {
      storedAtMs += gapMs;
      const text = words.join(' ');
      const message = scoredMessage(String(index), storedAtMs - delayMs, { ...options, text });
      return { kind: 'scored', message, sequence: index + 1, storedAtMs };
    });
  });

function ending(arrivals: readonly Arrival[]): Arrival[] {
  const last = arrivals.at(-1);
  return last?.kind === 'scored' ? [...arrivals, { kind: 'tick', atMs: last.storedAtMs + 20 * HOUR_MS }] : [];
}

/** Clock ticks at some of the moments between two messages. */
function withTicks(arrivals: readonly Arrival[], shares: readonly number[]): Arrival[] {
  let beforeMs = START_MS;
  return arrivals.flatMap((arrival, index) => {
    const toMs = arrival.kind === 'scored' ? arrival.storedAtMs : arrival.atMs;
    const share = shares[index % shares.length] ?? 0;
    const ticks = [share / 2, share].map((part): Arrival => ({
      kind: 'tick',
      atMs: Math.floor(beforeMs + (toMs - beforeMs) * part),
    }));
    beforeMs = toMs;
    return [...ticks, arrival];
  });
}

const run = (arrivals: readonly Arrival[]) => {
  const watcher = createWatcher(PIPELINE);
  return arrivals.flatMap((arrival) => watcher.step(arrival));
};
const only = (kinds: readonly string[], outputs: readonly WatcherOutput[]) =>
  outputs.filter(({ kind }) => kinds.includes(kind));
const copyOf = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 });

test('the ticks of a clock, at whatever moments, change nothing', () => {
  fc.assert(
    fc.property(scored, shares, (arrivals, parts) => {
      const replayed = run(ending(arrivals));
      const live = run(withTicks(ending(arrivals), parts));
      for (const kinds of [['transition', 'rule_failed'], ['trend'], ['window']])
        expect(only(kinds, live)).toEqual(only(kinds, replayed));
    }),
    { numRuns: 12 },
  );
});

/** Runs to a moment, saves the trends at an earlier one, and goes on from what was saved. */
function restarted(
  all: readonly Arrival[],
  trendsAt: number,
  at: number,
  keepTrends = true,
): WatcherOutput[] {
  const before = createWatcher(PIPELINE);
  const head = all.slice(0, trendsAt).flatMap((arrival) => before.step(arrival));
  const saved = copyOf(before.trendsSnapshot());
  head.push(...all.slice(trendsAt, at).flatMap((arrival) => before.step(arrival)));
  const after = createWatcher(PIPELINE, copyOf<WatcherState>(before.snapshot()));
  if (keepTrends && saved) after.resumeTrends(saved);
  const from = after.readFrom;
  const again = all.slice(0, at).filter((one) => one.kind === 'scored' && one.sequence > from);
  const tail = [...again, ...all.slice(at)].flatMap((arrival) => after.step(arrival));
  return [...head, ...tail];
}

test('saved at any moment, the trends at any earlier one, it goes on as if nothing had happened', () => {
  fc.assert(
    fc.property(scored, shares, fc.nat(500), fc.nat(500), (arrivals, parts, one, other) => {
      const all = withTicks(ending(arrivals), parts);
      const [trendsAt, at] = [one % all.length, other % all.length].sort((a, b) => a - b) as [number, number];
      expect(restarted(all, trendsAt, at)).toEqual(run(all));
    }),
    { numRuns: 12 },
  );
});

/** Three calm days of a post every ten minutes, and then an hour in which many write of one thing, angrily. */
function surge(): Arrival[] {
  const calm = Array.from({ length: 432 }, (_, at) => ({
    timeMs: START_MS + at * 600_000,
    text: `${WORDS[at % 5]} ${WORDS[(at * 3) % 7]}`,
    label: 'positive' as const,
  }));
  const fromMs = START_MS + 72 * HOUR_MS;
  const burst = Array.from({ length: 60 }, (_, at) => ({
    timeMs: fromMs + at * 60_000,
    text: `${WORDS[at % 5]} zeppelin ${WORDS[at % 7]} ${at}`,
    label: 'negative' as const,
  }));
  return [...calm, ...burst].map(({ timeMs, text, label }, index) => ({
    kind: 'scored',
    message: scoredMessage(String(index), timeMs, { text, label, author: `u${index}`, channel: 'a' }),
    sequence: index + 1,
    storedAtMs: timeMs,
  }));
}

test('these streams do raise alerts of each kind, and a restart without the trends changes them', () => {
  const all = ending(surge());
  const outputs = run(all);
  const fired = outputs.flatMap((output) =>
    output.kind === 'transition' && output.alert.state === 'firing' ? [output.alert.rule] : [],
  );
  expect(fired).toEqual(expect.arrayContaining(['volume', 'share', 'net', 'trend', 'strong']));
  expect(restarted(all, 300, 460)).toEqual(outputs);
  expect(restarted(all, 300, 460, false)).not.toEqual(outputs);
});
