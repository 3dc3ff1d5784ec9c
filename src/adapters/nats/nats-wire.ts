/** What is published and acknowledged, as the protocol has it, all of one turn in one piece. The client's own `publish` makes
 *  four pieces of each message, checks two subjects by regular expression, and copies the pieces together at last: a third
 *  of what a message costs on its way out. */
import { errors } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import type { NatsFrame } from './nats-inlet.ts';

/** Pieces are cut from it one after the other, and it is left behind when it is full: what was handed over may wait for the
 *  socket. */
const ROOM_BYTES = 262_144;
/** Of a unit of a string. */
const UNIT_BYTES_MAX = 3;
const PUB = Buffer.from('PUB ');
/** Of a command, beside its subject and its payload. */
const FRAME_BYTES_MAX = 32;
/** An acknowledgement that leaves alone costs a call of the system here and a wake-up there. */
const SOON_MS = 5;
const WHITE_SPACE = /\s/;
const CR = 0x0d;
const LF = 0x0a;

/** Headers as the protocol has them, from the version line to the empty line. */
export interface HeaderBlock {
  readonly text: string;
  readonly bytes: number;
}

export class NatsWire {
  readonly #connection: NatsConnection;
  #room = Buffer.allocUnsafeSlow(ROOM_BYTES);
  /** Where what has not been sent begins and ends. */
  #from = 0;
  #to = 0;
  /** All leaves at the end of this turn. */
  #isLeaving = false;
  /** Runs while something waits that may. */
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  /** Sent at the end of this turn at the latest.
   *  @throws InvalidSubjectError for a subject that no server would take. */
  publish(subject: string, reply: string, headers: HeaderBlock | undefined, data: Uint8Array): void {
    if (subject === '' || WHITE_SPACE.test(subject)) throw new errors.InvalidSubjectError(subject);
    const bytes = data.length + (headers?.bytes ?? 0);
    this.#write(
      headers === undefined
        ? `PUB ${subject} ${reply} ${bytes}\r\n`
        : `HPUB ${subject} ${reply} ${headers.bytes} ${bytes}\r\n${headers.text}`,
      data,
    );
  }

  /** To whoever waits for an answer to the message, with nothing but what is said: at the end of this turn, or with what leaves next
   *  and within a few milliseconds, where nobody waits. */
  respond({ bytes, replyFrom, replyTo }: NatsFrame, answer: string, when: 'now' | 'soon'): void {
    const size = Buffer.byteLength(answer);
    const replyBytes = replyTo - replyFrom;
    if (replyBytes === 0) return;
    this.#makeRoom(replyBytes + size + FRAME_BYTES_MAX);
    if (when === 'now') this.#flushNow();
    else this.#timer ??= setTimeout(() => this.flush(), SOON_MS);
    const room = this.#room;
    room.set(PUB, this.#to);
    const sizeFrom = this.#to + PUB.length + replyBytes;
    bytes.copy(room, this.#to + PUB.length, replyFrom, replyTo);
    this.#to = sizeFrom + room.write(` ${size}\r\n${answer}\r\n`, sizeFrom);
  }

  /** Before anything that the connection itself is to send later. */
  flush(): void {
    this.#isLeaving = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#to === this.#from) return;
    const { buffer, byteOffset } = this.#room;
    const piece = new Uint8Array(buffer, byteOffset + this.#from, this.#to - this.#from);
    this.#from = this.#to;
    wayOut(this.#connection).sendCommand(piece);
  }

  #makeRoom(bytesMax: number): void {
    if (this.#to + bytesMax > this.#room.length) {
      this.flush();
      this.#room = Buffer.allocUnsafeSlow(Math.max(ROOM_BYTES, bytesMax));
      this.#from = this.#to = 0;
    }
  }

  #flushNow(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    queueMicrotask(() => this.flush());
  }

  #write(head: string, data: Uint8Array): void {
    this.#makeRoom(head.length * UNIT_BYTES_MAX + data.length + 2);
    this.#flushNow();
    const room = this.#room;
    let to = this.#to + room.write(head, this.#to);
    room.set(data, to);
    to += data.length;
    room[to] = CR;
    room[to + 1] = LF;
    this.#to = to + 2;
  }
}

/** The client's way out takes whole commands, sends those of one turn together, and forgets them when it connects anew, as it
 *  does with its own. It does not show it; the client's version is fixed in package.json. */
function wayOut(connection: NatsConnection): { sendCommand(commands: Uint8Array): void } {
  return (connection as unknown as { readonly protocol: { sendCommand(commands: Uint8Array): void } })
    .protocol;
}
