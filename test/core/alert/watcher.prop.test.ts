/** Goal: whatever arrives, the watcher says what a naive one says that recounts every post at every second; its life does
 *  not depend on ticks or on restarts; and no alert breaks the rules of its life. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Alert } from '../../../src/core/alert/alert.ts';
import { EVIDENCE_POSTS_MAX } from '../../../src/core/alert/evidence.ts';
import { decide, INACTIVE, type Lifecycle } from '../../../src/core/alert/lifecycle.ts';
import { compileRules, type ThresholdRule } from '../../../src/core/alert/rules.ts';
import { createWatcher, type WatcherOutput, type WatcherState } from '../../../src/core/alert/watcher.ts';
import { Aggregate, postOf, type Post } from '../../../src/core/window/aggregate.ts';
import { EVALUATION_STEP_MS, Watermark, type Arrival } from '../../../src/core/window/watermark.ts';
import { pipeline, rule, scoredMessage, START_MS } from '../window/arrivals.ts';

const PANE_MS = 10_000;
const WINDOW = {
  pane: '10s',
  allowedLateness: '5s',
  futureSkewMax: '20s',
  idleAfter: '5s',
  channelsMax: 2,
};
const byChannel = { groupBy: ['channel'] };
const RULES = [
  rule({ name: 'at-once', when: 'volume >= 3', over: '10s' }),
  rule({ name: 'held', when: 'volume >= 2', over: '25s', for: '7s', keepFiringFor: '4s' }),
  rule({ name: 'hysteresis', when: 'negativeShare > 0.6', resolveWhen: 'negativeShare < 0.3', over: '1m' }),
  rule({ name: 'silence', when: 'volume < 2', over: '40s', for: '15s', ...byChannel }),
  rule({ name: 'authors', when: 'authors >= 2', over: '15s', keepFiringFor: '30s', ...byChannel }),
  rule({ name: 'fails', when: '10 / (int(volume) - 1) > 3', over: '20s', ...byChannel }),
];
const PIPELINE = pipeline(RULES, WINDOW);

/** Mostly a stream, now and then a silence; late, early and from three channels, of which two have room. */
const scored = fc
  .array(
    fc.record({
      gapMs: fc.oneof(
        { weight: 12, arbitrary: fc.nat(2_500) },
        { weight: 2, arbitrary: fc.nat(40_000) },
        { weight: 1, arbitrary: fc.nat(900_000) },
      ),
      delayMs: fc.oneof(
        { weight: 6, arbitrary: fc.nat(1_500) },
        { weight: 1, arbitrary: fc.integer({ min: -40_000, max: 120_000 }) },
      ),
      label: fc.constantFrom('negative', 'negative', 'positive', 'neutral'),
      channel: fc.constantFrom('a', 'a', 'b', 'c'),
      author: fc.constantFrom('ann', 'bob', 'cid'),
      text: fc.constantFrom('calm parcel', 'blue parcel', 'outage #down', 'outage again'),
      kind: fc.constantFrom('create', 'create', 'create', 'survey', 'edit'),
    }),
    { maxLength: 60 },
  )
  .map((all) => {
    let storedAtMs = START_MS;
    return all.map(({ gapMs, delayMs, ...options }, index): Arrival => {
      storedAtMs += gapMs;
      const message = scoredMessage(String(index), storedAtMs - delayMs, options);
      return { kind: 'scored', message, sequence: index + 1, storedAtMs };
    });
  });

function ending(arrivals: readonly Arrival[]): Arrival[] {
  const last = arrivals.at(-1);
  return last?.kind === 'scored' ? [...arrivals, { kind: 'tick', atMs: last.storedAtMs + 3_600_000 }] : [];
}

/** Clock ticks at some of the moments between two messages. */
function withTicks(arrivals: readonly Arrival[], shares: readonly number[]): Arrival[] {
  let beforeMs = START_MS;
  return arrivals.flatMap((arrival, index) => {
    const toMs = arrival.kind === 'scored' ? arrival.storedAtMs : arrival.atMs;
    const share = shares[index % shares.length] ?? 0;
    const ticks = [share / 2, share, share].map((part): Arrival => ({
      kind: 'tick',
      atMs: Math.floor(beforeMs + (toMs - beforeMs) * part),
    }));
    beforeMs = toMs;
    return [...ticks, arrival];
  });
}

function run(arrivals: readonly Arrival[], restored?: WatcherState): WatcherOutput[] {
  const watcher = createWatcher(PIPELINE, restored);
  return arrivals.flatMap((arrival) => watcher.step(arrival));
}

function alertsOf(outputs: readonly WatcherOutput[]): Alert[] {
  return outputs.flatMap((output) => (output.kind === 'transition' ? [output.alert] : []));
}

const only = (kinds: readonly string[], outputs: readonly WatcherOutput[]) =>
  outputs.filter(({ kind }) => kinds.includes(kind));

interface NaiveCell {
  readonly rule: ThresholdRule;
  readonly channel: string | undefined;
  lifecycle: Lifecycle;
}

/** Recounts all posts for every rule and group at every second of event time. */
function naive(arrivals: readonly Arrival[]): string[] {
  const { rules } = compileRules(RULES);
  const watermark = new Watermark(PIPELINE.window);
  const posts: { readonly post: Post; readonly endMs: number; readonly channel: string }[] = [];
  const cells: NaiveCell[] = [];
  const said: string[] = [];
  const group = (channel: string | undefined) => {
    if (cells.some((cell) => cell.channel === channel)) return;
    const own = rules.filter((one) => one.byChannel === (channel !== undefined));
    cells.push(
      ...own.flatMap((one): NaiveCell[] =>
        one.kind === 'threshold' ? [{ rule: one, channel, lifecycle: INACTIVE }] : [],
      ),
    );
  };
  for (const arrival of arrivals) {
    let beforeMs = watermark.signalledMs;
    for (const signal of watermark.advance(arrival)) {
      if (signal.kind === 'data') {
        const { message, sequence, timeMs } = signal;
        if (message.kind === 'edit') continue;
        const endMs = Math.floor(timeMs / PANE_MS) * PANE_MS + PANE_MS;
        posts.push({ post: postOf(message, sequence), endMs, channel: message.channel });
        group(undefined);
        group(message.channel);
        continue;
      }
      if (beforeMs === Number.NEGATIVE_INFINITY) beforeMs = signal.frontierMs;
      for (let nowMs = beforeMs + EVALUATION_STEP_MS; nowMs <= signal.frontierMs; nowMs += EVALUATION_STEP_MS)
        for (const cell of cells) evaluateNaively(cell, posts, nowMs, said);
    }
  }
  return said;
}

function evaluateNaively(
  cell: NaiveCell,
  posts: readonly { readonly post: Post; readonly endMs: number; readonly channel: string }[],
  nowMs: number,
  said: string[],
): void {
  const aggregate = new Aggregate();
  for (const { post, endMs, channel } of posts) {
    const isOwn = cell.channel === undefined || cell.channel === channel;
    if (isOwn && endMs > nowMs - cell.rule.config.over) aggregate.add(post);
  }
  const values = { ...aggregate.observe(), channel: cell.channel };
  const condition = cell.rule.when(values);
  const resolve = cell.rule.resolveWhen?.(values);
  if (!condition.ok || resolve?.ok === false) return;
  const decision = decide(
    cell.lifecycle,
    { conditionHolds: condition.holds, resolveHolds: resolve?.holds, nowMs },
    cell.rule,
  );
  cell.lifecycle = decision.lifecycle;
  if (!decision.enters) return;
  const at = new Date(nowMs).toISOString();
  const numbers = JSON.stringify(aggregate.observe());
  said.push(
    `${at} ${cell.rule.config.name} ${cell.channel ?? '-'} ${decision.enters} ${decision.reason} ${numbers}`,
  );
}

function told(alert: Alert): string {
  const { at, rule: name, group, state, reason, observed } = alert;
  return `${at} ${name} ${group.channel ?? '-'} ${state} ${reason} ${JSON.stringify(observed)}`;
}

test('says what the naive watcher says', () => {
  const room = { ...PIPELINE, window: { ...PIPELINE.window, channelsMax: 3 } };
  fc.assert(
    fc.property(scored, (arrivals) => {
      const watcher = createWatcher(room);
      const outputs = ending(arrivals).flatMap((arrival) => watcher.step(arrival));
      // Which of two groups speaks first in the same second means nothing.
      expect(alertsOf(outputs).map(told).toSorted()).toEqual(naive(ending(arrivals)).toSorted());
    }),
    { numRuns: 60 },
  );
});

test('the ticks of a clock, at whatever moments, change nothing', () => {
  fc.assert(
    fc.property(
      scored,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }),
      (arrivals, shares) => {
        const replayed = run(ending(arrivals));
        const live = run(withTicks(ending(arrivals), shares));
        for (const kinds of [['transition', 'rule_failed'], ['window'], ['late', 'limit']])
          expect(only(kinds, live)).toEqual(only(kinds, replayed));
      },
    ),
    { numRuns: 200 },
  );
});

test('negative control: a tick ahead of the messages still to come does change something', () => {
  const post = (sequence: number, atMs: number): Arrival => ({
    kind: 'scored',
    message: scoredMessage(String(sequence), START_MS + atMs),
    sequence,
    storedAtMs: START_MS + atMs,
  });
  const arrivals = [post(1, 0), post(2, 5_500), post(3, 6_000), post(4, 8_000)];
  const ahead: Arrival = { kind: 'tick', atMs: START_MS + 90_000 };
  const [first, ...rest] = arrivals;
  if (!first) throw new Error('no arrivals');
  const fired = (all: readonly Arrival[]) =>
    alertsOf(run(ending(all))).filter(({ rule: name }) => name === 'at-once');
  expect(fired([first, ahead, ...rest])).not.toEqual(fired(arrivals));
});

test('saved at any moment and restored, it goes on as if nothing had happened', () => {
  fc.assert(
    fc.property(scored, fc.nat(60), fc.nat(1_000), (arrivals, at, again) => {
      const all = ending(arrivals);
      const before = createWatcher(PIPELINE);
      const head = all.slice(0, at).flatMap((arrival) => before.step(arrival));
      const state = JSON.parse(JSON.stringify(before.snapshot())) as WatcherState;
      // The reader may begin a little too early: what is counted already is ignored.
      const from = Math.max(0, Math.min(at, all.length) - (again % 5));
      const scoredAgain = all.slice(from, at).filter(({ kind }) => kind === 'scored');
      const tail = run([...scoredAgain, ...all.slice(at)], state);
      expect([...head, ...tail]).toEqual(run(all));
    }),
    { numRuns: 200 },
  );
});

test('negative control: a state without its panes goes on differently', () => {
  const arrivals = [0, 1, 2, 3].map((index): Arrival => {
    const timeMs = START_MS + index * 1_000;
    return {
      kind: 'scored',
      message: scoredMessage(String(index), timeMs),
      sequence: index + 1,
      storedAtMs: timeMs,
    };
  });
  const before = createWatcher(PIPELINE);
  const head = arrivals.slice(0, 2).flatMap((arrival) => before.step(arrival));
  const tail = run(arrivals.slice(2), { ...before.snapshot(), groups: [] });
  expect([...head, ...tail]).not.toEqual(run(arrivals));
});

test('alerts live by the rules', () => {
  fc.assert(
    fc.property(scored, (arrivals) => {
      const all = ending(arrivals);
      const alerts = alertsOf(run(all));
      expect(alertsOf(run(all))).toEqual(alerts);
      const lives = groupBy(alerts, ({ id }) => id);
      for (const life of lives.values()) assertLife(life);
      const ofCell = groupBy([...lives.values()], ([first]) => `${first?.rule} ${first?.group.channel}`);
      for (const cell of ofCell.values()) assertNoOverlap(cell);
    }),
    { numRuns: 200 },
  );
});

function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** One alert: pending when its rule waits, firing after the wait, resolved or still active; never anything else. */
function assertLife(life: readonly Alert[]): void {
  const [first] = life;
  const config = RULES.find(({ name }) => name === first?.rule);
  if (!first || !config) throw new Error('an alert without a rule');
  const states = life.map(({ state }) => state).join(' ');
  const allowed = config.for > 0 ? /^pending( inactive| firing( resolved)?)?$/ : /^firing( resolved)?$/;
  expect(states).toMatch(allowed);
  expect(new Set(life.map(({ startsAt }) => startsAt)).size).toBe(1);
  expect(first.at).toBe(first.startsAt);
  const fired = life.find(({ state }) => state === 'firing');
  if (fired) expect(Date.parse(fired.at) - Date.parse(fired.startsAt)).toBeGreaterThanOrEqual(config.for);
  for (const alert of life) {
    expect(alert.evidence.posts.length).toBeLessThanOrEqual(EVIDENCE_POSTS_MAX);
    expect(alert.endsAt).toBe(alert.state === 'resolved' ? alert.at : undefined);
  }
}

/** The alerts of one rule and group follow each other. */
function assertNoOverlap(lives: readonly (readonly Alert[])[]): void {
  for (const [index, life] of lives.entries()) {
    const next = lives[index + 1];
    if (!next) continue;
    expect(life.at(-1)?.state).toMatch(/^(resolved|inactive)$/);
    expect(Date.parse(next[0]?.at ?? '')).toBeGreaterThan(Date.parse(life.at(-1)?.at ?? ''));
  }
}
