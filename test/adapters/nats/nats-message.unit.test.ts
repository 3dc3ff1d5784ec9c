/** Goal: headers and places are read from the bytes and the reply as the client's own objects would tell them. */
import type { Msg } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { NatsMessage } from '../../../src/adapters/nats/nats-message.ts';

const PAYLOAD = '{"id":"a"}';

/** As the client hands it over: the headers in front of the payload, in the same bytes. */
function messageOf(block: string, reply = '$JS.ACK.IN.group.2.34567.89.1700000000123456789.12'): NatsMessage {
  const bytes = Buffer.from(block + PAYLOAD);
  const subject = 'earshot.in.feed.town';
  const size = () => bytes.length + subject.length + reply.length;
  const data = bytes.subarray(Buffer.byteLength(block));
  return new NatsMessage({ subject, reply, data, size, headers: undefined } as unknown as Msg);
}

test.each([
  ['none', '', undefined],
  ['an id alone', 'NATS/1.0\r\nNats-Msg-Id: a:1\r\n\r\n', { 'nats-msg-id': 'a:1' }],
  ['an id with a space', 'NATS/1.0\r\nNats-Msg-Id: a 1\r\n\r\n', { 'nats-msg-id': 'a 1' }],
  ['an id beyond ASCII', 'NATS/1.0\r\nNats-Msg-Id: é\r\n\r\n', { 'nats-msg-id': 'é' }],
  [
    'an id and another',
    'NATS/1.0\r\nNats-Msg-Id: a\r\nce-id: b\r\n\r\n',
    { 'nats-msg-id': 'a', 'ce-id': 'b' },
  ],
  ['another name', 'NATS/1.0\r\nContent-Type: text/plain\r\n\r\n', { 'content-type': 'text/plain' }],
])('headers: %s', (_, block, expected) => {
  const message = messageOf(block);
  expect(message.headers).toEqual(expected);
  expect(Buffer.from(message.data).toString()).toBe(PAYLOAD);
});

test.each([
  ['of nine tokens', '$JS.ACK.IN.group.2.34567.89.1700000000123456789.12'],
  [
    'with domain, account and a random token',
    '$JS.ACK.hub.ACC.IN.group.2.34567.89.1700000000123456789.12.x7',
  ],
])('a reply %s', (_, reply) => {
  const { info } = messageOf('', reply);
  const storedAtMs = 1_700_000_000_123;
  expect(info).toEqual({ attempt: 2, sequence: 34_567, consumerSequence: 89, storedAtMs, pending: 12 });
});
