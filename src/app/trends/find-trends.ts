/** Messages in, trends out as they change: the very core the watcher runs, in event time, in one pass. */
import { readRows } from '../replay/rows.ts';
import type { ColumnMapping } from '../replay/columns.ts';
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

/** The lines of NDJSON. */
export function ndjsonLines(bytes: AsyncIterable<Buffer | string>): AsyncIterable<Uint8Array> {
  return splitLines(bytes, { bytesMax: MESSAGE_LIMITS.messageBytesMax + 1 });
}

/** By its name. */
export function isTable(file: string): boolean {
  return /\.[ct]sv(?:\.gz)?$/i.test(file);
}

/** The rows of a CSV or TSV file as lines of NDJSON. Throws a `ColumnsError` when the mapping is missing or does not fit. */
export async function* tableLines(
  file: string,
  columns: readonly ColumnMapping[] | undefined,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const { data } of readRows(file, { columns, startMs: 0 }).rows)
    yield typeof data === 'string' ? encoder.encode(data) : data;
}

export async function* findTrends(
  lines: AsyncIterable<Uint8Array>,
  { config, by }: FindOptions,
): AsyncGenerator<TrendFinding> {
  let trends = new Trends(PIPELINE, config);
  let nowMs = Number.NEGATIVE_INFINITY;
  let line = 0;
  for await (const text of lines) {
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
