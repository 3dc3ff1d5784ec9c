/** Goal: a real Prometheus scrapes a running Earshot, and every panel of the dashboard shows something. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runEarshot, startEarshot } from '../support/earshot.ts';
import type { RunningEarshot } from '../support/earshot.ts';
import { panelQueries } from '../support/grafana.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer } from '../support/nats-server.ts';
import type { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/process.ts';
import { startPrometheus } from '../support/prometheus.ts';
import type { PrometheusServer } from '../support/prometheus.ts';
import { promtool } from '../support/promtool.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

const inCheckout = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const DASHBOARD = inCheckout('dashboards/grafana/earshot-overview.json');

let folder = '';
let nats: NatsServer;
let earshot: RunningEarshot;
let prometheus: PrometheusServer;

beforeAll(async () => {
  folder = await tempFolder('dashboard');
  nats = await startNatsServer();
  earshot = await startEarshot([inCheckout('pipelines/demo.yaml'), '--bus', nats.url]);
  prometheus = await startPrometheus([{ address: new URL(earshot.address).host }]);
  await prometheus.scraped();
});
afterAll(async () => {
  await prometheus.stop();
  await earshot.stop();
  await nats.stop();
  await removeFolder(folder);
});

/** The demo's sample, as if it ended now. */
async function lastHalfHour(): Promise<string> {
  const sample = await readFile(inCheckout('pipelines/demo/sample.ndjson'), 'utf8');
  const startMs = Date.now() - 30 * 60_000;
  return sample.replace(/"offsetMs":(\d+)/g, (_, offsetMs: string) => `"time":${startMs + Number(offsetMs)}`);
}

test('every panel has data while the demo plays', async () => {
  const file = join(folder, 'sample.ndjson');
  await writeFile(file, await lastHalfHour());
  const replayed = await runEarshot(
    ['replay', file, '--bus', nats.url, '--source', 'demo', '--rate', '150', '--json'],
    {},
  );
  expect(replayed).toMatchObject({ code: 0, signal: null });
  const { rows } = JSON.parse(replayed.stdout) as { rows: number };
  const handled = async () => {
    const metrics = await earshot.metrics();
    const names = ['scored', 'dropped', 'dead'].map((name) => `earshot_${name}_messages_total`);
    return names.reduce((sum, name) => sum + metrics.sum(name), 0);
  };
  await until('the sample is through', async () => ((await handled()) >= rows ? true : undefined));
  await prometheus.scraped();

  const queries = panelQueries(DASHBOARD, { pipeline: 'demo', __rate_interval: '1m' });
  expect(queries.length).toBeGreaterThan(30);
  const empty: string[] = [];
  for (const { panel, expr } of queries) {
    const samples = await prometheus.query(expr);
    if (!samples.some(({ value }) => Number.isFinite(value))) empty.push(`${panel}: ${expr}`);
  }
  expect(empty).toEqual([]);
});

test('and what they show is what happened', async () => {
  const metrics = await earshot.metrics();
  expect(promtool(['check', 'metrics'], metrics.text)).toEqual({ status: 0, output: '' });
  for (const metric of [
    'earshot_scored_messages_total',
    'earshot_dropped_messages_total',
    'earshot_dead_messages_total',
  ]) {
    const [sample] = await prometheus.query(`sum(${metric})`);
    expect([metric, sample?.value]).toEqual([metric, metrics.sum(metric)]);
  }
  expect(metrics.sum('earshot_scored_messages_total', { pipeline: 'demo' })).toBe(668);
});
