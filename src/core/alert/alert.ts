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
  | 'condition_not_met'
  | 'cooling_down'
  | 'no_data'
  | 'held_by_no_data'
  | 'retracted';

/** What an alert holds its observation against. */
export interface AlertExpectation {
  /** Which number: an observed field, or `score` of a trend. */
  readonly signal: string;
  /** The span that was held against what is expected of it, as people write it. */
  readonly over?: string;
  readonly observed: number;
  readonly expected: number;
  /** What it usually stays between. */
  readonly low: number;
  readonly high: number;
  /** 0 to 1, comparable across rules: 1 / (1 + alarms a week that a threshold here would raise). */
  readonly score: number;
  /** For people: what it was learnt from. */
  readonly baseline: string;
}

/** A term whose share of the posts rose. */
export interface RisingTerm {
  readonly text: string;
  readonly kind: string;
  /** Of the posts of the span, and of those before: 0 to 1. */
  readonly share: number;
  readonly shareBefore: number;
}

/** Who wrote the posts. */
export interface AuthorConcentration {
  readonly distinct: number;
  /** Posts of the busiest author / all posts with an author, 0 to 1. */
  readonly topShare: number;
  /** Entropy of posts by author / its maximum, 0 (one author) to 1 (all alike). */
  readonly evenness: number;
}

/** Near duplicates, as one line. */
export interface EvidenceCluster {
  readonly id: string;
  readonly text: string;
  readonly count: number;
  readonly authors: number;
  readonly verdict: 'organic' | 'coordinated';
}

/** A piece of a text and what it added to its score. */
export interface EvidenceWord {
  readonly text: string;
  readonly weight: number;
}

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
  /** As the platform declared it. */
  readonly lang?: string;
  /** Likes, reposts, replies and quotes together. */
  readonly engagement?: number;
  /** Why it is shown; `strongest` when absent. */
  readonly shownAs?: 'strongest' | 'most_engaged' | 'most_typical';
  /** The words that made its sentiment, strongest first. */
  readonly because?: readonly EvidenceWord[];
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
    readonly expectation?: AlertExpectation;
    readonly terms?: readonly RisingTerm[];
    readonly authors?: AuthorConcentration;
    readonly clusters?: readonly EvidenceCluster[];
  };
  /** Of a rule in `mode: shadow`: recorded, nobody is told. */
  readonly mode?: 'shadow';
  /** Where it is served while it is pending or fires: why it still does. Not published. */
  readonly stays?: AlertReason;
}
