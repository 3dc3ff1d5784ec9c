/** A message that JetStream delivered, read lazily: most fields of most messages are never looked at. */
import type { Msg } from '@nats-io/transport-node';
import type { BusHeaders, StoredMessage } from '../../core/bus/bus.port.ts';
import { beginsWith } from './nats-bytes.ts';

interface DeliveryInfo {
  readonly attempt: number;
  readonly sequence: number;
  /** Position in what the consumer delivered, from 1; has no gaps unless something was lost. */
  readonly consumerSequence: number;
  readonly storedAtMs: number;
  /** Messages of the consumer behind this one. */
  readonly pending: number;
}

export class NatsMessage implements StoredMessage {
  readonly #msg: Msg;
  #data: Uint8Array | undefined;
  #info: DeliveryInfo | undefined;

  constructor(msg: Msg) {
    this.#msg = msg;
  }

  get subject(): string {
    return this.#msg.subject;
  }

  /** The client makes another view each time it is asked. */
  get data(): Uint8Array {
    this.#data ??= this.#msg.data;
    return this.#data;
  }

  get headers(): BusHeaders | undefined {
    const block = headerBlock(this.#msg, this.data);
    if (block !== undefined) {
      const id = idAlone(block);
      return id === undefined ? parseHeaders(block.toString()) : { 'nats-msg-id': id };
    }
    const { headers } = this.#msg;
    if (headers === undefined) return undefined;
    const out: Record<string, string> = {};
    for (const [name, [value]] of headers) if (value !== undefined) out[name.toLowerCase()] = value;
    return out;
  }

  get sequence(): number {
    return this.info.sequence;
  }

  get storedAtMs(): number {
    return this.info.storedAtMs;
  }

  get info(): DeliveryInfo {
    this.#info ??= parseReply(this.#msg.reply ?? '');
    return this.#info;
  }
}

/** What the client's messages have besides. */
interface Sized {
  /** Subject, reply, headers and payload. */
  size?(): number;
}

const HEADER_VERSION = 'NATS/1.0\r\n';
const VERSION_BYTES = Buffer.from(HEADER_VERSION);
/** What nearly all messages have: an id, which its publisher gave it, and nothing else. */
const ID_BEFORE = Buffer.from(`${HEADER_VERSION}Nats-Msg-Id: `);
const ID_BEHIND = '\r\n\r\n';

/** The headers as they came. The client keeps them in front of the payload, in the same bytes; reading them there takes a
 *  fifth of the time that the client's own objects take. Undefined where they are not found so, and where there are none. */
function headerBlock(msg: Msg & Sized, data: Uint8Array): Buffer | undefined {
  const { subject, reply = '' } = msg;
  const sizeBytes = (msg.size?.() ?? 0) - data.length - subject.length - reply.length;
  if (sizeBytes < HEADER_VERSION.length || sizeBytes > data.byteOffset) return undefined;
  const block = Buffer.from(data.buffer, data.byteOffset - sizeBytes, sizeBytes);
  return beginsWith(block, VERSION_BYTES) ? block : undefined;
}

/** The id of a block that holds nothing else; undefined for any other block. */
function idAlone(block: Buffer): string | undefined {
  const end = block.length - ID_BEHIND.length;
  if (!beginsWith(block, ID_BEFORE)) return undefined;
  for (let at = ID_BEFORE.length; at < end; at += 1) {
    const byte = block[at] ?? 0;
    if (byte <= SPACE || byte >= DELETE) return undefined;
  }
  return block.toString('latin1', ID_BEFORE.length, end);
}

/** The first value of each name. */
function parseHeaders(block: string): BusHeaders {
  const out: Record<string, string> = {};
  for (let at = HEADER_VERSION.length; at < block.length;) {
    const newline = block.indexOf('\r\n', at);
    const end = newline === -1 ? block.length : newline;
    const colon = block.indexOf(':', at);
    const name = colon > at && colon < end ? block.slice(at, colon).toLowerCase() : '';
    if (name !== '' && !Object.hasOwn(out, name)) out[name] = block.slice(colon + 1, end).trim();
    at = end + 2;
  }
  return out;
}

const SPACE = 0x20;
const DOT = 0x2e;
const ZERO = 0x30;
const DELETE = 0x7f;
/** Tokens of a reply: `$JS.ACK`, then these seven. */
const TOKENS = 9;
/** Where the dots of the reply in hand are, and its end: more than it has. */
const dots = new Uint16Array(16);

/** `$JS.ACK.<stream>.<consumer>.<attempt>.<sequence>.<consumer sequence>.<stored, ns>.<pending>`; since 2.10 there may be a
 *  domain and an account before the stream, and a random token after the end. */
function parseReply(reply: string): DeliveryInfo {
  let count = 0;
  for (let at = 0; at < reply.length; at++)
    if (reply.charCodeAt(at) === DOT && count < dots.length) dots[count++] = at;
  dots[count] = reply.length;
  const first = count >= TOKENS ? 6 : 4;
  const token = (index: number, cut = 0) =>
    wholeNumber(reply, (dots[first + index - 1] ?? 0) + 1, (dots[first + index] ?? 0) - cut);
  return {
    attempt: token(0),
    sequence: token(1),
    consumerSequence: token(2),
    storedAtMs: token(3, NANOS_DIGITS),
    pending: token(4),
  };
}

function wholeNumber(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + text.charCodeAt(at) - ZERO;
  return value;
}

/** Of a nanosecond stamp, what milliseconds leave out. */
const NANOS_DIGITS = 6;
