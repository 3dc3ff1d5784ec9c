/** CloudEvents 1.0 around a message: structured (an event as JSON, also several in a JSON array) and binary (`ce-`
 *  headers, by the NATS protocol binding). What the event's data does not say itself is taken from the event. */
import type { BusHeaders } from '../bus/bus.port.ts';
import { Refusal, quote } from './dead.ts';
import type { EventContext } from './envelope.ts';
import { isObject } from './fields.ts';
import type { RawObject } from './fields.ts';
import { decodeUtf8, parseObject } from './json.ts';
import { MESSAGE_LIMITS } from './limits.ts';

const STRUCTURED = /^application\/cloudevents/i;
const TEXT = /^text\//i;
const HEADER_PREFIX = 'ce-';
/** Attributes with a place of their own in a message, or none. */
const CONSUMED = new Set(['specversion', 'id', 'source', 'time', 'datacontenttype', 'data', 'data_base64']);

/** The bytes of an event's data as the fields of a message: JSON, or `text` when the content type is `text/…`. */
export function readData(bytes: Uint8Array, event: EventContext): RawObject | Refusal {
  const text = decodeUtf8(bytes);
  if (!isTextual(event)) return parseObject(bytes, text);
  return text instanceof Refusal ? text : { text };
}

export function isTextual(event: EventContext): boolean {
  return event.contentType !== undefined && TEXT.test(event.contentType);
}

function contextOf(attributes: RawObject): EventContext {
  const { id, source, time, datacontenttype } = attributes;
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(attributes))
    if (!CONSUMED.has(name) && attributes[name] !== null) kept[`ce.${name}`] = attributes[name];
  return {
    ...(typeof id === 'string' && { id }),
    ...(typeof time === 'string' && { time }),
    ...(typeof source === 'string' && { source: source.slice(0, MESSAGE_LIMITS.lineCharsMax) }),
    ...(typeof datacontenttype === 'string' && { contentType: datacontenttype }),
    attributes: kept,
  };
}

/** The event of a message in binary mode: headers `ce-specversion` and `ce-id` and no CloudEvents content type. */
export function eventOfHeaders(headers: BusHeaders | undefined): EventContext | undefined | Refusal {
  if (headers?.['ce-specversion'] === undefined || headers['ce-id'] === undefined) return undefined;
  const contentType = headers['content-type'];
  if (contentType !== undefined && STRUCTURED.test(contentType)) return undefined;
  const attributes: Record<string, string> =
    contentType === undefined ? {} : { datacontenttype: contentType };
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(HEADER_PREFIX)) continue;
    const decoded = decodeHeader(value);
    if (decoded === undefined)
      return new Refusal('bad_field', `header ${header} ${quote(value)} is not percent-encoded UTF-8`);
    attributes[header.slice(HEADER_PREFIX.length)] = decoded;
  }
  return contextOf(attributes);
}

/** Unquotes, then percent-decodes once, as the binding says; undefined when the bytes are not UTF-8. */
function decodeHeader(value: string): string | undefined {
  const quoted = /^"(.*)"$/s.exec(value)?.[1];
  try {
    return decodeURIComponent(quoted === undefined ? value : quoted.replace(/\\(.)/gs, '$1'));
  } catch {
    return undefined;
  }
}

/** Whether a JSON object is an event: it has the required attributes, and data unless the content type says it is one. */
export function isEvent(raw: RawObject, headers: BusHeaders | undefined): boolean {
  const { specversion, id, source, type } = raw;
  if (typeof specversion !== 'string' || id === undefined || source === undefined || type === undefined)
    return false;
  return 'data' in raw || 'data_base64' in raw || STRUCTURED.test(headers?.['content-type'] ?? '');
}

/** The data of a structured event as the fields of a message, and what the event says around it. */
export function unwrapEvent(raw: RawObject): (EventContext & { readonly fields: RawObject }) | Refusal {
  const event = contextOf(raw);
  const fields =
    typeof raw.data_base64 === 'string'
      ? fromBase64(raw.data_base64, event)
      : fromData(raw.data ?? undefined);
  return fields instanceof Refusal ? fields : { ...event, fields };
}

function fromData(data: unknown): RawObject | Refusal {
  if (data === undefined) return {};
  if (isObject(data)) return data;
  if (Array.isArray(data))
    return new Refusal('not_an_object', 'data of the CloudEvent is a list, not an object or a text');
  return { text: typeof data === 'string' ? data : JSON.stringify(data) };
}

function fromBase64(text: string, event: EventContext): RawObject | Refusal {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return new Refusal('bad_field', `data_base64 ${quote(text)} is not base64`);
  }
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  return readData(bytes, event);
}
