/** Bytes to a JSON object, safely: strict UTF-8, bounded nesting, no keys that reach a prototype. */
import { parse } from 'secure-json-parse';
import { Refusal, quote } from './dead.ts';
import { isObject } from './fields.ts';
import type { RawObject } from './fields.ts';
import { MESSAGE_LIMITS } from './limits.ts';
import { nestingDepth } from './payload.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

const PROTOTYPE_KEYS = { protoAction: 'error', constructorAction: 'error' } as const;

/** Shorter JSON is parsed in under 2 ms however deep it nests; longer JSON is measured before. */
const DEPTH_UNCHECKED_BYTES = 16_384;
/** Levels around a value of `extra`: the message, its `extra`, a CloudEvent and its `data`. */
const LEVELS_AROUND = 4;

/** Whether a text cannot hold a key that reaches a prototype, however it is escaped: asking costs next to nothing, and the
 *  careful parser a third more than the plain one. */
function isPlain(text: string): boolean {
  return (
    text.startsWith('{') &&
    !text.includes('_proto_') &&
    !text.includes('constructor') &&
    !text.includes('\\u')
  );
}

export function decodeUtf8(bytes: Uint8Array): string | Refusal {
  try {
    return utf8.decode(bytes);
  } catch {
    return new Refusal('invalid_utf8', 'the bytes are not UTF-8');
  }
}

/** Whether a JSON text nests deeper than a message may, so that parsing it would take long; false for every short one. */
function nestsTooDeep(bytes: Uint8Array): boolean {
  return (
    bytes.length > DEPTH_UNCHECKED_BYTES && nestingDepth(bytes) > MESSAGE_LIMITS.depthMax + LEVELS_AROUND
  );
}

const encoder = new TextEncoder();
/** A unit of UTF-16 takes three bytes at most. */
const UNIT_BYTES_MAX = 3;

/** The same of a text, which is encoded only when it may be long enough. */
export function textNestsTooDeep(text: string): boolean {
  return text.length * UNIT_BYTES_MAX > DEPTH_UNCHECKED_BYTES && nestsTooDeep(encoder.encode(text));
}

/** `text` is what the bytes decode to, when the caller has done it. */
export function parseObject(bytes: Uint8Array, text = decodeUtf8(bytes)): RawObject | Refusal {
  const { messageBytesMax, depthMax } = MESSAGE_LIMITS;
  if (bytes.length > messageBytesMax)
    return new Refusal('too_large', `${bytes.length} bytes; the limit messageBytesMax is ${messageBytesMax}`);
  if (nestsTooDeep(bytes))
    return new Refusal('too_deep', `nests deeper than the limit depthMax, ${depthMax}`);
  if (text instanceof Refusal) return text;
  let value: unknown;
  try {
    value = isPlain(text) ? JSON.parse(text) : parse(text, undefined, PROTOTYPE_KEYS);
  } catch (error) {
    return refuse(error, text);
  }
  if (isObject(value)) return withExactId(value, text);
  return new Refusal('not_an_object', `${quote(value)} where an object is needed`);
}

/** An id beyond 2^53 written as a number (as posts of some networks have it) is rounded by JSON: its digits are taken
 *  from the text, unless two ids there would round to the same number. */
export function withExactId(value: RawObject, text: string): RawObject {
  const { id } = value;
  if (typeof id !== 'number' || !Number.isInteger(id) || Number.isSafeInteger(id)) return value;
  const written = new Set<string>();
  for (const [, digits] of text.matchAll(/"id"\s{0,8}:\s{0,8}(-?\d{16,40})(?=[\s,}])/g))
    if (digits !== undefined && Number(digits) === id) written.add(digits);
  const [exact] = written;
  return written.size === 1 && exact !== undefined ? { ...value, id: exact } : value;
}

function refuse(error: unknown, text: string): Refusal {
  const detail = error instanceof Error ? error.message : 'unknown';
  return detail.includes('forbidden prototype property')
    ? new Refusal('forbidden_key', 'a key is __proto__, or constructor with a prototype')
    : new Refusal('invalid_json', `${detail.slice(0, 120)}, in ${quote(text)}`);
}
