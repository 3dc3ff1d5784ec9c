/** Goal: models by name and by path; what is wrong is said with the folder, the file and what is there. */
import { createHash } from 'node:crypto';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createModelFiles,
  MODEL_FILE_LIMITS,
  ModelFilesError,
} from '../../../src/adapters/model-files/model-files.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

const WEIGHTS = Uint8Array.from([1, 2, 3, 255]);
let root: string;
let shipped: string;

beforeAll(async () => {
  root = await tempFolder('models');
  shipped = join(root, 'shipped');
  await folder('shipped/ours', { 'model.json': '{"format":1}', 'weights.bin': WEIGHTS });
  await folder('shipped/training', { 'words.txt': '' });
  await folder('mine', { 'model.json': '{"format":2}', 'weights.bin': WEIGHTS });
  await folder('halved', { 'model.json': '{}', 'notes.txt': '', 'README.md': '' });
  await folder('broken', { 'model.json': '{"format"', 'weights.bin': WEIGHTS });
  await folder('huge', { 'model.json': '{}', 'weights.bin': '' });
  await truncate(join(root, 'huge', 'weights.bin'), MODEL_FILE_LIMITS.weightsBytesMax + 1); // Sparse.
  await writeFile(join(root, 'file'), '');
});
afterAll(() => removeFolder(root));

async function folder(path: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  await mkdir(join(root, path), { recursive: true });
  for (const [name, data] of Object.entries(files)) await writeFile(join(root, path, name), data);
}

const sha256 = createHash('sha256').update(WEIGHTS).digest('hex');

test('a bare name is a model that comes with Earshot, anything else a path', async () => {
  const source = createModelFiles({ shipped });
  const ours = await source.open('ours');
  expect({ ...ours, weights: Array.from(ours.weights) }).toEqual({
    place: 'ours',
    manifest: { format: 1 },
    weights: [1, 2, 3, 255],
    weightsSha256: sha256,
  });
  const path = join(root, 'mine');
  expect(await source.open(path)).toMatchObject({
    place: path,
    manifest: { format: 2 },
    weightsSha256: sha256,
  });
});

test('the models of this package are found', async () => {
  const { manifest, weights } = await createModelFiles().open('language');
  expect(manifest).toMatchObject({ format: 'earshot-language-1' });
  expect(weights.byteLength).toBeGreaterThan(500_000);
});

test.each<[string, string, string, RegExp]>([
  [
    'no such name',
    'theirs',
    'MODEL_MISSING',
    /no model 'theirs' \(looked for .*theirs\).*comes with Earshot: ours$/,
  ],
  ['no such path', '/no/such', 'MODEL_MISSING', /no model '\/no\/such';/],
  ['a way out of the folder', '../shipped/ours', 'MODEL_MISSING', /no model '\.\.\/shipped\/ours'/],
  ['a file', '$/file', 'MODEL_MISSING', /no model/],
  [
    'a missing file',
    '$/halved',
    'MODEL_FILE',
    /halved\/weights\.bin is missing; .*there: README\.md, model\.json, notes\.txt$/,
  ],
  ['a manifest that is no JSON', '$/broken', 'MODEL_FILE', /broken\/model\.json is not JSON/],
  [
    'weights beyond the limit',
    '$/huge',
    'MODEL_FILE',
    /weights\.bin has 67108865 bytes; at most 67108864 are read/,
  ],
])('%s', async (_what, name, code, message) => {
  const failure: unknown = await createModelFiles({ shipped })
    .open(name.replace('$', root))
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ModelFilesError);
  expect(failure).toMatchObject({ code, canRetry: false, message: expect.stringMatching(message) as string });
});
