/** onnxruntime-node, an optional peer dependency of 100 MB and more: imported when a pipeline asks for it, and described
 *  here as far as it is used, so that Earshot builds without it. */
import { errorText } from '../../core/errors/error-text.ts';
import { OnnxError } from '../../core/sentiment/onnx/errors.ts';

export const RUNTIME_PACKAGE = 'onnxruntime-node';
/** The oldest tested; older ones lack `release`. */
const RUNTIME_RANGE = '>=1.16.3 <2';

export interface Tensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<unknown>;
}

export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}

interface SessionOptions {
  readonly executionProviders: readonly string[];
  /** 4: only what ends the process; errors come as exceptions. */
  readonly logSeverityLevel: number;
  readonly intraOpNumThreads?: number;
}

export interface Runtime {
  readonly InferenceSession: { create(path: string, options: SessionOptions): Promise<Session> };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => Tensor;
}

/** `specifier`: the package's name, or the path of its entry file. Throws `ONNX_RUNTIME_UNAVAILABLE`. */
export async function loadRuntime(specifier: string): Promise<Runtime> {
  try {
    // A CommonJS package: its exports are the default one.
    const { default: runtime } = (await import(specifier)) as { default?: Partial<Runtime> };
    const { InferenceSession, Tensor } = runtime ?? {};
    if (InferenceSession !== undefined && Tensor !== undefined) return { InferenceSession, Tensor };
    throw new Error('it exports no InferenceSession and Tensor');
  } catch (error) {
    const command = `npm install --no-save --save-prod '${RUNTIME_PACKAGE}@${RUNTIME_RANGE}'`;
    const message = `the sentiment engine onnx needs the package ${RUNTIME_PACKAGE} ${RUNTIME_RANGE}, and '${specifier}' cannot be loaded (${errorText(error)}); install it with: ${command}`;
    throw new OnnxError('ONNX_RUNTIME_UNAVAILABLE', message, error);
  }
}
