/** What goes into the notification policy, what comes out, and what it keeps between lives (plain JSON). */
import type { Alert, Severity } from '../alert/alert.ts';
import type { MuteReason, Notification, NotifyReason } from './notification.ts';
import type { PageBudget } from './page-budget.config.ts';
import type { StalenessState } from './staleness.ts';
import type { SilenceProblem, SilenceState } from './silences.ts';

export interface PolicyRule {
  readonly name: string;
  readonly severity: Severity;
  readonly mode: 'live' | 'shadow';
  /** Of the rule itself; otherwise that of the `notify` block. */
  readonly pageBudget?: PageBudget | undefined;
}

export type PolicyReason = MuteReason | NotifyReason;

/** Why people are told of an alert, or are not: once for each change of the reason, and for each reminder. */
export interface Decision {
  readonly kind: 'decision';
  /** Its id. */
  readonly alert: string;
  readonly rule: string;
  readonly reason: PolicyReason;
  /** Event time, epoch milliseconds. */
  readonly atMs: number;
  /** What holds it back, at most five: ids of silences or of inhibiting alerts, or who acknowledged it. */
  readonly by?: readonly string[];
}

export type PolicyOutput =
  | { readonly kind: 'notification'; readonly notification: Notification }
  | Decision
  | { readonly kind: 'limit'; readonly limit: string; readonly count: number };

export type CommandOutcome =
  | { readonly outcome: 'applied' }
  | { readonly outcome: 'refused'; readonly reason: CommandRefusal; readonly detail: string };

export type CommandRefusal =
  SilenceProblem['reason'] | 'other_pipeline' | 'unknown_alert' | 'already_resolved' | 'not_acknowledged';

export interface Acknowledgement {
  readonly by: string;
  /** Epoch milliseconds, of the command. */
  readonly atMs: number;
  readonly comment?: string;
}

export interface AlertStatus {
  readonly suppressed: boolean;
  /** Why nobody is told; empty when nothing holds it back. */
  readonly reasons: readonly MuteReason[];
  readonly silencedBy: readonly string[];
  /** Ids of alerts, at most five of each inhibition. */
  readonly inhibitedBy: readonly string[];
  readonly acknowledgedBy?: Acknowledgement;
  /** The last decision. */
  readonly decision?: PolicyReason;
}

/** What people believe to fire. */
export interface Told {
  readonly alert: Alert;
  readonly via: 'group' | 'digest';
  readonly reason: NotifyReason;
  /** Event time of the last notification that held it. */
  readonly atMs: number;
  /** The same alert as it resolved; that is still to be told. */
  readonly ended?: Alert;
}

/** One rule for one group of its own: of its alerts at most one is active. */
export interface Series {
  readonly key: string;
  /** The newest one, firing or resolved. */
  alert: Alert;
  /** Event time since which it is in this state. */
  sinceMs: number;
  told?: Told | undefined;
  /** Of flap damping. */
  level: number;
  /** People were told of the end of its last alert. */
  isEndTold: boolean;
  reason?: PolicyReason | undefined;
  /** What holds it back. */
  held: readonly MuteReason[];
  acknowledged?: Acknowledgement | undefined;
  via: Told['via'];
  /** A page beyond the budget of its rule. */
  isDemoted: boolean;
  /** People were told of it before a silence or mute time that is over: they are reminded. */
  isToRemind: boolean;
}

/** Alerts that are told together. */
export interface AlertGroup {
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Since when there is news that nobody was told, or was. */
  newsMs?: number | undefined;
  /** The last notification. */
  lastMs?: number | undefined;
}

export interface DigestState {
  /** When the next one is due, if there is anything for it. */
  readonly dueMs?: number;
  readonly finished: readonly DigestItem[];
  readonly leftOut: number;
  readonly demotedLeftOut: number;
}

/** An alert that came and went since the last digest. */
export interface DigestItem {
  readonly series: string;
  readonly alert: Alert;
  readonly isDemoted: boolean;
}

export interface PolicyState {
  /** Of the configuration that it was made under. */
  readonly definition: string;
  readonly nowMs: number;
  readonly staleness?: StalenessState;
  /** Last decisions of alerts that are over, by id. */
  readonly ended?: readonly (readonly [id: string, reason: PolicyReason])[];
  /** When silences and mute times were last looked at. */
  readonly checkedMs: number;
  readonly series: readonly Series[];
  readonly groups: readonly AlertGroup[];
  readonly silences: readonly SilenceState[];
  readonly commands: readonly (readonly [id: string, outcome: CommandOutcome])[];
  /** Event times of the pages of each rule that still count. */
  readonly pages: readonly (readonly [rule: string, atMs: readonly number[]])[];
  readonly digest: DigestState;
  /** Told as resolved within the last five minutes. */
  readonly resolved: readonly { readonly alert: Alert; readonly atMs: number }[];
  /** Decided, not handed over yet. */
  readonly outputs: readonly PolicyOutput[];
}
