/** Goal: what goes out past the client's own `publish` arrives as if it had gone that way. */
import { connect, headers } from '@nats-io/transport-node';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { headerBlock } from '../../../src/adapters/nats/nats-payload.ts';
import { NatsWire } from '../../../src/adapters/nats/nats-wire.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import type { NatsServer } from '../../support/nats-server.ts';
import { seededRandom } from '../../support/random.ts';

guardAgainstLeaks();

let server: NatsServer;
let connection: NatsConnection;
let wire: NatsWire;
let heard: Heard[];
beforeEach(async () => {
  server = await startNatsServer();
  connection = await connect({ servers: server.url });
  wire = new NatsWire(connection);
  heard = [];
  connection.subscribe('>', { callback: (_, msg) => void heard.push(whatIs(msg)) });
});
afterEach(async () => {
  await connection.close();
  await server.stop();
});

type Heard = ReturnType<typeof whatIs>;
const whatIs = ({ subject, reply, headers: given, data }: Msg) => ({
  subject,
  reply,
  headers: [...(given ?? [])],
  data: Buffer.from(data).toString('latin1'),
});

interface Sent {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly id?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const SUBJECTS = ['a', 'earshot.scored.brand.social.neutral', 'straße.ünder.日本', '💬.x'];
const IDS = [undefined, 'brand:1', 'with space', 'ключ', 'a\r\nb', 'x'.repeat(600)];
const HEADERS = [undefined, { 'earshot-detail': 'naïve ☂\r\nsecond line' }, { one: '1', two: ' 2 ' }];

function randomMessages(count: number, bytesMax: number): Sent[] {
  const random = seededRandom(20_261_123);
  const one = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T;
  return Array.from({ length: count }, () => {
    const id = one(IDS);
    const given = one(HEADERS);
    const data = Buffer.alloc(Math.floor(random() ** 4 * bytesMax), Math.floor(random() * 256));
    return { subject: one(SUBJECTS), data, ...(id && { id }), ...(given && { headers: given }) };
  });
}

function publishByClient({ subject, data, id, headers: given }: Sent, reply: string): void {
  const block = headers();
  if (id !== undefined) block.append('Nats-Msg-Id', /^[!-~]{1,512}$/.test(id) ? id : encodeURIComponent(id));
  for (const [name, value] of Object.entries(given ?? {})) block.append(name, value.replace(/[\r\n]+/g, ' '));
  connection.publish(subject, data, { reply, ...((id ?? given) ? { headers: block } : {}) });
}

async function allHeard(): Promise<Heard[]> {
  await connection.flush();
  return heard.splice(0);
}

test('two thousand messages of all kinds in one turn, some larger than the room, arrive as from the client', async () => {
  const messages = randomMessages(2_000, 600_000);
  for (const [at, message] of messages.entries())
    wire.publish(message.subject, `reply.${at}`, headerBlock(message), message.data);
  wire.flush();
  const byWire = await allHeard();
  for (const [at, message] of messages.entries()) publishByClient(message, `reply.${at}`);
  const byClient = await allHeard();
  expect(byWire).toHaveLength(messages.length);
  for (const [at, message] of byWire.entries()) expect(message).toEqual(byClient[at]);
});

test('what is said in one turn leaves at its end, by itself', async () => {
  const bytes = Buffer.from('HMSG a 7 answer.here 0 0');
  const [replyFrom, replyTo] = [9, 20];
  const nothing = { subjectFrom: 5, subjectTo: 6, headersFrom: 24, dataFrom: 24, dataTo: 24 };
  wire.respond({ bytes, replyFrom, replyTo, ...nothing }, '+ACK', 'now');
  wire.respond({ bytes, replyFrom: 0, replyTo: 0, ...nothing }, 'to nobody', 'now');
  wire.publish('a', 'b', undefined, new Uint8Array());
  await Promise.resolve();
  expect(await allHeard()).toEqual([
    { subject: 'answer.here', reply: '', headers: [], data: '+ACK' },
    { subject: 'a', reply: 'b', headers: [], data: '' },
  ]);
});

test.each(['', 'a b', 'a\r\nPUB x 0'])(
  'the subject %j is refused, and nothing of it leaves',
  async (subject) => {
    expect(() => wire.publish(subject, 'b', undefined, Buffer.from('x'))).toThrow(/subject/i);
    wire.flush();
    expect(await allHeard()).toEqual([]);
  },
);
