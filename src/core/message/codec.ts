/** The wire format: the payload of a NATS message to Messages and dead letters, and back. */
import { eventOfHeaders, isEvent, isTextual, readData, unwrapEvent } from './cloudevents.ts';
import { Refusal } from './dead.ts';
import type { DeadReason } from './dead.ts';
import { readMessage } from './envelope.ts';
import type { DecodeContext, EventContext, ReadMessage } from './envelope.ts';
import type { RawObject } from './fields.ts';
import { decodeUtf8, parseObject } from './json.ts';
import type { JsonWriter } from './json-writer.ts';
import { MESSAGE_LIMITS } from './limits.ts';
import type { Message } from './message.ts';
import { NEWLINE, arrayElements, lineParts, looksPrettyPrinted, trimPayload } from './payload.ts';
import type { PlainJson } from './plain-cursor.ts';
import { readPlain, writePlain } from './plain.ts';
import { EPOCH_SECONDS_MAX } from './time.ts';

export type { DecodeContext };

export type Decoded =
  | ReadMessage
  | {
      readonly kind: 'dead';
      readonly reason: DeadReason;
      /** What was found where, and what is allowed. */
      readonly detail: string;
      /** The part of the payload that is dead: a view, not a copy. */
      readonly bytes: Uint8Array;
    };

const { objectsMax, deadMax } = MESSAGE_LIMITS;
/** One more than is read: where the rest begins. */
const PARTS_MAX = objectsMax + 1;

/** Reads one JSON object (also over several lines), NDJSON, a JSON array of objects, or CloudEvents. Never throws; the
 *  result is never empty and in the payload's order. A bad object is one dead letter and spoils no other. */
export function decode(data: Uint8Array, context: DecodeContext): Decoded[] {
  const payload = trimPayload(data);
  if (payload.length === 0) return [dead(new Refusal('empty', 'no bytes, or only white space'), data)];
  const event = eventOfHeaders(context.headers);
  if (event instanceof Refusal) return [dead(event, payload)];
  if (event !== undefined && isTextual(event)) return [decodeOne(payload, context, event)];

  const elements = arrayElements(payload, PARTS_MAX);
  if (elements?.length === 0) return [dead(new Refusal('empty', 'an empty array'), payload)];
  if (elements !== undefined) return decodeParts(elements, payload, context, event);
  // Looking for the line break in the text is ten times faster than in the bytes.
  const text = decodeUtf8(payload);
  if (event === undefined && !(text instanceof Refusal)) {
    const plain = readPlain(payload, text, context);
    if (plain !== undefined) return [plain];
  }
  const severalLines = text instanceof Refusal ? payload.includes(NEWLINE) : text.includes('\n');
  if (!severalLines) return [decodeOne(payload, context, event, text)];

  // One object over several lines, or NDJSON whose lines happen to look like it: what gives messages is right.
  const whole = looksPrettyPrinted(payload) ? decodeOne(payload, context, event) : undefined;
  if (whole?.kind === 'message') return [whole];
  const lines = decodeParts(lineParts(payload, PARTS_MAX), payload, context, event);
  return whole === undefined || lines.some((line) => line.kind === 'message') ? lines : [whole];
}

function decodeParts(
  parts: readonly Uint8Array[],
  payload: Uint8Array,
  context: DecodeContext,
  event: EventContext | undefined,
): Decoded[] {
  // The id of a binary event names one message; several cannot share it.
  const shared = parts.length === 1 ? event : undefined;
  const decoded: Decoded[] = [];
  let deadCount = 0;
  for (const part of parts) {
    const limit =
      decoded.length === objectsMax ? 'objectsMax' : deadCount === deadMax ? 'deadMax' : undefined;
    if (limit !== undefined) {
      const rest = payload.subarray(part.byteOffset - payload.byteOffset);
      return [
        ...decoded,
        dead(new Refusal('too_many', `the limit ${limit} is ${MESSAGE_LIMITS[limit]}`), rest),
      ];
    }
    const one = decodeOne(part, context, shared);
    if (one.kind === 'dead') deadCount++;
    decoded.push(one);
  }
  return decoded;
}

function decodeOne(
  bytes: Uint8Array,
  context: DecodeContext,
  header: EventContext | undefined,
  text?: string | Refusal,
): Decoded {
  const raw = header === undefined ? parseObject(bytes, text) : readData(bytes, header);
  if (raw instanceof Refusal) return dead(raw, bytes);
  if (!isEvent(raw, context.headers)) return toDecoded(raw, bytes, context, header);
  const event = unwrapEvent(raw);
  return event instanceof Refusal ? dead(event, bytes) : toDecoded(event.fields, bytes, context, event);
}

function toDecoded(
  raw: RawObject,
  bytes: Uint8Array,
  context: DecodeContext,
  event: EventContext | undefined,
): Decoded {
  const read = readMessage(raw, bytes, context, event);
  return read instanceof Refusal ? dead(read, bytes) : read;
}

function dead({ reason, detail }: Refusal, bytes: Uint8Array): Decoded {
  return { kind: 'dead', reason, detail, bytes };
}

/** The message as one line of JSON, which decodes to the same message: a text with `<` or `&` says that it is no HTML,
 *  and a time that would read as seconds is written as ISO 8601. */
export function encodeMessage(message: Message): string {
  return JSON.stringify(unmistakable(message));
}

/** The same, written. `plain`: where the message stands as it is. */
export function writeMessage(writer: JsonWriter, message: Message, plain?: PlainJson): void {
  if (plain === undefined) writer.value(unmistakable(message));
  else writePlain(writer, plain);
}

function unmistakable(message: Message): object {
  const early = message.time < EPOCH_SECONDS_MAX;
  const markup = /[<&]/.test(message.text);
  if (!early && !markup) return message;
  return {
    ...message,
    ...(early && { time: new Date(message.time).toISOString() }),
    ...(markup && { format: 'text' }),
  };
}
