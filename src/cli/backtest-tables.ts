/** A backtest as tables for a terminal. */
import { basename } from 'node:path';
import type { BacktestReport, RuleReport } from '../app/backtest/report.ts';
import { SHIFTS } from '../app/backtest/shifts.ts';
import { formatDuration } from '../core/config/fields.ts';
import { printable } from './io.ts';
import { formatTable, type Column } from './table.ts';

/** Incidents that the table shows; the JSON has all. */
const INCIDENT_ROWS_MAX = 50;
/** Rules that the table of overlaps has columns for. */
const OVERLAP_COLUMNS_MAX = 12;
/** Every alert waits a moment for others. */
const USUAL: readonly string[] = ['waiting_for_group', 'waiting_for_interval'];

const left = (title: string): Column => ({ title, align: 'left' });

export function formatBacktest(reports: readonly BacktestReport[]): string {
  const rows = sideBySide(reports);
  const parts = [
    ...reports.map(heading),
    formatTable(
      [left('rule'), ...columnsOf(reports), ...RULE_COLUMNS],
      rows.map(([report, rule]) => [nameOf(rule), ...cellsOf(reports, report), ...ruleRow(rule)]),
    ),
    ...reports.map((report) => overlaps(report)),
    ...incidents(reports, rows),
    ...rows.flatMap(([, { rule, failures }]) =>
      failures
        ? [`${rule}: could not be evaluated ${failures.count} times: ${printable(failures.first)}\n`]
        : [],
    ),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

type Row = readonly [BacktestReport, RuleReport];

/** The same rule of two files in neighbouring rows. */
function sideBySide(reports: readonly BacktestReport[]): Row[] {
  const names = [...new Set(reports.flatMap(({ rules }) => rules.map(({ rule }) => rule)))];
  return names.flatMap((name) =>
    reports.flatMap((report) => {
      const found = report.rules.find(({ rule }) => rule === name);
      return found ? [[report, found] as const] : [];
    }),
  );
}

function columnsOf(reports: readonly BacktestReport[]): Column[] {
  return reports.length > 1 ? [left('file')] : [];
}

function cellsOf(reports: readonly BacktestReport[], { file }: BacktestReport): string[] {
  return reports.length > 1 ? [basename(file)] : [];
}

function heading({ file, pipeline, source, from, to, days, timeZone, ...report }: BacktestReport): string {
  const { messages, messagesPerSecond, limits } = report;
  const { reported, warmUp, dropped, dead, late, notScored, otherPipeline } = messages;
  const figures: readonly (readonly [number, string])[] = [
    [warmUp, 'before it, to warm up'],
    [dropped, 'dropped by the pipeline'],
    [dead, 'that cannot be read'],
    [notScored, 'that are no scored messages'],
    [otherPipeline, 'of other pipelines'],
    [late, 'late'],
    ...Object.entries(limits).map(([name, count]) => [count, `left out by the limit ${name}`] as const),
  ];
  const more = figures.filter(([count]) => count > 0).map(([count, what]) => `, ${count} ${what}`);
  const when =
    from === null || to === null ? '' : `${minute(from)} to ${minute(to)} UTC (${short(days * 86_400_000)})`;
  return [
    `${pipeline} (${file}) over ${source}\n`,
    when === '' ? '' : `${when}; shifts by the clock of ${timeZone}\n`,
    `${reported} messages${more.join('')}; ${Math.round(messagesPerSecond)} a second\n`,
  ].join('');
}

const RULE_COLUMNS: readonly Column[] = [
  left('severity'),
  ...['alerts', 'pages', 'a day', ...SHIFTS, 'fires for', 'share'].map((title) => ({ title })),
  ...['median', 'longest', 'sent'].map((title) => ({ title })),
  left('held back'),
];

function nameOf({ rule, mode }: RuleReport): string {
  return mode === 'shadow' ? `${rule} (shadow)` : rule;
}

function ruleRow({
  severity,
  alerts,
  firingAtStart,
  firing,
  duration,
  pages,
  sent,
  held,
}: RuleReport): string[] {
  const reasons = Object.entries(held).filter(([reason]) => !USUAL.includes(reason));
  return [
    severity,
    firingAtStart > 0 ? `${alerts}+${firingAtStart}` : String(alerts),
    String(pages.total),
    figure(pages.perDay),
    ...pages.shifts.map(({ perShift }) => figure(perShift)),
    firing.ms === 0 ? '-' : short(firing.ms),
    percent(firing.share),
    duration ? short(duration.medianMs) : '-',
    duration ? short(duration.longestMs) : '-',
    String(Object.values(sent).reduce((sum, count) => sum + count, 0)),
    reasons.map(([reason, count]) => `${reason} ${count}`).join(', ') || '-',
  ];
}

/** Only rules that fire with another. */
function overlaps({ rules, file }: BacktestReport): string {
  const meets = rules.filter(({ overlap }) => Object.values(overlap).some((share) => share > 0));
  if (meets.length === 0) return '';
  const shown = meets.slice(0, OVERLAP_COLUMNS_MAX);
  const table = formatTable(
    [left('while it fires'), ...shown.map(({ rule }) => ({ title: rule }))],
    meets.map((row) => [
      row.rule,
      ...shown.map((column) => (column.rule === row.rule ? '' : percent(row.overlap[column.rule] ?? 0))),
    ]),
  );
  return `Share of a rule's firing time in which another fires too (${basename(file)}):\n${table}`;
}

const INCIDENT_COLUMNS: readonly Column[] = ['caught', 'firing already', 'missed', 'recall', 'lead', 'least', 'most', 'false', 'a day', 'precision'].map((title) => ({ title })); // prettier-ignore

function incidents(reports: readonly BacktestReport[], rows: readonly Row[]): string[] {
  const judged = rows.filter(([, { incidents: figures }]) => figures);
  const known = judged[0]?.[1].incidents?.incidents ?? [];
  if (judged.length === 0) return [];
  const outside = reports[0]?.incidentsOutside ?? 0;
  const summary = formatTable(
    [left('rule'), ...columnsOf(reports), ...INCIDENT_COLUMNS],
    judged.map(([report, rule]) => [nameOf(rule), ...cellsOf(reports, report), ...incidentRow(rule)]),
  );
  const what = `${known.length} known incidents${outside > 0 ? `, ${outside} more outside of the span` : ''}`;
  return [`${what}:\n${summary}`, ...reports.map(eachIncident)];
}

/** When each rule came, seen from the start of each incident. */
function eachIncident({ rules, file }: BacktestReport): string {
  const known = rules[0]?.incidents?.incidents ?? [];
  if (known.length === 0) return '';
  const table = formatTable(
    [left('incident'), left('began, UTC'), ...rules.map(({ rule }) => ({ title: rule }))],
    known
      .slice(0, INCIDENT_ROWS_MAX)
      .map(({ name, start }, at) => [
        name,
        minute(start),
        ...rules.map(({ incidents: figures }) => outcome(figures?.incidents[at])),
      ]),
  );
  const more = known.length - INCIDENT_ROWS_MAX;
  const rest = more > 0 ? `${more} more incidents; --json has all\n` : '';
  return `When the first alert came (${basename(file)}):\n${table}${rest}`;
}

function incidentRow({ incidents: figures }: RuleReport): string[] {
  if (!figures) return [];
  const { caught, alreadyFiring, missed, recall, leadMs, falseAlerts, falseAlertsPerDay, precision } =
    figures;
  return [
    ...[caught, alreadyFiring, missed].map(String),
    recall === undefined ? '-' : percent(recall),
    ...(leadMs ? [leadMs.median, leadMs.least, leadMs.most].map(lead) : ['-', '-', '-']),
    String(falseAlerts),
    figure(falseAlertsPerDay),
    precision === undefined ? '-' : percent(precision),
  ];
}

type Outcome = NonNullable<RuleReport['incidents']>['incidents'][number];

function outcome(result: Outcome | undefined): string {
  if (result?.leadMs !== undefined) return lead(result.leadMs);
  return result?.outcome === 'already_firing' ? 'firing' : 'missed';
}

/** `4m before`, `3m after`: the alert, seen from the start of the incident. */
function lead(ms: number): string {
  return ms === 0 ? 'at once' : `${short(Math.abs(ms))} ${ms > 0 ? 'before' : 'after'}`;
}

function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

/** Two units at most. */
function short(ms: number): string {
  const unitMs = ms < 10_000 ? 100 : ms < 3_600_000 ? 1_000 : ms < 86_400_000 ? 60_000 : 3_600_000;
  return formatDuration(Math.round(ms / unitMs) * unitMs);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function figure(value: number | undefined): string {
  if (value === undefined) return '-';
  return value === 0 ? '0' : value.toFixed(value < 0.1 ? 2 : 1);
}
