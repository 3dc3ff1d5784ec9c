/** Prometheus metrics, derived from the closed union of telemetry events. */
import { Registry, collectDefaultMetrics } from 'prom-client';
import type { Metric } from 'prom-client';
import { NO_PIPELINE } from '../../core/bus/subjects.ts';
import type { Telemetry, TelemetryEvent } from '../../core/telemetry/telemetry.port.ts';
import { createFamilies } from './families.ts';
import type { Family, FamilySpec } from './family.ts';

/** Distinct `channel` labels; further ones are counted together as `other`. Channels come from messages. */
const CHANNELS_MAX = 100;
const CHANNEL_OTHER = 'other';
/** Series of one metric; values of further ones are left out. */
const SERIES_MAX = 20_000;
/** prom-client's gauges whose `_total` suffix Prometheus reserves for counters; the same numbers are there by type. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

export interface MetricsOptions {
  readonly version?: string;
  /** Epoch milliseconds; stamps snapshots. */
  readonly nowMs?: () => number;
}

export interface Metrics {
  readonly telemetry: Telemetry;
  /** The text exposition format, with prom-client's metrics of the process. */
  readonly render: () => Promise<{ contentType: string; body: string }>;
  /** Earshot's own metrics. */
  readonly catalogue: readonly FamilySpec[];
}

export function createMetrics({ version = 'unknown', nowMs = Date.now }: MetricsOptions = {}): Metrics {
  const families = createFamilies({
    seriesMax: SERIES_MAX,
    onLimit: () => {
      families.limits.add(1, 'metric_series', NO_PIPELINE);
    },
  });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const all: readonly Family[] = Object.values(families);
  // The registry asks a metric for its name and for get(); its type asks for prom-client's classes.
  for (const family of all) registry.registerMetric(family as unknown as Metric);

  families.limits.add(0, 'metric_channels', NO_PIPELINE);
  families.limits.add(0, 'metric_series', NO_PIPELINE);
  families.buildInfo.set(1, version);
  for (const outcome of ['applied', 'refused', 'unchanged']) families.configReloads.add(0, outcome);
  for (const reason of ['slow', 'limit']) families.feedDropped.add(0, reason);

  const channelLabel = cappedChannels();
  return {
    telemetry: (event) => {
      record(families, channelLabel, nowMs, event);
    },
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    catalogue: all.map(({ name, type, labels, help }) => ({ name, type, labels, help })),
  };
}

type Families = ReturnType<typeof createFamilies>;

/** The label of a channel: itself, or undefined once `CHANNELS_MAX` others are known. */
function cappedChannels(): (channel: string) => string | undefined {
  // The empty channel stands for a whole pipeline.
  const known = new Set([CHANNEL_OTHER, '']);
  return (channel) => {
    if (known.has(channel)) return channel;
    if (known.size >= CHANNELS_MAX + 2) return undefined;
    known.add(channel);
    return channel;
  };
}

function record(
  to: Families,
  channelLabel: (channel: string) => string | undefined,
  nowMs: () => number,
  event: TelemetryEvent,
): void {
  switch (event.type) {
    case 'received':
      to.receivedDeliveries.add(event.deliveries);
      to.receivedBytes.add(event.bytes);
      return to.redeliveries.add(event.redelivered);
    case 'decoded':
      return to.decoded.add(event.messages);
    case 'clamped':
      return to.clamped.add(event.messages);
    case 'dead':
      return to.dead.add(event.messages, event.reason);
    case 'dropped':
      return to.dropped.add(event.messages, event.pipeline, event.reason);
    case 'scored': {
      const { pipeline, scores } = event;
      const channel = channelLabel(event.channel);
      if (channel === undefined) to.limits.add(scores.length, 'metric_channels', pipeline);
      to.scored.add(scores.length, pipeline, channel ?? CHANNEL_OTHER, event.label);
      to.sentimentScore.observeAll(scores, -1, pipeline);
      return to.eventLag.observeAll(event.lagSeconds, 0, pipeline);
    }
    case 'judged':
    case 'marks_applied':
      return recordRelevance(to, event);
    case 'routed':
      return to.routed.add(event.messages, event.pipeline, event.queue);
    case 'redacted':
      return to.redactions.add(event.items, event.pipeline, event.kind);
    case 'stage_time':
      if (event.messages > 0)
        to.stageTime.observe(event.seconds / event.messages, event.messages, event.stage);
      return;
    case 'publish_retried':
    case 'delivery_retried':
    case 'backlog':
    case 'lanes':
    case 'second_lane_lost':
    case 'bus_status':
      return recordBus(to, event);
    case 'limit_reached':
      return to.limits.add(event.count, event.limit, event.pipeline);
    case 'snapshot':
      return recordSnapshot(to, nowMs, event);
    case 'scored_gap':
    case 'recovered':
    case 'lease':
    case 'ownership':
      return recordOwnership(to, event);
    case 'config_reload':
      return to.configReloads.add(1, event.outcome);
    case 'api_request':
    case 'feed_clients':
    case 'feed_client_dropped':
      return recordClients(to, event);
    case 'lifecycle':
      return;
    default:
      return recordListening(to, channelLabel, event);
  }
}

type BusEvent = Extract<
  TelemetryEvent,
  {
    type: 'publish_retried' | 'delivery_retried' | 'backlog' | 'lanes' | 'second_lane_lost' | 'bus_status';
  }
>;

function recordBus(to: Families, event: BusEvent): void {
  switch (event.type) {
    case 'publish_retried':
      return to.publishRetries.add(1, event.reason);
    case 'delivery_retried':
      return to.deliveryRetries.add(event.deliveries);
    case 'backlog':
      to.backlogPending.set(event.pending, event.consumer);
      return to.backlogUnacknowledged.set(event.unacknowledged, event.consumer);
    case 'lanes':
      return to.scorerLanes.set(event.lanes);
    case 'second_lane_lost':
      return to.secondLanesLost.add(1);
    case 'bus_status':
      return to.busConnected.set(event.connected ? 1 : 0);
  }
}

function recordClients(
  to: Families,
  event: Extract<TelemetryEvent, { type: 'api_request' | 'feed_clients' | 'feed_client_dropped' }>,
): void {
  if (event.type === 'feed_clients') return to.feedClients.set(event.clients);
  if (event.type === 'feed_client_dropped') return to.feedDropped.add(1, event.reason);
  const { route, method, status, seconds } = event;
  to.apiRequests.add(1, route, method, String(status));
  to.apiTime.observe(seconds, 1, route, method);
}

type RelevanceEvent = Extract<TelemetryEvent, { type: 'judged' | 'marks_applied' }>;

function recordRelevance(to: Families, event: RelevanceEvent): void {
  if (event.type === 'judged') {
    to.verdicts.add(event.messages, event.pipeline, event.verdict);
    return to.overruled.add(event.overruled ? event.messages : 0, event.pipeline, event.verdict);
  }
  to.marksApplied.add(event.keep, event.pipeline, 'keep');
  to.marksApplied.add(event.drop, event.pipeline, 'drop');
  return to.marksHeld.set(event.held, event.pipeline);
}

type ListeningEvent = Extract<
  TelemetryEvent,
  {
    type:
      | 'versions'
      | 'conversations_closed'
      | 'watermark'
      | 'late'
      | 'window'
      | 'trend_scores'
      | 'alert_transition'
      | 'alert_stays'
      | 'alerts_active'
      | 'notify_decision'
      | 'command'
      | 'rule_failed'
      | 'notification';
  }
>;

function recordListening(
  to: Families,
  channelLabel: (channel: string) => string | undefined,
  event: ListeningEvent,
): void {
  const { type } = event;
  switch (type) {
    case 'watermark':
      return to.watermark.set(event.timeMs / 1_000, event.pipeline);
    case 'late':
      return to.late.add(event.messages, event.pipeline, event.outcome);
    case 'versions':
      return to.versions.add(event.messages, event.pipeline, event.outcome);
    case 'conversations_closed':
      return to.conversationsClosed.add(event.conversations, event.pipeline, event.tone);
    case 'window': {
      const channel = channelLabel(event.channel);
      // Gauges of many channels cannot share the series `other` as counters do: the last would stand for all.
      if (channel === undefined) return to.limits.add(1, 'metric_channels', event.pipeline);
      to.windowVolume.set(event.volume, event.pipeline, channel);
      to.windowNet.set(event.netSentiment, event.pipeline, channel);
      to.windowNegative.set(event.negativeShare, event.pipeline, channel);
      return to.windowAuthors.set(event.authors, event.pipeline, channel);
    }
    case 'trend_scores':
      return to.trendScore.replace(
        event.pipeline,
        event.trends.map(({ term, kind, score }) => ({ labels: [term, kind], value: score })),
      );
    case 'alert_transition':
      return to.transitions.add(1, event.pipeline, event.rule, event.state, event.reason);
    case 'alert_stays':
      return to.stays.add(1, event.pipeline, event.rule, event.reason);
    case 'alerts_active':
      to.alertsActive.set(event.pending, event.pipeline, event.rule, 'pending');
      return to.alertsActive.set(event.firing, event.pipeline, event.rule, 'firing');
    case 'notify_decision':
      return to.decisions.add(1, event.pipeline, event.rule, event.reason);
    case 'command':
      return to.commands.add(1, event.pipeline, event.action, event.outcome);
    case 'rule_failed':
      return to.ruleFailures.add(1, event.pipeline, event.rule);
    case 'notification':
      return to.notifications.add(1, event.sink, event.outcome);
    default:
      return type satisfies never;
  }
}

function recordOwnership(
  to: Families,
  event: Extract<TelemetryEvent, { type: 'scored_gap' | 'recovered' | 'lease' | 'ownership' }>,
): void {
  switch (event.type) {
    case 'scored_gap':
      return to.scoredGaps.add(event.toSequence - event.fromSequence + 1, event.pipeline);
    case 'recovered':
      return to.recoveryTime.set(event.seconds, event.pipeline);
    case 'lease':
      return to.leases.add(1, event.pipeline, event.outcome);
    case 'ownership':
      to.ownedPipelines.set(event.owned);
      return to.standbyPipelines.set(event.standby);
  }
}

function recordSnapshot(
  to: Families,
  nowMs: () => number,
  event: Extract<TelemetryEvent, { type: 'snapshot' }>,
): void {
  to.snapshots.add(1, event.pipeline, event.outcome);
  if (event.outcome !== 'saved' && event.outcome !== 'loaded') return;
  to.snapshotTime.set(nowMs() / 1_000, event.pipeline);
  if (event.bytes !== undefined) to.snapshotBytes.set(event.bytes, event.pipeline);
}
