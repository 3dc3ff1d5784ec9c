/** Draws a backtest as SVG: volume and the share of negative posts over time, and below a lane for the known incidents and
 *  for each rule, with its alerts. */
import { basename } from 'node:path';
import { formatDuration } from '../../core/config/fields.ts';
import { escapeXml, fixed, INK, label, line, point, roundTicks, svgHead, timeTicks } from '../svg.ts';
import type { Backtest } from './backtest.ts';
import type { Incident } from './incident-file.ts';
import { incidentsWithin } from './report.ts';
import { union, type Span } from './spans.ts';
import type { VolumeColumn, VolumeColumns } from './volume-columns.ts';

const WIDTH = 1_400;
const LEFT = 190;
const RIGHT = 20;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const VOLUME = { top: 64, height: 240 };
const SHARE = { top: 334, height: 140 };
const LANES_TOP = 504;
const LANE_HEIGHT = 22;
/** Rules beyond these are told in a line. */
const LANES_MAX = 40;
/** A peak this many times above what is usual would flatten everything else: the axis becomes logarithmic. */
const LOGARITHMIC_FROM = 10;
/** A short alert is still seen. */
const MARK_WIDTH_MIN = 2.5;
const NAME_CHARS_MAX = 26;
/** Half the width of a date: the last one stays inside. */
const TIME_LABEL_HALF = 40;
const COLOUR = {
  ...INK,
  incident: '#f5e6c4',
  incidentMark: '#c98a06',
  negative: '#b4471f',
  page: '#d3222a',
  ticket: '#e07b39',
  notify: '#3b78c2',
};

interface Lane {
  readonly name: string;
  readonly colour: string;
  readonly isShadow: boolean;
  /** Of the rule file that the series is drawn for. */
  readonly isFirst: boolean;
  readonly spans: readonly Span[];
}

type X = (timeMs: number) => number;

/** The series is that of the first; of several each has its lanes. */
export function drawBacktest(results: readonly Backtest[], known: readonly Incident[] = []): string {
  const [first] = results;
  if (!first) return '';
  const { report, log } = first;
  const { startMs, endMs } = log.span;
  const x: X = (timeMs) =>
    LEFT + Math.min(1, Math.max(0, (timeMs - startMs) / Math.max(1, endMs - startMs))) * PLOT_WIDTH;
  const incidents = incidentsWithin(known, log.span);
  const rules = ruleLanes(results);
  const dotted = rules.filter(({ isShadow, isFirst }) => isFirst && !isShadow);
  const lanes = [...(incidents.length > 0 ? [incidentLane(incidents)] : []), ...rules];
  const shown = lanes.slice(0, LANES_MAX);
  const lanesEnd = LANES_TOP + shown.length * LANE_HEIGHT;
  const height = lanesEnd + (lanes.length > shown.length ? 60 : 40);
  const title = `${report.pipeline}: ${report.rules.length} rules, ${report.messages.reported} messages`;
  return `${[
    svgHead(WIDTH, height),
    label(LEFT, 31, escapeXml(title), ' font-size="16" font-weight="600"'),
    ...legend(incidents.length > 0),
    ...union(incidents).map((span) => box(x, span, VOLUME.top, lanesEnd - VOLUME.top, COLOUR.incident)),
    ...times(x, { startMs, endMs }, lanesEnd),
    ...volumePanel(log.columns, dotted, x),
    ...sharePanel(log.columns, x),
    ...shown.flatMap((lane, at) => drawLane(lane, LANES_TOP + at * LANE_HEIGHT, x)),
    ...(lanes.length > shown.length
      ? [label(LEFT, height - 12, `${lanes.length - shown.length} more rules`)]
      : []),
    '</svg>',
  ].join('\n')}\n`;
}

function incidentLane(incidents: readonly Incident[]): Lane {
  return {
    name: 'known incidents',
    colour: COLOUR.incidentMark,
    isShadow: false,
    isFirst: true,
    spans: incidents,
  };
}

/** The same rule of two files in neighbouring lanes. Alerts of several groups at one time are one mark. */
function ruleLanes(results: readonly Backtest[]): Lane[] {
  const names = [...new Set(results.flatMap(({ log }) => log.rules.map(({ rule }) => rule.name)))];
  return names.flatMap((name) =>
    results.flatMap(({ log, report }): Lane[] => {
      const found = log.rules.find(({ rule }) => rule.name === name);
      if (!found) return [];
      const { severity, mode } = found.rule;
      const where = results.length > 1 ? `, ${basename(report.file)}` : '';
      return [
        {
          name: `${name}${where}${mode === 'shadow' ? ' (shadow)' : ''}`,
          colour: COLOUR[severity],
          isShadow: mode === 'shadow',
          isFirst: log === results[0]?.log,
          spans: union(found.firings),
        },
      ];
    }),
  );
}

function legend(withIncidents: boolean): string[] {
  const entries: readonly (readonly [string, string])[] = [
    ...(withIncidents ? [['incident', COLOUR.incidentMark] as const] : []),
    ['page', COLOUR.page],
    ['ticket', COLOUR.ticket],
    ['notify', COLOUR.notify],
  ];
  const startX = WIDTH - RIGHT - (entries.length + 2) * 84;
  return [
    ...entries.flatMap(([name, colour], at) => [
      `<rect x="${startX + at * 84}" y="20" width="16" height="12" fill="${colour}"/>`,
      label(startX + at * 84 + 22, 31, name),
    ]),
    `<rect x="${startX + entries.length * 84 + 0.5}" y="20.5" width="15" height="11" fill="none" stroke="${COLOUR.text}" stroke-dasharray="3 2"/>`,
    label(startX + entries.length * 84 + 22, 31, 'shadow rule'),
  ];
}

function times(x: X, { startMs, endMs }: Span, lanesEnd: number): string[] {
  if (endMs <= startMs) return [];
  return timeTicks(startMs, endMs).flatMap(({ atMs, text }) => [
    `<path d="M${fixed(x(atMs))} ${VOLUME.top}V${lanesEnd}" stroke="${COLOUR.grid}"/>`,
    label(Math.min(x(atMs), WIDTH - TIME_LABEL_HALF), lanesEnd + 20, text, ' text-anchor="middle"'),
  ]);
}

/** With a dot where an alert of a rule begins. */
function volumePanel(columns: VolumeColumns, lanes: readonly Lane[], x: X): string[] {
  const volumes = columns.all.flatMap((column) => column?.volume ?? []).sort((a, b) => a - b);
  const highest = Math.max(1, volumes.at(-1) ?? 0);
  const usual = volumes[volumes.length >> 1] ?? highest;
  const isLogarithmic = highest > LOGARITHMIC_FROM * usual;
  const ticks = isLogarithmic ? powers(highest) : roundTicks(0, highest);
  const f = isLogarithmic ? Math.log1p : (value: number) => value;
  const top = isLogarithmic ? highest * 1.15 : (ticks.at(-1) ?? highest);
  const y = (value: number) => VOLUME.top + VOLUME.height * (1 - f(value) / f(top));
  const volumeAt = (timeMs: number) =>
    columns.all[Math.floor((timeMs - columns.startMs) / columns.widthMs)]?.volume ?? 0;
  const dots = new Map<string, string>(); // Of alerts that begin at one place one is seen.
  for (const { colour, spans } of lanes)
    for (const { startMs } of spans)
      dots.set(`${colour} ${Math.round(x(startMs))}`, dot(x(startMs), y(volumeAt(startMs)), colour));
  return [
    ...axis({ ...VOLUME, name: `posts per ${formatDuration(columns.widthMs)}` }, ticks, y, (tick) =>
      tick.toLocaleString('en'),
    ),
    ...(isLogarithmic ? [label(14, VOLUME.top + VOLUME.height / 2 + 18, 'logarithmic scale')] : []),
    ...drawn(columns, x, (column) => y(column?.volume ?? 0), COLOUR.series),
    ...dots.values(),
  ];
}

function powers(highest: number): number[] {
  const ticks = [0];
  for (let power = 1; power <= highest; power *= 10) ticks.push(power);
  return ticks;
}

function dot(x: number, y: number, colour: string): string {
  return `<circle cx="${fixed(x)}" cy="${fixed(y)}" r="4" fill="${colour}" stroke="#fff"/>`;
}

/** Only where there are posts: a share of nothing is unknown. */
function sharePanel(columns: VolumeColumns, x: X): string[] {
  const y = (value: number) => SHARE.top + SHARE.height * (1 - value);
  return [
    ...axis({ ...SHARE, name: 'negative' }, [0, 0.25, 0.5, 0.75, 1], y, (tick) => `${tick * 100}%`),
    ...drawn(
      columns,
      x,
      (column) => (column ? y(column.negative / Math.max(1, column.volume)) : undefined),
      COLOUR.negative,
    ),
  ];
}

function drawn(
  { all, startMs, widthMs }: VolumeColumns,
  x: X,
  y: (column: VolumeColumn | undefined) => number | undefined,
  colour: string,
): string[] {
  const points = Array.from({ length: all.length }, (_, at) => {
    const height = y(all[at]);
    return height === undefined ? undefined : point(x(startMs + (at + 0.5) * widthMs), height);
  }).filter((one) => one !== undefined);
  return points.length === 0 ? [] : [line(points, colour, 1)];
}

interface Panel {
  readonly top: number;
  readonly height: number;
  readonly name: string;
}

function axis(
  { top, height, name }: Panel,
  ticks: readonly number[],
  y: (value: number) => number,
  text: (tick: number) => string,
): string[] {
  return [
    label(14, top + height / 2, name),
    ...ticks.map((tick) => `<path d="M${LEFT} ${fixed(y(tick))}H${WIDTH - RIGHT}" stroke="${COLOUR.grid}"/>`),
    ...ticks.map((tick) => label(LEFT - 8, y(tick) + 4, text(tick), ' text-anchor="end"')),
  ];
}

function drawLane({ name, colour, isShadow, spans }: Lane, top: number, x: X): string[] {
  const shown = name.length > NAME_CHARS_MAX ? `${name.slice(0, NAME_CHARS_MAX - 1)}…` : name;
  const style = isShadow ? ` fill-opacity="0.25" stroke="${colour}" stroke-dasharray="3 2"` : '';
  return [
    `<path d="M${LEFT} ${top + LANE_HEIGHT}H${WIDTH - RIGHT}" stroke="${COLOUR.grid}"/>`,
    label(14, top + 15, escapeXml(shown)),
    ...spans.map((span) => box(x, span, top + 4, LANE_HEIGHT - 8, colour, style)),
  ];
}

function box(
  x: X,
  { startMs, endMs }: Span,
  top: number,
  height: number,
  colour: string,
  style = '',
): string {
  const width = Math.max(MARK_WIDTH_MIN, x(endMs) - x(startMs));
  return `<rect x="${fixed(x(startMs))}" y="${fixed(top)}" width="${fixed(width)}" height="${fixed(height)}" fill="${colour}"${style}/>`;
}
