/** Records of a CSV file, each with the line that it begins in. */
import type { Readable } from 'node:stream';
import { parse, type Info } from 'csv-parse';
import { DATASET_LIMITS } from './limits.ts';

export interface CsvRecord {
  readonly record: readonly string[];
  readonly line: number;
}

export async function* csvRecords(bytes: Readable): AsyncGenerator<CsvRecord> {
  const parser = parse({
    info: true, // Of the parser itself, `info` runs ahead of the records.
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: DATASET_LIMITS.lineBytesMax, // A quote that is never closed would take the whole file into memory.
  });
  bytes.on('error', (error) => parser.destroy(error));
  bytes.pipe(parser);
  let returns = 0;
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
    // The parser counts to the end of the record, and within quotes a CRLF twice.
    returns += count(record, '\r');
    yield { record, line: info.lines - returns - count(record, '\n') };
  }
}

function count(record: readonly string[], char: string): number {
  return record.reduce((sum, cell) => sum + cell.split(char).length - 1, 0);
}
