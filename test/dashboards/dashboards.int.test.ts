/** Goal: Prometheus' own tools accept our files; every metric that a panel or a rule names is one that we expose; and a
 *  real Prometheus that scrapes a real /metrics answers every panel. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHttpServer } from '../../src/adapters/http/server.ts';
import type { HttpServer } from '../../src/adapters/http/server.ts';
import { createMetrics } from '../../src/adapters/prometheus/metrics.ts';
import type { Metrics } from '../../src/adapters/prometheus/metrics.ts';
import { createApi } from '../../src/app/services/api.service.ts';
import type { TelemetryEvent } from '../../src/core/telemetry/telemetry.port.ts';
import { memoryBus } from '../support/bus.ts';
import { panelQueries } from '../support/grafana.ts';
import { startPrometheus } from '../support/prometheus.ts';
import type { PrometheusServer } from '../support/prometheus.ts';
import { promtool } from '../support/promtool.ts';
import { foldersLeft, removeFolder, tempFolder } from '../support/temp-folder.ts';

afterAll(() => {
  expect(foldersLeft(), 'temporary folders left behind').toEqual([]);
});

const DASHBOARD = new URL('../../dashboards/grafana/earshot-overview.json', import.meta.url);
const PROMETHEUS_FOLDER = fileURLToPath(new URL('../../dashboards/prometheus', import.meta.url));
const RULES = join(PROMETHEUS_FOLDER, 'rules.yml');

describe('promtool', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await tempFolder('rules');
    cpSync(PROMETHEUS_FOLDER, folder, { recursive: true });
  });
  afterAll(() => removeFolder(folder));

  test('check rules', () => {
    const { status, output } = promtool(['check', 'rules', RULES]);
    expect(output).toContain('SUCCESS: 15 rules found');
    expect(status).toBe(0);
  });

  test('check config, with a token in its file', () => {
    const config = join(folder, 'prometheus.yml');
    const written = readFileSync(config, 'utf8');
    // Negative control: the file of the token is really looked at.
    expect(promtool(['check', 'config', config]).status).not.toBe(0);
    const token = join(folder, 'token');
    writeFileSync(token, 'a token');
    writeFileSync(config, written.replace('/run/secrets/earshot_token', token));
    expect(promtool(['check', 'config', config])).toMatchObject({ status: 0 });
  });

  interface RuleCase {
    readonly input_series: readonly { series: string; values: string }[];
    readonly alert_rule_test: readonly {
      alertname: string;
      eval_time: string;
      exp_alerts: readonly { exp_labels: Record<string, string> }[];
    }[];
  }
  const ruleCase = (
    alertname: string,
    eval_time: string,
    series: Readonly<Record<string, string>>,
    labels?: Readonly<Record<string, string>>,
  ): RuleCase => ({
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [
      { alertname, eval_time, exp_alerts: labels === undefined ? [] : [{ exp_labels: { ...labels } }] },
    ],
  });
  const DEAD = 'earshot_dead_messages_total{reason="not_json"}';
  const STAMP = 'earshot_watermark_timestamp_seconds{pipeline="p"}';
  const SCORED = 'earshot_scored_messages_total{pipeline="p",channel="c",label="neutral"}';
  const sent = (outcome: string) => `earshot_notifications_total{sink="webhook",outcome="${outcome}"}`;
  const BACKLOG = 'earshot_consumer_pending_messages{consumer="scorer"}';

  test.each<[string, RuleCase]>([
    [
      'down',
      ruleCase('EarshotDown', '2m', { 'up{job="earshot"}': '0x5' }, { severity: 'page', job: 'earshot' }),
    ],
    ['never there', ruleCase('EarshotDown', '2m', {}, { severity: 'page', job: 'earshot' })],
    ['up', ruleCase('EarshotDown', '2m', { 'up{job="earshot"}': '1x5' })],
    [
      'bus lost',
      ruleCase('EarshotBusDisconnected', '3m', { earshot_bus_connected: '1 0x5' }, { severity: 'page' }),
    ],
    ['bus there', ruleCase('EarshotBusDisconnected', '3m', { earshot_bus_connected: '1x5' })],
    [
      'the first dead letter of its kind',
      ruleCase('EarshotDeadLetters', '3m', { [DEAD]: '_ _ 1 1' }, { severity: 'ticket', reason: 'not_json' }),
    ],
    ['an old dead letter', ruleCase('EarshotDeadLetters', '20m', { [DEAD]: '_ _ 1x30' })],
    [
      'a backlog that grows',
      ruleCase(
        'EarshotBacklogGrowing',
        '25m',
        { [BACKLOG]: '20000+1000x30' },
        { severity: 'page', consumer: 'scorer' },
      ),
    ],
    ['a backlog that shrinks', ruleCase('EarshotBacklogGrowing', '25m', { [BACKLOG]: '90000-1000x30' })],
    [
      'a sink that takes nothing',
      ruleCase(...(['EarshotNotificationsFailing', '20m', { [sent('retried')]: '0+1x30' }] as const), {
        severity: 'page',
        sink: 'webhook',
      }),
    ],
    [
      'a sink that takes some',
      ruleCase('EarshotNotificationsFailing', '20m', {
        ...{ [sent('retried')]: '0+1x30', [sent('delivered')]: '0+1x30' },
      }),
    ],
    [
      'a watermark that stands while messages come',
      ruleCase(
        'EarshotWatermarkStuck',
        '20m',
        { [STAMP]: '100x30', [SCORED]: '0+60x30' },
        {
          ...{ severity: 'page', pipeline: 'p' },
        },
      ),
    ],
    [
      'a watermark that goes',
      ruleCase('EarshotWatermarkStuck', '20m', { [STAMP]: '0+60x30', [SCORED]: '0+60x30' }),
    ],
    ['a silence', ruleCase('EarshotWatermarkStuck', '20m', { [STAMP]: '100x30', [SCORED]: '60x30' })],
  ])('%s', (_why, { input_series, alert_rule_test }) => {
    const file = join(folder, 'case.json');
    const expected = alert_rule_test.map(({ exp_alerts, ...rest }) => ({
      ...rest,
      exp_alerts: exp_alerts.map((alert) => ({ ...alert, exp_annotations: {} })),
    }));
    // Annotations are for people: the copy that is tested has none.
    const rules = readFileSync(RULES, 'utf8').replace(/^ {8}annotations:\n(?: {10}.*\n)+/gm, '');
    writeFileSync(join(folder, 'bare.yml'), rules);
    writeFileSync(
      file,
      JSON.stringify({
        rule_files: ['bare.yml'],
        evaluation_interval: '1m',
        tests: [{ interval: '1m', input_series, alert_rule_test: expected }],
      }),
    );
    const { status, output } = promtool(['test', 'rules', file]);
    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
  });
});

test('panels and rules name only metrics that exist', () => {
  const { catalogue } = createMetrics();
  const exposed = new Set(
    catalogue.flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
  const expressions = [...panelQueries(DASHBOARD).map(({ expr }) => expr), readFileSync(RULES, 'utf8')];
  const named = new Set(expressions.flatMap((expr) => expr.match(/(?<!:)\bearshot_\w+/g) ?? []));
  expect([...named].filter((name) => !exposed.has(name))).toEqual([]);
  expect(named.size).toBeGreaterThan(20);
});

describe('a real Prometheus', () => {
  const token = 'scrape-token';
  let http: HttpServer;
  let metrics: Metrics;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    metrics = createMetrics({ version: 'test' });
    const bus = await memoryBus();
    http = await startHttpServer({
      ...{ listen: { host: '127.0.0.1', port: 0 }, version: 'test', metrics: metrics.render },
      tokens: [{ name: 'prometheus', role: 'viewer', token }],
      telemetry: metrics.telemetry,
      nowMs: () => Date.now(),
      readiness: () => ({ ready: true, checks: [] }),
      api: createApi({ bus, pipelines: () => [], watching: () => undefined }),
      status: () => ({}),
      feed: { handleUpgrade: (_request, socket) => socket.destroy() },
    });
    prometheus = await startPrometheus([{ address: new URL(http.address).host, token }]);
  });
  afterAll(async () => {
    await prometheus.stop();
    await http.close();
  });

  const P = 'skyline';
  const traffic = (n: number): TelemetryEvent[] => [
    { type: 'received', deliveries: 8, bytes: 4_000, redelivered: 0 },
    { type: 'decoded', messages: 8 },
    { type: 'dead', reason: 'not_json', messages: 1 },
    { type: 'dropped', pipeline: P, reason: 'language', messages: 2 },
    ...(['negative', 'negative', 'positive', 'neutral'] as const).map((label): TelemetryEvent => ({
      ...({ type: 'scored', pipeline: P, channel: label === 'neutral' ? 'forum' : 'chat', label } as const),
      ...{ scores: [0.5], lagSeconds: [0.02] },
    })),
    { type: 'stage_time', stage: 'sentiment', seconds: 0.001, messages: 8 },
    { type: 'publish_retried', reason: 'timeout' },
    { type: 'delivery_retried', deliveries: 1, error: 'x' },
    { type: 'rule_failed', pipeline: P, rule: 'r', error: 'x' },
    { type: 'limit_reached', limit: 'l', pipeline: P, count: 1 },
    { type: 'late', pipeline: P, outcome: 'applied', messages: 1 },
    { type: 'watermark', pipeline: P, timeMs: Date.now() + n },
    { type: 'backlog', consumer: 'scorer', pending: 5, unacknowledged: 2 },
    { type: 'bus_status', connected: true, detail: '' },
    {
      ...({ type: 'window', pipeline: P, channel: 'chat', volume: 3 } as const),
      ...{ netSentiment: -0.3, negativeShare: 0.6, authors: 3 },
    },
    {
      ...({ type: 'alert_transition', pipeline: P, rule: 'surge', state: 'firing' } as const),
      ...{ reason: 'held_for', id: 'i', summary: 's' },
    },
    { type: 'alerts_active', pipeline: P, rule: 'surge', pending: 0, firing: 1 },
    { type: 'notification', sink: 'webhook', outcome: 'delivered' },
    { type: 'snapshot', pipeline: P, outcome: 'saved', bytes: 100 },
  ];

  test('answers every panel with numbers', async () => {
    for (let round = 0; round < 3; round += 1) {
      for (const event of traffic(round)) metrics.telemetry(event);
      await prometheus.scraped();
    }
    const queries = panelQueries(DASHBOARD, { pipeline: P });
    expect(queries.length).toBeGreaterThan(30);
    const empty: string[] = [];
    for (const { panel, expr } of queries) {
      const samples = await prometheus.query(expr);
      if (!samples.some(({ value }) => Number.isFinite(value))) empty.push(`${panel}: ${expr}`);
    }
    expect(empty).toEqual([]);
  });

  test('and with the right ones', async () => {
    const one = async (panel: string) => {
      const query = panelQueries(DASHBOARD, { pipeline: P }).find((each) => each.panel === panel);
      return prometheus.query(query?.expr ?? '');
    };
    const [net] = await one('Net sentiment');
    expect(net?.labels).toEqual({ pipeline: P });
    expect(net?.value).toBeCloseTo(-0.25);
    const [share] = await one('Negative share');
    expect(share?.value).toBeCloseTo(0.5);
    const voice = await one('Share of voice by channel');
    expect(Object.fromEntries(voice.map(({ labels, value }) => [labels.channel, value]))).toEqual({
      chat: expect.closeTo(0.75) as number,
      forum: expect.closeTo(0.25) as number,
    });
    expect(await prometheus.query('earshot_scored_messages_total{channel="forum"}')).toMatchObject([
      { value: 3 },
    ]);
  });

  test('negative control: a bad expression and an unknown variable fail', async () => {
    await expect(prometheus.query('sum(')).rejects.toThrow('prometheus refused sum(: invalid parameter');
    await expect(prometheus.query('no_such_metric')).resolves.toEqual([]);
  });
});
