/** The reliability diagram: how often an engine is right by how sure it says it is. */
import type { ReliabilityBin } from '../../core/sentiment/evaluation.calibration.ts';

export interface ReliabilityPanel {
  readonly engine: string;
  /** What it was measured on; of a path, the file's name is shown and the whole is the tooltip. */
  readonly file: string;
  readonly calibrationError: number;
  readonly accuracy: number;
  readonly reliability: readonly ReliabilityBin[];
}

const PLOT = 260;
const COUNTS = 56;
const BOX = { left: 58, top: 56, width: 346, height: 456 } as const;
const COUNTS_TOP = BOX.top + PLOT + 26;
const HEAD = 62;
const NAME_CHARS_MAX = 40;
const TICKS = [0, 0.25, 0.5, 0.75, 1] as const;

/** Both grounds are drawn, so that the picture can be read on any page. */
const STYLE = `
  svg { --ground: #ffffff; --ink: #1f2328; --dim: #59636e; --line: #d1d9e0; --right: #2f6fdb; --under: #1a7f37; --over: #c2410c; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #e6edf3; --dim: #9198a1; --line: #343b45; --right: #4a8bf5; --under: #3fb950; --over: #f0883e; }
  }
  text { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: var(--dim); }
  .title { font-size: 16px; font-weight: 600; fill: var(--ink); }
  .name { font-size: 14px; font-weight: 600; fill: var(--ink); }
  .figure { font-weight: 600; fill: var(--ink); }
  .ground { fill: var(--ground); }
  .grid { stroke: var(--line); stroke-width: 1; }
  .ideal { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 5 4; }
  .right { fill: var(--right); }
  .under { fill: var(--under); fill-opacity: 0.45; }
  .over { fill: var(--over); fill-opacity: 0.55; }
  .count { fill: var(--dim); fill-opacity: 0.7; }`;

/** A self-contained SVG document, one panel for each engine and file, `columns` side by side. Nothing in it is fetched. */
export function reliabilitySvg(panels: readonly ReliabilityPanel[], columns: number): string {
  const across = Math.max(1, Math.min(columns, panels.length));
  const width = across * BOX.width;
  const height = HEAD + Math.ceil(panels.length / across) * BOX.height;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="earshot-reliability">
<title id="earshot-reliability">Reliability: accuracy by confidence</title>
<style>${STYLE}
</style>
<rect class="ground" width="${width}" height="${height}"/>
<text class="title" x="${BOX.left}" y="30">Accuracy by confidence</text>
${legend(BOX.left, 42)}
${panels
  .map((panel, index) => {
    const x = (index % across) * BOX.width;
    const y = HEAD + Math.floor(index / across) * BOX.height;
    return `<g transform="translate(${x} ${y})">\n${drawPanel(panel)}\n</g>`;
  })
  .join('\n')}
</svg>
`;
}

function legend(x: number, y: number): string {
  const entries = [
    ['right', 'accuracy'],
    ['under', 'too modest'],
    ['over', 'too sure'],
  ] as const;
  let at = x;
  return entries
    .map(([kind, text]) => {
      const entry = `<rect class="${kind}" x="${at}" y="${y}" width="12" height="12"/><text x="${at + 18}" y="${y + 10}">${text}</text>`;
      at += 18 + text.length * 6.6 + 20;
      return entry;
    })
    .join('');
}

function drawPanel(panel: ReliabilityPanel): string {
  const total = panel.reliability.reduce((sum, { count }) => sum + count, 0);
  const file = panel.file.split(/[\\/]/).at(-1) ?? '';
  return [
    `<g><title>${escapeXml(`${panel.engine}: ${panel.file}`)}</title>`,
    `<text class="name" x="${BOX.left}" y="20">${escapeXml(shorten(panel.engine))}</text>`,
    `<text x="${BOX.left}" y="38">${escapeXml(shorten(file))}</text></g>`,
    ...axes(),
    ...panel.reliability.map(drawBin),
    line('ideal', 0, 0, 1, 1),
    `<text class="figure" x="${BOX.left + 10}" y="${BOX.top + 20}">ECE ${panel.calibrationError.toFixed(3)}</text>`,
    `<text x="${BOX.left + 10}" y="${BOX.top + 37}">accuracy ${percent(panel.accuracy)}</text>`,
    `<text x="${BOX.left + 10}" y="${BOX.top + 53}">${countOf(total)}</text>`,
    ...counts(panel.reliability, total),
  ].join('\n');
}

const xOf = (share: number) => round(BOX.left + share * PLOT);
const yOf = (share: number) => round(BOX.top + (1 - share) * PLOT);

function line(kind: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${kind}" x1="${xOf(x1)}" y1="${yOf(y1)}" x2="${xOf(x2)}" y2="${yOf(y2)}"/>`;
}

function axes(): string[] {
  const middle = BOX.top + PLOT / 2;
  return [
    ...TICKS.flatMap((tick) => [
      line('grid', 0, tick, 1, tick),
      `<text x="${BOX.left - 6}" y="${yOf(tick) + 4}" text-anchor="end">${percent(tick)}</text>`,
      `<text x="${xOf(tick)}" y="${BOX.top + PLOT + 17}" text-anchor="middle">${percent(tick)}</text>`,
    ]),
    `<text transform="translate(15 ${middle}) rotate(-90)" text-anchor="middle">accuracy</text>`,
  ];
}

/** What was right, and on top of it (or cut out of it) the distance to how sure the engine was. */
function drawBin({ low, high, count, confidence, accuracy }: ReliabilityBin): string {
  if (confidence === null || accuracy === null) return '';
  const bar = (kind: string, from: number, to: number) =>
    `<rect class="${kind}" x="${round(xOf(low) + 0.75)}" y="${yOf(to)}" width="${round(xOf(high) - xOf(low) - 1.5)}" height="${round(yOf(from) - yOf(to))}"/>`;
  const [lower, upper] = [Math.min(confidence, accuracy), Math.max(confidence, accuracy)];
  const about = `${percent(low)} to ${percent(high)}: ${countOf(count)}, confidence ${percent(confidence)}, accuracy ${percent(accuracy)}`;
  const gap = bar(accuracy >= confidence ? 'under' : 'over', lower, upper);
  return `<g><title>${about}</title>${bar('right', 0, lower)}${gap}</g>`;
}

function counts(bins: readonly ReliabilityBin[], total: number): string[] {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const bottom = COUNTS_TOP + COUNTS;
  return [
    ...bins.map(({ low, high, count }) => {
      const height = round((count / most) * COUNTS);
      return `<rect class="count" x="${round(xOf(low) + 0.75)}" y="${round(bottom - height)}" width="${round(xOf(high) - xOf(low) - 1.5)}" height="${height}"/>`;
    }),
    `<line class="grid" x1="${xOf(0)}" y1="${bottom}" x2="${xOf(1)}" y2="${bottom}"/>`,
    `<text x="${BOX.left}" y="${COUNTS_TOP + 12}">up to ${percent(most / Math.max(total, 1))}</text>`,
    `<text x="${BOX.left}" y="${COUNTS_TOP + 28}">of texts</text>`,
    `<text x="${xOf(0.5)}" y="${bottom + 20}" text-anchor="middle">confidence: probability of the top class</text>`,
  ];
}

function countOf(texts: number): string {
  return texts === 1 ? '1 text' : `${texts} texts`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function shorten(text: string): string {
  const chars = [...text];
  return chars.length <= NAME_CHARS_MAX ? text : `${chars.slice(0, NAME_CHARS_MAX - 1).join('')}…`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters and lone surrogates are not allowed in XML, not even escaped. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, ' ') // eslint-disable-line no-control-regex
    .replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '');
}
