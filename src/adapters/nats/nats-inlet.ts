/** What comes from the server, cut into frames. The client's own parser goes through each byte by a machine of states, makes seven
 *  pieces of a message and strings of two of them: a quarter of what receiving one costs. Here a frame of a subscription that was
 *  taken goes to its taker as places in the bytes that came; all else, whole frames too, goes to the client's parser. */
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { beginsWith, wholeNumber } from './nats-bytes.ts';

/** A message where it stands: its parts are places in `bytes`. It may be kept; that keeps the bytes. */
export interface NatsFrame {
  readonly bytes: Buffer;
  readonly subjectFrom: number;
  readonly subjectTo: number;
  /** Both 0 where there is no reply. */
  readonly replyFrom: number;
  readonly replyTo: number;
  /** Headers, from the version line to the empty line, end where the payload begins; equal where there are none. */
  readonly headersFrom: number;
  readonly dataFrom: number;
  readonly dataTo: number;
}

/** Bytes of the payload. */
export function sizeOf({ dataFrom, dataTo }: NatsFrame): number {
  return dataTo - dataFrom;
}

type TakeFrame = (frame: NatsFrame) => void;

/** Of the client, what it does not show; its version is fixed in package.json. */
interface ClientParser {
  /** 0 between two frames. */
  readonly state: number;
  parse(bytes: Uint8Array): void;
}

const SPACE = 0x20;
const LF = 0x0a;
const LINE_END_BYTES = 2;
const H = 0x48;
const MESSAGE = Buffer.from('MSG ');
const WORDS_MAX = 6;

export class NatsInlet {
  readonly #takers = new Map<number, TakeFrame>();
  readonly #begun = new BegunFrame();
  /** Where the words of the line in hand begin, and behind the last one where another would. */
  readonly #words = new Uint32Array(WORDS_MAX + 1);
  readonly #onLost: (error: unknown) => void;
  #client: ClientParser;
  #isLost = false;

  /** From here on all that comes goes through it, also after each reconnection, where the client makes itself another parser.
   *  `onLost` is told when nothing more is read until then: what the server sent is no frame, or whoever took one threw. The client
   *  would say so on the console and stay connected, deaf. */
  constructor(connection: NatsConnection, onLost: (error: unknown) => void) {
    const { protocol } = connection as unknown as { protocol: { parser: ClientParser } };
    this.#client = protocol.parser;
    this.#onLost = onLost;
    const stand = { parse: (bytes: Uint8Array) => this.#parseOrLose(bytes) };
    Object.defineProperty(protocol, 'parser', {
      get: () => stand,
      set: (parser: ClientParser) => {
        this.#client = parser;
        this.#begun.forget();
        this.#isLost = false;
      },
    });
  }

  /** Until the subscription is closed its messages go to `take` instead of to its callback. */
  take(subscription: Subscription, take: TakeFrame): void {
    const id = subscription.getID();
    this.#takers.set(id, take);
    const leave = () => void this.#takers.delete(id);
    subscription.closed.then(leave, leave);
  }

  #parseOrLose(chunk: Uint8Array): void {
    if (this.#isLost) return; // Nothing is known of where its frames begin.
    try {
      this.#parse(chunk);
    } catch (error) {
      this.#isLost = true;
      this.#onLost(error);
    }
  }

  #parse(chunk: Uint8Array): void {
    if (this.#client.state !== 0) {
      this.#client.parse(chunk); // A frame that began before we listened.
      return;
    }
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let from = 0;
    while (from < bytes.length) {
      if (this.#begun.isEmpty) {
        const to = this.#read(bytes, from);
        if (to > bytes.length) this.#begun.keep(bytes.subarray(from), to - from);
        from = Math.min(to, bytes.length);
        continue;
      }
      from = this.#begun.add(bytes, from);
      const whole = this.#begun.takeWhole();
      if (whole === undefined) return;
      const to = this.#read(whole, 0);
      if (to > whole.length) this.#begun.keep(whole, to);
    }
  }

  /** Hands over the frame that begins there. Returns its end; when that lies behind the bytes, nothing was handed over, and infinity
   *  says that its line has no end yet. */
  #read(bytes: Buffer, from: number): number {
    const words = this.#words;
    let count = 0;
    let at = from;
    for (; at < bytes.length && bytes[at] !== LF; at += 1)
      if (bytes[at] === SPACE && count < WORDS_MAX) words[count++] = at + 1;
    if (at === bytes.length) return Number.POSITIVE_INFINITY;
    const lineTo = at + 1;
    const headed = bytes[from] === H ? 1 : 0;
    if (!beginsWith(bytes, MESSAGE, from + headed)) {
      this.#client.parse(bytes.subarray(from, lineTo));
      return lineTo;
    }
    // MSG <subject> <id> [reply] <bytes>, HMSG <subject> <id> [reply] <bytes of headers> <bytes>
    words[count] = lineTo - 1;
    const word = (index: number) => wholeNumber(bytes, words[index] ?? 0, (words[index + 1] ?? 0) - 1);
    const hasReply = count === 4 + headed;
    const size = word(count - 1);
    const headers = headed === 0 ? 0 : word(count - 2);
    if ((!hasReply && count !== 3 + headed) || !(headers <= size))
      throw new Error(`the server sent '${bytes.toString('latin1', from, lineTo).trim()}'`);
    const to = lineTo + size + LINE_END_BYTES;
    if (to > bytes.length) return to;
    const take = this.#takers.get(word(1));
    if (take === undefined) {
      this.#client.parse(bytes.subarray(from, to));
      return to;
    }
    take({
      bytes,
      subjectFrom: words[0] ?? 0,
      subjectTo: (words[1] ?? 0) - 1,
      replyFrom: hasReply ? (words[2] ?? 0) : 0,
      replyTo: hasReply ? (words[3] ?? 0) - 1 : 0,
      headersFrom: lineTo,
      dataFrom: lineTo + headers,
      dataTo: lineTo + size,
    });
    return to;
  }
}

/** A frame of which the rest is yet to come, in pieces that are put together once. */
class BegunFrame {
  #pieces: Buffer[] = [];
  /** Infinite until the end of its line is there. */
  #missing = 0;

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  keep(piece: Buffer, bytes: number): void {
    this.#pieces.push(piece);
    this.#missing = bytes - piece.length;
  }

  /** Takes what belongs to it, or to its line, from there on. Returns the place behind. */
  add(bytes: Buffer, from: number): number {
    const lineTo = this.#missing === Number.POSITIVE_INFINITY ? bytes.indexOf(LF, from) + 1 : 0;
    const isLine = lineTo > 0;
    const to = isLine ? lineTo : Math.min(bytes.length, from + this.#missing);
    this.#pieces.push(bytes.subarray(from, to));
    this.#missing = isLine ? 0 : this.#missing - (to - from);
    return to;
  }

  /** Once nothing is missing that is known to be; it is empty then. */
  takeWhole(): Buffer | undefined {
    if (this.#missing > 0) return undefined;
    const whole = Buffer.concat(this.#pieces);
    this.forget();
    return whole;
  }

  forget(): void {
    this.#pieces = [];
    this.#missing = 0;
  }
}
