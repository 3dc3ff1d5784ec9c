/** One run of the model: token ids in, logits out. */
import { errorText } from '../../core/errors/error-text.ts';
import { OnnxError, quote, unsupported } from '../../core/sentiment/onnx/errors.ts';
import type { Runtime, Session, Tensor } from './runtime.ts';

const INPUTS = ['input_ids', 'attention_mask', 'token_type_ids'];

export interface ClassifierOptions {
  /** Fills shorter rows up. */
  readonly padId: number;
  readonly labelCount: number;
  /** Threads of one run; the runtime decides when absent. */
  readonly threads?: number | undefined;
}

export interface Classifier {
  /** Rows of ids, at least one each, of any lengths; `labelCount` finite logits for each. Rejects with `ONNX_RUNTIME`. */
  run(rows: readonly (readonly number[])[]): Promise<number[][]>;
  close(): Promise<void>;
}

/** The name of the logits. */
function checkSession({ inputNames, outputNames }: Session, path: string): string {
  const strange = inputNames.filter((name) => !INPUTS.includes(name));
  if (strange.length > 0 || !inputNames.includes('input_ids'))
    throw unsupported(`${path}: inputs`, inputNames, INPUTS);
  const [only] = outputNames;
  if (outputNames.includes('logits')) return 'logits';
  if (only !== undefined && outputNames.length === 1) return only;
  throw unsupported(`${path}: outputs`, outputNames, ['logits', 'one output of any name']);
}

/** A matrix of int64, row by row; what is beyond a row's end is `fill`. */
function matrix(
  { Tensor }: Runtime,
  rows: readonly (readonly number[])[],
  width: number,
  fill: number,
): Tensor {
  const data = new BigInt64Array(rows.length * width).fill(BigInt(fill));
  for (const [index, row] of rows.entries())
    for (const [column, value] of row.entries()) data[index * width + column] = BigInt(value);
  return new Tensor('int64', data, [rows.length, width]);
}

function readLogits(output: Tensor | undefined, rows: number, labels: number, path: string): number[][] {
  const shape = quote(output?.dims);
  if (output?.type !== 'float32' || shape !== quote([rows, labels])) {
    const message = `${path} answers with ${output?.type ?? 'nothing'} ${shape}; with the labels of config.json it must be float32 [${rows},${labels}]`;
    throw new OnnxError('ONNX_UNSUPPORTED', message);
  }
  const data = Array.from(output.data as Float32Array);
  if (!data.every(Number.isFinite))
    throw new OnnxError('ONNX_RUNTIME', `${path} answers with logits that are no finite numbers`);
  return Array.from({ length: rows }, (_, row) => data.slice(row * labels, (row + 1) * labels));
}

function feedsOf(
  runtime: Runtime,
  names: readonly string[],
  rows: readonly (readonly number[])[],
  padId: number,
): Record<string, Tensor> {
  const width = Math.max(...rows.map((row) => row.length));
  const ones = rows.map((row) => row.map(() => 1));
  const zeros = rows.map(() => []);
  const makers: Readonly<Record<string, () => Tensor>> = {
    input_ids: () => matrix(runtime, rows, width, padId),
    attention_mask: () => matrix(runtime, ones, width, 0),
    token_type_ids: () => matrix(runtime, zeros, width, 0),
  };
  return Object.fromEntries(names.flatMap((name) => (makers[name] ? [[name, makers[name]()]] : [])));
}

/** Throws `ONNX_FILE` when the file is no model that the runtime reads, `ONNX_UNSUPPORTED` for inputs we do not have. */
export async function openClassifier(
  runtime: Runtime,
  path: string,
  { padId, labelCount, threads }: ClassifierOptions,
): Promise<Classifier> {
  const session = await runtime.InferenceSession.create(path, {
    executionProviders: ['cpu'],
    logSeverityLevel: 4,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  }).catch((error: unknown) => {
    throw new OnnxError('ONNX_FILE', `${path} cannot be loaded: ${errorText(error)}`, error);
  });
  let logits: string;
  try {
    logits = checkSession(session, path);
  } catch (error) {
    await session.release();
    throw error;
  }
  return {
    async run(rows) {
      const feeds = feedsOf(runtime, session.inputNames, rows, padId);
      const answer = await session.run(feeds).catch((error: unknown) => {
        throw new OnnxError('ONNX_RUNTIME', `${path}: ${errorText(error)}`, error);
      });
      return readLogits(answer[logits], rows.length, labelCount, path);
    },
    close: () => session.release(),
  };
}
