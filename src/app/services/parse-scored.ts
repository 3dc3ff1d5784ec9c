/** Reads scored messages from the stream, alone or in batches. */
import type { StoredMessage } from '../../core/bus/bus.port.ts';
import { TIME_MS_MAX } from '../../core/message/time.ts';
import { MESSAGE_KINDS, type ScoredMessage } from '../../core/message/message.ts';
import { BATCH_LINES_MAX, linesOf, positionOf } from '../../core/message/scored-batch.ts';
import { SENTIMENT_LABELS } from '../../core/sentiment/engine.port.ts';

interface ScoredArrival {
  readonly kind: 'scored';
  readonly message: ScoredMessage;
  /** Its position: the sequence, or a little before it where others of the same batch follow. */
  readonly sequence: number;
  readonly storedAtMs: number;
}

const decoder = new TextDecoder();

/** What a stored message holds of a pipeline, in order, and how much of it is no scored message: lines of a batch beyond the
 *  first `BATCH_LINES_MAX` among them. */
export function readScored(
  {
    subject,
    data,
    sequence,
    storedAtMs,
  }: Pick<StoredMessage, 'subject' | 'data' | 'sequence' | 'storedAtMs'>,
  pipeline: string,
): { readonly arrivals: readonly ScoredArrival[]; readonly unreadable: number } {
  const lines = linesOf(subject, decoder.decode(data));
  const messages = lines.slice(0, BATCH_LINES_MAX).flatMap((line) => parseScored(line, pipeline) ?? []);
  const arrivals = messages.map((message, at): ScoredArrival => {
    const position = positionOf(sequence, messages.length - 1 - at);
    return { kind: 'scored', message, sequence: position, storedAtMs };
  });
  return { arrivals, unreadable: lines.length - messages.length };
}

/** What stands on a scored subject is ours, but anyone may publish there: every field that a watcher reads is looked at. */
export function parseScored(text: string, pipeline: string): ScoredMessage | undefined {
  try {
    const value = JSON.parse(text) as Partial<ScoredMessage> | null;
    const sound =
      value?.pipeline === pipeline &&
      typeof value.id === 'string' &&
      typeof value.version === 'string' &&
      typeof value.source === 'string' &&
      (value.conversation === undefined || typeof value.conversation === 'string') &&
      typeof value.text === 'string' &&
      typeof value.channel === 'string' &&
      isOneOf(MESSAGE_KINDS, value.kind) &&
      isBetween(0, value.time, TIME_MS_MAX) &&
      isOneOf(SENTIMENT_LABELS, value.sentiment?.label) &&
      isBetween(-1, value.sentiment?.score, 1) &&
      (value.url === undefined || typeof value.url === 'string') &&
      [value.tags, value.mentions, value.links, value.media].every(areTexts) &&
      (value.author === undefined || isAuthor(value.author));
    return sound ? (value as ScoredMessage) : undefined;
  } catch {
    return undefined;
  }
}

function isBetween(min: number, value: unknown, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}

function isOneOf(allowed: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && allowed.includes(value);
}

function areTexts(list: unknown): boolean {
  return list === undefined || (Array.isArray(list) && list.every((text) => typeof text === 'string'));
}

function isAuthor(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { id, handle, name, followers } = value as Readonly<Record<string, unknown>>;
  const areTexts = [id, handle, name].every((text) => text === undefined || typeof text === 'string');
  return areTexts && (followers === undefined || isBetween(0, followers, Number.MAX_VALUE));
}
