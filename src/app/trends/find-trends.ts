/** Messages in, trends out as they change: the very core the watcher runs, in event time, in one pass. */
import { splitLines } from '../split-lines.ts';
import type { TrendEvent } from '../../core/trend/board.ts';
import type { TrendConfig } from '../../core/trend/trend.config.ts';
import type { TrendView } from '../../core/trend/trend-view.ts';
import { Trends } from '../../core/trend/trends.ts';
import { MESSAGE_LIMITS } from '../../core/message/limits.ts';
import { readTrendLine, type LineProblem } from './trend-lines.ts';

export type TrendFinding =
  | LineProblem
  | { readonly event: TrendEvent }
  /** What had not ended when the messages did. */
  | { readonly last: TrendView }
  /** Limits that were reached, by name. */
  | { readonly limits: Readonly<Record<string, number>> };

export interface FindOptions {
  readonly config: TrendConfig;
  /** Field of the message that tells channels apart; `all`: none. */
  readonly by: string;
}

/** A message older than this is of another stream: a file may hold one after the other. */
const JUMP_BACK_MS = 7 * 86_400_000;
/** Ids of these trends stay the same from run to run. */
const PIPELINE = 'trends';

export async function* findTrends(
  bytes: AsyncIterable<Buffer | string>,
  { config, by }: FindOptions,
): AsyncGenerator<TrendFinding> {
  let trends = new Trends(PIPELINE, config);
  let nowMs = Number.NEGATIVE_INFINITY;
  let line = 0;
  for await (const text of splitLines(bytes, { bytesMax: MESSAGE_LIMITS.messageBytesMax + 1 })) {
    line += 1;
    const message = readTrendLine(text, line, by);
    if (message === undefined) continue;
    if ('problem' in message) {
      yield message;
      continue;
    }
    if (message.time < nowMs - JUMP_BACK_MS) {
      yield* finish(trends, nowMs);
      trends = new Trends(PIPELINE, config);
      nowMs = message.time;
    }
    nowMs = Math.max(nowMs, message.time);
    trends.observe(message);
    for (const event of trends.advance(nowMs)) yield { event };
  }
  yield* finish(trends, nowMs);
}

function* finish(trends: Trends, nowMs: number): Generator<TrendFinding> {
  for (const event of trends.advance(nowMs)) yield { event };
  for (const last of trends.top(Number.POSITIVE_INFINITY)) yield { last };
  const reached = Object.entries(trends.limits).filter(([, count]) => count > 0);
  if (reached.length > 0) yield { limits: Object.fromEntries(reached) };
}
