/** Alerts of a rule held against incidents that are known. */
import type { Incident } from './incident-file.ts';
import type { Span } from './spans.ts';

/** `already_firing`: an alert has been firing since long before, and goes on: nobody is told anew. */
export type IncidentOutcome = 'caught' | 'already_firing' | 'missed';

export interface IncidentResult {
  readonly name: string;
  readonly start: string;
  readonly outcome: IncidentOutcome;
  /** Of a caught one: from the first alert to its start; below 0 the alert came that long after. */
  readonly leadMs?: number;
}

export interface IncidentFigures {
  readonly caught: number;
  readonly alreadyFiring: number;
  readonly missed: number;
  /** caught / all; absent when there are none. */
  readonly recall?: number;
  readonly leadMs?: { readonly median: number; readonly least: number; readonly most: number };
  /** Alerts that belong to no incident. */
  readonly falseAlerts: number;
  /** Alerts that belong to one / all alerts; absent when there are none. */
  readonly precision?: number;
  readonly incidents: readonly IncidentResult[];
}

/** An incident is caught by an alert that fires from `marginMs` before its start until its end. An alert is false when it
 *  neither catches an incident nor fires during one. */
export function holdAgainst(
  alerts: readonly Span[],
  incidents: readonly Incident[],
  marginMs: number,
): IncidentFigures {
  const results = incidents.map((incident) => resultOf(alerts, incident, marginMs));
  const count = (outcome: IncidentOutcome) => results.filter((result) => result.outcome === outcome).length;
  const belongs = (alert: Span) =>
    incidents.some(({ startMs, endMs }) => alert.startMs <= endMs && alert.endMs >= startMs - marginMs);
  const trueAlerts = alerts.filter(belongs).length;
  const leads = results.flatMap(({ leadMs }) => leadMs ?? []).sort((left, right) => left - right);
  const [least, most, median] = [leads[0], leads.at(-1), medianOf(leads)];
  return {
    caught: count('caught'),
    alreadyFiring: count('already_firing'),
    missed: count('missed'),
    ...(incidents.length > 0 && { recall: count('caught') / incidents.length }),
    ...(least !== undefined &&
      most !== undefined &&
      median !== undefined && { leadMs: { median, least, most } }),
    falseAlerts: alerts.length - trueAlerts,
    ...(alerts.length > 0 && { precision: trueAlerts / alerts.length }),
    incidents: results,
  };
}

function resultOf(alerts: readonly Span[], incident: Incident, marginMs: number): IncidentResult {
  const { name, startMs, endMs } = incident;
  const start = new Date(startMs).toISOString();
  const fired = alerts.map((alert) => alert.startMs).filter((at) => at >= startMs - marginMs && at <= endMs);
  if (fired.length > 0)
    return { name, start, outcome: 'caught', leadMs: startMs - fired.reduce((a, b) => Math.min(a, b)) };
  const isFiring = alerts.some((alert) => alert.startMs < startMs && alert.endMs > startMs);
  return { name, start, outcome: isFiring ? 'already_firing' : 'missed' };
}

/** Of numbers in order; undefined when there are none. */
export function medianOf(sorted: readonly number[]): number | undefined {
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
