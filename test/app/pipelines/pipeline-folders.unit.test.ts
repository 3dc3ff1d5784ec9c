/** Goal: a folder stands for the pipeline files in it, however many; what else lies there is left alone. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPipelineFiles } from '../../../src/app/pipelines/pipeline-files.ts';
import { pipelineFilesIn } from '../../../src/app/pipelines/pipeline-folders.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

const FILES = 100; // More than are read at once.
let folder = '';
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await tempFolder('pipeline-folders');
  await mkdir(file('many/data.yaml'), { recursive: true });
  await mkdir(file('empty'));
  await writeFile(file('many/README.md'), 'not one');
  await writeFile(file('many/last.yml'), 'name: last\nlisten: { query: last }\n');
  for (let n = 0; n < FILES; n += 1)
    await writeFile(file(`many/p${n}.yaml`), `name: p${n}\nlisten: { query: word${n} }\n`);
});
afterAll(() => removeFolder(folder));

test('by their names, before and behind what else is named; what is not there is left to whoever reads it', async () => {
  const found = await pipelineFilesIn(['absent.yaml', file('many'), file('many/p7.yaml')]);
  expect(found).toHaveLength(FILES + 3);
  expect(found.slice(0, 4)).toEqual([
    'absent.yaml',
    file('many/last.yml'),
    file('many/p0.yaml'),
    file('many/p1.yaml'),
  ]);
  expect(found.at(-1)).toBe(file('many/p7.yaml'));
});

test('all of them are loaded, in order', async () => {
  const files = await pipelineFilesIn([file('many')]);
  const loaded = await loadPipelineFiles(files);
  expect(loaded.map((one) => one.file)).toEqual(files);
  expect(new Set(loaded.map(({ pipeline }) => pipeline.config.name)).size).toBe(FILES + 1);
});

test('a folder without any is said to be one', async () => {
  await expect(pipelineFilesIn([file('empty')])).rejects.toThrow(
    /empty:1:1: the folder holds no pipeline file/,
  );
});
