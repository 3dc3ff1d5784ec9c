/** Reads exports: NDJSON of `earshot tail --json` (`{subject, …, data}`), or of what `data` holds alone; packed by gzip too. */
import { errorText } from '../../core/errors/error-text.ts';
import type { MarkParse, RelevanceMark } from '../../core/relevance/marks/mark.ts';
import { parseMarkRequest, readPublished } from '../../core/relevance/marks/mark-request.ts';
import { markSchema } from '../../core/relevance/marks/mark.ts';
import { openBytes } from '../file-bytes.ts';
import { splitLines } from '../split-lines.ts';
import { MARKS_READ_MAX, type Published } from './streams.ts';

const LINE_BYTES_MAX = 1_048_576;

export class AuditFileError extends Error {
  override readonly name = 'AuditFileError';
  readonly code = 'AUDIT_FILE';
  readonly canRetry = false;
}

interface Line {
  readonly value: unknown;
  /** `file:12`, for messages. */
  readonly place: string;
  readonly number: number;
}

async function* linesOf(file: string): AsyncGenerator<Line> {
  let number = 0;
  try {
    for await (const bytes of splitLines(openBytes(file).bytes, { bytesMax: LINE_BYTES_MAX })) {
      number += 1;
      const text = bytes.toString('utf8').trim();
      if (text !== '') yield { value: unwrapped(JSON.parse(text)), place: `${file}:${number}`, number };
    }
  } catch (error) {
    throw new AuditFileError(
      `${file}${number === 0 ? '' : `:${number}`}: cannot be read: ${errorText(error)}`,
    );
  }
}

function unwrapped(value: unknown): unknown {
  const isWrapped = isRecord(value) && typeof value.subject === 'string' && 'data' in value;
  return isWrapped ? value.data : value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

const isOf = (value: unknown, pipeline: string) =>
  !isRecord(value) || value.pipeline === undefined || value.pipeline === pipeline;

/** Marks as the stream has them, or requests for marks (what `earshot audit --draw` wrote, filled in); those of other pipelines
 *  and those nobody filled in are passed over. Throws an `AuditFileError` that names the line. */
export async function marksOfFile(file: string, pipeline: string, nowMs: number): Promise<RelevanceMark[]> {
  const marks: RelevanceMark[] = [];
  for await (const { value, place, number } of linesOf(file)) {
    if (!isOf(value, pipeline) || isUnfilled(value)) continue;
    const parsed = asMark(value, pipeline, { id: `line-${number}`, nowMs });
    if (!parsed.ok) throw new AuditFileError(`${place}: no mark: ${parsed.problems.join('; ')}`);
    if (marks.length >= MARKS_READ_MAX)
      throw new AuditFileError(`${place}: more than ${MARKS_READ_MAX} marks`);
    marks.push(parsed.mark);
  }
  return marks;
}

const isUnfilled = (value: unknown) => isRecord(value) && (value.mark === null || value.mark === '');

function asMark(value: unknown, pipeline: string, context: { id: string; nowMs: number }): MarkParse {
  const mark = markSchema.safeParse(value);
  if (mark.success) return { ok: true, mark: mark.data };
  return parseMarkRequest(isRecord(value) ? { pipeline, ...value } : value, context);
}

export type Side = 'dropped' | 'kept';

/** Messages as the pipeline published them, all of them dropped or all kept. Throws an `AuditFileError` that names the line. */
export async function eachOfFile(
  file: string,
  { pipeline, side }: { readonly pipeline: string; readonly side: Side },
  see: (message: Published) => void,
): Promise<void> {
  for await (const { value, place } of linesOf(file)) {
    if (!isOf(value, pipeline)) continue;
    const message = readPublished(value);
    if (message === undefined)
      throw new AuditFileError(`${place}: no message as Earshot publishes it: text is missing`);
    const found = sideOf(message);
    if (found === undefined)
      throw new AuditFileError(
        `${place}: no message as Earshot publishes it: relevance (scored) and dropped (dropped) are both missing; ${WRITTEN_BY[side]}`,
      );
    if (found !== side)
      throw new AuditFileError(
        `${place}: was ${found}, and stands with what was ${side}; ${WRITTEN_BY[side]}`,
      );
    see(message);
  }
}

const WRITTEN_BY = {
  dropped: '--dropped takes what `earshot tail dropped --from start --json` writes',
  kept: '--kept takes what `earshot tail scored --from start --json` writes',
} as const;

/** By what Earshot adds when it publishes; undefined where it added nothing. */
function sideOf({ relevance, dropped }: Published): Side | undefined {
  if (dropped !== undefined) return 'dropped';
  return relevance === undefined ? undefined : 'kept';
}
