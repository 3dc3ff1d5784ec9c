/** What people are told: one or more alerts of a group, at one moment. Published on `earshot.notify.<pipeline>`, which is the
 *  outbox of the sinks. */
import type { Alert, Severity } from '../alert/alert.ts';

/** Alerts that one notification carries; `leftOut` counts the others. */
export const NOTIFICATION_ALERTS_MAX = 50;

/** Why people are told. */
export const NOTIFY_REASONS = [
  ...(['first_notification', 'new_alerts', 'resolved', 'some_resolved', 'repeat', 'digest'] as const),
] as const;
export type NotifyReason = (typeof NOTIFY_REASONS)[number];

/** Why they are not, or not yet. */
export const MUTE_REASONS = [
  ...(['waiting_for_group', 'waiting_for_interval', 'flapping', 'never_told', 'shadow', 'stale'] as const),
  ...(['silenced', 'inhibited', 'acknowledged', 'muted_by_time', 'kept_for_digest', 'over_budget'] as const),
] as const;
export type MuteReason = (typeof MUTE_REASONS)[number];

export function isNotifyReason(reason: string): reason is NotifyReason {
  return NOTIFY_REASONS.some((one) => one === reason);
}

export interface Notification {
  /** Derived from pipeline, group and the event time at which it was decided: a replayed one is the same one. Printable ASCII
   *  without full stops. */
  readonly id: string;
  readonly pipeline: string;
  readonly status: 'firing' | 'resolved';
  readonly reason: NotifyReason;
  /** What the alerts have in common, by the policy's `groupBy`. */
  readonly group: Readonly<Record<string, string>>;
  /** The highest of its alerts; of a digest always `notify`: it wakes nobody. */
  readonly severity: Severity;
  /** Event time, ISO 8601. */
  readonly at: string;
  /** Firing ones first, oldest first; then those resolved since the last notification of the group. Only a digest shows an
   *  alert resolved that nobody was told of. */
  readonly alerts: readonly Alert[];
  readonly leftOut: number;
  /** Pages beyond the rule's budget that this digest holds. */
  readonly demoted?: number;
}
