/** The usual message, read in one pass: compact JSON of nothing but fields that stay as they are, so that what is published of it
 *  is a copy of its bytes. Anything else (white space, escapes, a field that is unknown, a value that has to be normalized) is left
 *  to the careful reader, which says the same wherever this one answers: a property test holds it to that. */
import type { DecodeContext, ReadMessage } from './envelope.ts';
import type { Mutable } from './fields.ts';
import { utf8, type JsonWriter } from './json-writer.ts';
import { MESSAGE_LIMITS } from './limits.ts';
import type { Author, Engagement, Message } from './message.ts';
import {
  LETTERS,
  LINE,
  NAME_MARKS,
  PlainCursor,
  TEXT,
  TOKEN,
  VISIBLE,
  plainField,
  type PlainField,
  type PlainJson,
} from './plain-cursor.ts';
import { normalizeText } from './text.ts';
import { EPOCH_SECONDS_MAX } from './time.ts';

const { idCharsMax, lineCharsMax, urlCharsMax, listItemsMax, textCharsMax, messageBytesMax } = MESSAGE_LIMITS;
const CHANNEL_CHARS_MAX = 64;
const LANGUAGE_CHARS_MAX = 3;

const idOf = (from: PlainCursor) => from.string(VISIBLE, idCharsMax);
const lineOf = (from: PlainCursor) => from.string(LINE, lineCharsMax);

const AUTHOR: readonly PlainField<Mutable<Author>>[] = [
  plainField('id', (from, author) => (author.id = idOf(from)) !== ''),
  plainField('handle', (from, author) => {
    author.handle = lineOf(from);
    return author.handle !== '' && !author.handle.startsWith('@');
  }),
  plainField('name', (from, author) => (author.name = lineOf(from)) !== ''),
  plainField('followers', (from, author) => (author.followers = from.whole()) >= 0),
  plainField('verified', (from, author) => {
    const verified = from.flag();
    if (verified !== undefined) author.verified = verified;
    return verified !== undefined;
  }),
];

const ENGAGEMENT: readonly PlainField<Mutable<Engagement>>[] = [
  plainField('likes', (from, counts) => (counts.likes = from.whole()) >= 0),
  plainField('reposts', (from, counts) => (counts.reposts = from.whole()) >= 0),
  plainField('replies', (from, counts) => (counts.replies = from.whole()) >= 0),
  plainField('quotes', (from, counts) => (counts.quotes = from.whole()) >= 0),
  plainField('views', (from, counts) => (counts.views = from.whole()) >= 0),
];

type Draft = Mutable<Message>;

const VERSION = '0';
const KIND = 'create';

/** In the order in which sources write them, mostly. */
const FIELDS: readonly PlainField<Draft>[] = [
  plainField('id', (from, draft) => (draft.id = idOf(from)) !== ''),
  plainField('version', (from) => from.string(TOKEN, 1) === VERSION),
  plainField('kind', (from) => from.string(LETTERS, KIND.length) === KIND),
  plainField('time', (from, draft) => (draft.time = from.whole()) >= EPOCH_SECONDS_MAX),
  plainField('channel', (from, draft) => (draft.channel = from.string(TOKEN, CHANNEL_CHARS_MAX)) !== ''),
  plainField('source', (from, draft) => (draft.source = lineOf(from)) !== ''),
  plainField('author', (from, draft) => from.object(AUTHOR, (draft.author = {}))),
  plainField('text', (from, draft) => {
    const text = (draft.text = from.string(TEXT, textCharsMax));
    return text !== '' && (from.isAscii || normalizeText(text, 'auto') === text);
  }),
  plainField('lang', (from, draft) => {
    const lang = (draft.lang = from.string(LETTERS, LANGUAGE_CHARS_MAX));
    return lang.length > 1 && lang !== 'und';
  }),
  plainField('url', (from, draft) => {
    const url = (draft.url = from.string(VISIBLE, urlCharsMax));
    return url.startsWith('https://') || url.startsWith('http://');
  }),
  plainField('tags', (from, draft) => {
    const tags = (draft.tags = from.list(LINE, lineCharsMax, listItemsMax));
    return tags.length > 0 && !tags.some((tag) => tag.startsWith('#'));
  }),
  plainField('engagement', (from, draft) => from.object(ENGAGEMENT, (draft.engagement = {}))),
  plainField('conversation', (from, draft) => (draft.conversation = idOf(from)) !== ''),
  plainField('replyTo', (from, draft) => (draft.replyTo = idOf(from)) !== ''),
  plainField('repostOf', (from, draft) => (draft.repostOf = idOf(from)) !== ''),
  plainField('campaign', (from, draft) => (draft.campaign = lineOf(from)) !== ''),
];

const numberOf = (field: string) => {
  const name = utf8(field).join();
  return FIELDS.findIndex((one) => one.name.join() === name);
};

/** Of each field the place among `HEAD`, the fields that are written before the others; -1 of the others. */
const HEAD = [
  [numberOf('id'), utf8('{"id":')],
  [numberOf('time'), utf8(`,"version":"${VERSION}","kind":"${KIND}","time":`)],
  [numberOf('channel'), utf8(',"channel":')],
  [numberOf('source'), utf8(',"source":')],
  [numberOf('text'), utf8(',"text":')],
] as const;
const NEEDED = HEAD.reduce((bits, [number]) => bits | (1 << number), 0);
const NOT_COPIED = NEEDED | (1 << numberOf('version')) | (1 << numberOf('kind'));
const COMMA = utf8(',');
const END = utf8('}');

const cursor = new PlainCursor();

/** `text` is what the bytes decode to; they are not within a CloudEvent. */
export function readPlain(
  bytes: Uint8Array,
  text: string,
  { arrivalMs, futureSkewMaxMs }: DecodeContext,
): ReadMessage | undefined {
  if (bytes.length > messageBytesMax) return undefined;
  const message: Draft = { id: '', version: VERSION, kind: KIND, time: 0, channel: '', source: '', text: '' };
  const places: number[] = [];
  cursor.begin(bytes, text);
  if (!cursor.object(FIELDS, message, places) || !cursor.isAtEnd) return undefined;
  let seen = 0;
  for (let at = 0; at < places.length; at += 3) seen |= 1 << (places[at] ?? 0);
  if ((seen & NEEDED) !== NEEDED || message.time > arrivalMs + futureSkewMaxMs) return undefined;
  return { kind: 'message', message, clamped: false, plain: { bytes, places } };
}

/** As `writeMessage` writes the message. */
export function writePlain(writer: JsonWriter, { bytes, places }: PlainJson): void {
  for (const [number, before] of HEAD) {
    writer.bytes(before);
    let at = 0;
    while (places[at] !== number) at += 3;
    writer.bytes(bytes, places[at + 1], places[at + 2]);
  }
  let from = -1;
  let to = -1;
  for (let at = 0; at < places.length; at += 3) {
    const number = places[at] ?? 0;
    if ((NOT_COPIED & (1 << number)) !== 0) continue;
    const start = (places[at + 1] ?? 0) - (FIELDS[number]?.name.length ?? 0) - NAME_MARKS;
    if (start !== to + 1) {
      if (from >= 0) copy(writer, bytes, from, to);
      from = start;
    }
    to = places[at + 2] ?? 0;
  }
  if (from >= 0) copy(writer, bytes, from, to);
  writer.bytes(END);
}

function copy(writer: JsonWriter, bytes: Uint8Array, from: number, to: number): void {
  writer.bytes(COMMA);
  writer.bytes(bytes, from, to);
}
