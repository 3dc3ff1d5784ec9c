/** A sink that pushes alerts to Alertmanager's API v2. Alertmanager does its own grouping and forgets what it is not told
 *  of: firing alerts are sent again and again, with an end well beyond the next time. */
import type { Alert } from '../../core/alert/alert.ts';
import type { AlertmanagerSinkConfig } from '../../core/alert/sink.config.ts';
import type { AlertSink, SinkOutcome } from '../../core/alert/sink.port.ts';
import { createSender, type SenderOptions } from './http-sender.ts';
import { linkTo, tellAlert } from './story.ts';

/** As Prometheus does it: three resends may fail before Alertmanager takes the alert for resolved. */
const RESENDS_UNTIL_END = 4;
/** Alerts of one request. */
const ALERTS_PER_REQUEST_MAX = 500;
const RESERVED_LABELS = new Set(['alertname', 'pipeline', 'severity']);

/** An element of the array that `POST /api/v2/alerts` takes. */
interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

export function createAlertmanagerSink(
  config: AlertmanagerSinkConfig,
  options: SenderOptions = {},
): AlertSink {
  const { nowMs = Date.now } = options;
  const url = new URL(config.url);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v2/alerts`;
  const sender = createSender({ ...config, url: url.href }, options);

  const send = async (alerts: readonly Alert[], told: 'first' | 'again'): Promise<SinkOutcome> => {
    const postable = onePerLabels(alerts).map((alert) => postableAlert(alert, told, nowMs(), config));
    for (let start = 0; start < postable.length; start += ALERTS_PER_REQUEST_MAX) {
      const answer = await sender.send(postable.slice(start, start + ALERTS_PER_REQUEST_MAX));
      if (answer.outcome !== 'delivered') return answer;
    }
    return { outcome: 'delivered' };
  };

  return {
    kind: 'alertmanager',
    description: `alertmanager ${sender.origin}`,
    deliver: ({ alerts }) => send(alerts, 'first'),
    refresh: { everyMs: config.resendEvery, send: (alerts) => send(alerts, 'again') },
    close: () => sender.close(),
  };
}

/** Of a rule and group that fires anew both lives may be told of: to Alertmanager, which knows them by their labels, they
 *  are one, and it is the one that fires. */
function onePerLabels(alerts: readonly Alert[]): Alert[] {
  const byLabels = new Map<string, Alert>();
  for (const alert of alerts) {
    const key = JSON.stringify(Object.entries(labelsOf(alert)).sort());
    const other = byLabels.get(key);
    if (other === undefined || outranks(alert, other)) byLabels.set(key, alert);
  }
  return [...byLabels.values()];
}

function outranks(alert: Alert, other: Alert): boolean {
  const [isFiring, otherFires] = [alert.state !== 'resolved', other.state !== 'resolved'];
  return isFiring === otherFires ? alert.at > other.at : isFiring;
}

/** Alertmanager sends a new group at once when an alert of it began longer ago than `group_wait`: at the first of several,
 *  and the others only after `group_interval`. So an alert begins when it is first told of; Alertmanager keeps the earliest
 *  beginning it hears of, and hears of the true one when it is told again. */
function postableAlert(
  alert: Alert,
  told: 'first' | 'again',
  nowMs: number,
  { resendEvery, alertUrl }: AlertmanagerSinkConfig,
): PostableAlert {
  const isResolved = alert.state === 'resolved';
  // Event time may run ahead of the clock: an end in the future would let a resolved alert fire on.
  const endsMs = isResolved
    ? Math.min(Date.parse(alert.endsAt ?? alert.at), nowMs)
    : nowMs + RESENDS_UNTIL_END * resendEvery;
  const beganMs = told === 'first' && !isResolved ? nowMs : Date.parse(alert.startsAt);
  return {
    labels: labelsOf(alert),
    annotations: annotationsOf(alert),
    startsAt: new Date(Math.min(beganMs, nowMs, endsMs)).toISOString(),
    endsAt: new Date(endsMs).toISOString(),
    ...(alertUrl !== undefined && { generatorURL: linkTo(alert, alertUrl) }),
  };
}

function labelsOf({ rule, pipeline, severity, group }: Alert): Record<string, string> {
  const labels: Record<string, string> = { alertname: rule, pipeline, severity };
  for (const [key, value] of Object.entries(group)) labels[labelName(key)] = value.toWellFormed();
  return labels;
}

/** Letters, digits and `_`, not a digit first, and none of ours. */
function labelName(key: string): string {
  const name = key.replace(/[^a-zA-Z0-9_]/g, '_');
  return RESERVED_LABELS.has(name) || !/^[a-zA-Z_]/.test(name) ? `group_${name}` : name;
}

function annotationsOf(alert: Alert): Record<string, string> {
  const { summary, facts, posts, clusters } = tellAlert(alert, undefined);
  const told = posts.map(
    ({ text, url }, index) => `${index + 1}. ${text}${url === undefined ? '' : ` ${url}`}`,
  );
  return {
    summary,
    description: [...facts, ...told, ...clusters].join('\n'),
    alert_id: alert.id.toWellFormed(),
  };
}
