/** Rows of a CSV file with a header. */
import type { Readable } from 'node:stream';
import { columnsOf, type Columns } from './columns.ts';
import { csvRecords } from './csv-records.ts';
import { DatasetError } from './dataset-error.ts';
import type { RawRow } from './raw-row.ts';

export async function* csvRows(bytes: Readable, file: string): AsyncGenerator<RawRow> {
  let columns: Columns | undefined;
  for await (const { record, line } of csvRecords(bytes)) {
    if (columns === undefined) {
      columns = columnsOf(record, file);
      continue;
    }
    const [label, text, lang] = [record[columns.label], record[columns.text], record[columns.lang]];
    if (label === undefined || text === undefined) {
      throw new DatasetError(`${file}:${line}: has ${record.length} columns, too few for the header`);
    }
    yield { line, label: label.trim(), text, ...(lang === undefined ? {} : { lang }) };
  }
}
