/** The life of one alert: inactive, pending, firing, resolved. A pure decision that answers why. All times are event time. */
import type { AlertReason, AlertState } from './alert.ts';

export type Lifecycle =
  /** With `coolingUntilMs` it has to be remembered: until then a new alert of this rule and group only waits. */
  | { readonly phase: 'inactive'; readonly coolingUntilMs?: number }
  | {
      readonly phase: 'pending';
      readonly startMs: number;
      readonly coolingUntilMs?: number;
      /** Since when `onNoData: keep` holds it. */
      readonly frozenMs?: number;
      /** How long `onNoData: keep` has held it before: that time does not count as waiting. */
      readonly lostMs?: number;
    }
  | {
      readonly phase: 'firing';
      readonly startMs: number;
      readonly firedMs: number;
      /** Since when the condition has ended, while `keepFiringFor` holds the alert; later by the time without data. */
      readonly endedMs?: number;
      readonly frozenMs?: number;
    };

type Inactive = Lifecycle & { phase: 'inactive' };
type Pending = Lifecycle & { phase: 'pending' };
type Firing = Lifecycle & { phase: 'firing' };

export interface LifecycleRule {
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** After an alert resolved, a new one fires only when this is over. */
  readonly cooldownMs?: number;
  /** What a span without data means: the condition does not hold; all stays as it is; it holds. Absent: the condition is
   *  judged on the zeros. */
  readonly onNoData?: 'ok' | 'keep' | 'alert';
}

export interface Finding {
  readonly conditionHolds: boolean;
  /** What `resolveWhen` says; undefined for a rule without one. */
  readonly resolveHolds: boolean | undefined;
  /** Whether there was anything to judge; true when absent. */
  readonly hasData?: boolean;
  /** The posts that raised the alert were taken back (deleted, edited, counted wrongly): without them the condition does
   *  not hold, and the alert ends at once. */
  readonly retracted?: boolean;
  readonly nowMs: number;
}

export interface Decision {
  readonly lifecycle: Lifecycle;
  readonly reason: AlertReason;
  /** The state that the alert enters; absent when it stays in its own. */
  readonly enters?: AlertState;
}

export const INACTIVE: Lifecycle = { phase: 'inactive' };

export function decide(lifecycle: Lifecycle, finding: Finding, rule: LifecycleRule): Decision {
  const isBlind = finding.hasData === false && rule.onNoData !== undefined;
  if (isBlind && rule.onNoData === 'keep') return freeze(lifecycle, finding.nowMs);
  const judged = isBlind ? withoutData(finding, rule.onNoData === 'alert') : finding;
  const decision = decideOnData(thaw(lifecycle, finding.nowMs), judged, rule);
  return isBlind && REASONS_OF_THE_CONDITION.includes(decision.reason)
    ? { ...decision, reason: 'no_data' }
    : decision;
}

/** When the decision can change though the finding does not; infinite when it cannot. */
export function dueMs(lifecycle: Lifecycle, rule: LifecycleRule): number {
  const never = Number.POSITIVE_INFINITY;
  switch (lifecycle.phase) {
    case 'inactive':
      return lifecycle.coolingUntilMs ?? never;
    case 'pending':
      return lifecycle.frozenMs === undefined ? firesMs(lifecycle, rule) : never;
    case 'firing': {
      const { endedMs, frozenMs } = lifecycle;
      return endedMs === undefined || frozenMs !== undefined ? never : endedMs + rule.keepFiringForMs;
    }
  }
}

/** What the absence of data stands in for, and so is told as such. */
const REASONS_OF_THE_CONDITION: readonly AlertReason[] = [
  'condition_met',
  'condition_not_met',
  'condition_ended',
  'condition_ended_while_pending',
  'still_firing',
];

function withoutData(finding: Finding, holds: boolean): Finding {
  return { ...finding, conditionHolds: holds, resolveHolds: holds ? finding.resolveHolds : true };
}

function freeze(lifecycle: Lifecycle, nowMs: number): Decision {
  if (lifecycle.phase === 'inactive')
    return { lifecycle: cooled(lifecycle, nowMs), reason: 'held_by_no_data' };
  return { lifecycle: { ...lifecycle, frozenMs: lifecycle.frozenMs ?? nowMs }, reason: 'held_by_no_data' };
}

/** The time without data counts neither as waiting nor as having ended. */
function thaw(lifecycle: Lifecycle, nowMs: number): Lifecycle {
  if (lifecycle.phase === 'inactive' || lifecycle.frozenMs === undefined) return lifecycle;
  const { frozenMs, ...rest } = lifecycle;
  const awayMs = nowMs - frozenMs;
  if (rest.phase === 'pending') return { ...rest, lostMs: (rest.lostMs ?? 0) + awayMs };
  return rest.endedMs === undefined ? rest : { ...rest, endedMs: rest.endedMs + awayMs };
}

function decideOnData(lifecycle: Lifecycle, finding: Finding, rule: LifecycleRule): Decision {
  switch (lifecycle.phase) {
    case 'inactive':
      return fromInactive(cooled(lifecycle, finding.nowMs), finding, rule);
    case 'pending':
      return fromPending(lifecycle, finding, rule);
    case 'firing':
      return fromFiring(lifecycle, finding, rule);
  }
}

function fromInactive(
  inactive: Inactive,
  { conditionHolds, nowMs }: Finding,
  { forMs }: LifecycleRule,
): Decision {
  const { coolingUntilMs } = inactive;
  if (!conditionHolds) return { lifecycle: inactive, reason: 'condition_not_met' };
  if (forMs === 0 && coolingUntilMs === undefined) {
    const lifecycle = { phase: 'firing', startMs: nowMs, firedMs: nowMs } as const;
    return { lifecycle, reason: 'condition_met', enters: 'firing' };
  }
  const cooling = coolingUntilMs === undefined ? {} : { coolingUntilMs };
  return {
    lifecycle: { phase: 'pending', startMs: nowMs, ...cooling },
    reason: forMs === 0 ? 'cooling_down' : 'condition_met',
    enters: 'pending',
  };
}

/** A condition that holds through the cooldown fires when that is over, or later when it has not held `for` yet. */
function fromPending(pending: Pending, finding: Finding, rule: LifecycleRule): Decision {
  const { startMs, coolingUntilMs, lostMs = 0 } = pending;
  const { conditionHolds, retracted, nowMs } = finding;
  if (!conditionHolds) {
    const cooling = coolingUntilMs === undefined ? {} : { coolingUntilMs };
    const lifecycle = cooled({ phase: 'inactive', ...cooling }, nowMs);
    const reason = retracted ? 'retracted' : 'condition_ended_while_pending';
    return { lifecycle, reason, enters: 'inactive' };
  }
  if (nowMs < startMs + lostMs + rule.forMs) return { lifecycle: pending, reason: 'waiting_for' };
  if (nowMs < firesMs(pending, rule)) return { lifecycle: pending, reason: 'cooling_down' };
  return { lifecycle: { phase: 'firing', startMs, firedMs: nowMs }, reason: 'held_for', enters: 'firing' };
}

/** With `resolveWhen`, the alert ends when that holds and the condition does not; without, when the condition does not. One
 *  whose posts were taken back ends at once, and without a cooldown: it has not been a true one. */
function fromFiring(
  { startMs, firedMs, endedMs = Number.NaN }: Firing,
  { conditionHolds, resolveHolds = true, retracted, nowMs }: Finding,
  { keepFiringForMs, cooldownMs = 0 }: LifecycleRule,
): Decision {
  const firing = { phase: 'firing', startMs, firedMs } as const;
  if (conditionHolds) return { lifecycle: firing, reason: 'still_firing' };
  if (retracted) return { lifecycle: INACTIVE, reason: 'retracted', enters: 'resolved' };
  if (!resolveHolds) return { lifecycle: firing, reason: 'held_by_resolve_when' };
  const sinceMs = Number.isNaN(endedMs) ? nowMs : endedMs;
  if (nowMs - sinceMs < keepFiringForMs)
    return { lifecycle: { ...firing, endedMs: sinceMs }, reason: 'held_by_keep_firing' };
  const lifecycle: Lifecycle =
    cooldownMs > 0 ? { phase: 'inactive', coolingUntilMs: nowMs + cooldownMs } : INACTIVE;
  return { lifecycle, reason: 'condition_ended', enters: 'resolved' };
}

function firesMs(
  { startMs, lostMs = 0, coolingUntilMs = startMs }: Pending,
  { forMs }: LifecycleRule,
): number {
  return Math.max(startMs + lostMs + forMs, coolingUntilMs);
}

function cooled(inactive: Inactive, nowMs: number): Inactive {
  const { coolingUntilMs } = inactive;
  return coolingUntilMs !== undefined && nowMs < coolingUntilMs ? inactive : { phase: 'inactive' };
}
