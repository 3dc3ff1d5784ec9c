/** The usual message, read in one pass: compact JSON of nothing but fields that stay as they are, so that what is published of it
 *  is a copy of its bytes. Anything else (white space, escapes, a field that is unknown, a value that has to be normalized) is left
 *  to the careful reader, which says the same wherever this one answers: a property test holds it to that. */
import type { DecodeContext, ReadMessage } from './envelope.ts';
import type { Mutable } from './fields.ts';
import { utf8, type JsonWriter } from './json-writer.ts';
import { MESSAGE_LIMITS } from './limits.ts';
import type { Author, Engagement, Message } from './message.ts';
import {
  FIELDS_MAX,
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

const AT = 0x40;
const HASH = 0x23;
const HTTPS = utf8('https://');
const HTTP = utf8('http://');

const idOf = (from: PlainCursor) => from.string(VISIBLE, idCharsMax);
const lineOf = (from: PlainCursor) => from.string(LINE, lineCharsMax);

const AUTHOR: readonly PlainField<Mutable<Author>>[] = [
  plainField('id', (from, author) => (author.id = idOf(from)) !== ''),
  plainField('handle', (from, author) => from.first !== AT && (author.handle = lineOf(from)) !== ''),
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
  plainField('version', (from) => from.name(TOKEN, 1) === VERSION),
  plainField('kind', (from) => from.name(LETTERS, KIND.length) === KIND),
  plainField('time', (from, draft) => (draft.time = from.whole()) >= EPOCH_SECONDS_MAX),
  plainField('channel', (from, draft) => (draft.channel = from.name(TOKEN, CHANNEL_CHARS_MAX)) !== ''),
  plainField('source', (from, draft) => (draft.source = from.name(LINE, lineCharsMax)) !== ''),
  plainField('author', (from, draft) => from.object(AUTHOR, (draft.author = {}))),
  plainField('text', (from, draft) => {
    const text = (draft.text = from.string(TEXT, textCharsMax));
    return text !== '' && (from.isAscii || normalizeText(text, 'auto') === text);
  }),
  plainField('lang', (from, draft) => {
    const lang = (draft.lang = from.name(LETTERS, LANGUAGE_CHARS_MAX));
    return lang.length > 1 && lang !== 'und';
  }),
  plainField('url', (from, draft) => {
    if (!from.begins(HTTPS) && !from.begins(HTTP)) return false;
    return (draft.url = from.string(VISIBLE, urlCharsMax)) !== '';
  }),
  plainField('tags', (from, draft) => {
    const tags = (draft.tags = from.list(LINE, lineCharsMax, listItemsMax));
    for (const tag of tags) if (tag.charCodeAt(0) === HASH) return false;
    return tags.length > 0;
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

const TEXT_NUMBER = numberOf('text');

/** The fields that are written before the others, and what stands before the value of each. */
const HEAD = [
  { number: numberOf('id'), before: utf8('{"id":') },
  { number: numberOf('time'), before: utf8(`,"version":"${VERSION}","kind":"${KIND}","time":`) },
  { number: numberOf('channel'), before: utf8(',"channel":') },
  { number: numberOf('source'), before: utf8(',"source":') },
  { number: TEXT_NUMBER, before: utf8(',"text":') },
] as const;
const NEEDED = HEAD.reduce((bits, { number }) => bits | (1 << number), 0);
const NOT_COPIED = NEEDED | (1 << numberOf('version')) | (1 << numberOf('kind'));
const COMMA = utf8(',');
const END = utf8('}');

/** Of each field: how far behind the value before it its own begins. */
const LEADS = Uint8Array.from(FIELDS, ({ name }) => name.length + NAME_MARKS);
const numberAt = (place: number) => place & (FIELDS_MAX - 1);
const endAt = (place: number) => Math.trunc(place / FIELDS_MAX);

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
  let textAt = -1;
  let end = 0;
  for (const place of places) {
    const number = numberAt(place);
    seen |= 1 << number;
    if (number === TEXT_NUMBER && cursor.isAscii) textAt = end + (LEADS[number] ?? 0) + 1;
    end = endAt(place);
  }
  if ((seen & NEEDED) !== NEEDED || message.time > arrivalMs + futureSkewMaxMs) return undefined;
  const plain = { bytes, memory: cursor.memory, offset: bytes.byteOffset, places, textAt };
  return { kind: 'message', message, clamped: false, plain };
}

/** Of the fields in hand, by number. */
const starts = new Int32Array(FIELDS_MAX);
const ends = new Int32Array(FIELDS_MAX);

/** As `writeMessage` writes the message. */
export function writePlain(writer: JsonWriter, { memory, offset, places }: PlainJson): void {
  let before = offset;
  for (const place of places) {
    const number = numberAt(place);
    starts[number] = before + (LEADS[number] ?? 0);
    ends[number] = before = offset + endAt(place);
  }
  for (const field of HEAD) {
    writer.bytes(field.before);
    writer.copy(memory, starts[field.number] ?? 0, ends[field.number] ?? 0);
  }
  // The others with their names, those that stand side by side at once.
  let from = -1;
  let to = -1;
  before = offset;
  for (const place of places) {
    const start = before;
    before = offset + endAt(place);
    if ((NOT_COPIED & (1 << numberAt(place))) !== 0) continue;
    if (start !== to) {
      copyFields(writer, memory, from, to);
      from = start;
    }
    to = before;
  }
  copyFields(writer, memory, from, to);
  writer.bytes(END);
}

/** `from`: of the comma or brace before the first; -1 when there are none. */
function copyFields(writer: JsonWriter, memory: DataView, from: number, to: number): void {
  if (from < 0) return;
  writer.bytes(COMMA);
  writer.copy(memory, from + 1, to);
}
