/** Rows of a CSV file with a header. */
import type { Readable } from 'node:stream';
import { parse, type Info } from 'csv-parse';
import { columnsOf, type Columns } from './columns.ts';
import { DatasetError } from './dataset-error.ts';
import { DATASET_LIMITS } from './limits.ts';
import type { RawRow } from './raw-row.ts';

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
      columns = columnsOf(record, file);
      continue;
    }
    const [label, text, lang] = [record[columns.label], record[columns.text], record[columns.lang]];
    if (label === undefined || text === undefined) {
      throw new DatasetError(`${file}:${info.lines}: has ${record.length} columns, too few for the header`);
    }
    yield { line: info.lines, label: label.trim(), text, ...(lang === undefined ? {} : { lang }) };
  }
}
