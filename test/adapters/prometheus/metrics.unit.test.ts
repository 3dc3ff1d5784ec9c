/** Goal: every event of the closed union becomes the sample it should, names and labels are those of the contract, and
 *  what comes from messages cannot grow the number of series without end. */
import { describe, expect, test } from 'vitest';
import { createMetrics } from '../../../src/adapters/prometheus/metrics.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';

const LABELS = [
  ...[
    'pipeline',
    ...['route', 'method', 'status'],
    'term',
    'action',
    'channel',
    'rule',
    'reason',
    'label',
    'stage',
    'sink',
    'outcome',
    'queue',
    'consumer',
    'kind',
    'verdict',
    'mark',
  ],
  ...['state', 'limit', 'version'],
];

async function render(...events: readonly TelemetryEvent[]): Promise<string[]> {
  const metrics = createMetrics({ version: '1.2.3', nowMs: () => 1_700_000_000_500 });
  for (const event of events) metrics.telemetry(event);
  return (await metrics.render()).body.split('\n');
}

const P = 'skyline';
type Row = readonly [event: TelemetryEvent, ...lines: string[]];

const ROWS: readonly Row[] = [
  [
    { type: 'received', deliveries: 3, bytes: 900, redelivered: 1 },
    'earshot_received_deliveries_total 3',
    'earshot_received_bytes_total 900',
    'earshot_received_redeliveries_total 1',
  ],
  [{ type: 'decoded', messages: 7 }, 'earshot_decoded_messages_total 7'],
  [{ type: 'clamped', messages: 2 }, 'earshot_clamped_messages_total 2'],
  [{ type: 'dead', reason: 'not_json', messages: 4 }, 'earshot_dead_messages_total{reason="not_json"} 4'],
  [
    { type: 'dropped', pipeline: P, reason: 'language', messages: 5 },
    'earshot_dropped_messages_total{pipeline="skyline",reason="language"} 5',
  ],
  [
    { type: 'judged', pipeline: P, verdict: 'review', overruled: false, messages: 6 },
    'earshot_relevance_verdicts_total{pipeline="skyline",verdict="review"} 6',
    'earshot_relevance_overruled_total{pipeline="skyline",verdict="review"} 0',
  ],
  [
    { type: 'judged', pipeline: P, verdict: 'drop', overruled: true, messages: 2 },
    'earshot_relevance_verdicts_total{pipeline="skyline",verdict="drop"} 2',
    'earshot_relevance_overruled_total{pipeline="skyline",verdict="drop"} 2',
  ],
  [
    { type: 'marks_applied', pipeline: P, keep: 2, drop: 1, held: 40 },
    'earshot_relevance_marks_total{pipeline="skyline",mark="keep"} 2',
    'earshot_relevance_marks_total{pipeline="skyline",mark="drop"} 1',
    'earshot_relevance_marks{pipeline="skyline"} 40',
  ],
  [
    { type: 'routed', pipeline: P, queue: 'urgent', messages: 2 },
    'earshot_routed_messages_total{pipeline="skyline",queue="urgent"} 2',
  ],
  [
    { type: 'stage_time', stage: 'sentiment', seconds: 0.002, messages: 100 },
    'earshot_stage_duration_seconds_bucket{stage="sentiment",le="0.00001"} 0',
    'earshot_stage_duration_seconds_bucket{stage="sentiment",le="0.000025"} 100',
    'earshot_stage_duration_seconds_sum{stage="sentiment"} 0.002',
    'earshot_stage_duration_seconds_count{stage="sentiment"} 100',
  ],
  [{ type: 'stage_time', stage: 'rules', seconds: 1, messages: 0 }],
  [{ type: 'publish_retried', reason: 'timeout' }, 'earshot_publish_retries_total{reason="timeout"} 1'],
  [{ type: 'delivery_retried', deliveries: 6, error: 'x' }, 'earshot_delivery_retries_total 6'],
  [
    { type: 'backlog', consumer: 'scorer', pending: 10, unacknowledged: 4 },
    'earshot_consumer_pending_messages{consumer="scorer"} 10',
    'earshot_consumer_unacknowledged_messages{consumer="scorer"} 4',
  ],
  [{ type: 'bus_status', connected: true, detail: 'x' }, 'earshot_bus_connected 1'],
  [{ type: 'bus_status', connected: false, detail: 'x' }, 'earshot_bus_connected 0'],
  [
    { type: 'watermark', pipeline: P, timeMs: 1_700_000_000_250 },
    'earshot_watermark_timestamp_seconds{pipeline="skyline"} 1700000000.25',
  ],
  [
    { type: 'late', pipeline: P, outcome: 'dropped', messages: 1 },
    'earshot_late_messages_total{pipeline="skyline",outcome="dropped"} 1',
  ],
  [
    { type: 'versions', pipeline: P, outcome: 'retracted', messages: 2 },
    'earshot_message_versions_total{pipeline="skyline",outcome="retracted"} 2',
  ],
  [
    { type: 'conversations_closed', pipeline: P, tone: 'negative', conversations: 3 },
    'earshot_conversations_closed_total{pipeline="skyline",label="negative"} 3',
  ],
  [
    {
      ...{ type: 'window', pipeline: P, channel: 'twitter', volume: 50 },
      ...{ netSentiment: -0.5, negativeShare: 0.6, authors: 40 },
    },
    'earshot_window_messages{pipeline="skyline",channel="twitter"} 50',
    'earshot_window_net_sentiment_ratio{pipeline="skyline",channel="twitter"} -0.5',
    'earshot_window_negative_ratio{pipeline="skyline",channel="twitter"} 0.6',
    'earshot_window_authors{pipeline="skyline",channel="twitter"} 40',
  ],
  [
    { type: 'limit_reached', limit: 'channels', pipeline: P, count: 3 },
    'earshot_limit_reached_total{limit="channels",pipeline="skyline"} 3',
  ],
  [
    {
      ...{ type: 'alert_transition', pipeline: P, rule: 'surge', state: 'firing', reason: 'held_for' },
      ...{ id: 'a', summary: 's' },
    },
    'earshot_alert_transitions_total{pipeline="skyline",rule="surge",state="firing",reason="held_for"} 1',
  ],
  [
    { type: 'alert_stays', pipeline: P, rule: 'surge', reason: 'held_by_keep_firing', alert: 'a' },
    'earshot_alert_stays_total{pipeline="skyline",rule="surge",reason="held_by_keep_firing"} 1',
  ],
  [
    { type: 'notify_decision', pipeline: P, rule: 'surge', reason: 'silenced', alert: 'a' },
    'earshot_notify_decisions_total{pipeline="skyline",rule="surge",reason="silenced"} 1',
  ],
  [
    { type: 'alerts_active', pipeline: P, rule: 'surge', pending: 1, firing: 2 },
    'earshot_alerts_active{pipeline="skyline",rule="surge",state="pending"} 1',
    'earshot_alerts_active{pipeline="skyline",rule="surge",state="firing"} 2',
  ],
  [
    { type: 'trend_scores', pipeline: P, trends: [{ term: 'Zeppelin crash', kind: 'phrase', score: 4.5 }] },
    'earshot_trend_score{pipeline="skyline",term="Zeppelin crash",kind="phrase"} 4.5',
  ],
  [
    { type: 'rule_failed', pipeline: P, rule: 'surge', error: 'x' },
    'earshot_rule_failures_total{pipeline="skyline",rule="surge"} 1',
  ],
  [
    { type: 'notification', sink: 'webhook', outcome: 'retried' },
    'earshot_notifications_total{sink="webhook",outcome="retried"} 1',
  ],
  [
    { type: 'snapshot', pipeline: P, outcome: 'saved', bytes: 512 },
    'earshot_snapshots_total{pipeline="skyline",outcome="saved"} 1',
    'earshot_snapshot_last_success_timestamp_seconds{pipeline="skyline"} 1700000000.5',
    'earshot_snapshot_size_bytes{pipeline="skyline"} 512',
  ],
  [
    { type: 'config_reload', outcome: 'refused' },
    'earshot_config_reloads_total{outcome="refused"} 1',
    'earshot_config_reloads_total{outcome="applied"} 0',
  ],
  [{ type: 'feed_clients', clients: 9 }, 'earshot_feed_clients 9'],
  [
    { type: 'feed_client_dropped', reason: 'slow' },
    'earshot_feed_clients_dropped_total{reason="slow"} 1',
    'earshot_feed_clients_dropped_total{reason="limit"} 0',
  ],
  [{ type: 'lifecycle', phase: 'started', detail: '' }, 'earshot_build_info{version="1.2.3"} 1'],
];

test.each(ROWS.map(([event, ...lines]) => ({ event, lines })))('$event.type', async ({ event, lines }) => {
  const body = await render(event);
  for (const line of lines) expect(body).toContain(line);
});

test('a failed snapshot does not look like a fresh one', async () => {
  const body = await render({ type: 'snapshot', pipeline: P, outcome: 'failed', detail: 'disk full' });
  expect(body).toContain('earshot_snapshots_total{pipeline="skyline",outcome="failed"} 1');
  expect(body.filter((line) => line.startsWith('earshot_snapshot_last_success'))).toEqual([]);
});

describe('histograms against a count by hand', () => {
  const scored = (scores: number[], lagSeconds: number[]): TelemetryEvent => ({
    ...({ type: 'scored', pipeline: P, channel: 'chat', label: 'negative' } as const),
    scores,
    lagSeconds,
  });

  test('buckets are cumulative, bounds inclusive, the rest in +Inf', async () => {
    const scores = [-1, -0.8, -0.79, 0, 0.3, 1];
    const lags = [0.005, 0.006, 200_000];
    const body = await render(scored(scores, lags), scored([0.1], [2]));
    const all = [...scores, 0.1];
    for (const le of [-0.8, -0.2, 0, 0.2, 0.4, 1])
      expect(body).toContain(
        `earshot_sentiment_score_bucket{pipeline="skyline",le="${le}"} ${all.filter((s) => s <= le).length}`,
      );
    expect(body).toContain('earshot_sentiment_score_count{pipeline="skyline"} 7');
    expect(body).toContain('earshot_event_lag_seconds_bucket{pipeline="skyline",le="0.005"} 1');
    expect(body).toContain('earshot_event_lag_seconds_bucket{pipeline="skyline",le="86400"} 3');
    expect(body).toContain('earshot_event_lag_seconds_bucket{pipeline="skyline",le="+Inf"} 4');
    expect(body).toContain(
      'earshot_scored_messages_total{pipeline="skyline",channel="chat",label="negative"} 7',
    );
  });

  test('a lag below zero counts as zero, so that the sum never goes back; NaN is left out', async () => {
    const body = await render(scored([Number.NaN, 0.5], [-3, 4]));
    expect(body).toContain('earshot_event_lag_seconds_sum{pipeline="skyline"} 4');
    expect(body).toContain('earshot_event_lag_seconds_count{pipeline="skyline"} 2');
    expect(body).toContain('earshot_sentiment_score_count{pipeline="skyline"} 1');
  });
});

test('channels beyond 100 are counted as other, and that is counted; their gauges are left out', async () => {
  const metrics = createMetrics();
  for (let channel = 0; channel < 250; channel += 1) {
    const name = `c${channel}`;
    metrics.telemetry({
      ...({ type: 'scored', pipeline: P, channel: name, label: 'neutral' } as const),
      scores: [0, 0],
      lagSeconds: [1, 1],
    });
    metrics.telemetry({
      ...({ type: 'window', pipeline: P, channel: name, volume: 2 } as const),
      ...{ netSentiment: 0, negativeShare: 0, authors: 1 },
    });
  }
  const body = (await metrics.render()).body.split('\n');
  const series = (name: string) => body.filter((line) => line.startsWith(`${name}{`));
  expect(series('earshot_scored_messages_total')).toHaveLength(101);
  expect(body).toContain(
    'earshot_scored_messages_total{pipeline="skyline",channel="other",label="neutral"} 300',
  );
  expect(series('earshot_window_messages')).toHaveLength(100);
  // 150 channels too many, each with two messages and one pane.
  expect(body).toContain('earshot_limit_reached_total{limit="metric_channels",pipeline="skyline"} 450');
});

test('a metric never has more than 20,000 series, and what is left out is counted', async () => {
  const metrics = createMetrics();
  for (let reason = 0; reason < 20_003; reason += 1)
    metrics.telemetry({ type: 'dead', reason: `r${reason}`, messages: 1 });
  const { body } = await metrics.render();
  expect(body.match(/^earshot_dead_messages_total\{/gm)).toHaveLength(20_000);
  expect(body).toContain('earshot_limit_reached_total{limit="metric_series",pipeline="all"} 3');
});

test('every metric is there from the start, and its name says its type and unit', async () => {
  const { catalogue, render } = createMetrics();
  const { contentType, body } = await render();
  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(catalogue.length).toBeGreaterThan(30);
  for (const { name, type, labels, help } of catalogue) {
    expect(body).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    expect(name).toMatch(/^earshot_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    for (const label of labels) expect(LABELS).toContain(label);
    if (type === 'counter' && labels.length === 0) expect(body).toContain(`\n${name} 0\n`);
  }
  expect(body).toContain('process_resident_memory_bytes');
});

test('a trend that is no longer among the strongest has no series; those of other pipelines stay', async () => {
  const metrics = createMetrics();
  const tell = (pipeline: string, ...terms: string[]) =>
    metrics.telemetry({
      type: 'trend_scores',
      pipeline,
      trends: terms.map((term) => ({ term, kind: 'keyword', score: 4 })),
    });
  tell('a', 'one', 'two');
  tell('b', 'one');
  tell('a', 'two');
  const { body } = await metrics.render();
  const terms = [...body.matchAll(/^earshot_trend_score\{pipeline="(\w)",term="(\w+)"/gm)];
  expect(terms.map(([, pipeline, term]) => `${pipeline} ${term}`).sort()).toEqual(['a two', 'b one']);
});

test('label values are escaped', async () => {
  const body = await render({ type: 'dead', reason: 'a"b\\c\nd', messages: 1 });
  expect(body).toContain('earshot_dead_messages_total{reason="a\\"b\\\\c\\nd"} 1');
});
