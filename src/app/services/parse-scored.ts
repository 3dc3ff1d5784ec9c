/** Reads a scored message from the stream. */
import { TIME_MS_MAX } from '../../core/message/time.ts';
import { MESSAGE_KINDS, type ScoredMessage } from '../../core/message/message.ts';
import { SENTIMENT_LABELS } from '../../core/sentiment/engine.port.ts';

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

/** The fields that a message begins with, as the scorer writes them: short, and without anything to unescape. */
const BEGINNING =
  /^\{"id":"([^"\\]{1,512})","version":"([^"\\]{0,256})","kind":"([a-z]+)","time":(\d{1,15}),"channel":"([a-z0-9_-]{1,64})","source":"([^"\\]{1,512})","text":/;
const END = /"arrival":(\d{1,15})\}$/;
/** Longer than the end is. */
const END_CHARS_MAX = 40;

/** What event time and identity need of a message, without reading it all: its text is empty, its sentiment stands for nothing.
 *  Undefined where that takes more than a glance: `parseScored` says what it is. */
export function glanceScored(text: string, pipeline: string): ScoredMessage | undefined {
  const begins = BEGINNING.exec(text);
  const ends = END.exec(text.slice(-END_CHARS_MAX));
  if (!begins || !ends) return undefined;
  const [, id = '', version = '', kind = '', time, channel = '', source = ''] = begins;
  if (!isOneOf(MESSAGE_KINDS, kind) || Number(time) > TIME_MS_MAX) return undefined;
  return {
    ...{ id, version, kind: kind as ScoredMessage['kind'], time: Number(time), channel, source, text: '' },
    ...{ pipeline, sentiment: UNREAD, relevance: { matched: [] }, routes: [], arrival: Number(ends[1]) },
  };
}

const UNREAD: ScoredMessage['sentiment'] = {
  label: 'uncertain',
  score: 0,
  probability: { negative: 0, neutral: 1, positive: 0 },
  engine: 'none',
};

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
