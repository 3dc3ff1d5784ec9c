/** Trained models in folders: those that come with Earshot by name, others by path. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorText } from '../../core/errors/error-text.ts';
import type { ModelFiles, ModelSource } from '../../core/sentiment/model.port.ts';

export const MODEL_FILE_LIMITS = {
  /** `weights.bin`. */
  weightsBytesMax: 67_108_864,
  /** `model.json`. */
  manifestBytesMax: 1_048_576,
} as const;

export class ModelFilesError extends Error {
  override readonly name = 'ModelFilesError';
  readonly canRetry = false;
  readonly code: 'MODEL_MISSING' | 'MODEL_FILE';

  constructor(code: ModelFilesError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** The folder `models` of this package: three levels up from here, in `src` as in `dist`. */
const SHIPPED = fileURLToPath(new URL('../../../models', import.meta.url));

/** A bare name is a model that comes with Earshot; anything else, and a name that does not, is the path of a folder. Where there
 *  is no folder `models/NAME`, that means the model too. */
export function createModelFiles({ shipped = SHIPPED }: { readonly shipped?: string } = {}): ModelSource {
  return {
    async open(name): Promise<ModelFiles> {
      const place = await folderOf(name, shipped);
      const manifestText = await readBounded(place, 'model.json', MODEL_FILE_LIMITS.manifestBytesMax);
      const weights = await readBounded(place, 'weights.bin', MODEL_FILE_LIMITS.weightsBytesMax);
      const weightsSha256 = createHash('sha256').update(weights).digest('hex');
      return {
        place: name,
        manifest: parse(manifestText, join(place, 'model.json')),
        weights,
        weightsSha256,
      };
    },
  };
}

const BARE_NAME = /^[a-z0-9][a-z0-9-]*$/;
const SHIPPED_PREFIX = 'models/';

async function folderOf(name: string, shipped: string): Promise<string> {
  const own = join(shipped, name);
  if (BARE_NAME.test(name) && (await isFolder(own))) return own;
  const path = resolve(name);
  if (await isFolder(path)) return path;
  // As the shipped pipelines name them, from whatever folder Earshot is started in.
  const shippedName = name.startsWith(SHIPPED_PREFIX) ? name.slice(SHIPPED_PREFIX.length) : '';
  if (BARE_NAME.test(shippedName) && (await isFolder(join(shipped, shippedName))))
    return join(shipped, shippedName);
  const names = await modelsOf(shipped);
  const looked = isAbsolute(name) ? '' : ` (looked for ${path})`;
  const message = `there is no model '${name}'${looked}; a model is the path of a folder, or one that comes with Earshot: ${list(names)}`;
  throw new ModelFilesError('MODEL_MISSING', message);
}

async function modelsOf(folder: string): Promise<string[]> {
  const names = (await entriesOf(folder)).filter((entry) => BARE_NAME.test(entry));
  const files = await Promise.all(names.map((name) => entriesOf(join(folder, name))));
  return names.filter((_, at) => files[at]?.includes('model.json'));
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function entriesOf(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

async function readBounded(folder: string, file: string, bytesMax: number): Promise<Buffer> {
  const path = join(folder, file);
  try {
    const { size } = await stat(path);
    if (size > bytesMax)
      throw new ModelFilesError('MODEL_FILE', `${path} has ${size} bytes; at most ${bytesMax} are read`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof ModelFilesError) throw error;
    const there = list(await entriesOf(folder));
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const what = isMissing ? 'is missing' : `cannot be read: ${errorText(error)}`;
    throw new ModelFilesError(
      'MODEL_FILE',
      `${path} ${what}; the folder of a model holds model.json and weights.bin; there: ${there}`,
      error,
    );
  }
}

function parse(manifest: Buffer, path: string): unknown {
  try {
    return JSON.parse(manifest.toString('utf8')) as unknown;
  } catch (error) {
    throw new ModelFilesError('MODEL_FILE', `${path} is not JSON: ${errorText(error)}`, error);
  }
}

/** The first twenty names. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(', ');
  if (names.length === 0) return 'nothing';
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}
