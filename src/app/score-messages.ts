/** Says of each line what a pipeline would do with it: whether it is a message, whether the pipeline wants it, its
 *  sentiment, its routes, and whether it is a copy of others. The very judges of the scorer, without a bus. */
import type { Message } from '../core/message/message.ts';
import { Duplicates, type Sighting } from '../core/duplicates/duplicates.ts';
import { duplicatesConfig } from '../core/duplicates/duplicates.config.ts';
import type { ClusterView } from '../core/duplicates/cluster-view.ts';
import type { CompiledPipeline } from '../core/pipeline/compile.ts';
import { PII_KINDS, type PiiKind } from '../core/privacy/kinds.ts';
import { redactMessage, type RedactedMessage } from '../core/privacy/redact-message.ts';
import { NOTHING_FOUND, type FoundCounts } from '../core/privacy/redactor.ts';
import { createRelevanceJudge, type RelevanceJudgement } from '../core/relevance/judge.ts';
import type { DropReason } from '../core/relevance/verdict.ts';
import { createRecentKeys } from '../core/scorer/recent-keys.ts';
import type { Sentiment } from '../core/sentiment/engine.port.ts';
import { lineReader, type DeadLine } from './score-line-reader.ts';
import type { LineScorerOptions } from './score-lines.ts';
import { createSentimentReader, type ReadText } from './sentiment-reader.ts';

/** A message's key is remembered for so many messages at least, as a scorer does. */
export const KEYS_MAX = 100_000;

/** What one pipeline makes of a message. */
export interface PipelineScore extends Sentiment {
  readonly decision: 'kept' | 'dropped';
  readonly relevance: Omit<RelevanceJudgement, 'reason'> & { readonly reason?: DropReason };
  /** Declared, or found from the text; `und` and `mul` where it cannot be told. */
  readonly lang: string;
  /** Queues; empty for what is dropped. */
  readonly routes: readonly string[];
  /** The text as the pipeline would publish it, and what was replaced; only where something was. */
  readonly text?: string;
  readonly redacted?: Partial<Record<PiiKind, number>>;
}

export interface MessageScore extends PipelineScore {
  /** The message's id; absent for a line that has none. */
  readonly id?: string;
  /** Present for a copy of an earlier line. `weight`: what it counts in volume. */
  readonly cluster?: Pick<ClusterView, 'id' | 'copies' | 'authors' | 'verdict' | 'reasons'> & {
    readonly weight: number;
  };
}

export interface MessageScorer {
  /** An answer for each line, in order. Never rejects for what a line holds. */
  readonly score: (lines: readonly string[]) => Promise<readonly (MessageScore | DeadLine)[]>;
  /** Found so far, the largest first. */
  readonly clusters: () => ClusterView[];
}

interface Item {
  /** Number of the line, from 1. */
  readonly line: number;
  readonly message: Message;
  readonly hasId: boolean;
  readonly found: FoundCounts;
  /** As the pipeline would publish it. */
  readonly shown: Message;
}

export async function createMessageScorer(
  options: LineScorerOptions,
  pipeline: CompiledPipeline,
): Promise<MessageScorer> {
  const { explain } = options;
  const { config, redactor } = pipeline;
  const read = await createSentimentReader(options);
  const judge = createRelevanceJudge(pipeline);
  const duplicates = new Duplicates(config.duplicates ?? duplicatesConfig.parse({}));
  const keys = createRecentKeys({ keysMax: KEYS_MAX, random: Math.random });
  const readLine = lineReader(options, [config]);
  let line = 0;

  const prepare = (text: string): Item | DeadLine => {
    line += 1;
    const item = readLine(text, line);
    if ('decision' in item) return item;
    const { message, hasId } = item;
    if (redactor === undefined) return { line, message, hasId, found: NOTHING_FOUND, shown: message };
    const conversation = message.conversation ?? (hasId ? message.id : '');
    const { message: shown, found } = redactMessage(message, redactor, conversation);
    return { line, message, hasId, found, shown };
  };

  const relevanceOf = ({ message, line: position }: Item): MessageScore['relevance'] =>
    relevanceWithWords((words) => judge(message, { explain: words }), {
      explain,
      isDuplicate: () => keys.isDuplicate('', message, position),
    });

  const answer = (item: Item, read: ReadText): MessageScore => {
    const { shown, hasId, found } = item;
    const identity = hasId ? { id: shown.id } : {};
    const score = pipelineScore(identity, pipeline, { message: shown, found }, relevanceOf(item), read);
    const cluster = clusterOf(duplicates.observe(shown));
    return cluster === undefined ? score : Object.assign(score, { cluster });
  };

  return {
    async score(lines) {
      const items = lines.map(prepare);
      const texts = await read(items.flatMap((item) => ('shown' in item ? [item.shown] : [])));
      let next = 0;
      return items.map((item) => {
        if ('decision' in item) return item;
        const text = texts[next++];
        if (!text) throw new Error('the engine gave no reading');
        return answer(item, text);
      });
    },
    clusters: () => duplicates.clusters(Number.POSITIVE_INFINITY),
  };
}

/** Copies are dropped as the scorer drops them, after the query and the language; what is not kept is told with its words. */
export function relevanceWithWords(
  judge: (words: boolean) => RelevanceJudgement,
  { explain, isDuplicate }: { readonly explain: boolean; readonly isDuplicate: () => boolean },
): PipelineScore['relevance'] {
  const judged = judge(explain);
  const { verdict, reason, matched } = judged;
  if (reason === 'unmatched' || reason === 'language') return judged;
  if (isDuplicate()) return { verdict: 'drop', reason: 'duplicate', matched };
  return verdict === 'keep' || explain ? judged : judge(true);
}

/** Of a message as the pipeline shows it, behind what `identity` says, which it becomes part of. Not spread: where the fields
 *  differ from one object to the next that takes 5 to 15 µs in Node 20. */
export function pipelineScore<T extends object>(
  identity: T,
  { route }: Pick<CompiledPipeline, 'route'>,
  { message, found }: Pick<RedactedMessage, 'message' | 'found'>,
  relevance: PipelineScore['relevance'],
  { language, sentiment }: ReadText,
): T & PipelineScore {
  const isKept = relevance.verdict !== 'drop';
  const score = Object.assign(identity, sentiment, {
    decision: isKept ? ('kept' as const) : ('dropped' as const),
    relevance,
    lang: language,
    routes: isKept ? route({ message, sentiment }).queues : [],
  });
  if (found === NOTHING_FOUND) return score;
  return Object.assign(score, { text: message.text, redacted: countsOf(found) });
}

function clusterOf(sighting: Sighting): MessageScore['cluster'] {
  const { weight } = sighting;
  const seen = sighting.view();
  if (seen === undefined) return undefined;
  const { id, copies, authors, verdict, reasons } = seen;
  return { id, copies, authors, verdict, reasons, weight };
}

function countsOf(found: FoundCounts): Partial<Record<PiiKind, number>> {
  return Object.fromEntries(PII_KINDS.filter((kind) => found[kind] > 0).map((kind) => [kind, found[kind]]));
}
