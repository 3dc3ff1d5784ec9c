/** From a parsed JSON object to a Message: identity and time are strict, everything else is lenient. */
import type { BusHeaders } from '../bus/bus.port.ts';
import { subjectToken } from '../bus/subjects.ts';
import { Refusal, quote } from './dead.ts';
import { digest } from './digest.ts';
import {
  Extra,
  asNumber,
  asText,
  enumField,
  idField,
  isIdentifier,
  isObject,
  lineField,
  listField,
  numberField,
  readFields,
  shortLine,
} from './fields.ts';
import type { FieldReader, Mutable, RawObject } from './fields.ts';
import { MESSAGE_LIMITS } from './limits.ts';
import { AUTHOR_ROLES, MESSAGE_KINDS } from './message.ts';
import type { Author, Engagement, Message, MessageKind, Survey } from './message.ts';
import type { PlainJson } from './plain-cursor.ts';
import { normalizeText } from './text.ts';
import type { TextFormat } from './text.ts';
import { readTime } from './time.ts';

/** What is known of a payload besides its bytes. */
export interface DecodeContext {
  /** `earshot.in.<source>.<channel>` names what the message does not name itself. */
  readonly subject: string;
  readonly headers?: BusHeaders | undefined;
  /** Epoch milliseconds: the time of a message that has none. */
  readonly arrivalMs: number;
  /** A time later than arrival plus this is set back to it. */
  readonly futureSkewMaxMs: number;
}

/** What a CloudEvent says besides its data: it fills the gaps of the message. */
export interface EventContext {
  readonly id?: string;
  readonly time?: string;
  readonly source?: string;
  /** The media type of the data; JSON when the event does not say. */
  readonly contentType?: string;
  /** The remaining attributes, named `ce.<attribute>`, for `extra`. */
  readonly attributes: RawObject;
}

export interface ReadMessage {
  readonly kind: 'message';
  readonly message: Message;
  /** Its time was further in the future than allowed, and set back. */
  readonly clamped: boolean;
  /** Where it stands in its bytes as it is written. */
  readonly plain?: PlainJson;
}

type Draft = Mutable<Message>;

const CHANNEL_TOKEN = /^[a-z0-9_-]{1,64}$/;
const URL_TEXT = /^(?:[\x21-\x7e]+|[^\s\p{Cc}]+)$/u;
const WEB_URL = /^https?:\/\//i;
const HTML_TYPE = /^text\/html\b/i;
const LANGUAGE = /^([a-z]{2,3})(?:[-_][a-z0-9_-]{1,32})?$/;
const SURVEY_TYPES = ['nps', 'csat', 'ces'] as const;
const SURVEY_SCORE_MAX = { nps: 10, csat: 100, ces: 100 } as const;

const read = (): boolean => true;

function flagField(key: 'bot' | 'verified'): FieldReader<Mutable<Author>> {
  return (value, draft) => {
    if (typeof value === 'boolean') draft[key] = value;
    return typeof value === 'boolean';
  };
}

const AUTHOR_FIELDS = new Map<string, FieldReader<Mutable<Author>>>([
  ['id', idField('id')],
  ['handle', handleField],
  ['name', lineField('name')],
  ['followers', numberField('followers')],
  ['bot', flagField('bot')],
  ['verified', flagField('verified')],
  ['role', enumField('role', AUTHOR_ROLES)],
]);

const ENGAGEMENT_FIELDS = new Map<string, FieldReader<Mutable<Engagement>>>([
  // A delta may take back: fewer likes than before.
  ...(['likes', 'reposts', 'replies', 'quotes', 'views'] as const).map(
    (name) => [name, numberField<Mutable<Engagement>>(name, Number.NEGATIVE_INFINITY)] as const,
  ),
  ['mode', enumField('mode', ['snapshot', 'delta'] as const)],
]);

const MESSAGE_FIELDS = new Map<string, FieldReader<Draft>>([
  ['id', read],
  ['version', read],
  ['kind', read],
  ['time', read],
  ['text', (value) => asText(value) !== undefined],
  ['format', (value) => value === 'html' || value === 'text'],
  ['channel', channelField],
  ['source', lineField('source')],
  ['conversation', idField('conversation')],
  ['replyTo', idField('replyTo')],
  ['repostOf', idField('repostOf')],
  ['author', authorField],
  ['lang', languageField],
  ['url', urlField],
  ['tags', listField('tags', tagItem)],
  ['mentions', listField('mentions', handleItem)],
  ['links', listField('links', urlItem)],
  ['media', listField('media', urlItem)],
  ['engagement', engagementField],
  ['survey', surveyField],
  ['campaign', lineField('campaign')],
  ['extra', extraField],
]);

function tagItem(text: string): string | undefined {
  return shortLine(text)?.replace(/^[\s#＃]+/, '');
}

function handleItem(text: string): string | undefined {
  return shortLine(text)?.replace(/^[\s@＠]+/, '');
}

function urlItem(text: string): string | undefined {
  const url = text.trim();
  return url === '' || (url.length <= MESSAGE_LIMITS.urlCharsMax && URL_TEXT.test(url)) ? url : undefined;
}

function handleField(value: unknown, draft: Mutable<Author>): boolean {
  const text = asText(value);
  const handle = text === undefined ? undefined : handleItem(text);
  if (handle !== undefined && handle !== '') draft.handle = handle;
  return handle !== undefined;
}

function authorField(value: unknown, draft: Draft, extra: Extra): boolean {
  const author: Mutable<Author> = {};
  if (typeof value === 'string') {
    if (!handleField(value, author)) return false;
  } else if (isObject(value)) readFields(value, AUTHOR_FIELDS, author, extra, 'author.');
  else return false;
  if (Object.keys(author).length > 0) draft.author = author;
  return true;
}

function engagementField(value: unknown, draft: Draft, extra: Extra): boolean {
  if (!isObject(value)) return false;
  const engagement: Mutable<Engagement> = {};
  readFields(value, ENGAGEMENT_FIELDS, engagement, extra, 'engagement.');
  if (Object.keys(engagement).length > 0) draft.engagement = engagement;
  return true;
}

/** All or nothing: half a survey answer is none. */
function surveyField(value: unknown, draft: Draft): boolean {
  if (!isObject(value)) return false;
  const type = SURVEY_TYPES.find((known) => known === value.type);
  const score = asNumber(value.score);
  const scale = asNumber(value.scale ?? undefined);
  if (type === undefined || score === undefined || (scale === undefined && value.scale != null)) return false;
  if (score < 0 || score > (scale ?? SURVEY_SCORE_MAX[type])) return false;
  const survey: Survey = scale === undefined ? { type, score } : { type, score, scale };
  draft.survey = survey;
  return Object.keys(value).every((name) => name === 'type' || name === 'score' || name === 'scale');
}

/** The primary language of a tag such as `pt-BR`; the tag itself is kept in `extra` when it says more. */
function languageField(value: unknown, draft: Draft): boolean {
  if (typeof value !== 'string') return false;
  const tag = value.trim().toLowerCase();
  const language = LANGUAGE.exec(tag)?.[1];
  if (language === undefined) return tag === '';
  if (language === 'und') return true;
  draft.lang = language;
  return tag === language;
}

/** Something to click on, so only the schemes of the web. */
function urlField(value: unknown, draft: Draft): boolean {
  const url = typeof value === 'string' ? urlItem(value) : undefined;
  if (url === undefined || url === '') return url === '';
  if (WEB_URL.test(url)) draft.url = url;
  return WEB_URL.test(url);
}

function channelField(value: unknown, draft: Draft): boolean {
  const text = asText(value);
  if (text === undefined) return false;
  const channel = text.trim();
  if (channel !== '') draft.channel = CHANNEL_TOKEN.test(channel) ? channel : subjectToken(channel);
  return true;
}

function extraField(value: unknown, _draft: Draft, extra: Extra): boolean {
  if (isObject(value)) extra.keepAll(value);
  return isObject(value);
}

/** The message that an object means, or why it is none. `bytes` are those of the object. */
export function readMessage(
  raw: RawObject,
  bytes: Uint8Array,
  { subject, arrivalMs, futureSkewMaxMs }: DecodeContext,
  event?: EventContext,
): ReadMessage | Refusal {
  const id = readId(raw.id ?? event?.id);
  if (id instanceof Refusal) return id;
  const kind = readKind(raw.kind ?? 'create');
  if (kind instanceof Refusal) return kind;
  const version = readVersion(raw.version ?? undefined, kind, bytes, event?.id);
  if (version instanceof Refusal) return version;
  const given = raw.time ?? event?.time;
  const sent = given === undefined ? arrivalMs : readTime(given);
  if (sent instanceof Refusal) return sent;
  const time = Math.min(sent, arrivalMs + futureSkewMaxMs);

  const text = normalizeText(asText(raw.text) ?? '', textFormat(raw.format, event?.contentType));
  const draft: Draft = { id, version, kind, time, channel: '', source: '', text };
  const extra = new Extra();
  readFields(raw, MESSAGE_FIELDS, draft, extra);
  if (event !== undefined) extra.keepAll(event.attributes);
  draft.source ||= event?.source ?? (subjectPart(subject, 2) || 'unknown');
  draft.channel ||= subjectToken(subjectPart(subject, 3));
  if (extra.size > 0) {
    const refusal = checkExtra(extra, bytes.length);
    if (refusal !== undefined) return refusal;
    draft.extra = extra.values;
  }
  return { kind: 'message', message: draft, clamped: time !== sent };
}

function textFormat(format: unknown, contentType: string | undefined): TextFormat {
  if (format === 'html' || format === 'text') return format;
  return contentType !== undefined && HTML_TYPE.test(contentType) ? 'html' : 'auto';
}

function readId(value: unknown): string | Refusal {
  if (value === undefined || value === '')
    return new Refusal('missing_id', 'the message has no id; a string or a number is required');
  const id = asText(value);
  if (id !== undefined && isIdentifier(id, MESSAGE_LIMITS.idCharsMax)) return id;
  return new Refusal(
    'bad_field',
    `id ${quote(value)} is not allowed; allowed: a string of 1 to ${MESSAGE_LIMITS.idCharsMax} characters without control characters, or a number up to 2^53 (send larger ones as strings, since JSON rounds them)`,
  );
}

function readKind(value: unknown): MessageKind | Refusal {
  const kind = MESSAGE_KINDS.find((known) => known === value);
  return (
    kind ??
    new Refusal('bad_field', `kind ${quote(value)} is not allowed; allowed: ${MESSAGE_KINDS.join(', ')}`)
  );
}

/** Without a version, what changes a message gets one from its bytes: another edit is another version, and the same
 *  edit delivered again is the same. */
function readVersion(
  value: unknown,
  kind: MessageKind,
  bytes: Uint8Array,
  eventId?: string,
): string | Refusal {
  if (value === undefined || value === '')
    return kind === 'edit' || kind === 'delete' || kind === 'engagement' ? digest(bytes, eventId) : '0';
  const version = asText(value);
  if (version !== undefined && isIdentifier(version, MESSAGE_LIMITS.versionCharsMax)) return version;
  return new Refusal(
    'bad_field',
    `version ${quote(value)} is not allowed; allowed: a string of 1 to ${MESSAGE_LIMITS.versionCharsMax} characters without control characters, or a number up to 2^53`,
  );
}

/** A token of `earshot.in.<source>.<channel>`, or an empty string. */
function subjectPart(subject: string, index: number): string {
  return subject.startsWith('earshot.in.') ? (subject.split('.')[index] ?? '') : '';
}

/** The longest JSON of a number that JSON.parse reads from five bytes (`1e20,`) has 22: five times is room enough. */
const GROWTH_MAX = 5;

function checkExtra(extra: Extra, bytes: number): Refusal | undefined {
  const { depthMax, extraFieldsMax, extraCharsMax } = MESSAGE_LIMITS;
  if (extra.size > extraFieldsMax)
    return new Refusal(
      'too_large',
      `${extra.size} unknown fields; the limit extraFieldsMax is ${extraFieldsMax}`,
    );
  for (const [name, value] of Object.entries(extra.values))
    if (isDeeperThan(value, depthMax))
      return new Refusal(
        'too_deep',
        `field ${quote(name)} nests deeper than the limit depthMax, ${depthMax}`,
      );
  if (bytes * GROWTH_MAX <= extraCharsMax) return undefined;
  const chars = JSON.stringify(extra.values).length;
  if (chars <= extraCharsMax) return undefined;
  return new Refusal(
    'too_large',
    `${chars} characters of unknown fields; the limit extraCharsMax is ${extraCharsMax}`,
  );
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
