/** Goal: which fields of a message are redacted, and which stay. */
import { expect, test } from 'vitest';
import { keyedHash } from '../../../src/adapters/crypto/keyed-hash.ts';
import type { Message } from '../../../src/core/message/message.ts';
import { PII_KINDS } from '../../../src/core/privacy/kinds.ts';
import { redactMessage } from '../../../src/core/privacy/redact-message.ts';
import { privacyConfig } from '../../../src/core/privacy/redact.config.ts';
import { createRedactor } from '../../../src/core/privacy/redactor.ts';

const redactor = await createRedactor(privacyConfig.parse({ redact: PII_KINDS }), keyedHash);
const redact = (message: Message) => {
  if (redactor === undefined) throw new Error('nothing to redact');
  return redactMessage(message, redactor);
};
const messageOf = (fields: Partial<Message> = {}): Message => ({
  ...{
    id: 'a@example.com',
    version: '0',
    kind: 'create',
    time: 0,
    channel: 'mail',
    source: 'b@example.com',
    text: '',
  },
  ...fields,
});

test.each<[string, Partial<Message>, Partial<Message>]>([
  ['text', { text: 'me@example.com' }, { text: '[email]' }],
  ['url', { url: 'https://x.example/?u=me@example.com' }, { url: 'https://x.example/?u=[email]' }],
  [
    'links',
    { links: ['mailto:me@example.com', 'tel:+12125550100', 'https://x.example/p/4242424242424242'] },
    { links: ['mailto:[email]', 'tel:[phone]', 'https://x.example/p/4242424242424242'] },
  ],
  ['media', { media: ['http://203.0.113.7/a.jpg'] }, { media: ['http://[ip]/a.jpg'] }],
  [
    'tags',
    { tags: ['me@example.com', '5551234567', 'skyline'] },
    { tags: ['[email]', '5551234567', 'skyline'] },
  ],
  [
    'the name of the author, not the handle',
    { author: { id: '447700900123', handle: 'me@example.com', name: 'Bob +12125550100', followers: 3 } },
    { author: { id: '447700900123', handle: 'me@example.com', name: 'Bob [phone]', followers: 3 } },
  ],
  [
    'every string in extra, no name of a field, no number',
    {
      extra: {
        'author.email': 'me@example.com',
        list: [{ card: '4242 4242 4242 4242', n: 4242424242424242 }, null],
      },
    },
    { extra: { 'author.email': '[email]', list: [{ card: '[card]', n: 4242424242424242 }, null] } },
  ],
])('redacts %s', (_what, fields, redacted) => {
  const { message, found } = redact(messageOf(fields));
  expect(message).toEqual(messageOf(redacted));
  expect(Object.values(found).some((count) => count > 0)).toBe(true);
});

test('ids, mentions, source and campaign stay, and a message with nothing in it is the very same', () => {
  const message = messageOf({
    ...{ conversation: '<1@mail.example.com>', replyTo: '<2@mail.example.com>', campaign: '212-555-0100' },
    mentions: ['bob@social.example'],
  });
  expect(redact(message).message).toBe(message);
});

test('a text never grows beyond what a message may hold', () => {
  const { message } = redact(messageOf({ text: '8.8.8.8 '.repeat(512).trim(), tags: ['x'] }));
  expect(message.text.length).toBeLessThanOrEqual(4_096);
  const { message: long } = redact(messageOf({ text: '1::2:3 '.repeat(585).trim() }));
  expect(long.text).not.toContain('1::2');
});
