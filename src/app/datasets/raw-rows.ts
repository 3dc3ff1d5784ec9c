/** Opens a labelled file, whatever its format. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errorText } from '../../core/errors/error-text.ts';
import { csvRows } from './csv-rows.ts';
import { DatasetError } from './dataset-error.ts';
import { lineRows } from './line-rows.ts';
import type { RawRow } from './raw-row.ts';

/** `.csv` is CSV with a header; else NDJSON when the first line begins with `{`, and columns apart by a tab when not.
 *  `.gz` after any name. Iteration throws a `DatasetError` that names file, line and value. */
export async function* readRawRows(file: string): AsyncGenerator<RawRow> {
  const raw = createReadStream(file);
  const bytes: Readable = /\.gz$/i.test(file) ? raw.pipe(createGunzip()) : raw;
  if (bytes !== raw) raw.on('error', (error) => bytes.destroy(error));
  const isCsv = /\.csv(\.gz)?$/i.test(basename(file));
  try {
    yield* isCsv ? csvRows(bytes, file) : lineRows(bytes, file);
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    throw new DatasetError(`${file}: cannot be read: ${errorText(error)}`, { cause: error });
  } finally {
    raw.destroy();
    bytes.destroy();
  }
}
