/** A model and its tokenizer together: texts in, readings out. */
import { setImmediate } from 'node:timers/promises';
import type { EngineReading, Probability } from '../../core/sentiment/engine.port.ts';
import { scoreOf } from '../../core/sentiment/explanation.ts';
import { attribute, partRead, piecesOf, textsToRead } from '../../core/sentiment/onnx/attribution.ts';
import { planBatches } from '../../core/sentiment/onnx/batches.ts';
import { toProbability } from '../../core/sentiment/onnx/labels.ts';
import { readModelConfig } from '../../core/sentiment/onnx/model-config.ts';
import { readTokenizer } from '../../core/sentiment/onnx/tokenizer.ts';
import { openClassifier } from './classifier.ts';
import { openModelFolder } from './model-folder.ts';
import { loadRuntime } from './runtime.ts';

export interface ReaderOptions {
  /** A package's name, or the path of its entry file. */
  readonly runtime: string;
  readonly threads?: number | undefined;
  /** Tokens that go through the model at once, padding included. */
  readonly tokensPerRunMax: number;
}

export interface Reader {
  readonly languages: ReadonlySet<string>;
  read(texts: readonly string[], explained: boolean): Promise<EngineReading[]>;
  close(): Promise<void>;
}

const TEXTS_PER_RUN_MAX = 64;

/** Rejects with `OnnxError`; nothing is open then. */
export async function openReader(folder: string, options: ReaderOptions): Promise<Reader> {
  const files = await openModelFolder(folder);
  const tokenizerFile = readTokenizer(files.tokenizer);
  const { polarities, tokensMax, padId, languages, temperature } = readModelConfig(files, tokenizerFile);
  const tokenizer = tokenizerFile.tokenizer({ tokensMax });
  const runtime = await loadRuntime(options.runtime);
  const labelCount = polarities.length;
  const { threads, tokensPerRunMax } = options;
  const classifier = await openClassifier(runtime, files.modelPath, { padId, labelCount, threads });
  const limits = { tokensPerRunMax, textsPerRunMax: files.quantized ? 1 : TEXTS_PER_RUN_MAX };

  /** A text without any token is read as one of padding: a model cannot read nothing. */
  const rowOf = (text: string): readonly number[] => {
    const { ids } = tokenizer.encode(text);
    return ids.length === 0 ? [padId] : ids;
  };

  async function probabilities(texts: readonly string[]): Promise<Probability[]> {
    const rows = texts.map(rowOf);
    const lengths = rows.map((row) => row.length);
    const found = new Map<number, Probability>();
    for (const batch of planBatches(lengths, limits)) {
      const logits = await classifier.run(batch.map((index) => rows[index] ?? []));
      for (const [at, index] of batch.entries())
        found.set(index, toProbability(logits[at] ?? [], polarities, temperature));
      // Older runtimes compute within the call: let others have a turn before the next run.
      await setImmediate();
    }
    return [...found].sort(([a], [b]) => a - b).map(([, probability]) => probability);
  }

  async function explain(text: string, probability: Probability): Promise<EngineReading> {
    const part = partRead(text, tokenizer);
    const pieces = piecesOf(part, rowOf(part).length);
    const scores = (await probabilities(textsToRead(part, pieces))).map(scoreOf);
    return { probability, because: attribute(part, pieces, scoreOf(probability), scores) };
  }

  return {
    languages,
    async read(texts, explained) {
      const readings: EngineReading[] = [];
      for (const [index, probability] of (await probabilities(texts)).entries())
        readings.push(explained ? await explain(texts[index] ?? '', probability) : { probability });
      return readings;
    },
    close: () => classifier.close(),
  };
}
