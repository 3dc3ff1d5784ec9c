/** A file of messages: raw ones, scored ones, or what `earshot tail --json` wrote, told apart line by line. */
import { stat } from 'node:fs/promises';
import { errorText } from '../../core/errors/error-text.ts';
import { positionOf } from '../../core/message/scored-batch.ts';
import type { ColumnMapping } from '../replay/columns.ts';
import type { Line } from '../replay/lines.ts';
import { readRows } from '../replay/rows.ts';
import { parseScored } from '../services/parse-scored.ts';
import type { BacktestSource, SkipReason, SourceItem } from './source.port.ts';

export interface InputFileOptions {
  readonly pipeline: string;
  /** Of CSV and TSV files. */
  readonly columns?: readonly ColumnMapping[];
  /** A message that arrived later is not of the span. */
  readonly toMs?: number;
}

const BATCH_ITEMS = 250;
/** Where messages without a time of their own, or with `offsetMs`, begin. */
const START_MS = Date.UTC(2026, 0, 1);

/** A message arrives at its event time, or later when another one did before; a line of `tail --json` when it was stored. */
export function inputFile(file: string, { pipeline, columns, toMs }: InputFileOptions): BacktestSource {
  return {
    description: file,
    ...(toMs !== undefined && { endMs: toMs }),
    async read(take) {
      const { size } = await stat(file).catch((error: unknown) => {
        throw new Error(`${file}: cannot be read: ${errorText(error)}`, { cause: error });
      });
      const source = readRows(file, { columns, startMs: START_MS });
      let arrivedMs = 0;
      let items: SourceItem[] = [];
      let skipped: Partial<Record<SkipReason, number>> = {};
      const flush = async () => {
        const batch = { items, skipped, share: size === 0 ? 1 : Math.min(1, source.bytesRead() / size) };
        [items, skipped] = [[], {}];
        await take(batch);
      };
      for await (const row of source.rows) {
        const item = itemOf(row, pipeline, arrivedMs);
        if ('skip' in item) skipped[item.skip] = (skipped[item.skip] ?? 0) + 1;
        else {
          arrivedMs = Math.max(arrivedMs, item.storedAtMs);
          if (arrivedMs > (toMs ?? Number.POSITIVE_INFINITY)) break;
          items.push({ ...item, storedAtMs: arrivedMs });
        }
        if (items.length >= BATCH_ITEMS) await flush();
      }
      await flush();
    },
  };
}

/** The fields by which lines are told apart. */
interface AnyLine {
  readonly pipeline?: unknown;
  readonly sentiment?: unknown;
  readonly relevance?: unknown;
  readonly subject?: unknown;
  readonly sequence?: unknown;
  readonly line?: unknown;
  readonly lines?: unknown;
  readonly storedAt?: unknown;
  readonly data?: unknown;
}

function itemOf(
  { data, timeMs }: Line,
  pipeline: string,
  arrivedMs: number,
): SourceItem | { readonly skip: SkipReason } {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data;
  const line = objectOf(typeof data === 'string' ? data : decoder.decode(data));
  const atMs = timeMs ?? (arrivedMs > 0 ? arrivedMs : START_MS);
  const stored = storedOf(line);
  if (stored) {
    const { subject, sequence, storedAtMs, message } = stored;
    if (!subject.startsWith('earshot.scored.'))
      return { kind: 'raw', data: encoder.encode(JSON.stringify(message)), storedAtMs };
    const scored = scoredItem(message, pipeline, storedAtMs);
    return 'skip' in scored ? scored : { ...scored, sequence };
  }
  if (isScored(line)) return scoredItem(line, pipeline, atMs);
  return { kind: 'raw', data: bytes, storedAtMs: atMs };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function scoredItem(
  line: AnyLine,
  pipeline: string,
  storedAtMs: number,
): (SourceItem & { kind: 'scored' }) | { readonly skip: SkipReason } {
  if (line.pipeline !== pipeline) return { skip: 'other_pipeline' };
  const message = parseScored(JSON.stringify(line), pipeline);
  return message ? { kind: 'scored', message, storedAtMs } : { skip: 'not_scored' };
}

function isScored({ pipeline, sentiment, relevance }: AnyLine): boolean {
  return typeof pipeline === 'string' && typeof sentiment === 'object' && typeof relevance === 'object';
}

/** A line of `earshot tail --json`. */
function storedOf({ subject, sequence, line, lines, storedAt, data }: AnyLine) {
  if (typeof subject !== 'string' || typeof sequence !== 'number' || typeof storedAt !== 'string')
    return undefined;
  const storedAtMs = Date.parse(storedAt);
  if (typeof data !== 'object' || data === null || Number.isNaN(storedAtMs)) return undefined;
  const behind = typeof line === 'number' && typeof lines === 'number' ? lines - line : 0;
  return { subject, sequence: positionOf(sequence, behind), storedAtMs, message: data };
}

function objectOf(text: string): AnyLine {
  try {
    const value = JSON.parse(text) as AnyLine | null;
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // It becomes a dead letter, as it would on the road.
  }
}
