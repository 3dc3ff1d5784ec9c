/** Says of each line what a pipeline would do with it: whether it is a message, whether the pipeline wants it, its
 *  sentiment, its routes, and whether it is a copy of others. The very judges of the scorer, without a bus. */
import { decode, type Decoded } from '../core/message/codec.ts';
import type { Message } from '../core/message/message.ts';
import { MESSAGE_LIMITS } from '../core/message/limits.ts';
import { Duplicates, type Sighting } from '../core/duplicates/duplicates.ts';
import { duplicatesConfig } from '../core/duplicates/duplicates.config.ts';
import type { ClusterView } from '../core/duplicates/cluster-view.ts';
import type { CompiledPipeline } from '../core/pipeline/compile.ts';
import { PII_KINDS, type PiiKind } from '../core/privacy/kinds.ts';
import { redactMessage } from '../core/privacy/redact-message.ts';
import { NOTHING_FOUND, type FoundCounts } from '../core/privacy/redactor.ts';
import { createRelevanceJudge, type RelevanceJudgement } from '../core/relevance/judge.ts';
import type { DropReason } from '../core/relevance/verdict.ts';
import { createRecentKeys } from '../core/scorer/recent-keys.ts';
import type { Sentiment } from '../core/sentiment/engine.port.ts';
import { systemClock } from './clock.ts';
import type { LineScorerOptions } from './score-lines.ts';
import { createSentimentReader } from './sentiment-reader.ts';

/** A message's key is remembered for so many messages at least, as a scorer does. */
const KEYS_MAX = 100_000;

export interface MessageScore extends Sentiment {
  /** The message's id; absent for a line that has none. */
  readonly id?: string;
  readonly decision: 'kept' | 'dropped';
  readonly relevance: Omit<RelevanceJudgement, 'reason'> & { readonly reason?: DropReason };
  /** Declared, or found from the text; `und` and `mul` where it cannot be told. */
  readonly lang: string;
  /** Queues; empty for what is dropped. */
  readonly routes: readonly string[];
  /** The text as the pipeline would publish it, and what was replaced; only where something was. */
  readonly text?: string;
  readonly redacted?: Partial<Record<PiiKind, number>>;
  /** Present for a copy of an earlier line. `weight`: what it counts in volume. */
  readonly cluster?: Pick<ClusterView, 'id' | 'copies' | 'authors' | 'verdict' | 'reasons'> & {
    readonly weight: number;
  };
}

/** A line that would become a dead letter: why. */
export interface DeadLine {
  readonly decision: 'dead';
  readonly reason: string;
  readonly error: string;
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
  const keys = createRecentKeys({ keysMax: KEYS_MAX });
  const readLine = lineReader(options, config);
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

  const relevanceOf = ({ message, line: position }: Item): MessageScore['relevance'] => {
    const judged = judge(message, { explain });
    const { verdict, reason } = judged;
    if (reason === 'unmatched' || reason === 'language') return judged;
    if (keys.isDuplicate('', message, position))
      return { verdict: 'drop', reason: 'duplicate', matched: judged.matched };
    return verdict === 'keep' || explain ? judged : judge(message, { explain: true });
  };

  const answer = (item: Item, language: string, sentiment: Sentiment): MessageScore => {
    const { shown, hasId, found } = item;
    const relevance = relevanceOf(item);
    const isKept = relevance.verdict !== 'drop';
    const cluster = clusterOf(duplicates.observe(shown));
    return {
      ...(hasId && { id: shown.id }),
      ...sentiment,
      decision: isKept ? 'kept' : 'dropped',
      relevance,
      lang: language,
      routes: isKept ? pipeline.route({ message: shown, sentiment }).queues : [],
      ...(found !== NOTHING_FOUND && { text: shown.text, redacted: countsOf(found) }),
      ...(cluster && { cluster }),
    };
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
        return answer(item, text.language, text.sentiment);
      });
    },
    clusters: () => duplicates.clusters(Number.POSITIVE_INFINITY),
  };
}

interface LineMessage {
  readonly message: Message;
  /** The line says which message it is. */
  readonly hasId: boolean;
}

/** Reads a line as the scorer reads a payload. Where plain text is welcome a line that is no message is a text; and a
 *  message needs no id, since nobody asks for it again. */
function lineReader({ input, lang }: LineScorerOptions, config: CompiledPipeline['config']) {
  const subject = (config.source.subjects[0] ?? '').replace(/[*>]/g, 'score');
  const futureSkewMaxMs = config.window.futureSkewMax;
  const encoder = new TextEncoder();
  const decodeOne = (text: string) =>
    decode(encoder.encode(text), { subject, arrivalMs: systemClock.nowMs(), futureSkewMaxMs });
  const withLang = (message: Message): Message =>
    lang === undefined || message.lang !== undefined ? message : { ...message, lang };
  const asText = (text: string, id: string): LineMessage | DeadLine => {
    const read = text.slice(0, MESSAGE_LIMITS.textCharsReadMax);
    const [decoded] = decodeOne(JSON.stringify({ id, text: read }));
    if (decoded?.kind !== 'message') return deadLine(decoded);
    return { message: withLang(decoded.message), hasId: false };
  };

  return (text: string, line: number): LineMessage | DeadLine => {
    const id = `line-${line}`;
    const mayBeText = input === 'auto';
    if (input === 'text' || (mayBeText && !text.trimStart().startsWith('{'))) return asText(text, id);
    const [decoded, another] = decodeOne(text);
    if (another !== undefined)
      return { decision: 'dead', reason: 'too_many', error: 'several messages; a line is one' };
    if (decoded?.kind === 'message') return { message: withLang(decoded.message), hasId: true };
    if (decoded?.reason === 'missing_id') {
      const raw = JSON.parse(text) as { readonly text?: unknown };
      const [named] = typeof raw.text === 'string' ? decodeOne(JSON.stringify({ ...raw, id })) : [];
      if (named?.kind === 'message') return { message: withLang(named.message), hasId: false };
      if (mayBeText) return asText(text, id);
    }
    if (mayBeText && decoded?.reason === 'invalid_json') return asText(text, id);
    return deadLine(decoded);
  };
}

function deadLine(decoded: Decoded | undefined): DeadLine {
  if (decoded?.kind !== 'dead') return { decision: 'dead', reason: 'empty', error: 'nothing to read' };
  return { decision: 'dead', reason: decoded.reason, error: decoded.detail };
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
