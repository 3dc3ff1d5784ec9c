/** Reads what the broker says of a published message, `{"stream":"EARSHOT_SCORED", "seq":7}`: of a stream that it has spoken of
 *  before, all but the digits is known, and need not be parsed again. */
import type { ApiError } from '@nats-io/jetstream';
import type { PublishOutcome } from '../../core/bus/bus.port.ts';
import { beginsWith } from './nats-bytes.ts';
import { fromApiError } from './nats-errors.ts';

interface Answer {
  readonly stream: string;
  readonly seq: number;
  readonly duplicate?: boolean;
  readonly error?: ApiError;
}

interface Known {
  readonly stream: string;
  /** From the first byte to the number. */
  readonly before: Uint8Array;
}

const ZERO = 0x30;
const CLOSE = 0x7d;
const KNOWN_MAX = 8;
/** Up to the number, which ends the answer: so no `duplicate` and no `domain`. */
const PLAIN = /^(\{"stream":\s*"[\w-]+",\s*"seq":\s*)\d{1,15}\}$/;

export class NatsReceipts {
  readonly #known: Known[] = [];

  /** What became of a message for `subject`. @throws SyntaxError when it is no JSON. */
  read(data: Uint8Array, subject: string): PublishOutcome {
    for (const { stream, before } of this.#known) {
      const sequence = beginsWith(data, before) ? lastNumber(data, before.length) : 0;
      if (sequence > 0) return { stream, sequence, duplicate: false };
    }
    const text = Buffer.from(data).toString();
    const { error, stream, seq, duplicate } = JSON.parse(text) as Answer;
    if (error !== undefined) return fromApiError(error, `publishing to '${subject}'`);
    this.#learn(text, stream);
    return { stream, sequence: seq, duplicate: duplicate === true };
  }

  #learn(text: string, stream: string): void {
    const before = PLAIN.exec(text)?.[1];
    if (before !== undefined && this.#known.length < KNOWN_MAX)
      this.#known.push({ stream, before: Buffer.from(before) });
  }
}

/** The number from there to the bracket that ends it all; 0 where anything else stands. */
function lastNumber(data: Uint8Array, from: number): number {
  const end = data.length - 1;
  if (data[end] !== CLOSE) return 0;
  let value = 0;
  for (let at = from; at < end; at += 1) {
    const digit = (data[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return 0;
    value = value * 10 + digit;
  }
  return value;
}
