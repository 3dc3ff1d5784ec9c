/** Files of a data folder by name. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetError } from '../datasets/dataset-error.ts';

/** The file of that name, plain or gzipped, with one of the endings. */
export function dataFile(folder: string, name: string, endings: readonly string[] = ['tsv']): string {
  for (const ending of endings.flatMap((end) => [`${end}.gz`, end])) {
    const path = join(folder, `${name}.${ending}`);
    if (existsSync(path)) return path;
  }
  throw new DatasetError(
    `${join(folder, `${name}.${endings[0] ?? ''}`)}: there is no such file, nor one with .gz`,
  );
}
