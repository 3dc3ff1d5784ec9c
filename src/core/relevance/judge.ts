/** Whether a pipeline takes a message, and why: query, language, filter. The scorer, `earshot test` and
 *  `earshot score --pipeline` all judge by this. */
import type { Message } from '../message/message.ts';
import type { CompiledPipeline } from '../pipeline/compile.ts';
import { redactMessage } from '../privacy/redact-message.ts';
import type { RelevanceFilter, RelevanceReading } from './filter/filter.port.ts';
import { markFeatures, type MarkFeatures } from './marks/features.ts';
import type { MarkLayer } from './marks/layer.ts';
import { compileQueries } from './query.index.ts';
import { judgeReading, type DropReason, type FilterVerdict, type Verdict } from './verdict.ts';

/** A text on its way, and what was found in it so far, for all pipelines. */
export interface Judgeable {
  readonly message: Pick<Message, 'text'>;
  /** By filter: a handful at most, so that a list is searched. */
  filterReadings?: { readonly filter: RelevanceFilter; readonly reading: RelevanceReading }[];
  markFeatures?: MarkFeatures;
}

type Judging = Pick<CompiledPipeline, 'config' | 'filter'>;

/** What the pipeline's filter makes of a message that its query matched; undefined where there is no filter, or no text
 *  that it could judge. The text is read once for all pipelines of one filter. */
export function judgeByFilter(
  item: Judgeable,
  { config, filter }: Judging,
  layer: MarkLayer | undefined,
): FilterVerdict | undefined {
  const { classifier } = config.listen;
  if (filter === undefined || classifier === undefined) return undefined;
  if (item.message.text.trim() === '') return undefined;
  return judgeReading(readOnce(item, filter), classifier, correctionOf(item, layer));
}

function readOnce(item: Judgeable, filter: RelevanceFilter): RelevanceReading {
  const readings = (item.filterReadings ??= []);
  for (const known of readings) if (known.filter === filter) return known.reading;
  const reading = filter.read(item.message.text);
  readings.push({ filter, reading });
  return reading;
}

function correctionOf(item: Judgeable, layer: MarkLayer | undefined): number {
  if (layer === undefined || layer.state.marks === 0) return 0;
  return layer.correction((item.markFeatures ??= markFeatures(item.message.text)));
}

/** The same verdict with the words that made it. */
export function explainVerdict(verdict: FilterVerdict, item: Judgeable, pipeline: Judging): FilterVerdict {
  const { classifier } = pipeline.config.listen;
  if (pipeline.filter === undefined || classifier === undefined) return verdict;
  const { because } = judgeReading(pipeline.filter.read(item.message.text, { explain: true }), classifier);
  return because === undefined ? verdict : { ...verdict, because };
}

/** The filter reads what the pipeline publishes: people who mark see nothing else, nor do the words of an explanation. */
function shownBy({ redactor }: Pick<CompiledPipeline, 'redactor'>, message: Message): Message {
  if (redactor === undefined) return message;
  return redactMessage(message, redactor, message.conversation ?? message.id).message;
}

/** The whole answer for one message. */
export interface RelevanceJudgement extends Partial<Omit<FilterVerdict, 'verdict'>> {
  readonly verdict: Verdict;
  /** Present when and only when the verdict is `drop`. */
  readonly reason?: Exclude<DropReason, 'duplicate'>;
  /** The parts of the query that matched. */
  readonly matched: readonly string[];
}

export type RelevanceJudge = (
  message: Message,
  options?: { readonly explain?: boolean },
) => RelevanceJudgement;

/** What a pipeline makes of a message that its query matched. `itemOf` answers with the message as the pipeline shows it;
 *  it is asked for when there is a filter to read it. */
export function judgeMatched(
  message: Message,
  matched: readonly string[],
  pipeline: Judging & Pick<CompiledPipeline, 'speaks'>,
  { itemOf, layer, explain = false }: JudgeOptions,
): RelevanceJudgement {
  if (!pipeline.speaks(message)) return { verdict: 'drop', reason: 'language', matched };
  const item = pipeline.filter && itemOf();
  const judged = item && judgeByFilter(item, pipeline, layer);
  if (item === undefined || judged === undefined) return { verdict: 'keep', matched };
  const full = explain ? explainVerdict(judged, item, pipeline) : judged;
  return full.verdict === 'drop' ? { ...full, reason: 'irrelevant', matched } : { ...full, matched };
}

interface JudgeOptions {
  readonly itemOf: () => Judgeable;
  readonly layer?: MarkLayer | undefined;
  /** With the words that made the verdict. */
  readonly explain?: boolean;
}

/** Judges messages for one pipeline, one at a time and without memory: all that the scorer does but for duplicates. */
export function createRelevanceJudge(
  pipeline: Pick<CompiledPipeline, 'config' | 'query' | 'filter' | 'speaks' | 'redactor'>,
  layer?: MarkLayer,
): RelevanceJudge {
  const index = compileQueries([{ key: pipeline.config.name, query: pipeline.query }]);
  return (message, { explain = false } = {}) => {
    const [match] = index.match(message);
    if (match === undefined) return { verdict: 'drop', reason: 'unmatched', matched: [] };
    const itemOf = () => ({ message: shownBy(pipeline, message) });
    return judgeMatched(message, match.matched, pipeline, { itemOf, layer, explain });
  };
}
