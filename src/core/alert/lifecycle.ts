/** The life of one alert: inactive, pending, firing, resolved. A pure decision that answers why. All times are event time. */
import type { AlertReason, AlertState } from './alert.ts';

export type Lifecycle =
  | { readonly phase: 'inactive' }
  | { readonly phase: 'pending'; readonly startMs: number }
  | {
      readonly phase: 'firing';
      readonly startMs: number;
      readonly firedMs: number;
      /** Since when the condition has ended, while `keepFiringFor` holds the alert. */
      readonly endedMs?: number;
    };

export interface LifecycleRule {
  readonly forMs: number;
  readonly keepFiringForMs: number;
}

export interface Finding {
  readonly conditionHolds: boolean;
  /** What `resolveWhen` says; undefined for a rule without one. */
  readonly resolveHolds: boolean | undefined;
  readonly nowMs: number;
}

export interface Decision {
  readonly lifecycle: Lifecycle;
  readonly reason: AlertReason;
  /** The state that the alert enters; absent when it stays in its own. */
  readonly enters?: AlertState;
}

export const INACTIVE: Lifecycle = { phase: 'inactive' };
const CONDITION_NOT_MET: Decision = { lifecycle: INACTIVE, reason: 'condition_not_met' };

export function decide(lifecycle: Lifecycle, finding: Finding, rule: LifecycleRule): Decision {
  switch (lifecycle.phase) {
    case 'inactive':
      return fromInactive(finding, rule);
    case 'pending':
      return fromPending(lifecycle, finding, rule);
    case 'firing':
      return fromFiring(lifecycle, finding, rule);
  }
}

/** When the decision can change though the finding does not; infinite when it cannot. */
export function dueMs(lifecycle: Lifecycle, { forMs, keepFiringForMs }: LifecycleRule): number {
  if (lifecycle.phase === 'pending') return lifecycle.startMs + forMs;
  if (lifecycle.phase === 'firing' && lifecycle.endedMs !== undefined)
    return lifecycle.endedMs + keepFiringForMs;
  return Number.POSITIVE_INFINITY;
}

function fromInactive({ conditionHolds, nowMs }: Finding, { forMs }: LifecycleRule): Decision {
  if (!conditionHolds) return CONDITION_NOT_MET;
  if (forMs === 0) {
    const lifecycle = { phase: 'firing', startMs: nowMs, firedMs: nowMs } as const;
    return { lifecycle, reason: 'condition_met', enters: 'firing' };
  }
  return { lifecycle: { phase: 'pending', startMs: nowMs }, reason: 'condition_met', enters: 'pending' };
}

function fromPending(
  pending: Lifecycle & { phase: 'pending' },
  { conditionHolds, nowMs }: Finding,
  { forMs }: LifecycleRule,
): Decision {
  if (!conditionHolds)
    return { lifecycle: INACTIVE, reason: 'condition_ended_while_pending', enters: 'inactive' };
  if (nowMs - pending.startMs < forMs) return { lifecycle: pending, reason: 'waiting_for' };
  const lifecycle = { phase: 'firing', startMs: pending.startMs, firedMs: nowMs } as const;
  return { lifecycle, reason: 'held_for', enters: 'firing' };
}

/** With `resolveWhen`, the alert ends when that holds and the condition does not; without, when the condition does not. */
function fromFiring(
  { startMs, firedMs, endedMs = Number.NaN }: Lifecycle & { phase: 'firing' },
  { conditionHolds, resolveHolds = true, nowMs }: Finding,
  { keepFiringForMs }: LifecycleRule,
): Decision {
  const firing = { phase: 'firing', startMs, firedMs } as const;
  if (conditionHolds) return { lifecycle: firing, reason: 'still_firing' };
  if (!resolveHolds) return { lifecycle: firing, reason: 'held_by_resolve_when' };
  const sinceMs = Number.isNaN(endedMs) ? nowMs : endedMs;
  if (nowMs - sinceMs >= keepFiringForMs)
    return { lifecycle: INACTIVE, reason: 'condition_ended', enters: 'resolved' };
  return { lifecycle: { ...firing, endedMs: sinceMs }, reason: 'held_by_keep_firing' };
}
