/** An alert: one rule's state for one group, as it is published, served and delivered. */
import type { SEVERITIES, ObservedField } from './rule.config.ts';

export const ALERT_STATES = ['inactive', 'pending', 'firing', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];
export type Severity = (typeof SEVERITIES)[number];
export type Observed = Readonly<Record<ObservedField, number>>;

/** Why a state changed, or why it did not. */
export type AlertReason =
  | 'condition_met'
  | 'held_for'
  | 'waiting_for'
  | 'condition_ended_while_pending'
  | 'still_firing'
  | 'held_by_resolve_when'
  | 'held_by_keep_firing'
  | 'condition_ended'
  | 'rule_removed'
  | 'condition_not_met';

/** A post behind an alert. */
export interface EvidencePost {
  readonly id: string;
  readonly time: number;
  readonly text: string;
  readonly label: string;
  readonly score: number;
  readonly author?: string;
  readonly followers?: number;
  readonly url?: string;
  readonly channel: string;
}

export interface Alert {
  /** `<pipeline>/<rule>/<group>/<start>`: derived, so that a replayed alert is the same alert. */
  readonly id: string;
  readonly pipeline: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly reason: AlertReason;
  /** Empty for a rule without `groupBy`. */
  readonly group: Readonly<Record<string, string>>;
  readonly summary: string;
  /** The condition as written, and what it saw. */
  readonly when: string;
  readonly observed: Observed;
  /** Event times, ISO 8601: when the condition began to hold, when it fired, when it resolved. */
  readonly startsAt: string;
  readonly firedAt?: string;
  readonly endsAt?: string;
  /** Event time of this state. */
  readonly at: string;
  readonly evidence: {
    readonly over: string;
    readonly posts: readonly EvidencePost[];
    /** The SCORED sequences that the view read, first to last. */
    readonly sequences: readonly [number, number];
  };
}
