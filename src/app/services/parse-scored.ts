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
  isGlanceEnough?: IsGlanceEnough,
): { readonly arrivals: readonly ScoredArrival[]; readonly unreadable: number } {
  const lines = linesOf(subject, decoder.decode(data));
  const isAlone = lines.length === 1;
  const messages = lines
    .slice(0, BATCH_LINES_MAX)
    .flatMap((line) => readLine(line, pipeline, isAlone, isGlanceEnough) ?? []);
  const arrivals = messages.map((message, at): ScoredArrival => {
    const position = positionOf(sequence, messages.length - 1 - at);
    return { kind: 'scored', message, sequence: position, storedAtMs };
  });
  return { arrivals, unreadable: lines.length - messages.length };
}

/** Whether no more of a message is needed than `glanceScored` tells. `isAlone`: it is not one of a batch, of which others may stand
 *  before it that are not counted yet. */
type IsGlanceEnough = (message: ScoredMessage, isAlone: boolean) => boolean;

/** What looks like a message at a glance tells the time, though it is none: some have only glanced at it. */
function readLine(
  line: string,
  pipeline: string,
  isAlone: boolean,
  isGlanceEnough: IsGlanceEnough | undefined,
): ScoredMessage | undefined {
  const glanced = isGlanceEnough && glanceScored(line, pipeline);
  if (glanced && isGlanceEnough(glanced, isAlone)) return glanced;
  return parseScored(line, pipeline) ?? (glanced && { ...glanced, kind: 'status' });
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

/** The fields that a message begins with, as the scorer writes them, and what follows the last of them. */
const BEGINNING = [
  '{"id":"',
  '","version":"',
  '","kind":"',
  '","time":',
  ',"channel":"',
  '","source":"',
  '","text":',
];
const ARRIVAL = ',"arrival":';

/** What event time and identity need of a message, without reading it all, at a fifth of what `parseScored` costs: its text is empty,
 *  its sentiment stands for nothing. Undefined where that takes more than a glance: `parseScored` says what it is. */
export function glanceScored(text: string, pipeline: string): ScoredMessage | undefined {
  if (!text.startsWith(BEGINNING[0] ?? '') || !text.endsWith('}')) return undefined;
  const values: string[] = [];
  let at = BEGINNING[0]?.length ?? 0;
  for (let next = 1; next < BEGINNING.length; next++) {
    const key = BEGINNING[next] ?? '';
    const end = text.indexOf(key.charAt(0), at);
    if (end < 0 || !text.startsWith(key, end)) return undefined;
    values.push(text.slice(at, end));
    at = end + key.length;
  }
  const [id = '', version = '', kind = '', time = '', channel = '', source = ''] = values;
  const timeMs = Number(time);
  const arrivalMs = Number(text.slice(text.lastIndexOf(ARRIVAL) + ARRIVAL.length, -1));
  if (!isOneOf(MESSAGE_KINDS, kind) || !isBetween(0, timeMs, TIME_MS_MAX) || !Number.isSafeInteger(arrivalMs))
    return undefined;
  // An escaped quote ends no field, and is not unescaped here.
  if (id.includes('\\') || version.includes('\\') || channel.includes('\\') || source.includes('\\'))
    return undefined;
  // Field by field: a spread costs ten times as much as all the rest.
  return {
    id,
    version,
    kind: kind as ScoredMessage['kind'],
    time: timeMs,
    channel,
    source,
    pipeline,
    arrival: arrivalMs,
    text: '',
    sentiment: UNREAD,
    relevance: UNMATCHED,
    routes: NO_ROUTES,
  };
}

const UNREAD: ScoredMessage['sentiment'] = {
  label: 'uncertain',
  score: 0,
  probability: { negative: 0, neutral: 1, positive: 0 },
  engine: 'none',
};
const UNMATCHED: ScoredMessage['relevance'] = { matched: [] };
const NO_ROUTES: readonly string[] = [];

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
