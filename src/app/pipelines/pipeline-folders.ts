/** Which pipeline files are meant where folders may be named too. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PipelineFilesError } from './pipeline-files.ts';

const PIPELINE_FILE = /\.ya?ml$/;

/** Files as they are named, also those that are not there; for a folder, those in it that end in `.yaml` or `.yml`, by
 *  their names. Folders within it are not looked into: a pipeline keeps its data there.
 *  @throws a `PipelineFilesError` for a folder that holds none. */
export async function pipelineFilesIn(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    found.push(...(isFolder ? await filesOf(path) : [path]));
  }
  return found;
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory() && PIPELINE_FILE.test(entry.name));
  if (names.length > 0) return names.map(({ name }) => join(folder, name)).sort();
  const message = 'the folder holds no pipeline file: none ends in .yaml or .yml';
  throw new PipelineFilesError([{ file: folder, line: 1, column: 1, path: '', message }]);
}
