/** The sentiment engine `onnx`: a text-classification transformer that a user brings as a folder. */
import type { BatchEngine } from '../../core/sentiment/engine.port.ts';
import { OnnxError } from '../../core/sentiment/onnx/errors.ts';
import { openReader } from './reader.ts';
import { RUNTIME_PACKAGE } from './runtime.ts';

export interface OnnxEngineOptions {
  /** Where onnxruntime-node is, when it is not a package that Node finds: the path of its entry file. */
  readonly runtime?: string;
  /** Threads of one run; the runtime takes one a core unless told otherwise. */
  readonly threads?: number;
  /** Tokens that go through the model at once, padding included; at least 1. */
  readonly tokensPerRunMax?: number;
}

export interface OnnxEngine extends BatchEngine {
  /** Waits for what is being read, then frees the model. Further calls do nothing more. */
  close(): Promise<void>;
}

/** A run holds the process up in older runtimes, and a model of BERT's size takes milliseconds a token. */
const TOKENS_PER_RUN_MAX = 1_024;

/** `folder` holds config.json, tokenizer.json, model.onnx (also in onnx/, also as model_quantized.onnx) and, if wanted,
 *  tokenizer_config.json and earshot.json `{languages?: ['en'], temperature?: 1}`. Texts that are read together share their
 *  padding, which moves a probability by about 1e-7; a quantized model it would move far more, so that it reads one by one.
 *  Rejects with `OnnxError`; nothing stays open then. */
export async function createOnnxEngine(folder: string, options: OnnxEngineOptions = {}): Promise<OnnxEngine> {
  const { runtime = RUNTIME_PACKAGE, tokensPerRunMax = TOKENS_PER_RUN_MAX, threads } = options;
  const reader = await openReader(folder, { runtime, tokensPerRunMax, threads });
  try {
    // A model that does not fit its labels shows now, not with the first message.
    await reader.read([''], false);
  } catch (error) {
    await reader.close();
    throw error;
  }

  // One after another: the memory of a run is bounded, and `close` knows what it waits for.
  let last: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  return {
    kind: 'batch',
    name: 'onnx',
    languages: reader.languages,
    readBatch(texts, readOptions) {
      if (closing !== undefined) {
        const message = `the sentiment engine onnx of ${folder} is closed`;
        return Promise.reject(new OnnxError('ONNX_CLOSED', message));
      }
      const turn = last.then(() => reader.read(texts, readOptions?.explain === true));
      last = turn.catch(() => undefined);
      return turn;
    },
    close() {
      closing ??= last.then(() => reader.close());
      return closing;
    },
  };
}
