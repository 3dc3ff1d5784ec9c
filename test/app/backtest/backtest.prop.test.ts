/** Goal: over random streams, a watcher that lives with a ticking clock and a backtest of what was stored say the same:
 *  transitions, notifications, decisions, trends and windows. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RuleRun } from '../../../src/app/backtest/rule-run.ts';
import { createWatcher, type WatcherOutput } from '../../../src/core/alert/watcher.ts';
import { explainerOf } from '../../../src/core/scorer/explain.ts';
import type { CompiledPipeline } from '../../../src/core/pipeline/compile.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { DAY_MS, HOUR_MS, itemsOf, MINUTE_MS, START_MS, type PostSpec } from './streams.ts';

const anomaly = (signal: string) => ({ anomaly: { signal, sensitivity: 'sensitive' } });
const PIPELINE = await pipelineOf({
  name: 'p',
  window: { pane: '30m', allowedLateness: '5m', futureSkewMax: '5m', channelsMax: 2 },
  trends: {
    ...{ burst: '20m', span: '3h', memory: '1d', authorsMin: 2, scoreMin: 2 },
    limits: { cellsPerRow: 1_024, candidatesMax: 64, trendsMax: 4, channelsMax: 2 },
  },
  notify: { groupWait: '1m', groupInterval: '10m', repeatInterval: '2h', groupBy: ['severity'] },
  alerts: [
    { name: 'volume', ...anomaly('volume'), keepFiringFor: '1h', severity: 'page' },
    { name: 'share', ...anomaly('negativeShare'), over: '2h', groupBy: ['channel'], onNoData: 'keep' },
    { name: 'trend', trend: { warmUp: '2h' }, for: '1m', keepFiringFor: '10m' },
    { name: 'many', when: 'volume >= 5', over: '1h', for: '2m', cooldown: '30m', groupBy: ['channel'] },
    { name: 'few', when: 'volume < 2', over: '2h', severity: 'page', mode: 'shadow' },
  ],
});
const WORDS = 'alpha bravo cargo delta eagle fjord gamma hotel'.split(' ');

/** Days: a calm stream, silences, bursts, stragglers, and clocks that are ahead. */
const posts: fc.Arbitrary<PostSpec[]> = fc
  .array(
    fc.record({
      gapMs: fc.oneof(
        { weight: 6, arbitrary: fc.nat(HOUR_MS) },
        { weight: 12, arbitrary: fc.nat(MINUTE_MS) },
        { weight: 1, arbitrary: fc.nat(30 * HOUR_MS) },
      ),
      delayMs: fc.oneof(
        { weight: 8, arbitrary: fc.nat(MINUTE_MS) },
        { weight: 2, arbitrary: fc.integer({ min: -10 * MINUTE_MS, max: 3 * HOUR_MS }) },
      ),
      label: fc.constantFrom('negative' as const, 'positive' as const),
      channel: fc.constantFrom('a', 'a', 'b', 'c'),
      source: fc.constantFrom('one', 'one', 'two'),
      author: fc.constantFrom('ann', 'bob', 'cid', 'dee', 'eve'),
      words: fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 40, maxLength: 90 },
  )
  .map((all) => {
    let atMs = 0;
    return all.map(({ gapMs, delayMs, words, ...options }) => {
      atMs += gapMs;
      return { ...options, atMs: atMs - delayMs, delayMs, text: words.join(' ') };
    });
  });

type Item = ReturnType<typeof itemsOf>[number];
/** Where between two messages the clock ticks, 0 to 1. */
const ticks = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 });
const SAID: readonly WatcherOutput['kind'][] = ['transition', 'rule_failed', 'notification', 'decision', 'trend', 'window']; // prettier-ignore

/** By kind: which of two kinds comes first within one step may depend on the step. */
const said = (outputs: readonly WatcherOutput[]) =>
  SAID.map((kind) => outputs.filter((output) => output.kind === kind));

const endOf = (items: readonly Item[]) => (items.at(-1)?.storedAtMs ?? START_MS) + DAY_MS / 2;

function live(pipeline: CompiledPipeline, items: readonly Item[], shares: readonly number[]) {
  const watcher = createWatcher(pipeline.config, undefined, { explain: explainerOf(pipeline) });
  const outputs: WatcherOutput[] = [];
  let beforeMs = START_MS;
  for (const [at, item] of items.entries()) {
    const share = shares[at % shares.length] ?? 0;
    for (const part of [share / 2, share]) {
      const atMs = Math.floor(beforeMs + (item.storedAtMs - beforeMs) * part);
      outputs.push(...watcher.step({ kind: 'tick', atMs }));
    }
    outputs.push(...watcher.step(item as Item & { sequence: number }));
    beforeMs = item.storedAtMs;
  }
  for (const atMs of [endOf(items) - HOUR_MS, endOf(items)])
    outputs.push(...watcher.step({ kind: 'tick', atMs }));
  return said(outputs);
}

async function tested(items: readonly Item[], size = 7) {
  const outputs: WatcherOutput[] = [];
  const run = new RuleRun({ pipeline: PIPELINE, onOutput: (output) => void outputs.push(output) });
  for (let at = 0; at < items.length; at += size) await run.take(items.slice(at, at + size));
  run.finish(endOf(items));
  return said(outputs);
}

const options = { numRuns: 10 };
let alerts = 0;
let notifications = 0;

test('live and backtest say the same', async () => {
  await fc.assert(
    fc.asyncProperty(posts, ticks, async (specs, shares) => {
      const items = itemsOf(specs);
      const spoken = await tested(items);
      expect(live(PIPELINE, items, shares)).toEqual(spoken);
      alerts += spoken[0]?.length ?? 0;
      notifications += spoken[2]?.length ?? 0;
    }),
    options,
  );
  expect([alerts > 30, notifications > 10], `${alerts} alerts, ${notifications} notifications`).toEqual([
    true,
    true,
  ]);
});

test.each<[string, (items: readonly Item[]) => Item[]]>([
  [
    'time of storage is not heeded',
    (items) => items.map((item) => ({ ...item, storedAtMs: item.message.time })),
  ],
  ['the last message is not read', (items) => items.slice(0, -1)],
  [
    'messages come in order of event time',
    (items) => [...items].sort((left, right) => left.message.time - right.message.time),
  ],
])('negative control: %s', async (_what, spoil) => {
  const run = fc.assert(
    fc.asyncProperty(posts, ticks, async (specs, shares) => {
      const items = itemsOf(specs);
      const spoilt = spoil(items).map((item, at) => ({ ...item, sequence: at + 1 }));
      expect(live(PIPELINE, items, shares)).toEqual(await tested(spoilt));
    }),
    { ...options, endOnFailure: true },
  );
  await expect(run).rejects.toThrow();
});
