/** Reads what the broker says of a published message, `{"stream":"EARSHOT_SCORED", "seq":7}`: of a stream that it has spoken of
 *  before, all but the digits is known, and need not be parsed again. */
import type { ApiError } from '@nats-io/jetstream';
import type { PublishOutcome } from '../../core/bus/bus.port.ts';
import { beginsWith, wholeNumber } from './nats-bytes.ts';
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

const CLOSE = 0x7d;
const KNOWN_MAX = 8;
/** Up to the number, which ends the answer: so no `duplicate` and no `domain`. */
const PLAIN = /^(\{"stream":\s*"[\w-]+",\s*"seq":\s*)\d{1,15}\}$/;

export class NatsReceipts {
  readonly #known: Known[] = [];

  /** What became of a message for `subject`, of the bytes from there to there; undefined when they are no word of the broker's: also who
   *  reads messages as they pass may answer them. */
  read(bytes: Buffer, from: number, to: number, subject: string): PublishOutcome | undefined {
    for (const { stream, before } of this.#known) {
      if (!beginsWith(bytes, before, from) || bytes[to - 1] !== CLOSE) continue;
      const sequence = wholeNumber(bytes, from + before.length, to - 1);
      if (sequence > 0) return { stream, sequence, duplicate: false };
    }
    const text = bytes.toString('utf8', from, to);
    const answer = answerIn(text);
    if (answer === undefined) return undefined;
    const { error, stream, seq, duplicate } = answer;
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

/** Either an error with its number, or a stream and a place in it. */
function answerIn(text: string): Answer | undefined {
  let answer: Partial<Answer> | null;
  try {
    answer = JSON.parse(text) as Partial<Answer> | null;
  } catch {
    return undefined;
  }
  const isError = Number.isInteger(answer?.error?.code);
  const isReceipt = typeof answer?.stream === 'string' && Number.isInteger(answer.seq);
  return isError || isReceipt ? (answer as Answer) : undefined;
}
