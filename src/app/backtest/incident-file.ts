/** Incidents that are known from elsewhere: a CSV (start,end,name) or NDJSON file of them, packed or not. */
import { parse } from 'csv-parse/sync';
import { errorText } from '../../core/errors/error-text.ts';
import { quote, Refusal } from '../../core/message/dead.ts';
import { readTime } from '../../core/message/time.ts';
import { openBytes } from '../file-bytes.ts';
import type { Span } from './spans.ts';

export interface Incident extends Span {
  readonly name: string;
}

export class IncidentFileError extends Error {
  override readonly name = 'IncidentFileError';
  readonly code = 'INCIDENTS_INVALID';
  readonly canRetry = false;
}

const FILE_BYTES_MAX = 10 * 1_048_576;
const INCIDENTS_MAX = 10_000;
const FIELDS = ['start', 'end', 'name'] as const;
type Row = Readonly<Partial<Record<(typeof FIELDS)[number], unknown>>>;

/** In order of time. Rejects with an `IncidentFileError` that names the line, the value and what is allowed. */
export async function readIncidents(file: string): Promise<Incident[]> {
  const text = await readText(file);
  const rows = /^\s*\{/.test(text) ? jsonRows(text, file) : csvRows(text, file);
  if (rows.length > INCIDENTS_MAX)
    throw new IncidentFileError(`${file}: holds ${rows.length} incidents; at most ${INCIDENTS_MAX} are read`);
  return rows
    .map(({ row, line }) => incidentOf(row, `${file}:${line}`))
    .sort((left, right) => left.startMs - right.startMs);
}

async function readText(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of openBytes(file).bytes as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > FILE_BYTES_MAX) break;
    }
  } catch (error) {
    throw new IncidentFileError(`${file}: cannot be read: ${errorText(error)}`, { cause: error });
  }
  if (size > FILE_BYTES_MAX) throw new IncidentFileError(`${file}: holds more than ${FILE_BYTES_MAX} bytes`);
  return Buffer.concat(chunks).toString('utf8');
}

interface PlacedRow {
  readonly row: Row;
  readonly line: number;
}

function jsonRows(text: string, file: string): PlacedRow[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    try {
      const row = JSON.parse(line) as Row | null;
      if (typeof row === 'object' && row !== null && !Array.isArray(row)) return [{ row, line: at + 1 }];
    } catch {
      // Told below, as what is no object.
    }
    throw new IncidentFileError(`${file}:${at + 1}: must be an object {"start", "end", "name"}`);
  });
}

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** With a header that names the columns, or without one in the order start, end, name. */
function csvRows(text: string, file: string): PlacedRow[] {
  let records: readonly ParsedRow[];
  try {
    const options = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true };
    records = parse(text, options) as unknown as ParsedRow[]; // Its types do not know what `info` changes.
  } catch (error) {
    throw new IncidentFileError(`${file}: not CSV: ${errorText(error)}`, { cause: error });
  }
  const head = records[0]?.record.map((cell) => cell.toLowerCase()) ?? [];
  const isNamed = head.includes('start') && head.includes('end');
  const columns = isNamed ? head : FIELDS;
  return records.slice(isNamed ? 1 : 0).map(({ record, info }) => ({
    row: Object.fromEntries(record.map((cell, at) => [columns[at] ?? '', cell])),
    line: info.lines,
  }));
}

function incidentOf({ start, end, name }: Row, place: string): Incident {
  const [startMs, endMs] = [timeOf('start', start, place), timeOf('end', end, place)];
  if (endMs < startMs)
    throw new IncidentFileError(`${place}: end ${quote(end)} is before start ${quote(start)}`);
  const named = typeof name === 'string' && name !== '' ? name : new Date(startMs).toISOString();
  return { startMs, endMs, name: named };
}

function timeOf(field: string, value: unknown, place: string): number {
  const timeMs = readTime(value);
  if (timeMs instanceof Refusal) throw new IncidentFileError(`${place}: ${field}: ${timeMs.detail}`);
  return timeMs;
}
