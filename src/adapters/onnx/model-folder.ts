/** The folder of a text-classification transformer, as Hugging Face exports it. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from '../../core/errors/error-text.ts';
import { OnnxError } from '../../core/sentiment/onnx/errors.ts';
import type { ModelFolderFiles } from '../../core/sentiment/onnx/model-config.ts';

/** The first of these that is there is the model. */
const MODEL_FILES = ['model', 'model_quantized'].flatMap((name) => [
  `${name}.onnx`,
  join('onnx', `${name}.onnx`),
]);

/** Of a JSON file; tokenizer.json with 250,000 tokens has 17 MB. */
const JSON_BYTES_MAX = 64 * 1024 * 1024;

export interface ModelFolder extends ModelFolderFiles {
  readonly tokenizer: unknown;
  readonly modelPath: string;
  /** 8-bit weights, with activations scaled by what else is in the batch: such a model reads a text differently beside others. */
  readonly quantized: boolean;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new OnnxError('ONNX_FILE', `${path} cannot be read: ${errorText(error)}`, error);
  }
}

/** Undefined when there is no such file. */
async function readJson(folder: string, name: string): Promise<unknown> {
  const path = join(folder, name);
  const size = await sizeOf(path);
  if (size === undefined) return undefined;
  if (size > JSON_BYTES_MAX)
    throw new OnnxError('ONNX_FILE', `${path} has ${size} bytes; at most ${JSON_BYTES_MAX} are read`);
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    throw new OnnxError('ONNX_FILE', `${path} is no JSON that can be read: ${errorText(error)}`, error);
  }
}

async function required(folder: string, name: string, what: string): Promise<unknown> {
  const json = await readJson(folder, name);
  if (json !== undefined) return json;
  const hint = 'export the model with: optimum-cli export onnx --model <name> <folder>';
  throw new OnnxError('ONNX_FILE', `${join(folder, name)} is missing: it holds ${what}; ${hint}`);
}

/** Throws `ONNX_FILE`, naming what is missing and where it was looked for. */
export async function openModelFolder(folder: string): Promise<ModelFolder> {
  const config = await required(folder, 'config.json', 'the labels');
  const tokenizer = await required(folder, 'tokenizer.json', 'the vocabulary');
  for (const name of MODEL_FILES) {
    const modelPath = join(folder, name);
    if ((await sizeOf(modelPath)) === undefined) continue;
    return {
      config,
      tokenizer,
      tokenizerConfig: await readJson(folder, 'tokenizer_config.json'),
      earshot: await readJson(folder, 'earshot.json'),
      modelPath,
      quantized: name.includes('quantized'),
    };
  }
  throw new OnnxError('ONNX_FILE', `${folder} holds no model; looked for: ${MODEL_FILES.join(', ')}`);
}
