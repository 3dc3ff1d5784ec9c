/** From the series of a group to the notification that speaks of them. */
import { compareText } from '../order/compare-text.ts';
import type { Alert } from '../alert/alert.ts';
import { SEVERITIES } from '../alert/rule.config.ts';
import { digest } from '../message/digest.ts';
import type { Labels } from './matcher.ts';
import { NOTIFICATION_ALERTS_MAX, type Notification, type NotifyReason } from './notification.ts';
import type { Series } from './policy-state.ts';

const KEY_CHARS_MAX = 120;

/** What a group has to say at one moment. */
export interface News {
  /** Fire, and nobody was told. */
  readonly fresh: readonly Series[];
  /** People were told of them; they have resolved. */
  readonly over: readonly Series[];
  /** People were told of them, and they fire. */
  readonly known: readonly Series[];
  /** Believed to fire, but held back; shown when nothing else says that the group still fires. */
  readonly witnesses: readonly Series[];
  /** People were told of anything in the group before. */
  readonly isKnownGroup: boolean;
}

interface Listing {
  readonly alerts: readonly Alert[];
  readonly leftOut: number;
  /** Those whose end found room; the others are told next time. */
  readonly ended: ReadonlySet<Series>;
  readonly isFiring: boolean;
  readonly reason: NotifyReason;
}

/** New ones first, then what has ended, then what is known already: as many as a notification holds. */
export function list({ fresh, over, known, witnesses, isKnownGroup }: News): Listing {
  const isFiring = fresh.length + known.length + witnesses.length > 0;
  const firing = oldestFirst(fresh.map(({ alert }) => alert)).slice(0, NOTIFICATION_ALERTS_MAX);
  const kept = isFiring && firing.length === 0 ? 1 : 0;
  const endings = [...over, ...known].filter(({ told }) => told?.ended);
  const listed = endings.slice(0, NOTIFICATION_ALERTS_MAX - firing.length - kept);
  const room = NOTIFICATION_ALERTS_MAX - firing.length - listed.length;
  const rest = fresh.length + known.length > 0 ? known.map(({ alert }) => alert) : believed(witnesses);
  const context = oldestFirst(rest).slice(0, room);
  const ended = listed.flatMap(({ told }) => told?.ended ?? []);
  const alerts = [...oldestFirst([...firing, ...context]), ...oldestFirst(ended)];
  const total = fresh.length + endings.length + rest.length;
  const ofFresh = isKnownGroup ? 'new_alerts' : 'first_notification';
  const ofOver = isFiring ? 'some_resolved' : 'resolved';
  const reason = fresh.length > 0 ? ofFresh : over.length > 0 ? ofOver : 'repeat';
  return { alerts, leftOut: total - alerts.length, ended: new Set(listed), isFiring, reason };
}

function believed(series: readonly Series[]): Alert[] {
  return series.flatMap(({ told }) => told?.alert ?? []);
}

function oldestFirst(alerts: readonly Alert[]): Alert[] {
  return alerts.toSorted(
    (left, right) => compareText(left.startsAt, right.startsAt) || compareText(left.id, right.id),
  );
}

/** What a digest has to say. */
interface DigestNews {
  readonly fresh: readonly Series[];
  /** Told in an earlier digest, and firing still. */
  readonly known: readonly Series[];
  /** Told in an earlier digest, or come and gone since. */
  readonly ended: readonly Alert[];
  /** That did not fit into the digest's memory, and pages beyond their budget: all, and of those. */
  readonly leftOut: number;
  readonly demoted: number;
}

/** Always of the lowest severity: a digest wakes nobody, not even with pages in it. */
export function digestOf(pipeline: string, news: DigestNews, nowMs: number): Notification {
  const { fresh, known, ended, leftOut, demoted } = news;
  const firing = [...fresh, ...known].map(({ alert }) => alert);
  const byUrgency = [...firing.slice(0, fresh.length), ...ended, ...firing.slice(fresh.length)];
  const shown = new Set(byUrgency.slice(0, NOTIFICATION_ALERTS_MAX));
  const inOrder = (alerts: readonly Alert[]) => oldestFirst(alerts.filter((alert) => shown.has(alert)));
  const notification = notificationOf({
    pipeline,
    key: 'digest',
    group: {},
    reason: 'digest',
    isFiring: firing.length > 0,
    nowMs,
    alerts: [...inOrder(firing), ...inOrder(ended)],
    leftOut: byUrgency.length - shown.size + leftOut,
  });
  return { ...notification, severity: 'notify', ...(demoted > 0 && { demoted }) };
}

interface Draft {
  readonly pipeline: string;
  readonly key: string;
  readonly group: Labels;
  readonly reason: NotifyReason;
  readonly isFiring: boolean;
  readonly nowMs: number;
  readonly alerts: readonly Alert[];
  readonly leftOut: number;
}

export function notificationOf(draft: Draft): Notification {
  const { pipeline, key, group, reason, isFiring, nowMs, alerts, leftOut } = draft;
  const severity = SEVERITIES.find((one) => alerts.some((alert) => alert.severity === one)) ?? 'notify';
  return {
    id: `${pipeline}/${key}/${nowMs}`,
    pipeline,
    status: isFiring ? 'firing' : 'resolved',
    reason,
    group,
    severity,
    at: new Date(nowMs).toISOString(),
    alerts,
    leftOut,
  };
}

/** `rule=surge,channel=web`, or `-` for no labels; printable ASCII without full stops, and not long. */
export function keyOf(labels: Labels): string {
  const key = Object.entries(labels)
    .map(([label, value]) => `${label}=${encodeURIComponent(value.toWellFormed()).replaceAll('.', '%2E')}`)
    .join(',');
  if (key === '') return '-';
  if (key.length <= KEY_CHARS_MAX) return key;
  return `${key.slice(0, KEY_CHARS_MAX)}~${digest(new TextEncoder().encode(key))}`;
}
