/** Goal: wherever the bytes of a connection are cut, every frame comes once, in order and whole, as by the client's own parser. */
import { Parser } from '@nats-io/transport-node';
import type { Dispatcher, NatsConnection, ParserEvent, Subscription } from '@nats-io/transport-node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NatsInlet, type NatsFrame } from '../../../src/adapters/nats/nats-inlet.ts';

const TAKEN = 7;
const HEADERS = [
  '',
  'NATS/1.0\r\n\r\n',
  'NATS/1.0 404 No Messages\r\n\r\n',
  'NATS/1.0\r\nNats-Msg-Id: a b\r\n\r\n',
];

const word = fc.stringMatching(/^[!-~]{1,30}$/);
const message = fc
  .record({
    subject: fc.oneof(word, fc.constantFrom('straße.ünder.日本', 'MSG', 'a.b')),
    id: fc.constantFrom(TAKEN, TAKEN, 8, 12_345),
    reply: fc.option(word, { nil: undefined }),
    headers: fc.constantFrom(...HEADERS),
    data: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('', '\r\n', 'MSG a 7 5\r\nhello\r\n', 'PING\r\n'),
    ),
  })
  .map(({ subject, id, reply, headers, data }) => {
    const sizes =
      headers === '' ? [Buffer.byteLength(data)] : [headers.length, headers.length + Buffer.byteLength(data)];
    const line = [
      headers === '' ? 'MSG' : 'HMSG',
      subject,
      id,
      ...(reply === undefined ? [] : [reply]),
      ...sizes,
    ];
    return `${line.join(' ')}\r\n${headers}${data}\r\n`;
  });
const command = fc.constantFrom(
  'PING\r\n',
  'PONG\r\n',
  '+OK\r\n',
  '-ERR \'Permissions Violation for Publish to "a b"\'\r\n',
  'INFO {"a":"b c d e f g h","max_payload":1048576} \r\n',
);
const stream = fc.array(fc.oneof({ arbitrary: message, weight: 3 }, { arbitrary: command, weight: 1 }), {
  maxLength: 30,
});

/** Bytes that lie somewhere in a larger room, as a socket hands them over. */
function chunksOf(bytes: Buffer, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((to, at) => {
    const chunk = bytes.subarray(places[at], to);
    const room = new Uint8Array(chunk.length + 9).fill(0x4d);
    room.set(chunk, 5);
    return room.subarray(5, 5 + chunk.length);
  });
}

interface Heard {
  readonly what: unknown;
  readonly subject?: string;
  readonly reply?: string | undefined;
  readonly headers?: string;
  readonly data: string;
}

function byClient({ kind, msg, data }: ParserEvent): Heard {
  const text = Buffer.from(data ?? []).toString('latin1');
  if (msg === undefined) return { what: kind, data: text };
  const headers = Math.max(0, msg.hdr);
  return {
    what: msg.sid,
    subject: Buffer.from(msg.subject).toString(),
    reply: msg.reply && Buffer.from(msg.reply).toString(),
    headers: text.slice(0, headers),
    data: text.slice(headers),
  };
}

function taken({ bytes, ...at }: NatsFrame): Heard {
  const text = (from: number, to: number) => bytes.toString('latin1', from, to);
  return {
    what: TAKEN,
    subject: bytes.toString('utf8', at.subjectFrom, at.subjectTo),
    reply: at.replyTo === 0 ? undefined : text(at.replyFrom, at.replyTo),
    headers: text(at.headersFrom, at.dataFrom),
    data: text(at.dataFrom, at.dataTo),
  };
}

/** A client's connection as far as it matters here. */
function connectionTo(heard: Heard[]) {
  const dispatcher: Dispatcher<ParserEvent> = {
    push: (event) => void heard.push(byClient(event as ParserEvent)),
  };
  const protocol = { parser: new Parser(dispatcher) };
  const connection = { protocol } as unknown as NatsConnection;
  return { protocol, connection, reconnect: () => (protocol.parser = new Parser(dispatcher)) };
}

function listen(heard: Heard[], onLost: (error: unknown) => void = (error) => expect.fail(String(error))) {
  const client = connectionTo(heard);
  const inlet = new NatsInlet(client.connection, onLost);
  const take = (id: number, closed: Promise<void>) => {
    const subscription = { getID: () => id, closed } as unknown as Subscription;
    inlet.take(subscription, (frame) => heard.push({ ...taken(frame), what: TAKEN }));
  };
  take(TAKEN, new Promise(() => undefined));
  return { ...client, take };
}

test('every stream, however it is cut, is heard as by the client', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 60 }), (frames, cuts) => {
      const bytes = Buffer.from(frames.join(''));
      const expected: Heard[] = [];
      connectionTo(expected).protocol.parser.parse(bytes);
      const heard: Heard[] = [];
      const { protocol } = listen(heard);
      for (const chunk of chunksOf(bytes, cuts)) protocol.parser.parse(chunk);
      expect(heard).toEqual(expected);
    }),
    { numRuns: 1_500 },
  );
});

test('one byte at a time, and a message of a megabyte in pieces', () => {
  const large = 'x'.repeat(1_000_000);
  const bytes = Buffer.from(
    `MSG a 7 5\r\nhello\r\nPING\r\nHMSG b 7 c 12 1000012\r\nNATS/1.0\r\n\r\n${large}\r\nMSG d 7 0\r\n\r\n`,
  );
  const heard: Heard[] = [];
  const { protocol } = listen(heard);
  for (let at = 0; at < bytes.length; at += at < 60 ? 1 : 1_000)
    protocol.parser.parse(bytes.subarray(at, at + (at < 60 ? 1 : 1_000)));
  expect(heard.map(({ subject, data }) => [subject, data.length])).toEqual([
    ['a', 5],
    [undefined, 0],
    ['b', large.length],
    ['d', 0],
  ]);
});

test('what a lost connection began is forgotten', () => {
  const heard: Heard[] = [];
  const { protocol, reconnect } = listen(heard);
  protocol.parser.parse(Buffer.from('MSG a 7 500\r\nhel'));
  reconnect();
  protocol.parser.parse(Buffer.from('MSG b 7 2\r\nhi\r\n'));
  expect(heard.map(({ subject }) => subject)).toEqual(['b']);
});

test("a frame that the client began before we listened is the client's", () => {
  const heard: Heard[] = [];
  const client = connectionTo(heard);
  client.protocol.parser.parse(Buffer.from('MSG a 7 5\r\nhel'));
  new NatsInlet(client.connection, () => undefined);
  client.protocol.parser.parse(Buffer.from('lo\r\n'));
  client.protocol.parser.parse(Buffer.from('MSG b 7 2\r\nhi\r\n'));
  expect(heard.map(({ subject, data }) => [subject, data])).toEqual([
    ['a', 'hello'],
    ['b', 'hi'],
  ]);
});

test('a subscription that was closed is left to the client', async () => {
  const heard: Heard[] = [];
  const { protocol, take } = listen(heard);
  take(9, Promise.resolve());
  await Promise.resolve();
  protocol.parser.parse(Buffer.from('MSG b 9 2\r\nhi\r\nMSG b 7 2\r\nhi\r\n'));
  expect(heard.map(({ what, subject, data }) => [what, subject, data])).toEqual([
    [9, 'b', 'hi'],
    [TAKEN, 'b', 'hi'],
  ]);
});

test.each([
  'MSG a 7\r\n',
  'MSG a 7 b c d\r\n',
  'MSG a 7 x\r\n',
  'HMSG a 7 20 10\r\n',
  'HMSG a 7 10\r\n',
  'MSG a x 1\r\nb\r\n',
])('%j is refused as by the client, and nothing is read until it is connected anew', (line) => {
  expect(() => connectionTo([]).protocol.parser.parse(Buffer.from(line))).toThrow();
  const heard: Heard[] = [];
  const lost: unknown[] = [];
  const { protocol, reconnect } = listen(heard, (error) => lost.push(error));
  protocol.parser.parse(Buffer.from(`${line}MSG b 7 2\r\nhi\r\n`));
  protocol.parser.parse(Buffer.from('MSG c 7 2\r\nhi\r\n'));
  expect([heard, lost]).toEqual([[], [expect.any(Error)]]);
  reconnect();
  protocol.parser.parse(Buffer.from('MSG d 7 2\r\nhi\r\n'));
  expect(heard.map(({ subject }) => subject)).toEqual(['d']);
});

test('who takes a frame and throws is told apart from silence', () => {
  const lost: unknown[] = [];
  const client = connectionTo([]);
  const inlet = new NatsInlet(client.connection, (error) => lost.push(error));
  const subscription = {
    getID: () => TAKEN,
    closed: new Promise(() => undefined),
  } as unknown as Subscription;
  inlet.take(subscription, () => {
    throw new Error('cannot');
  });
  client.protocol.parser.parse(Buffer.from('MSG a 7 2\r\nhi\r\n'));
  expect(lost).toEqual([new Error('cannot')]);
});
