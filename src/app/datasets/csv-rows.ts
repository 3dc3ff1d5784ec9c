/** Rows of a CSV file with a header. */
import type { Readable } from 'node:stream';
import { parse, type Info } from 'csv-parse';
import { DatasetError } from './dataset-error.ts';
import { DATASET_LIMITS } from './limits.ts';
import type { RawRow } from './raw-row.ts';

/** Header names in order of preference; case and white space around them do not matter. */
const LABEL_COLUMNS = ['label', 'sentiment', 'airline_sentiment'] as const;
const TEXT_COLUMNS = ['text'] as const;

interface Columns {
  readonly label: number;
  readonly text: number;
  /** -1: there is none. */
  readonly lang: number;
}

export async function* csvRows(bytes: Readable, file: string): AsyncGenerator<RawRow> {
  const parser = parse({
    info: true,
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: DATASET_LIMITS.lineBytesMax, // A quote that is never closed would take the whole file into memory.
  });
  bytes.on('error', (error) => parser.destroy(error));
  bytes.pipe(parser);
  let columns: Columns | undefined;
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
    if (columns === undefined) {
      columns = findColumns(record, file);
      continue;
    }
    const [label, text, lang] = [record[columns.label], record[columns.text], record[columns.lang]];
    if (label === undefined || text === undefined) {
      throw new DatasetError(`${file}:${info.lines}: has ${record.length} columns, too few for the header`);
    }
    yield { line: info.lines, label: label.trim(), text, ...(lang === undefined ? {} : { lang }) };
  }
}

function findColumns(header: readonly string[], file: string): Columns {
  const names = header.map((name) => name.trim().toLowerCase());
  const find = (what: string, allowed: readonly string[]): number => {
    const name = allowed.find((candidate) => names.includes(candidate));
    if (name !== undefined) return names.indexOf(name);
    throw new DatasetError(
      `${file}:1: no column for the ${what}; needs ${allowed.join(' or ')}; the file has: ${header.join(', ')}`,
    );
  };
  return {
    label: find('label', LABEL_COLUMNS),
    text: find('text', TEXT_COLUMNS),
    lang: names.indexOf('lang'),
  };
}
