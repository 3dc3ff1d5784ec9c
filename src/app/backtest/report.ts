/** What a backtest found, rule by rule. Plain JSON; times of day are in the time zone it was asked for. */
import type { RuleConfig } from '../../core/alert/rule.config.ts';
import { holdAgainst, medianOf, type IncidentFigures } from './against-incidents.ts';
import type { Incident } from './incident-file.ts';
import type { RuleLog, RunLog } from './run-log.ts';
import type { RunCounts } from './rule-run.ts';
import { shiftCounter, type ShiftPages } from './shifts.ts';
import { sharedMs, totalMs, union, type Span } from './spans.ts';

const DAY_MS = 86_400_000;
/** What happened within an hour says little of a day: no rates. */
const RATES_FROM_DAYS = 1 / 3;

/** Alerts that a report lists for each rule. */
const LIST_MAX = 1_000;

export interface AlertSpan {
  readonly id: string;
  readonly group: Readonly<Record<string, string>>;
  /** As it fired. */
  readonly summary: string;
  readonly from: string;
  /** Null when it fires at the end. */
  readonly to: string | null;
}

export interface RuleReport {
  readonly rule: string;
  readonly kind: 'threshold' | 'anomaly' | 'trend';
  readonly severity: RuleConfig['severity'];
  readonly mode: RuleConfig['mode'];
  /** That fired within the span; those that were firing as it began are counted apart. */
  readonly alerts: number;
  readonly firingAtStart: number;
  readonly firingAtEnd: number;
  /** Pending ones that ended without firing. */
  readonly pendingOnly: number;
  /** Time in which at least one alert of the rule fired, and its share of the span, 0 to 1. */
  readonly firing: { readonly ms: number; readonly share: number };
  /** Of single alerts, as far as they lie in the span; absent without one. */
  readonly duration?: { readonly medianMs: number; readonly longestMs: number };
  /** Notifications that would wake somebody. */
  readonly pages: {
    readonly total: number;
    readonly perDay?: number;
    readonly shifts: readonly ShiftPages[];
  };
  /** Notifications that tell of the rule, by why they are sent. */
  readonly sent: Readonly<Record<string, number>>;
  /** Alerts of which nobody was told, or not at once, by the reason. */
  readonly held: Readonly<Record<string, number>>;
  /** Share of the rule's firing time in which the other rule fired too, 0 to 1. */
  readonly overlap: Readonly<Record<string, number>>;
  readonly incidents?: IncidentFigures & { readonly falseAlertsPerDay?: number };
  /** The first ones, by when they fired; times within the span. */
  readonly list: readonly AlertSpan[];
  /** How often its condition could not be evaluated anew, and why the first time. */
  readonly failures?: { readonly count: number; readonly first: string };
}

export interface BacktestReport {
  readonly pipeline: string;
  readonly file: string;
  readonly source: string;
  /** Event time, ISO 8601; null without a message. */
  readonly from: string | null;
  readonly to: string | null;
  readonly days: number;
  readonly timeZone: string;
  readonly messages: RunCounts & {
    readonly late: number;
    readonly notScored: number;
    readonly otherPipeline: number;
  };
  readonly seconds: number;
  readonly messagesPerSecond: number;
  /** Of limits that were reached: what was left out. */
  readonly limits: Readonly<Record<string, number>>;
  /** Known incidents that lie outside the span, and are not held against anything. */
  readonly incidentsOutside?: number;
  readonly rules: readonly RuleReport[];
}

export interface RuleReportOptions {
  readonly timeZone: string;
  readonly incidents?: readonly Incident[];
  readonly marginMs: number;
}

export function ruleReports(log: RunLog, { timeZone, incidents, marginMs }: RuleReportOptions): RuleReport[] {
  const { span } = log;
  const firing = new Map(log.rules.map(({ rule, firings }) => [rule.name, union(firings)]));
  const byShift = shiftCounter(span, timeZone);
  const within = incidents && incidentsWithin(incidents, span);
  return log.rules.map((rule) => ruleReport(rule, { span, firing, byShift, incidents: within, marginMs }));
}

export function incidentsWithin(incidents: readonly Incident[], { startMs, endMs }: Span): Incident[] {
  return incidents.filter((one) => one.endMs >= startMs && one.startMs <= endMs);
}

interface Context {
  readonly span: Span;
  /** Of every rule, as a union. */
  readonly firing: ReadonlyMap<string, readonly Span[]>;
  readonly byShift: ReturnType<typeof shiftCounter>;
  readonly incidents: readonly Incident[] | undefined;
  readonly marginMs: number;
}

function ruleReport(log: RuleLog, { span, firing, byShift, incidents, marginMs }: Context): RuleReport {
  const { rule, firings, pagesAtMs } = log;
  const days = daysOf(span);
  const hasRates = days >= RATES_FROM_DAYS;
  const own = firing.get(rule.name) ?? [];
  const ms = totalMs(own);
  const durations = firings.map(({ startMs, endMs }) => endMs - startMs).sort((a, b) => a - b);
  const [medianMs, longestMs] = [medianOf(durations), durations.at(-1)];
  const others = [...firing].filter(([name]) => name !== rule.name);
  const figures = incidents && holdAgainst(firings, incidents, marginMs);
  return {
    rule: rule.name,
    kind: rule.anomaly ? 'anomaly' : rule.trend ? 'trend' : 'threshold',
    severity: rule.severity,
    mode: rule.mode,
    alerts: firings.filter(({ wasFiringAtStart }) => !wasFiringAtStart).length,
    firingAtStart: firings.filter(({ wasFiringAtStart }) => wasFiringAtStart).length,
    firingAtEnd: firings.filter(({ isFiringAtEnd }) => isFiringAtEnd).length,
    pendingOnly: log.pendingOnly,
    firing: { ms, share: share(ms, span.endMs - span.startMs) },
    ...(medianMs !== undefined && longestMs !== undefined && { duration: { medianMs, longestMs } }),
    pages: {
      total: pagesAtMs.length,
      ...(hasRates && { perDay: pagesAtMs.length / days }),
      shifts: byShift(pagesAtMs),
    },
    sent: Object.fromEntries(log.sent),
    held: Object.fromEntries([...log.held].map(([reason, alerts]) => [reason, alerts.size])),
    overlap: Object.fromEntries(others.map(([name, spans]) => [name, share(sharedMs(own, spans), ms)])),
    ...(figures && {
      incidents: { ...figures, ...(hasRates && { falseAlertsPerDay: figures.falseAlerts / days }) },
    }),
    list: listOf(firings),
    ...(log.failure !== undefined && { failures: { count: log.failures, first: log.failure } }),
  };
}

function listOf(firings: RuleLog['firings']): AlertSpan[] {
  const iso = (timeMs: number) => new Date(timeMs).toISOString();
  return [...firings]
    .sort((left, right) => left.startMs - right.startMs)
    .slice(0, LIST_MAX)
    .map(({ id, group, summary, startMs, endMs, isFiringAtEnd }) => ({
      ...{ id, group, summary, from: iso(startMs), to: isFiringAtEnd ? null : iso(endMs) },
    }));
}

export function daysOf({ startMs, endMs }: Span): number {
  return (endMs - startMs) / DAY_MS;
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
