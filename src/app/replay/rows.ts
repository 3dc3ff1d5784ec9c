/** Reads a file of messages, whatever its size: NDJSON, or CSV and TSV with a column mapping; packed by gzip too. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { errorText } from '../../core/errors/error-text.ts';
import { openBytes } from '../file-bytes.ts';
import { splitLines } from '../split-lines.ts';
import { checkColumns, ColumnsError, rowToMessage, type ColumnMapping } from './columns.ts';
import { readLine, type Line } from './lines.ts';

export interface RowSource {
  readonly rows: AsyncIterable<Line>;
  /** Compressed bytes read so far, for progress against the file's size. */
  bytesRead(): number;
}

type Format = 'ndjson' | 'csv' | 'tsv';

/** A longer line is cut here, and becomes a dead letter: nothing grows without bound. */
const LINE_BYTES_MAX = 1_000_000;
const SPACE = 0x20;

export interface RowOptions {
  readonly columns?: readonly ColumnMapping[] | undefined;
  /** Where a sample's `offsetMs` counts from. */
  readonly startMs: number;
}

/** Throws what the file system says of a file that is not there, and a `ColumnsError` when the mapping does not fit it. */
export function checkRows(file: string, columns: RowOptions['columns']): void {
  try {
    statSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  const format = formatOf(file);
  if (format !== 'ndjson' && !columns) {
    throw new ColumnsError(`${file}: a ${format.toUpperCase()} file needs --columns field=column,…`);
  }
  if (format === 'ndjson' && columns) {
    throw new ColumnsError(`${file}: --columns is for CSV and TSV files (.csv, .tsv, and those with .gz)`);
  }
}

/** Throws as `checkRows` does; the iteration throws what else the file system says. */
export function readRows(file: string, { columns, startMs }: RowOptions): RowSource {
  checkRows(file, columns);
  const format = formatOf(file);
  const { bytes, bytesRead } = openBytes(file);
  const rows = columns && format !== 'ndjson' ? table(bytes, format, columns) : lines(bytes, startMs);
  return { rows: closing(rows, bytes, file), bytesRead };
}

/** A file that is a sample says so early on. */
const SAMPLE_LINES_LOOKED_AT = 100;

/** The largest `offsetMs` of a sample; undefined for any other file, of which only the first lines are read. */
export async function sampleSpanMs(file: string): Promise<number | undefined> {
  let spanMs: number | undefined;
  let looked = 0;
  for await (const { timeMs, isRelative } of readRows(file, { startMs: 0 }).rows) {
    if (isRelative === true) spanMs = Math.max(spanMs ?? 0, timeMs ?? 0);
    looked += 1;
    if (spanMs === undefined && looked >= SAMPLE_LINES_LOOKED_AT) return undefined;
  }
  return spanMs;
}

/** The file is closed however the reading ends, and what is wrong with it is told with its name. */
async function* closing(rows: AsyncIterable<Line>, bytes: Readable, file: string): AsyncIterable<Line> {
  try {
    yield* rows;
  } catch (error) {
    throw error instanceof ColumnsError ? error : unreadable(file, error);
  } finally {
    bytes.destroy();
  }
}

function unreadable(file: string, error: unknown): Error {
  return new Error(`${file}: cannot be read: ${errorText(error)}`, { cause: error });
}

function formatOf(file: string): Format {
  const name = basename(file).toLowerCase().replace(/\.gz$/, '');
  if (name.endsWith('.csv')) return 'csv';
  return name.endsWith('.tsv') ? 'tsv' : 'ndjson';
}

async function* lines(bytes: Readable, startMs: number): AsyncIterable<Line> {
  for await (const line of splitLines(bytes, { bytesMax: LINE_BYTES_MAX })) {
    if (line.some((byte) => byte > SPACE)) yield readLine(line, startMs);
  }
}

async function* table(
  bytes: Readable,
  format: 'csv' | 'tsv',
  columns: readonly ColumnMapping[],
): AsyncIterable<Line> {
  const parser = parse({
    columns: (header: string[]) => {
      checkColumns(columns, header);
      return header;
    },
    delimiter: format === 'tsv' ? '\t' : ',',
    quote: format === 'tsv' ? false : '"', // A TSV file has no quotes: a tweet may begin with one.
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    bom: true,
    max_record_size: LINE_BYTES_MAX, // A quote that is never closed would take the whole file into memory.
  });
  bytes.on('error', (error) => parser.destroy(error));
  bytes.pipe(parser);
  for await (const row of parser as AsyncIterable<Record<string, string>>) {
    yield readLine(JSON.stringify(rowToMessage(columns, row)), 0);
  }
}
