/** Goal: clients of the feed cannot tell whether a pipeline publishes its messages in batches. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { settingsConfig } from '../../../src/app/config/settings.config.ts';
import { startFeed, type FeedService } from '../../../src/app/services/feed.service.ts';
import type { StoredMessage } from '../../../src/core/bus/bus.port.ts';
import { subjects } from '../../../src/core/bus/subjects.ts';
import type { ScoredMessage } from '../../../src/core/message/message.ts';
import { scoredMessage, START_MS } from '../../core/window/arrivals.ts';
import { Collector } from '../../support/stream-fixtures.ts';

let service: FeedService;
let server: ReturnType<typeof createServer>;

beforeEach(async () => {
  const settings = settingsConfig.parse({}).http;
  service = startFeed({ settings, pipelines: () => ['p', 'q'], telemetry: () => undefined });
  server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (request, socket, head) => service.feed.handleUpgrade(request, socket, head));
  await once(server, 'listening');
});
afterEach(async () => {
  await service.feed.close();
  server.close();
  await once(server, 'close');
});

/** What a client gets. */
async function listen(query: string): Promise<Collector<unknown>> {
  const { port } = server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws${query}`);
  const got = new Collector<unknown>();
  socket.on('message', (data: Buffer) => got.add(JSON.parse(data.toString()) as unknown[]));
  await once(socket, 'open');
  return got;
}

const stored = (subject: string, sequence: number, text: string): StoredMessage => ({
  ...{ subject, sequence, storedAtMs: START_MS, data: new TextEncoder().encode(text) },
});
const MESSAGES: readonly ScoredMessage[] = [
  scoredMessage('1', START_MS, { channel: 'chat', label: 'negative' }),
  scoredMessage('2', START_MS, { channel: 'forum', label: 'positive', text: '"channel":"chat"\nline' }),
  scoredMessage('3', START_MS, { channel: 'chat', label: 'uncertain', kind: 'delete', text: '' }),
  scoredMessage('4', START_MS, { channel: 'forum', label: 'negative' }),
];
const LAST = scoredMessage('last', START_MS, { channel: 'chat', label: 'negative' });
const lines = MESSAGES.map((message) => JSON.stringify(message));
const single = (message: ScoredMessage, sequence: number) =>
  stored(subjects.scored('p', message.channel, message.sentiment.label), sequence, JSON.stringify(message));
const batch = (text: string) => stored(subjects.scoredBatch('p'), 1, text);

test.each([
  ['', ['1', '2', '3', '4']],
  ['?channel=chat', ['1', '3']],
  ['?label=negative', ['1', '4']],
  ['?channel=forum&label=positive&pipeline=p', ['2']],
  ['?pipeline=q', []],
])('a client that asks for %j gets %j, one by one or from a batch', async (query, ids) => {
  const client = await listen(query);
  const all = await listen('?pipeline=p');
  service.scored(MESSAGES.map(single));
  service.scored([batch(lines.join('\n'))]);
  service.scored([single(LAST, 9)]);
  await all.count(2 * MESSAGES.length + 1);
  const expected = MESSAGES.filter(({ id }) => ids.includes(id)).map((data) => ({ type: 'scored', data }));
  await client.count(2 * expected.length);
  expect(client.items.slice(0, 2 * expected.length)).toEqual([...expected, ...expected]);
});

test('what is no scored message in a batch is left out', async () => {
  const client = await listen('');
  service.scored([batch(['junk', lines[0], '{"pipeline":"p"}', lines[1]].join('\n'))]);
  await client.count(2);
  service.scored([single(LAST, 2)]);
  await client.count(3);
  expect(client.items.map((item) => (item as { data: { id: string } }).data.id)).toEqual(['1', '2', 'last']);
});
