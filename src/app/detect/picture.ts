/** Draws a series, the band it usually stays in, and its alarms, as SVG. */
import { escapeXml, fixed, INK, label, line, point, roundTicks, svgHead, timeTicks } from '../svg.ts';
import type { Column, PictureColumns } from './picture-columns.ts';

const WIDTH = 1_400;
const HEIGHT = 700;
const PLOT = { left: 70, right: 20, top: 64, bottom: 44 };
const PLOT_WIDTH = WIDTH - PLOT.left - PLOT.right;
const PLOT_HEIGHT = HEIGHT - PLOT.top - PLOT.bottom;
const COLOUR = { ...INK, band: '#d6e4f5', expected: '#3b78c2' };
/** A peak this many times above what is usual would flatten everything else: the axis becomes logarithmic. */
const LOGARITHMIC_FROM = 10;
/** Half the width of a date: the last one stays inside. */
const TIME_LABEL_HALF = 40;

interface Scale {
  readonly isLogarithmic: boolean;
  readonly y: (value: number) => number;
  readonly ticks: readonly number[];
}

export interface PictureText {
  readonly title: string;
  readonly sensitivity: string;
}

export function drawPicture(columns: PictureColumns, { title, sensitivity }: PictureText): string {
  const all = columns.all;
  const endMs = columns.startMs + Math.max(1, all.length) * columns.widthMs;
  const x = (timeMs: number) =>
    PLOT.left + ((timeMs - columns.startMs) / (endMs - columns.startMs)) * PLOT_WIDTH;
  const at = (index: number) => x(columns.startMs + (index + 0.5) * columns.widthMs);
  const scale = scaleOf(all);
  const present = filledGaps(all);
  const parts = [
    svgHead(WIDTH, HEIGHT),
    ...heading(
      title,
      `${columns.alarms} ${columns.alarms === 1 ? 'alarm' : 'alarms'} (${sensitivity})`,
      scale,
    ),
    ...gridOf(scale, columns.startMs, endMs, x),
    ...present.map((run) => bandOf(run, at, scale)),
    ...present.map((run) => seriesOf(run, at, scale)),
    ...present.map((run) =>
      line(
        run.map(([i, c]) => point(at(i), scale.y(mean(c)))),
        COLOUR.expected,
        1.5,
      ),
    ),
    ...alarmsOf(all, at, scale),
    '</svg>',
  ];
  return `${parts.filter((part) => part !== '').join('\n')}\n`;
}

type Run = readonly (readonly [number, Column])[];

/** Columns without data are bridged when they are few (columns may be narrower than panes); longer gaps stay gaps. */
function filledGaps(all: readonly (Column | undefined)[]): Run[] {
  const filled = all.flatMap((column, i) => (column ? [[i, column] as const] : []));
  const steps = filled.slice(1).map(([i], k) => i - (filled[k]?.[0] ?? i));
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 1;
  const runs: (readonly [number, Column])[][] = [[]];
  filled.forEach((entry, k) => {
    if (k > 0 && (steps[k - 1] ?? 1) > 3 * usual) runs.push([]);
    runs.at(-1)?.push(entry);
  });
  return runs.filter((run) => run.length > 0);
}

function mean({ expected, expectedCount, min, max }: Column): number {
  return expectedCount > 0 ? expected / expectedCount : (min + max) / 2;
}

function scaleOf(all: readonly (Column | undefined)[]): Scale {
  const columns = all.filter((column) => column !== undefined);
  const values = columns.flatMap(({ min, max, low, high }) => [min, max, low ?? min, high ?? max]);
  const lowest = values.reduce((a, b) => Math.min(a, b), 0);
  const highest = values.reduce((a, b) => Math.max(a, b), lowest + 1e-9);
  const highs = columns.map(({ high, max }) => high ?? max).sort((a, b) => a - b);
  const usual = highs[Math.floor(highs.length / 2)] ?? highest;
  const isLogarithmic = lowest >= 0 && highest > LOGARITHMIC_FROM * usual && highest > LOGARITHMIC_FROM;
  const f = isLogarithmic ? Math.log1p : (value: number) => value;
  const ticks = isLogarithmic ? powers(highest) : roundTicks(lowest, highest);
  const top = isLogarithmic ? highest * 1.15 : Math.max(highest, ticks.at(-1) ?? highest);
  const bottom = isLogarithmic ? 0 : Math.min(lowest, ticks[0] ?? lowest);
  const y = (value: number) =>
    PLOT.top + PLOT_HEIGHT * (1 - (f(Math.max(bottom, value)) - f(bottom)) / (f(top) - f(bottom)));
  return { isLogarithmic, y, ticks };
}

function powers(highest: number): number[] {
  const ticks = [0];
  for (let power = 1; power <= highest; power *= 10) ticks.push(power);
  return ticks;
}

function heading(title: string, alarms: string, { isLogarithmic }: Scale): string[] {
  const legend = [
    `<rect x="${WIDTH - 470}" y="20" width="16" height="12" fill="${COLOUR.band}"/>`,
    label(WIDTH - 448, 31, 'usual'),
    `<path d="M${WIDTH - 395} 26h18" stroke="${COLOUR.expected}" stroke-width="2"/>`,
    label(WIDTH - 371, 31, 'expected'),
    `<path d="M${WIDTH - 300} 26h18" stroke="${COLOUR.series}" stroke-width="2"/>`,
    label(WIDTH - 276, 31, 'observed'),
    dot(WIDTH - 200, 26),
    label(WIDTH - 188, 31, alarms),
  ];
  const note = isLogarithmic ? label(PLOT.left, 50, 'logarithmic scale', ' font-size="12"') : '';
  return [label(PLOT.left, 31, escapeXml(title), ' font-size="16" font-weight="600"'), note, ...legend];
}

function gridOf(
  { ticks, y }: Scale,
  startMs: number,
  endMs: number,
  x: (timeMs: number) => number,
): string[] {
  const times = timeTicks(startMs, endMs);
  return [
    ...ticks.map(
      (tick) => `<path d="M${PLOT.left} ${fixed(y(tick))}H${WIDTH - PLOT.right}" stroke="${COLOUR.grid}"/>`,
    ),
    ...ticks.map((tick) =>
      label(PLOT.left - 8, y(tick) + 4, tick.toLocaleString('en'), ' text-anchor="end"'),
    ),
    ...times.map(
      ({ atMs }) => `<path d="M${fixed(x(atMs))} ${PLOT.top}v${PLOT_HEIGHT}" stroke="${COLOUR.grid}"/>`,
    ),
    ...times.map(({ atMs, text }) =>
      label(
        Math.min(x(atMs), WIDTH - TIME_LABEL_HALF),
        HEIGHT - PLOT.bottom + 20,
        text,
        ' text-anchor="middle"',
      ),
    ),
  ];
}

function bandOf(run: Run, at: (index: number) => number, { y }: Scale): string {
  const known = run.flatMap(([i, { low, high }]) =>
    low === undefined || high === undefined ? [] : [{ i, low, high }],
  );
  const upper = known.map(({ i, high }) => point(at(i), y(high)));
  const lower = known.map(({ i, low }) => point(at(i), y(low))).reverse();
  return known.length === 0 ? '' : `<path d="M${[...upper, ...lower].join('L')}Z" fill="${COLOUR.band}"/>`;
}

/** Down and up again in each column: no extreme is lost. */
function seriesOf(run: Run, at: (index: number) => number, { y }: Scale): string {
  const points = run.flatMap(([i, { min, max }]) =>
    min === max ? [point(at(i), y(max))] : [point(at(i), y(min)), point(at(i), y(max))],
  );
  return line(points, COLOUR.series, 0.8);
}

function alarmsOf(
  all: readonly (Column | undefined)[],
  at: (index: number) => number,
  { y }: Scale,
): string[] {
  return all.flatMap((column, i) => (column?.alarm ? [dot(at(i), y(column.alarm.value))] : []));
}

function dot(x: number, y: number): string {
  return `<circle cx="${fixed(x)}" cy="${fixed(y)}" r="5" fill="${COLOUR.alarm}" stroke="#fff" stroke-width="1.5"/>`;
}
