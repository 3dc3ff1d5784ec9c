/** What engines find in the messages of a batch: each message is read once for all pipelines that score alike, and its
 *  language is found once. */
import type { IdentifyLanguage } from '../language/identify.ts';
import type { Message } from '../message/message.ts';
import type { CompiledPipeline } from '../pipeline/compile.ts';
import type { Judgeable } from '../relevance/judge.ts';
import type { BatchEngine, EngineReading } from '../sentiment/engine.port.ts';
import { reads, type AnyEngine } from '../sentiment/engines.ts';

/** A message on its way, and what was found in it so far: a handful of engines at most, so that a list is searched. */
export interface Readable extends Judgeable {
  readonly message: Pick<Message, 'text' | 'lang'>;
  /** The last one. */
  reading: Reading | undefined;
  language?: { readonly by: IdentifyLanguage; readonly code: string };
}
interface Reading {
  readonly engine: AnyEngine;
  readonly language: string;
  readonly found: EngineReading;
  readonly before: Reading | undefined;
}

type Reader = Pick<CompiledPipeline, 'engine' | 'identify'>;

/** The reading of a pipeline's engine; undefined when the message is in a language that the engine is not for. Engines of
 *  kind `batch` have read before: `readAhead`. */
export function readNow(item: Readable, { engine, identify }: Reader): EngineReading | undefined {
  const language = languageOf(item, identify);
  if (!reads(engine, language)) return undefined;
  const known = find(item, engine, language);
  if (known !== undefined) return known;
  if (engine.kind === 'batch') throw new Error(`the engine '${engine.name}' gave no reading`);
  const found = engine.read(item.message.text, { language });
  item.reading = { engine, language, found, before: item.reading };
  return found;
}

/** Has every engine of kind `batch` read what its pipelines will ask for, all texts of an engine at once. */
export async function readAhead<T extends Readable>(
  work: readonly T[],
  readersOf: (item: T) => readonly Reader[],
): Promise<void> {
  const wanted = new Map<BatchEngine, { item: Readable; language: string }[]>();
  for (const item of work) {
    for (const { engine, identify } of readersOf(item)) {
      if (engine.kind !== 'batch') continue;
      const language = languageOf(item, identify);
      const items = wanted.get(engine) ?? [];
      wanted.set(engine, items);
      const isNew = !items.some((other) => other.item === item && other.language === language);
      if (isNew && reads(engine, language)) items.push({ item, language });
    }
  }
  await Promise.all(
    [...wanted].map(async ([engine, items]) => {
      const readings = await engine.readBatch(items.map(({ item }) => item.message.text));
      for (const [index, { item, language }] of items.entries()) {
        const found = readings[index];
        if (found !== undefined) item.reading = { engine, language, found, before: item.reading };
      }
    }),
  );
}

function languageOf(item: Readable, identify: IdentifyLanguage): string {
  if (item.language?.by === identify) return item.language.code;
  const { text, lang } = item.message;
  const code = identify(text, lang);
  item.language = { by: identify, code };
  return code;
}

function find({ reading }: Readable, engine: AnyEngine, language: string): EngineReading | undefined {
  for (let known = reading; known !== undefined; known = known.before)
    if (known.engine === engine && known.language === language) return known.found;
  return undefined;
}
