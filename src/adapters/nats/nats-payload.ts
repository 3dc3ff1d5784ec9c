/** Headers as NATS writes them, and the size of what is sent. */
import { headers } from '@nats-io/transport-node';
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import type { OutboundMessage } from '../../core/bus/bus.port.ts';
import { busError } from './nats-errors.ts';
import type { HeaderBlock } from './nats-wire.ts';

const PLAIN_ID = /^[!-~]{1,512}$/;
/** How the headers of nearly all messages begin. */
export const VERSION_AND_ID = 'NATS/1.0\r\nNats-Msg-Id: ';

/** Undefined for a message without any. */
export function headerBlock({ id, headers: given }: OutboundMessage): HeaderBlock | undefined {
  if (id === undefined && given === undefined) return undefined;
  // What nearly all have. The client's own objects (a map, a list, several strings) cost more than sending the message.
  if (id !== undefined && given === undefined && PLAIN_ID.test(id))
    return { text: `${VERSION_AND_ID}${id}\r\n\r\n`, bytes: VERSION_AND_ID.length + id.length + 4 };
  const out = headers() as MsgHdrs & { encode(): Uint8Array };
  // Ids come from outside; a header value holds no line break and loses spaces at its ends.
  if (id !== undefined)
    out.append('Nats-Msg-Id', PLAIN_ID.test(id) ? id : encodeURIComponent(id.toWellFormed()));
  if (given !== undefined)
    for (const [name, value] of Object.entries(given)) out.append(name, value.replace(/[\r\n]+/g, ' '));
  const bytes = out.encode();
  return { text: Buffer.from(bytes).toString(), bytes: bytes.length };
}

/** `payloadBytes`: with the headers. @throws BusError BUS_PAYLOAD_TOO_LARGE; the server would close the connection. */
export function refuseTooLarge(subject: string, payloadBytes: number, { info }: NatsConnection): void {
  if (info === undefined || payloadBytes <= info.max_payload) return;
  const limit = `the ${info.max_payload} bytes the server takes (max_payload)`;
  const said = `message of ${payloadBytes} bytes for '${subject}' exceeds ${limit}`;
  throw busError('BUS_PAYLOAD_TOO_LARGE', said, false);
}
