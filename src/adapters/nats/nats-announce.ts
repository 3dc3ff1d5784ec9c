/** Plain publishing, outside all streams: the server has it, or it does not. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OutboundMessage } from '../../core/bus/bus.port.ts';
import { busError, closedError, toBusError } from './nats-errors.ts';
import { within } from './nats-link.ts';
import type { NatsLink } from './nats-link.ts';
import { refuseTooLarge } from './nats-payload.ts';

export async function announce(
  link: NatsLink,
  { subject, data }: Pick<OutboundMessage, 'subject' | 'data'>,
  timeoutMs: number,
): Promise<void> {
  if (link.closed) throw closedError();
  const what = `announcing on '${subject}'`;
  if (!link.connected) throw busError('BUS_TIMEOUT', `${what}: ${link.status.value.detail}`, true);
  refuseTooLarge(subject, Buffer.byteLength(data), link.connection);
  let refused = false;
  const violations = link.violations.subscribe((violation) => {
    refused ||= violation.operation === 'publish' && violation.subject === subject;
  });
  try {
    link.connection.publish(subject, data);
    await within(link.connection.flush(), timeoutMs);
    await nextTurn(); // A refusal comes before the answer to the flush, but by a queue of its own.
  } catch (error) {
    throw toBusError(error, what);
  } finally {
    violations.unsubscribe();
  }
  if (refused) throw busError('BUS_CREDENTIALS', `${what}: the server does not let us publish there`, false);
}
