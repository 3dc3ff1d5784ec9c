/** Pieces of the drawings: SVG written as text, round ticks, times on an axis. */

export const INK = { series: '#2f3437', alarm: '#d3222a', grid: '#e4e7ea', text: '#4a5258' };

const DAY_MS = 86_400_000;
const TIME_STEPS_MS = [60_000, 300_000, 900_000, 3_600_000, 10_800_000, 21_600_000, DAY_MS, 2 * DAY_MS, 7 * DAY_MS, 14 * DAY_MS, 30 * DAY_MS, 91 * DAY_MS, 365 * DAY_MS]; // prettier-ignore
const TIME_TICKS_MAX = 12;

export function svgHead(width: number, height: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="13">\n<rect width="${width}" height="${height}" fill="#fff"/>`;
}

export function line(points: readonly string[], colour: string, width: number): string {
  return `<path d="M${points.join('L')}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"/>`;
}

/** `text` is written as it is: see `escapeXml`. */
export function label(x: number, y: number, text: string, attributes = ''): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" fill="${INK.text}"${attributes}>${text}</text>`;
}

export function point(x: number, y: number): string {
  return `${fixed(x)} ${fixed(y)}`;
}

export function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** Round numbers that include the ends: 4 to 8 of them. */
export function roundTicks(lowest: number, highest: number): number[] {
  const rough = (highest - lowest) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const ticks: number[] = [];
  for (let k = Math.floor(lowest / step); k <= Math.ceil(highest / step); k++)
    ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

export interface TimeTick {
  readonly atMs: number;
  /** A date, or a day and a time. UTC. */
  readonly text: string;
}

/** At most twelve, at round times. */
export function timeTicks(startMs: number, endMs: number): TimeTick[] {
  const stepMs =
    TIME_STEPS_MS.find((ms) => (endMs - startMs) / ms <= TIME_TICKS_MAX) ??
    (endMs - startMs) / TIME_TICKS_MAX;
  const ticks: TimeTick[] = [];
  for (let atMs = Math.ceil(startMs / stepMs) * stepMs; atMs <= endMs; atMs += stepMs) {
    const iso = new Date(atMs).toISOString();
    ticks.push({
      atMs,
      text: stepMs >= DAY_MS ? iso.slice(0, 10) : `${iso.slice(5, 10)} ${iso.slice(11, 16)}`,
    });
  }
  return ticks;
}
