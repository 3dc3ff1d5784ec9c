/** Goal: what a backtest reports of streams whose alerts are known, and what it reads of a stream and of a file. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backtest, type BacktestOptions } from '../../../src/app/backtest/backtest.ts';
import { drawBacktest } from '../../../src/app/backtest/picture.ts';
import { inputFile } from '../../../src/app/backtest/input-file.ts';
import { scoredStream } from '../../../src/app/backtest/scored-stream.ts';
import type { BacktestSource, SourceBatch } from '../../../src/app/backtest/source.port.ts';
import { systemClock } from '../../../src/app/clock.ts';
import { eachMessage, formatJson } from '../../../src/cli/tail-line.ts';
import type { Alert } from '../../../src/core/alert/alert.ts';
import type { CompiledPipeline } from '../../../src/core/pipeline/compile.ts';
import { memoryBus, stored } from '../../support/bus.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';
import { virtualTime } from '../../support/virtual-time.ts';
import { burst, DAY_MS, HOUR_MS, itemsOf, MINUTE_MS, rulesOf, sourceOf, START_MS } from './streams.ts';

let folder: string;
beforeAll(async () => {
  folder = await tempFolder('backtest');
});
afterAll(() => removeFolder(folder));

async function run(pipeline: CompiledPipeline, source: BacktestSource, more: Partial<BacktestOptions> = {}) {
  const transitions: Alert[] = [];
  const [result] = await backtest({
    ...{
      ruleFiles: [{ file: 'p.yaml', pipeline }],
      source,
      timeZone: 'UTC',
      marginMs: 0,
      clock: systemClock,
    },
    ...{ onTransition: (alert) => void transitions.push(alert), ...more },
  });
  if (!result) throw new Error('no result');
  const rule = (name: string) => {
    const found = result.report.rules.find((one) => one.rule === name);
    if (!found) throw new Error(`no rule ${name}`);
    return found;
  };
  return { ...result, transitions, rule };
}

const PAGE = { when: 'volume >= 5', severity: 'page' };
/** Two days: posts every ten minutes, and bursts in the night of the first, in the evening of the second. */
const BURSTS_MS = [2 * HOUR_MS, 3 * HOUR_MS, DAY_MS + 20 * HOUR_MS];
const calm = Array.from({ length: 289 }, (_, at) => ({
  atMs: at * 10 * MINUTE_MS,
  label: 'positive' as const,
}));
const twoDays = itemsOf([...calm, ...BURSTS_MS.flatMap((atMs) => burst(atMs, 8))]);

test('alerts, pages by day and shift, time firing', async () => {
  const { report, rule } = await run(await rulesOf(PAGE, { when: 'volume >= 500' }), sourceOf(twoDays));
  expect(report).toMatchObject({
    ...{ pipeline: 'p', file: 'p.yaml', source: 'a test', days: 2, timeZone: 'UTC' },
    ...{ from: '2026-01-05T00:00:00.000Z', to: '2026-01-07T00:00:00.000Z', limits: {} },
    messages: {
      reported: twoDays.length,
      warmUp: 0,
      dropped: 0,
      dead: 0,
      late: 0,
      notScored: 0,
      otherPipeline: 0,
    },
  });
  const fired = rule('rule-1');
  expect(fired).toMatchObject({
    ...{ kind: 'threshold', severity: 'page', mode: 'live', alerts: 3, firingAtStart: 0, firingAtEnd: 0 },
    pages: {
      ...{ total: 3, perDay: 1.5 },
      shifts: [
        { shift: '00-08', pages: 2, perShift: 1, most: 2 },
        { shift: '08-16', pages: 0, perShift: 0, most: 0 },
        { shift: '16-24', pages: 1, perShift: 0.5, most: 1 },
      ],
    },
    sent: { first_notification: 3, resolved: 3 },
  });
  expect(fired.list.map(({ id, group, to }) => [id.slice(0, 28), group, to !== null])).toEqual([
    ['p/rule-1/-/2026-01-05T02:00:', {}, true],
    ['p/rule-1/-/2026-01-05T03:00:', {}, true],
    ['p/rule-1/-/2026-01-06T20:00:', {}, true],
  ]);
  // A view over a minute holds a pane of ten seconds for seventy.
  expect(fired.duration?.medianMs).toBeGreaterThanOrEqual(MINUTE_MS);
  expect(fired.duration?.longestMs).toBeLessThanOrEqual(70_000);
  expect(fired.firing.ms).toBeLessThanOrEqual(210_000);
  expect(fired.firing.share).toBeCloseTo(fired.firing.ms / (2 * DAY_MS));
  expect(rule('rule-2')).toMatchObject({
    alerts: 0,
    firing: { ms: 0, share: 0 },
    pages: { total: 0 },
    sent: {},
  });
  expect(rule('rule-2').duration).toBeUndefined();
});

test('how much rules fire together', async () => {
  const { rule } = await run(
    await rulesOf(PAGE, { when: 'volume >= 5', over: '10m' }, { when: 'volume >= 500' }),
    sourceOf(twoDays),
  );
  expect(rule('rule-1').overlap).toEqual({ 'rule-2': 1, 'rule-3': 0 });
  expect(rule('rule-2').overlap['rule-1']).toBeLessThan(0.2);
  expect(rule('rule-3').overlap).toEqual({ 'rule-1': 0, 'rule-2': 0 });
});

test('known incidents: one caught, one missed, one outside; two alerts are false', async () => {
  const incident = (name: string, fromMs: number) => ({
    name,
    startMs: START_MS + fromMs,
    endMs: START_MS + fromMs + HOUR_MS,
  });
  const incidents = [
    incident('caught', 2 * HOUR_MS - MINUTE_MS),
    incident('missed', 10 * HOUR_MS),
    incident('outside', 30 * DAY_MS),
  ];
  const { report, rule } = await run(await rulesOf(PAGE), sourceOf(twoDays), { incidents });
  expect(report.incidentsOutside).toBe(1);
  const figures = rule('rule-1').incidents;
  expect(figures).toMatchObject({ caught: 1, missed: 1, recall: 0.5, falseAlerts: 2, falseAlertsPerDay: 1 });
  expect(figures?.incidents.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['caught', 'caught'],
    ['missed', 'missed'],
  ]);
  expect(figures?.leadMs?.median).toBe(-MINUTE_MS - 1_000); // It is seen a second after the posts.
});

test('what came before --from warms up: an alert that fires then is there from the start, and is no page', async () => {
  const items = itemsOf([...burst(0, 8), { atMs: 30_000 }, { atMs: 10 * MINUTE_MS }]);
  const rules = await rulesOf(PAGE);
  const whole = await run(rules, sourceOf(items));
  const later = await run(rules, sourceOf(items), { reportFromMs: START_MS + 20_000 });
  expect(later.transitions).toEqual(whole.transitions);
  expect(later.report.messages).toMatchObject({ warmUp: 8, reported: 2 });
  expect(later.rule('rule-1')).toMatchObject({ alerts: 0, firingAtStart: 1, pages: { total: 0 } });
  expect(later.rule('rule-1').firing.ms).toBeLessThan(whole.rule('rule-1').firing.ms);
});

test('time ends with the last message, or goes on as long as it is told to', async () => {
  const items = itemsOf(burst(0, 8));
  const rules = await rulesOf({ ...PAGE, when: 'volume >= 2', for: '2s' });
  const short = await run(rules, sourceOf(items));
  expect(short.rule('rule-1')).toMatchObject({ alerts: 0, pendingOnly: 0 });
  const long = await run(rules, sourceOf(items, START_MS + 30_000));
  expect(long.rule('rule-1')).toMatchObject({ alerts: 1, firingAtEnd: 1, list: [{ to: null }] });
  expect(Date.parse(long.report.to ?? '') - START_MS).toBeGreaterThanOrEqual(20_000);
});

test('a shadow rule tells nobody, says so, and can be tried as if it were live', async () => {
  const rules = await rulesOf({ ...PAGE, mode: 'shadow' });
  const shadow = await run(rules, sourceOf(twoDays));
  expect(shadow.rule('rule-1')).toMatchObject({
    mode: 'shadow',
    alerts: 3,
    pages: { total: 0 },
    sent: {},
    held: { shadow: 3 },
  });
  const live = await run(rules, sourceOf(twoDays), { asLive: true });
  expect(live.rule('rule-1')).toMatchObject({ mode: 'live', alerts: 3, pages: { total: 3 } });
});

test('a condition that cannot be evaluated is told', async () => {
  const { rule } = await run(
    await rulesOf({ when: '1 / (int(volume) - 2) >= 0' }),
    sourceOf(itemsOf(burst(0, 2)), START_MS + 60_000),
  );
  expect(rule('rule-1').failures).toEqual({ count: 1, first: expect.stringContaining('division') as string });
});

test('two rule files get the same messages', async () => {
  const [one, other] = await Promise.all([rulesOf(PAGE), rulesOf({ ...PAGE, when: 'volume >= 100' })]);
  const results = await backtest({
    ruleFiles: [
      { file: 'one.yaml', pipeline: one },
      { file: 'other.yaml', pipeline: other },
    ],
    ...{ source: sourceOf(twoDays), timeZone: 'UTC', marginMs: 0, clock: systemClock },
  });
  expect(results.map(({ report }) => [report.file, report.rules[0]?.alerts])).toEqual([
    ['one.yaml', 3],
    ['other.yaml', 0],
  ]);
  expect(drawBacktest(results)).toContain('rule-1, other.yaml');
});

test('no message at all', async () => {
  const result = await run(await rulesOf(PAGE), sourceOf([]));
  expect(result.report).toMatchObject({ from: null, to: null, days: 0, messages: { reported: 0 } });
  expect(drawBacktest([result])).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
});

test('the picture shows lanes, incidents and alerts, and cannot be broken by a name', async () => {
  const known = [{ name: '<b>', startMs: START_MS, endMs: START_MS + HOUR_MS }];
  const result = await run(await rulesOf(PAGE, { ...PAGE, mode: 'shadow' }), sourceOf(twoDays), {
    incidents: known,
  });
  const picture = drawBacktest([result], known);
  expect(picture).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  for (const text of ['known incidents', 'rule-1', 'rule-2 (shadow)', 'posts per', 'negative', '01-06 12:00'])
    expect(picture).toContain(text);
  expect(picture).not.toMatch(/NaN|undefined|<b>/);
  expect(picture.match(/<circle/g)).toHaveLength(3);
});

test('the picture marks alerts to the end of the span, however many there are', async () => {
  const often = Array.from({ length: 2_880 }, (_, at) => burst(at * MINUTE_MS, at % 2 === 0 ? 8 : 1)).flat();
  const result = await run(await rulesOf({ ...PAGE, over: '1m' }), sourceOf(itemsOf(often)));
  const at = [...drawBacktest([result]).matchAll(/<circle cx="([\d.]+)"/g)].map((match) => Number(match[1]));
  expect(result.report.rules[0]?.alerts).toBeGreaterThan(1_000);
  expect(at.length).toBeLessThan(1_200);
  const gapsPx = at.slice(1).map((x, index) => x - (at[index] ?? 0));
  expect(Math.max(...gapsPx)).toBeLessThan(3);
  expect(Math.max(...at)).toBeGreaterThan(1_000);
});

async function readAll(source: BacktestSource): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = [];
  await source.read((batch) => {
    batches.push(batch);
    return Promise.resolve();
  });
  return batches;
}

const storedAt = async (source: BacktestSource) =>
  (await readAll(source)).flatMap(({ items }) => items.map(({ storedAtMs }) => storedAtMs));

test('a stream is read from the first message stored at a time to the last one', async () => {
  const time = virtualTime();
  const bus = await memoryBus({ scheduler: time.scheduler });
  for (const { message, storedAtMs } of twoDays.slice(0, 40)) {
    await time.advance(storedAtMs - START_MS - time.nowMs());
    await bus.publish({ subject: 'earshot.scored.p.x.negative', data: JSON.stringify(message) });
    await bus.publish({ subject: 'earshot.scored.other.x.negative', data: '{}' });
  }
  await bus.publish({ subject: 'earshot.scored.p.x.negative', data: 'junk' });
  const times = twoDays.slice(0, 40).map((item) => item.storedAtMs - START_MS);
  const toMs = time.nowMs();
  const batches = await readAll(scoredStream(bus, 'p', { toMs }));
  expect(batches.flatMap(({ items }) => items.map(({ storedAtMs }) => storedAtMs))).toEqual(times);
  expect(batches.reduce((sum, { skipped }) => sum + (skipped.not_scored ?? 0), 0)).toBe(1);
  expect(batches.at(-1)?.share).toBe(1);
  for (const fromMs of [0, 1, 10 * MINUTE_MS, 2 * HOUR_MS, 2 * HOUR_MS + 3, toMs])
    expect(await storedAt(scoredStream(bus, 'p', { fromMs, toMs }))).toEqual(
      times.filter((at) => at >= fromMs),
    );
  for (const end of [0, 10 * MINUTE_MS, 2 * HOUR_MS + 3])
    expect(await storedAt(scoredStream(bus, 'p', { toMs: end }))).toEqual(times.filter((at) => at <= end));
  expect(await storedAt(scoredStream(bus, 'p', { fromMs: toMs + 1, toMs: toMs + 2 }))).toEqual([]);
  expect(await storedAt(scoredStream(bus, 'nobody', { toMs }))).toEqual([]);
  await bus.close();
});

test('a stream of batches, and what tail wrote of it, say what single messages say', async () => {
  const rules = await rulesOf(PAGE);
  const time = virtualTime();
  const bus = await memoryBus({ scheduler: time.scheduler });
  const batches = Array.from({ length: Math.ceil(twoDays.length / 3) }, (_, at) =>
    twoDays.slice(at * 3, at * 3 + 3),
  );
  const items = batches.flatMap((batch) =>
    batch.map((item) => ({ ...item, storedAtMs: batch.at(-1)?.storedAtMs ?? 0 })),
  );
  for (const batch of batches) {
    await time.advance((batch.at(-1)?.storedAtMs ?? 0) - time.nowMs());
    const data = batch.map(({ message }) => JSON.stringify(message)).join('\n');
    await bus.publish({ subject: 'earshot.scored.p.batch', data });
  }
  await bus.publish({ subject: 'earshot.scored.p.batch', data: 'junk\n{}' });
  const source = scoredStream(bus, 'p', { toMs: time.nowMs() });
  const found = await readAll(source);
  expect(found.flatMap(({ items: read }) => read.length)).toEqual([twoDays.length]);
  expect(found[0]?.skipped).toEqual({ not_scored: 2 });
  const name = join(folder, 'batches.ndjson');
  const tailed = (await stored(bus, 'scored')).slice(0, -1).flatMap(eachMessage);
  await writeFile(name, tailed.map((message) => `${formatJson(message)}\n`).join(''));
  const shift = (sequence: number) => Math.ceil(sequence / 3);
  const expected = (await run(rules, sourceOf(items))).transitions.map((alert) => {
    const [first, last] = alert.evidence.sequences;
    return { ...alert, evidence: { ...alert.evidence, sequences: [shift(first), shift(last)] } };
  });
  expect(expected.length).toBeGreaterThan(0);
  expect((await run(rules, source)).transitions).toEqual(expected);
  expect((await run(rules, inputFile(name, { pipeline: 'p' }))).transitions).toEqual(expected);
  await bus.close();
});

test('an empty stream', async () => {
  const bus = await memoryBus();
  expect(await readAll(scoredStream(bus, 'p', { fromMs: 5, toMs: 10 }))).toEqual([]);
  await bus.close();
});

const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

test('a file of raw messages, of scored ones, and of what tail wrote say the same; so does a packed one', async () => {
  const rules = await rulesOf(PAGE);
  const raw = twoDays.map(({ message: { id, time, channel, author } }) => ({
    id,
    time,
    channel,
    author,
    text: 'of something else',
  }));
  const file = async (name: string, bytes: string | Buffer) => {
    await writeFile(join(folder, name), bytes);
    return run(rules, inputFile(join(folder, name), { pipeline: 'p' }));
  };
  const first = await file('raw.ndjson', `${lines(raw)}not json\n`);
  expect(first.report.messages).toMatchObject({ reported: 0, dropped: raw.length, dead: 1 });
  const scored = twoDays.map(({ message }) => message);
  const [plain, packed, tailed] = await Promise.all([
    file('scored.ndjson', lines(scored)),
    file('scored.ndjson.gz', gzipSync(lines(scored))),
    file(
      'tail.ndjson',
      lines(
        twoDays.map(({ message, sequence, storedAtMs }) => ({
          ...{
            subject: 'earshot.scored.p.x.negative',
            sequence,
            storedAt: new Date(storedAtMs).toISOString(),
          },
          data: message,
        })),
      ),
    ),
  ]);
  const streamed = await run(rules, sourceOf(twoDays));
  expect(streamed.transitions.length).toBeGreaterThan(0);
  for (const one of [plain, packed, tailed]) expect(one.transitions).toEqual(streamed.transitions);
  const { report } = await file(
    'others.ndjson',
    lines([...scored.slice(0, 3), { ...scored[0], pipeline: 'q' }, { ...scored[1], time: 'x' }]),
  );
  expect(report.messages).toMatchObject({ reported: 3, otherPipeline: 1, notScored: 1 });
});

test('raw messages are scored by the pipeline; those it does not want are counted', async () => {
  const name = join(folder, 'acme.ndjson');
  const post = (at: number, text: string) => ({ id: `m${at}`, offsetMs: at * 100, text });
  const posts = [
    ...Array.from({ length: 8 }, (_, at) => post(at, 'p is awful')),
    post(9, 'else'),
    post(10, 'p again'),
  ];
  await writeFile(name, lines(posts));
  const rules = await pipelineOf({
    name: 'p',
    listen: { query: 'p' },
    alerts: [{ name: 'rule-1', ...PAGE }],
  });
  const { report, rule } = await run(rules, inputFile(name, { pipeline: 'p', toMs: Date.UTC(2026, 0, 2) }));
  expect(report.messages).toMatchObject({ reported: 9, dropped: 1 });
  expect(rule('rule-1').alerts).toBe(1);
});

test('a file that is not there', async () => {
  await expect(readAll(inputFile(join(folder, 'none.ndjson'), { pipeline: 'p' }))).rejects.toThrow(
    'none.ndjson: cannot be read: ENOENT',
  );
});
