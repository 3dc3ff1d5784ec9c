/** A message that JetStream delivered, read lazily: most fields of most messages are never looked at. */
import type { BusHeaders, StoredMessage } from '../../core/bus/bus.port.ts';
import { beginsWith, wholeNumber } from './nats-bytes.ts';
import type { NatsFrame } from './nats-inlet.ts';
import { VERSION_AND_ID } from './nats-payload.ts';

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
  protected readonly frame: NatsFrame;
  #subject: string | undefined;
  #data: Uint8Array | undefined;
  #info: DeliveryInfo | undefined;

  constructor(frame: NatsFrame) {
    this.frame = frame;
  }

  get subject(): string {
    const { bytes, subjectFrom, subjectTo } = this.frame;
    this.#subject ??= bytes.toString('utf8', subjectFrom, subjectTo);
    return this.#subject;
  }

  get data(): Uint8Array {
    const { bytes, dataFrom, dataTo } = this.frame;
    this.#data ??= new Uint8Array(bytes.buffer, bytes.byteOffset + dataFrom, dataTo - dataFrom);
    return this.#data;
  }

  get headers(): BusHeaders | undefined {
    const { bytes, headersFrom, dataFrom } = this.frame;
    if (headersFrom === dataFrom) return undefined;
    const id = idAlone(bytes, headersFrom, dataFrom);
    return id === undefined
      ? parseHeaders(bytes.toString('utf8', headersFrom, dataFrom))
      : { 'nats-msg-id': id };
  }

  get sequence(): number {
    return this.info.sequence;
  }

  get storedAtMs(): number {
    return this.info.storedAtMs;
  }

  get info(): DeliveryInfo {
    this.#info ??= parseReply(this.frame);
    return this.#info;
  }
}

const LINE_END = '\r\n';
/** What nearly all messages have: an id, which its publisher gave it, and nothing else. */
const ID_BEFORE = Buffer.from(VERSION_AND_ID);
const ID_BEHIND = `${LINE_END}${LINE_END}`;

/** The id of a block that holds nothing else; undefined for any other block. */
function idAlone(bytes: Buffer, from: number, to: number): string | undefined {
  const idFrom = from + ID_BEFORE.length;
  const idTo = to - ID_BEHIND.length;
  if (!beginsWith(bytes, ID_BEFORE, from)) return undefined;
  for (let at = idFrom; at < idTo; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte <= SPACE || byte >= DELETE) return undefined;
  }
  return bytes.toString('latin1', idFrom, idTo);
}

/** The first value of each name. */
function parseHeaders(block: string): BusHeaders {
  const out: Record<string, string> = {};
  for (let at = endOfLine(block, 0); at < block.length;) {
    const end = block.indexOf(LINE_END, at);
    const colon = block.indexOf(':', at);
    const name = colon > at && colon < end ? block.slice(at, colon).toLowerCase() : '';
    if (name !== '' && !Object.hasOwn(out, name)) out[name] = block.slice(colon + 1, end).trim();
    at = endOfLine(block, at);
  }
  return out;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf(LINE_END, from);
  return end === -1 ? text.length : end + LINE_END.length;
}

/** What the broker itself says is in the first line of the headers, `NATS/1.0 404 No Messages`; code 0 where it says nothing. */
export function statusOf({ bytes, headersFrom, dataFrom }: NatsFrame): { code: number; description: string } {
  const block = bytes.toString('utf8', headersFrom, dataFrom);
  const [, code = '0', description = ''] = STATUS.exec(block) ?? [];
  return { code: Number(code), description: description.trim() };
}

/** What stands behind an inbox of ours and a dot in the subject of an answer; NaN where it is no number. */
export function numberBehind(inbox: string, { bytes, subjectFrom, subjectTo }: NatsFrame): number {
  return wholeNumber(bytes, subjectFrom + inbox.length + 1, subjectTo);
}

const STATUS = /^NATS\/1\.0 +(\d{3})([^\r\n]*)/;
const SPACE = 0x20;
const DOT = 0x2e;
const DELETE = 0x7f;
/** Tokens of a reply: `$JS.ACK`, then these seven. */
const TOKENS = 9;
/** Where the dots of the reply in hand are, and its end: more than it has. */
const dots = new Uint32Array(16);

/** `$JS.ACK.<stream>.<consumer>.<attempt>.<sequence>.<consumer sequence>.<stored, ns>.<pending>`; since 2.10 there may be a
 *  domain and an account before the stream, and a random token after the end. */
function parseReply({ bytes, replyFrom, replyTo }: NatsFrame): DeliveryInfo {
  let count = 0;
  for (let at = replyFrom; at < replyTo; at += 1)
    if (bytes[at] === DOT && count < dots.length - 1) dots[count++] = at;
  dots[count] = replyTo;
  const first = count >= TOKENS ? 6 : 4;
  const token = (index: number, cut = 0) =>
    wholeNumber(bytes, (dots[first + index - 1] ?? 0) + 1, (dots[first + index] ?? 0) - cut);
  return {
    attempt: token(0),
    sequence: token(1),
    consumerSequence: token(2),
    storedAtMs: token(3, NANOS_DIGITS),
    pending: token(4),
  };
}

/** Of a nanosecond stamp, what milliseconds leave out. */
const NANOS_DIGITS = 6;
