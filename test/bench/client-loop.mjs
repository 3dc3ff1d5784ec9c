// The passthrough on the client library alone: what JetStream and the client set as a limit, whatever our own bus does. As fast as
// that gets: `consume` with a callback, plain publishes, and the broker's receipts matched on one inbox.
import { TextDecoder } from 'node:util';
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, createInbox, headers, nanos } from '@nats-io/transport-node';

/** Calls `count` for each message that is published, confirmed and acknowledged; ends when `finished` resolves. */
export async function clientLoop({ url, stream, group, inHandMax, count, finished }) {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  const config = { ack_policy: AckPolicy.Explicit, ack_wait: nanos(30_000), max_ack_pending: inHandMax };
  await manager.consumers.add(stream, { durable_name: group, ...config });
  const decoder = new TextDecoder();
  const inbox = createInbox();
  const unconfirmed = new Map();
  let sent = 0;
  connection.subscribe(`${inbox}.*`, {
    callback: (_, receipt) => {
      const { error } = receipt.json();
      if (error) throw new Error(error.description);
      const number = receipt.subject.slice(inbox.length + 1);
      unconfirmed.get(number).ack();
      unconfirmed.delete(number);
      count(1);
    },
  });
  const consumer = await jetstream(connection).consumers.get(stream, group);
  await consumer.consume({
    max_messages: inHandMax,
    callback: (delivery) => {
      const message = JSON.parse(decoder.decode(delivery.data));
      const number = String((sent += 1));
      unconfirmed.set(number, delivery);
      const head = headers();
      head.set('Nats-Msg-Id', `${group}:${message.id}`);
      connection.publish(`earshot.scored.${group}.${message.channel}.neutral`, JSON.stringify(message), {
        reply: `${inbox}.${number}`,
        headers: head,
      });
    },
  });
  await finished;
  await connection.close();
}
