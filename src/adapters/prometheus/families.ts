/** Every metric of Earshot's own: name, labels, help. docs/metrics.md derives from this list. Labels come from
 *  configuration or from closed sets; `channel`, which comes from messages, is capped in metrics.ts. */
import { HistogramFamily, ValueFamily } from './family.ts';
import type { SeriesLimit } from './family.ts';

/** Upper bounds of the histograms, in their metric's unit. */
const SCORE_BOUNDS = [-0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1];
const LAG_SECONDS_BOUNDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400,
];
const API_SECONDS_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const STAGE_SECONDS_BOUNDS = [
  0.000001, 0.0000025, 0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.025,
  0.1,
];

export function createFamilies(limit: SeriesLimit) {
  const counter = (name: string, labels: readonly string[], help: string) =>
    new ValueFamily({ name: `earshot_${name}`, type: 'counter', labels, help }, limit);
  const gauge = (name: string, labels: readonly string[], help: string) =>
    new ValueFamily({ name: `earshot_${name}`, type: 'gauge', labels, help }, limit);
  const histogram = (
    name: string,
    labels: readonly string[],
    bounds: readonly number[],
    help: string,
  ): HistogramFamily =>
    new HistogramFamily({ name: `earshot_${name}`, type: 'histogram', labels, help, bounds }, limit);

  return {
    ...traffic(counter, gauge, histogram),
    ...plumbing(counter, gauge),
    ...serving(counter, gauge, histogram),
    ...listening(counter, gauge),
    ...alerting(counter, gauge),
  };
}

type Simple = (name: string, labels: readonly string[], help: string) => ValueFamily;
type Buckets = (
  name: string,
  labels: readonly string[],
  bounds: readonly number[],
  help: string,
) => HistogramFamily;

/** The road of a message to its score. */
function traffic(counter: Simple, gauge: Simple, histogram: Buckets) {
  return {
    receivedDeliveries: counter(
      'received_deliveries_total',
      [],
      'Bus messages received; one may hold many messages.',
    ),
    receivedBytes: counter('received_bytes_total', [], 'Payload bytes of the bus messages received.'),
    redeliveries: counter('received_redeliveries_total', [], 'Bus messages that had been delivered before.'),
    decoded: counter('decoded_messages_total', [], 'Messages read from what was received.'),
    clamped: counter('clamped_messages_total', [], 'Messages whose time lay in the future and was set back.'),
    dead: counter('dead_messages_total', ['reason'], 'Messages that could not be read: dead letters.'),
    dropped: counter(
      'dropped_messages_total',
      ['pipeline', 'reason'],
      'Messages read and not wanted; pipeline all stands for those that no pipeline wanted.',
    ),
    verdicts: counter(
      'relevance_verdicts_total',
      ['pipeline', 'verdict'],
      'Messages judged by a relevance filter: keep, review, drop.',
    ),
    overruled: counter(
      'relevance_overruled_total',
      ['pipeline', 'verdict'],
      "Verdicts that moderators' marks turned from what the filter alone would have said.",
    ),
    marksApplied: counter(
      'relevance_marks_total',
      ['pipeline', 'mark'],
      "Moderators' marks that this worker learned from, since it started: keep, drop.",
    ),
    marksHeld: gauge(
      'relevance_marks',
      ['pipeline'],
      'Marks that the correction of a relevance filter stands on now.',
    ),
    scored: counter(
      'scored_messages_total',
      ['pipeline', 'channel', 'label'],
      'Messages scored and confirmed by the broker.',
    ),
    redactions: counter(
      'redactions_total',
      ['pipeline', 'kind'],
      'Personal data replaced by tokens in what was published, by kind: email, phone, card, iban, ip.',
    ),
    routed: counter('routed_messages_total', ['pipeline', 'queue'], 'Messages also published to a queue.'),
    sentimentScore: histogram(
      'sentiment_score',
      ['pipeline'],
      SCORE_BOUNDS,
      'Which way and how strong each scored message is, -1 to 1; its sum goes both ways.',
    ),
    eventLag: histogram(
      'event_lag_seconds',
      ['pipeline'],
      LAG_SECONDS_BOUNDS,
      'Event time to the confirmation of the scored message by the broker.',
    ),
    stageTime: histogram(
      'stage_duration_seconds',
      ['stage'],
      STAGE_SECONDS_BOUNDS,
      'Processing time of a message in a stage: the mean of its batch.',
    ),
  };
}

/** The bus, the lanes on it, what is kept beside it. */
function plumbing(counter: Simple, gauge: Simple) {
  return {
    publishRetries: counter('publish_retries_total', ['reason'], 'Publishes tried again.'),
    deliveryRetries: counter(
      'delivery_retries_total',
      [],
      'Bus messages given back to be delivered again after a failure.',
    ),
    backlogPending: gauge(
      'consumer_pending_messages',
      ['consumer'],
      'Bus messages that wait at the broker for a durable consumer.',
    ),
    backlogUnacknowledged: gauge(
      'consumer_unacknowledged_messages',
      ['consumer'],
      'Bus messages handed out to workers and not acknowledged yet.',
    ),
    scorerLanes: gauge(
      'scorer_lanes',
      [],
      'Lanes of this scorer that take messages: 2 while it catches up with the help of a thread. Absent before it first needed one.',
    ),
    secondLanesLost: counter(
      'scorer_second_lane_lost_total',
      [],
      'Threads of a second lane that ended unasked; what they had in hand is delivered again.',
    ),
    busConnected: gauge('bus_connected', [], '1 while the bus is connected, else 0.'),
    limits: counter(
      'limit_reached_total',
      ['limit', 'pipeline'],
      'How often a named limit was reached, by what it left out.',
    ),
    snapshots: counter('snapshots_total', ['pipeline', 'outcome'], 'Snapshots of the watcher, by outcome.'),
    snapshotTime: gauge(
      'snapshot_last_success_timestamp_seconds',
      ['pipeline'],
      'When a snapshot was last saved or loaded.',
    ),
    snapshotBytes: gauge('snapshot_size_bytes', ['pipeline'], 'Size of the last snapshot saved or loaded.'),
    scoredGaps: counter(
      'scored_gap_messages_total',
      ['pipeline'],
      'Scored messages, of all pipelines, that their stream had dropped before this watcher counted them.',
    ),
    recoveryTime: gauge(
      'recovery_seconds',
      ['pipeline'],
      'From loading the last snapshot until everything that waited behind it was counted.',
    ),
    leases: counter(
      'lease_changes_total',
      ['pipeline', 'outcome'],
      'What became of the lease of a pipeline: acquired, renewed_late, lost, released, failed.',
    ),
    ownedPipelines: gauge('owned_pipelines', [], 'Pipelines that this process watches.'),
    standbyPipelines: gauge('standby_pipelines', [], 'Pipelines that another process watches for this one.'),
  };
}

/** The process and its clients. */
function serving(counter: Simple, gauge: Simple, histogram: Buckets) {
  return {
    configReloads: counter('config_reloads_total', ['outcome'], 'Reloads of pipeline files, by outcome.'),
    apiRequests: counter(
      'api_requests_total',
      ['route', 'method', 'status'],
      'Requests that the HTTP API answered; route unknown stands for paths that it does not have.',
    ),
    apiTime: histogram(
      'api_request_duration_seconds',
      ['route', 'method'],
      API_SECONDS_BOUNDS,
      'From the head of a request to the end of its answer.',
    ),
    feedClients: gauge('feed_clients', [], 'WebSocket clients connected to the feed.'),
    feedDropped: counter(
      'feed_clients_dropped_total',
      ['reason'],
      'WebSocket clients turned away or dropped: slow, limit.',
    ),
    buildInfo: gauge('build_info', ['version'], 'Always 1; carries the version.'),
  };
}

/** Windows and trends. */
function listening(counter: Simple, gauge: Simple) {
  const perChannel = (name: string, help: string) =>
    gauge(
      name,
      ['pipeline', 'channel'],
      `${help} of the last closed pane; of the whole pipeline where channel is empty.`,
    );
  return {
    watermark: gauge(
      'watermark_timestamp_seconds',
      ['pipeline'],
      'Event time up to which windows are complete.',
    ),
    late: counter(
      'late_messages_total',
      ['pipeline', 'outcome'],
      'Messages behind the watermark: applied or dropped.',
    ),
    versions: counter(
      'message_versions_total',
      ['pipeline', 'outcome'],
      'Copies, edits and deletions: replaced or retracted what was counted; duplicate, outdated; held, since what they change is not known; too_late, since its panes are gone.',
    ),
    conversationsClosed: counter(
      'conversations_closed_total',
      ['pipeline', 'label'],
      'Conversations that ended with `sessionGap` of silence, by what most of their messages were.',
    ),
    windowVolume: perChannel('window_messages', 'Messages'),
    windowNet: perChannel('window_net_sentiment_ratio', '(positive - negative) / messages, -1 to 1,'),
    windowNegative: perChannel('window_negative_ratio', 'negative / messages, 0 to 1,'),
    windowAuthors: perChannel('window_authors', 'Distinct authors'),
    trendScore: gauge(
      'trend_score',
      ['pipeline', 'term', 'kind'],
      'How strong the strongest trends are now, about standard deviations above what is expected; at most trends.topK.',
    ),
  };
}

/** Rules, alerts, and who is told. */
function alerting(counter: Simple, gauge: Simple) {
  return {
    alertsActive: gauge(
      'alerts_active',
      ['pipeline', 'rule', 'state'],
      'Alerts of a rule that are pending or firing.',
    ),
    transitions: counter(
      'alert_transitions_total',
      ['pipeline', 'rule', 'state', 'reason'],
      'Changes of alert state, by the state entered and why.',
    ),
    stays: counter(
      'alert_stays_total',
      ['pipeline', 'rule', 'reason'],
      'Why pending and firing alerts stay what they are: one for each change of the reason.',
    ),
    decisions: counter(
      'notify_decisions_total',
      ['pipeline', 'rule', 'reason'],
      'Why people are told of an alert, or are not: one for each change of the reason, and for each reminder.',
    ),
    commands: counter(
      'alert_commands_total',
      ['pipeline', 'action', 'outcome'],
      'Acknowledgements and silences that people asked for: applied, refused, unreadable.',
    ),
    ruleFailures: counter(
      'rule_failures_total',
      ['pipeline', 'rule'],
      'Conditions that could not be evaluated.',
    ),
    notifications: counter(
      'notifications_total',
      ['sink', 'outcome'],
      'Attempts to deliver a notification: delivered, retried, rejected, given_up.',
    ),
  };
}
