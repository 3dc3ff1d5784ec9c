/** Opens a labelled file, whatever its format. */
import { basename } from 'node:path';
import { errorText } from '../../core/errors/error-text.ts';
import { openBytes } from '../file-bytes.ts';
import { csvRows } from './csv-rows.ts';
import { DatasetError } from './dataset-error.ts';
import { lineRows } from './line-rows.ts';
import type { RawRow } from './raw-row.ts';

/** `.csv` is CSV with a header; else NDJSON when the first line begins with `{`, and columns apart by a tab when not.
 *  Packed by gzip under any name. Iteration throws a `DatasetError` that names file, line and value. */
export async function* readRawRows(file: string): AsyncGenerator<RawRow> {
  const { bytes } = openBytes(file);
  const isCsv = /\.csv(\.gz)?$/i.test(basename(file));
  try {
    yield* isCsv ? csvRows(bytes, file) : lineRows(bytes, file);
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    throw new DatasetError(`${file}: cannot be read: ${errorText(error)}`, { cause: error });
  } finally {
    bytes.destroy();
  }
}
