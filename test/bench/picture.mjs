// The load report as one SVG of six panels.
import { escapeXml, fixed, INK, label, line, point, roundTicks, svgHead } from '../../dist/app/svg.js';

const PANEL = { width: 440, height: 270, left: 56, right: 16, top: 46, bottom: 40 };
const COLUMNS = 3;
const HEAD = 54;
const COLOURS = ['#9aa4ad', '#3b78c2', '#d3222a'];

/** Where a panel stands, and its plot. */
function frame(index, title, valueMax, unit) {
  const left = (index % COLUMNS) * PANEL.width + PANEL.left;
  const top = HEAD + Math.floor(index / COLUMNS) * PANEL.height + PANEL.top;
  const width = PANEL.width - PANEL.left - PANEL.right;
  const height = PANEL.height - PANEL.top - PANEL.bottom;
  const ticks = roundTicks(0, valueMax > 0 ? valueMax : 1);
  const y = (value) => top + height - (value / ticks.at(-1)) * height;
  const grid = ticks.flatMap((tick) => [
    line([point(left, y(tick)), point(left + width, y(tick))], INK.grid, 1),
    label(left - 8, y(tick) + 4, tick.toLocaleString('en-US'), ' text-anchor="end" font-size="11"'),
  ]);
  const head = label(left - 40, top - 22, `${escapeXml(title)}, ${escapeXml(unit)}`, ' font-weight="600"');
  return { left, top, width, height, y, parts: [head, ...grid] };
}

const below = (x, { top, height }, text) =>
  label(x, top + height + 18, escapeXml(text), ' text-anchor="middle" font-size="11"');

/** Groups of bars: a name below each, one colour for each place in a group. */
function bars(index, title, unit, groups) {
  const plot = frame(index, title, Math.max(...groups.flatMap(({ values }) => values)), unit);
  const slot = plot.width / groups.length;
  const parts = groups.flatMap(({ name, values }, at) => {
    const width = Math.min(44, (slot * 0.7) / values.length);
    const from = plot.left + slot * (at + 0.5) - (width * values.length) / 2;
    const drawn = values.map((value, place) => {
      const y = plot.y(value);
      const colour = COLOURS[values.length === 1 ? 1 : place];
      return `<rect x="${fixed(from + place * width)}" y="${fixed(y)}" width="${fixed(width - 2)}" height="${fixed(plot.top + plot.height - y)}" fill="${colour}"/>`;
    });
    return [...drawn, below(plot.left + slot * (at + 0.5), plot, name)];
  });
  return [...plot.parts, ...parts];
}

function curve(index, title, unit, samples, ends) {
  const plot = frame(index, title, Math.max(...samples), unit);
  const x = (at) => plot.left + (at / Math.max(1, samples.length - 1)) * plot.width;
  return [
    ...plot.parts,
    line(samples.map((value, at) => point(x(at), plot.y(value))), COLOURS[1], 1.5), // prettier-ignore
    below(plot.left, plot, ends[0]),
    below(plot.left + plot.width - 12, plot, ends[1]),
  ];
}

function legend(index, names) {
  const left = (index % COLUMNS) * PANEL.width + PANEL.left;
  const top = HEAD + Math.floor(index / COLUMNS) * PANEL.height + PANEL.top - 10;
  return names.flatMap((name, at) => [
    `<rect x="${left + at * 90}" y="${top - 8}" width="9" height="9" fill="${COLOURS[at]}"/>`,
    label(left + at * 90 + 13, top, name, ' font-size="11"'),
  ]);
}

export function drawReport({
  at,
  machine,
  isQuick,
  throughput,
  latency,
  memory,
  pipelines,
  rules,
  feed,
  recovery,
}) {
  const counted = (rows) => rows.map(({ count, micros }) => ({ name: String(count), values: [micros] }));
  const { rounds, ratio } = throughput;
  const perSecond = rounds.map((one, index) => ({
    name: `round ${index + 1}: ${one.ratio.toFixed(2)}`,
    values: [one.client.perSecond, one.passthrough.perSecond, one.scorer.perSecond],
  }));
  const lags = latency.map((one) => ({
    name: `at ${one.load * 100} %`,
    values: [one.p50Ms, one.p90Ms, one.p99Ms],
  }));
  const added = [
    ...counted(pipelines).map(({ name, values }) => ({ name: `${name} pl.`, values })),
    ...counted(rules).map(({ name, values }) => ({ name: `${name} rules`, values })),
  ];
  const recovered = recovery.map(({ backlog, seconds }) => ({
    name: `${backlog.toLocaleString('en-US')} waiting`,
    values: [seconds],
  }));
  const title = `Earshot load report: scorer at ${ratio.toFixed(2)} of the passthrough${isQuick ? ' (quick)' : ''}`;
  const parts = [
    svgHead(COLUMNS * PANEL.width, HEAD + 2 * PANEL.height),
    label(16, 26, escapeXml(title), ' font-size="18" font-weight="600"'),
    label(16, 44, escapeXml(`${at} · ${machine}`), ' font-size="11"'),
    ...bars(0, 'Throughput', 'messages/s', perSecond),
    ...legend(0, ['client', 'passthrough', 'scorer']),
    ...bars(1, 'Publish to scored, by share of capacity', 'ms', lags),
    ...legend(1, ['p50', 'p90', 'p99']),
    ...curve(2, 'Resident memory at capacity', 'MB', memory.samplesMb, ['0', `${memory.minutes} min`]),
    ...bars(3, 'Cost of pipelines and rules', 'µs a message', added),
    ...bars(4, 'Cost of WebSocket clients', 'µs a message', counted(feed)),
    ...bars(5, 'Recovery from a backlog', 'seconds', recovered),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}
