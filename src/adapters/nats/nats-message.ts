/** A message that JetStream delivered, read lazily: most fields of most messages are never looked at. */
import type { Msg } from '@nats-io/transport-node';
import type { BusHeaders, StoredMessage } from '../../core/bus/bus.port.ts';

interface DeliveryInfo {
  readonly attempt: number;
  readonly sequence: number;
  /** Position in what the consumer delivered, from 1; has no gaps unless something was lost. */
  readonly consumerSequence: number;
  readonly storedAtMs: number;
  readonly pending: number;
}

export class NatsMessage implements StoredMessage {
  readonly #msg: Msg;
  #info: DeliveryInfo | undefined;

  constructor(msg: Msg) {
    this.#msg = msg;
  }

  get subject(): string {
    return this.#msg.subject;
  }

  get data(): Uint8Array {
    return this.#msg.data;
  }

  get headers(): BusHeaders | undefined {
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

  get pending(): number {
    return this.info.pending;
  }

  get info(): DeliveryInfo {
    this.#info ??= parseReply(this.#msg.reply ?? '');
    return this.#info;
  }
}

/** `$JS.ACK.<stream>.<consumer>.<attempt>.<sequence>.<consumer sequence>.<stored, ns>.<pending>`; since 2.10 there may be a
 *  domain and an account before the stream, and a random token after the end. */
function parseReply(reply: string): DeliveryInfo {
  const tokens = reply.split('.');
  const at = tokens.length > 9 ? 6 : 4;
  const number = (index: number) => Number(tokens[at + index]);
  return {
    attempt: number(0),
    sequence: number(1),
    consumerSequence: number(2),
    storedAtMs: Number(tokens[at + 3]?.slice(0, -6)),
    pending: number(4),
  };
}
