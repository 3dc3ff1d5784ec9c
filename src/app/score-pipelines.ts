/** Says of each line what many pipelines would do with it, as the scorer does: all queries are asked at once, and of what
 *  a query matched each text is read once for all pipelines that read alike. Copies are not looked for: what is a copy
 *  depends on what a pipeline keeps. */
import type { Message } from '../core/message/message.ts';
import type { CompiledPipeline } from '../core/pipeline/compile.ts';
import { judgeMatched } from '../core/relevance/judge.ts';
import { compileQueries } from '../core/relevance/query.index.ts';
import { createRecentKeys } from '../core/scorer/recent-keys.ts';
import { Views, viewsOf, type View } from '../core/scorer/views.ts';
import { lineReader, type DeadLine } from './score-line-reader.ts';
import type { LineScorerOptions } from './score-lines.ts';
import { KEYS_MAX, pipelineScore, relevanceWithWords, type PipelineScore } from './score-messages.ts';
import { createSentimentReader, type ReadText } from './sentiment-reader.ts';

export interface NamedScore extends PipelineScore {
  readonly pipeline: string;
}

export interface PipelinesScore {
  /** The message's id; absent for a line that has none. */
  readonly id?: string;
  /** `kept` when one of the pipelines keeps it. */
  readonly decision: 'kept' | 'dropped';
  /** Present when no query matched. */
  readonly relevance?: PipelineScore['relevance'];
  /** Those whose query matched. */
  readonly pipelines: readonly NamedScore[];
}

/** An answer for each line, in order. Never rejects for what a line holds. */
type PipelinesScorer = (lines: readonly string[]) => Promise<readonly (PipelinesScore | DeadLine)[]>;

/** A way to read sentiment, and what it is to read of the lines at hand. */
interface Reader {
  readonly read: Awaited<ReturnType<typeof createSentimentReader>>;
  readonly wanted: Map<View, ReadText | undefined>;
}

/** What a pipeline whose query matched makes of a message, but for its sentiment. */
interface Judged {
  readonly pipeline: CompiledPipeline;
  readonly view: View;
  readonly relevance: PipelineScore['relevance'];
  readonly reader: Reader;
}

interface Item {
  readonly id: string | undefined;
  readonly judged: readonly Judged[];
}

const UNMATCHED = { verdict: 'drop', reason: 'unmatched', matched: [] } as const;

/** `optionsFor`: how a pipeline reads sentiment. */
export async function createPipelinesScorer(
  pipelines: readonly CompiledPipeline[],
  options: Pick<LineScorerOptions, 'input' | 'lang' | 'explain'>,
  optionsFor: (pipeline: CompiledPipeline) => LineScorerOptions,
): Promise<PipelinesScorer> {
  const readers = await readersOf(pipelines, optionsFor);
  const judge = createJudge(pipelines, readers, options.explain);
  const configs = pipelines.map(({ config }) => config);
  const readLine = lineReader(options, configs);
  const distinct = [...new Set(readers.values())];
  let line = 0;
  return async (lines) => {
    const items = lines.map((text): Item | DeadLine => {
      line += 1;
      const read = readLine(text, line);
      if ('decision' in read) return read;
      return { id: read.hasId ? read.message.id : undefined, judged: judge(read.message, line) };
    });
    for (const reader of distinct) await readWanted(reader);
    const answers = items.map((item) => ('decision' in item ? item : answer(item)));
    for (const { wanted } of distinct) wanted.clear();
    return answers;
  };
}

/** By name of the pipeline; those that read alike share one. */
async function readersOf(
  pipelines: readonly CompiledPipeline[],
  optionsFor: (pipeline: CompiledPipeline) => LineScorerOptions,
): Promise<ReadonlyMap<string, Reader>> {
  const byOptions = new Map<string, Reader>();
  const byName = new Map<string, Reader>();
  for (const pipeline of pipelines) {
    const options = optionsFor(pipeline);
    const key = JSON.stringify(options);
    const reader = byOptions.get(key) ?? { read: await createSentimentReader(options), wanted: new Map() };
    byOptions.set(key, reader);
    byName.set(pipeline.config.name, reader);
  }
  return byName;
}

async function readWanted({ read, wanted }: Reader): Promise<void> {
  if (wanted.size === 0) return;
  const views = [...wanted.keys()];
  const texts = await read(views.map(({ message }) => message));
  for (const [at, view] of views.entries()) wanted.set(view, texts[at]);
}

function createJudge(
  pipelines: readonly CompiledPipeline[],
  readers: ReadonlyMap<string, Reader>,
  explain: boolean,
): (message: Message, position: number) => readonly Judged[] {
  const index = compileQueries(pipelines.map(({ config, query }) => ({ key: config.name, query })));
  const byName = new Map(pipelines.map((pipeline) => [pipeline.config.name, pipeline]));
  const views = new Views(pipelines);
  const keys = createRecentKeys({ keysMax: KEYS_MAX, random: Math.random });
  return (message, position) => {
    const ofMessage = viewsOf(message);
    return index.match(message).flatMap(({ key, matched }): Judged[] => {
      const [pipeline, reader] = [byName.get(key), readers.get(key)];
      if (pipeline === undefined || reader === undefined) return [];
      const view = views.of(ofMessage, key);
      reader.wanted.set(view, undefined);
      const relevance = relevanceWithWords(
        (words) => judgeMatched(message, matched, pipeline, { itemOf: () => view, explain: words }),
        { explain, isDuplicate: () => keys.isDuplicate(key, message, position) },
      );
      return [{ pipeline, view, relevance, reader }];
    });
  };
}

function answer({ id, judged }: Item): PipelinesScore {
  const scores = judged.map(({ pipeline, view, relevance, reader }): NamedScore => {
    const read = reader.wanted.get(view);
    if (!read) throw new Error('the engine gave no reading');
    return pipelineScore({ pipeline: pipeline.config.name }, pipeline, view, relevance, read);
  });
  return {
    ...(id !== undefined && { id }),
    decision: scores.some(({ decision }) => decision === 'kept') ? 'kept' : 'dropped',
    ...(scores.length === 0 && { relevance: UNMATCHED }),
    pipelines: scores,
  };
}
