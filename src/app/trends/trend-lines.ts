/** Lines of NDJSON as messages, with the channel that their trends are counted in. */
import { quote, Refusal } from '../../core/message/dead.ts';
import { readMessage } from '../../core/message/envelope.ts';
import type { RawObject } from '../../core/message/fields.ts';
import { parseObject } from '../../core/message/json.ts';
import type { Message } from '../../core/message/message.ts';

export interface LineProblem {
  readonly line: number;
  readonly problem: string;
}

/** The channel of everything, when trends are not told apart; and of messages that do not say. */
export const ALL = 'all';
const CHANNEL_CHARS_MAX = 128;

/** Undefined for a blank line. */
export function readTrendLine(
  bytes: Uint8Array,
  line: number,
  by: string,
): Message | LineProblem | undefined {
  if (bytes.every((byte) => byte === 0x20 || byte === 0x09)) return undefined;
  const raw = parseObject(bytes);
  if (raw instanceof Refusal) return { line, problem: raw.detail };
  if (raw.time === undefined || raw.time === null)
    return { line, problem: `time is missing; a line is {id, time, text, …}` };
  const read = readMessage(raw, bytes, {
    subject: '',
    arrivalMs: 0,
    futureSkewMaxMs: Number.POSITIVE_INFINITY,
  });
  if (read instanceof Refusal) return { line, problem: read.detail };
  const channel = channelOf(raw, by);
  if (channel === undefined)
    return { line, problem: `${by} ${quote(raw[by])} is no name; allowed: a string or a number` };
  return { ...read.message, channel };
}

/** As it is written; of a list the first item. */
function channelOf(raw: RawObject, by: string): string | undefined {
  if (by === ALL) return ALL;
  const field = raw[by] ?? ALL;
  const value: unknown = Array.isArray(field) ? (field[0] ?? ALL) : field;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  return String(value).slice(0, CHANNEL_CHARS_MAX) || ALL;
}
