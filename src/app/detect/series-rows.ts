/** Lines of a `timestamp,value` CSV as observations, with or without a header. */
import type { SeriesKind } from '../../core/baseline/baseline.config.ts';
import { quote, Refusal } from '../../core/message/dead.ts';
import { readTime } from '../../core/message/time.ts';

export interface Row {
  /** As it was written. */
  readonly timestamp: string;
  readonly timeMs: number;
  /** Undefined: there are no data, which is not zero. */
  readonly value: number | undefined;
  readonly line: number;
}

export interface RowProblem {
  readonly line: number;
  readonly problem: string;
}

const TIME_NAMES = ['timestamp', 'time', 'datetime', 'date', 'ts'];
const VALUE_NAMES = ['value', 'count', 'volume', 'y'];
const MISSING = new Set(['', 'nan', 'na', 'null']);
const ALLOWED: Readonly<Record<SeriesKind, string>> = {
  count: 'a number from 0',
  share: 'a number from 0 to 1',
  value: 'a number',
};

/** Reads line by line; undefined for a header and for blank lines. A header names its columns (`timestamp` and `value`, or
 *  their like); without one, or with other names, the first two are taken. */
export function createRowReader(kind: SeriesKind): (text: string) => Row | RowProblem | undefined {
  let line = 0;
  let columns: readonly [number, number] | undefined;
  return (text) => {
    line += 1;
    const cells = cellsOf(line === 1 ? text.replace(/^\uFEFF/, '') : text);
    if (cells.length === 1 && cells[0] === '') return undefined;
    if (columns === undefined) {
      columns = isHeader(cells) ? named(cells) : [0, 1];
      if (isHeader(cells)) return undefined;
    }
    return readCells(cells, columns, { kind, line });
  };
}

function readCells(
  cells: readonly string[],
  [timeAt, valueAt]: readonly [number, number],
  { kind, line }: { kind: SeriesKind; line: number },
): Row | RowProblem {
  const timestamp = cells[timeAt] ?? '';
  const timeMs = readTime(timestamp);
  if (timeMs instanceof Refusal) return { line, problem: timeMs.detail };
  const written = cells[valueAt];
  if (written === undefined) return { line, problem: `value is missing; a line is timestamp,value` };
  if (MISSING.has(written.toLowerCase())) return { timestamp, timeMs, value: undefined, line };
  const value = Number(written);
  const fits =
    Number.isFinite(value) && (kind === 'value' || (value >= 0 && (kind === 'count' || value <= 1)));
  if (fits) return { timestamp, timeMs, value, line };
  const hint = Number.isFinite(value) ? '; --kind value takes any number' : '';
  return { line, problem: `value ${quote(written)} is not a ${kind}; allowed: ${ALLOWED[kind]}${hint}` };
}

function cellsOf(text: string): string[] {
  return text.split(',').map((cell) => {
    const bare = cell.trim();
    return bare.length > 1 && bare.startsWith('"') && bare.endsWith('"') ? bare.slice(1, -1).trim() : bare;
  });
}

/** Neither a time nor a number. */
function isHeader([time = '', value = '']: readonly string[]): boolean {
  return (
    readTime(time) instanceof Refusal && Number.isNaN(Number(value)) && !MISSING.has(value.toLowerCase())
  );
}

function named(header: readonly string[]): readonly [number, number] {
  const names = header.map((name) => name.toLowerCase());
  const time = names.findIndex((name) => TIME_NAMES.includes(name));
  const value = names.findIndex((name) => VALUE_NAMES.includes(name));
  return time >= 0 && value >= 0 ? [time, value] : [0, 1];
}
