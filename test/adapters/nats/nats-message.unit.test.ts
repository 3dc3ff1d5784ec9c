/** Goal: headers and places are read from the bytes and the reply as the client's own objects would tell them. */
import { expect, test } from 'vitest';
import type { NatsFrame } from '../../../src/adapters/nats/nats-inlet.ts';
import { NatsMessage, statusOf } from '../../../src/adapters/nats/nats-message.ts';

const PAYLOAD = '{"id":"a"}';

/** As it stands among other bytes. */
function frameOf(block: string, reply: string): NatsFrame {
  const before = 'MSG x 1 0\r\n\r\n';
  const subject = 'earshot.in.feed.town';
  const bytes = Buffer.from(`${before}${subject}${reply}${block}${PAYLOAD}\r\nMSG`);
  const replyFrom = before.length + subject.length;
  const headersFrom = replyFrom + reply.length;
  const dataFrom = headersFrom + Buffer.byteLength(block);
  const dataTo = dataFrom + PAYLOAD.length;
  const [subjectFrom, subjectTo, replyTo] = [before.length, replyFrom, headersFrom];
  return { bytes, subjectFrom, subjectTo, replyFrom, replyTo, headersFrom, dataFrom, dataTo };
}

function messageOf(block: string, reply = '$JS.ACK.IN.group.2.34567.89.1700000000123456789.12'): NatsMessage {
  return new NatsMessage(frameOf(block, reply));
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
  expect(message.subject).toBe('earshot.in.feed.town');
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

test.each([
  ['NATS/1.0 404 No Messages\r\n\r\n', 404, 'No Messages'],
  ['NATS/1.0 503\r\n\r\n', 503, ''],
  [
    'NATS/1.0 409 Message Size Exceeds MaxBytes\r\nNats-Pending-Messages: 3\r\n\r\n',
    409,
    'Message Size Exceeds MaxBytes',
  ],
  ['NATS/1.0\r\nStatus: 404\r\n\r\n', 0, ''],
  ['', 0, ''],
])('the status of %j', (block, code, description) => {
  expect(statusOf(frameOf(block, ''))).toEqual({ code, description });
});
