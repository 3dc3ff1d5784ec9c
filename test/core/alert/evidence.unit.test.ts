/** Goal: an alert shows what was said, by whom and how loudly, and the words that made its sentiment; it is the same
 *  whatever the order of arrival and however often the watcher is restarted. */
import { expect, test } from 'vitest';
import type { Alert } from '../../../src/core/alert/alert.ts';
import { createWatcher, type WatcherState } from '../../../src/core/alert/watcher.ts';
import { duplicatesConfig, type DuplicatesConfig } from '../../../src/core/duplicates/duplicates.config.ts';
import { Duplicates } from '../../../src/core/duplicates/duplicates.ts';
import { explainerOf } from '../../../src/core/scorer/explain.ts';
import type { Arrival } from '../../../src/core/window/watermark.ts';
import { outage, COPIED } from '../../support/outage.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { pipeline, rule } from '../window/arrivals.ts';

const RULES = [rule({ name: 'surge', when: 'volume >= 60', over: '3m', groupBy: ['channel'] })];
const DUPLICATES = duplicatesConfig.parse({ copiesMin: 20, limits: { textsMax: 1_024 } });

function alertsOf(arrivals: readonly Arrival[], options: object = {}, restartAt?: number): Alert[] {
  const config = { ...pipeline(RULES, { pane: '1m' }), ...options };
  let watcher = createWatcher(config, undefined, { explain });
  return arrivals.flatMap((arrival, at) => {
    if (at === restartAt) {
      const state = JSON.parse(JSON.stringify(watcher.snapshot())) as WatcherState;
      watcher = createWatcher(config, state, { explain });
    }
    return watcher.step(arrival).flatMap((output) => (output.kind === 'transition' ? output.alert : []));
  });
}

const explain = (text: string) => [{ text: text.split(' ')[0] ?? '', weight: -1 }];

const [FIRED] = alertsOf(outage, { duplicates: DUPLICATES });
if (!FIRED) throw new Error('no alert');

test('the terms whose share rose most, with what it was before', () => {
  const { terms = [] } = FIRED.evidence;
  expect(terms.map(({ text }) => text)).toContain('network');
  expect(terms.map(({ text }) => text)).not.toContain('Skyline'); // As common as ever.
  for (const { share, shareBefore } of terms) expect(share).toBeGreaterThan(shareBefore + 0.1);
});

test('posts: the strongest, the most engaged and the most typical, each once and with its words', () => {
  const { posts } = FIRED.evidence;
  expect(new Set(posts.map(({ id }) => id)).size).toBe(posts.length);
  expect(posts.length).toBeLessThanOrEqual(6);
  const engaged = posts.filter(({ shownAs }) => shownAs === 'most_engaged');
  expect(engaged).toMatchObject([{ id: 'angry-20', engagement: 1_200 }]);
  const typical = posts.filter(({ shownAs }) => shownAs === 'most_typical');
  expect(typical.length).toBeGreaterThan(0);
  for (const { text } of typical) expect(text).toMatch(/network/);
  for (const { text, because } of posts) expect(because).toEqual(explain(text));
});

test('authors: how many, and how much the busiest wrote', () => {
  const { authors } = FIRED.evidence;
  const [first, last] = FIRED.evidence.sequences;
  const seen = outage.flatMap((one) =>
    one.kind === 'scored' && one.sequence >= first && one.sequence <= last ? [one.message.author?.id] : [],
  );
  const loud = seen.filter((author) => author === 'loud').length;
  expect(authors?.distinct).toBe(new Set(seen).size);
  expect(authors?.topShare).toBeCloseTo(loud / seen.length, 3);
  expect(authors?.evenness).toBeGreaterThan(0.8);
});

test('near duplicates as one line', () => {
  expect(FIRED.evidence.clusters).toMatchObject([{ text: COPIED, verdict: 'organic' }]);
  const [{ count = 0, authors = 0 } = {}] = FIRED.evidence.clusters ?? [];
  expect(count).toBeGreaterThanOrEqual(18);
  expect(authors).toBe(count);
  expect(alertsOf(outage)[0]?.evidence.clusters).toBeUndefined(); // Nobody asked for them.
});

/** Oracle: what the clusters themselves say of each message. */
test.each(['each', 'once', 'weighted'])('a cluster counts %s', (count) => {
  const observe = (duplicates?: DuplicatesConfig) => {
    const watcher = createWatcher({ ...pipeline([]), ...(duplicates && { duplicates }) });
    for (const arrival of outage) watcher.step(arrival);
    return watcher.views()[0]?.observed;
  };
  const config = duplicatesConfig.parse({ count, limits: { textsMax: 1_024 } });
  const clusters = new Duplicates(config);
  const weights = outage.map((one) => (one.kind === 'scored' ? clusters.observe(one.message).weight : 0));
  const plain = observe();
  const expected = weights.slice(-(plain?.volume ?? 0)).reduce((sum, weight) => sum + weight, 0);
  const observed = observe(config);
  expect(observed?.volume).toBeCloseTo(expected, 1);
  expect(observed?.volume === plain?.volume).toBe(count === 'each');
  expect(observed?.authors).toBe(plain?.authors);
});

test.each([20, 125, 150, 171])('a restart after %i messages changes nothing', (at) => {
  const options = { duplicates: duplicatesConfig.parse({ count: 'weighted', limits: { textsMax: 1_024 } }) };
  expect(alertsOf(outage, options, at)).toEqual(alertsOf(outage, options));
});

test('negative control: without what was said before, nothing rises', () => {
  const config = pipeline(RULES, { pane: '1m' });
  const before = createWatcher(config);
  for (const arrival of outage.slice(0, 120)) before.step(arrival);
  const state = { ...before.snapshot(), witness: { before: [] } };
  const after = createWatcher(config, state);
  const [fired] = outage
    .slice(120)
    .flatMap((one) =>
      after.step(one).flatMap((output) => (output.kind === 'transition' ? output.alert : [])),
    );
  expect(fired?.evidence.posts.length).toBeGreaterThan(0);
  expect(fired?.evidence.terms).toBeUndefined();
});

test('the words come from the engine of the pipeline, strongest first', async () => {
  const words = explainerOf(await pipelineOf());
  const because = words?.('No signal since noon, this is awful, awful service', 'en') ?? [];
  expect(because.length).toBeGreaterThan(0);
  expect(because.length).toBeLessThanOrEqual(5);
  expect(because.map(({ text }) => text.toLowerCase()).join(' ')).toContain('awful');
  for (const { weight } of because) expect(weight).toBeLessThan(0);
  const weights = because.map(({ weight }) => -weight);
  expect(weights).toEqual(weights.toSorted((left, right) => right - left));
});
