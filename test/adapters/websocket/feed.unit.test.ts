/** Goal: the feed against real sockets: each filter gets its events and no others, in order; one client that never reads
 *  is let go with bounded memory while the fast ones lose nothing; a close leaves nothing behind. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createFeed } from '../../../src/adapters/websocket/feed.ts';
import type { FeedEvent, FeedOptions } from '../../../src/adapters/websocket/feed.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(options: Partial<FeedOptions> = {}) {
  const told: TelemetryEvent[] = [];
  const sockets: Socket[] = [];
  const feed = createFeed({
    telemetry: (event) => told.push(event),
    pipelines: () => ['skyline', 'metro'],
    ...options,
  });
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (request, socket: Socket, head) => {
    sockets.push(socket);
    feed.handleUpgrade(request, socket, head);
  });
  await once(server, 'listening');
  cleanups.push(async () => {
    await feed.close();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { feed, told, sockets, port, url: `ws://127.0.0.1:${port}/ws` };
}

interface Frame {
  readonly type: string;
  readonly data: { readonly n: number };
}

/** A client that keeps the numbers it got, and how many frames they came in. */
async function listen(url: string) {
  const socket = new WebSocket(url);
  const got = { socket, numbers: [] as number[], frames: 0, types: new Set<string>() };
  socket.on('message', (data: Buffer, isBinary) => {
    expect(isBinary).toBe(false);
    got.frames += 1;
    for (const {
      type,
      data: { n },
    } of JSON.parse(data.toString()) as Frame[]) {
      got.numbers.push(n);
      got.types.add(type);
    }
  });
  await once(socket, 'open');
  return got;
}

async function refusal(url: string): Promise<{ status: number | undefined; body: string }> {
  const socket = new WebSocket(url);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  return { status: response.statusCode, body: Buffer.concat(await response.toArray()).toString() };
}

const scored = (n: number, pipeline: string, channel: string, label: string, pad = ''): FeedEvent => ({
  ...({ type: 'scored', pipeline, channel, label } as const),
  json: `{"n":${n},"text":"${pad}"}`,
});
const alert = (n: number, pipeline: string, channel?: string): FeedEvent => ({
  ...({ type: 'alert', pipeline, rule: 'surge', state: 'firing', json: `{"n":${n}}` } as const),
  ...(channel === undefined ? {} : { channel }),
});

const EVENTS: readonly FeedEvent[] = [
  scored(0, 'skyline', 'chat', 'negative'),
  scored(1, 'skyline', 'chat', 'positive'),
  scored(2, 'skyline', 'forum', 'negative'),
  scored(3, 'metro', 'chat', 'neutral'),
  alert(4, 'skyline'),
  alert(5, 'skyline', 'forum'),
  alert(6, 'metro', 'chat'),
];

describe('filters', () => {
  test.each<[query: string, numbers: number[]]>([
    ['', [0, 1, 2, 3, 4, 5, 6]],
    ['?pipeline=skyline', [0, 1, 2, 4, 5]],
    ['?pipeline=skyline,metro', [0, 1, 2, 3, 4, 5, 6]],
    ['?channel=chat', [0, 1, 3, 4, 6]],
    ['?channel=forum', [2, 4, 5]],
    ['?channel=nowhere', [4]],
    ['?label=negative', [0, 2, 4, 5, 6]],
    ['?label=negative,neutral&type=scored', [0, 2, 3]],
    ['?type=alert', [4, 5, 6]],
    ['?type=scored,alert&pipeline=metro', [3, 6]],
    ['?pipeline=skyline&channel=chat&label=positive&type=scored', [1]],
  ])('%s', async (query, numbers) => {
    const { feed, url } = await serve();
    const [filtered, all] = await Promise.all([listen(url + query), listen(url)]);
    feed.publish(EVENTS);
    await expect
      .poll(() => filtered.numbers.length === numbers.length && all.numbers.length === 7)
      .toBe(true);
    expect(filtered.numbers).toEqual(numbers);
  });

  test.each([
    ['?pipeline=skylin', "pipeline 'skylin' is unknown; allowed: skyline, metro"],
    ['?label=angry', "label 'angry' is unknown; allowed: negative, neutral, positive, uncertain"],
    ['?type=scored,dead', "type 'dead' is unknown; allowed: scored, alert"],
    ['?channel=', "channel '' is unknown; allowed: 1 to 64 characters"],
    ['?rule=x', "unknown parameter 'rule'; allowed: pipeline, channel, label, type"],
    ['?label=negative&label=neutral', "parameter 'label' is given twice; separate values by commas"],
    [`?channel=${'a,'.repeat(64)}a`, "parameter 'channel' has 65 values; at most 64"],
  ])('%s is refused', async (query, message) => {
    const { url, feed } = await serve();
    const { status, body } = await refusal(url + query);
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({ error: { code: 'BAD_FILTER', message } });
    expect(feed.clients).toBe(0);
  });
});

describe('frames', () => {
  test('hold up to 50 events; what is left goes 25 ms later, without a further publish', async () => {
    const { feed, url } = await serve();
    const client = await listen(url);
    feed.publish(Array.from({ length: 120 }, (_, n) => scored(n, 'metro', 'chat', 'neutral')));
    await expect.poll(() => client.numbers.length).toBe(120);
    expect(client.frames).toBe(3);
  });

  test('large events go sooner, so that a frame stays small', async () => {
    const { feed, url } = await serve();
    const client = await listen(url);
    const pad = 'x'.repeat(100_000);
    feed.publish(Array.from({ length: 6 }, (_, n) => scored(n, 'metro', 'chat', 'neutral', pad)));
    await expect.poll(() => client.numbers.length).toBe(6);
    expect(client.frames).toBe(2);
  });

  test('nobody listening costs nothing and keeps nothing for later', async () => {
    const { feed, url } = await serve();
    feed.publish(EVENTS);
    const client = await listen(url);
    feed.publish([alert(9, 'metro')]);
    await expect.poll(() => client.numbers).toEqual([9]);
  });
});

describe('clients', () => {
  test('a client that never reads is let go; three fast ones get 200,000 events in order', async () => {
    const limits = { bufferBytesMax: 262_144, slowMsMax: 200, closeGraceMs: 50 };
    const { feed, told, sockets, port, url } = await serve(limits);
    const fast = await Promise.all([listen(url), listen(url), listen(`${url}?type=scored`)]);
    const paused = connect(port, '127.0.0.1');
    paused.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await once(paused, 'data');
    paused.pause();
    cleanups.push(() => Promise.resolve(void paused.destroy()));
    expect(feed.clients).toBe(4);

    const total = 200_000;
    const pad = 'x'.repeat(200);
    let waitingMax = 0;
    for (let n = 0; n < total; n += 1_000) {
      feed.publish(Array.from({ length: 1_000 }, (_, i) => scored(n + i, 'metro', 'chat', 'neutral', pad)));
      while (fast.some(({ numbers }) => numbers.length < n + 1_000 - 50)) await turn();
      waitingMax = Math.max(waitingMax, sockets[3]?.writableLength ?? 0);
    }
    await expect.poll(() => fast.map(({ numbers }) => numbers.length)).toEqual([total, total, total]);
    for (const { numbers } of fast) expect(numbers.every((n, index) => n === index)).toBe(true);
    expect(told.filter(({ type }) => type === 'feed_client_dropped')).toEqual([
      { type: 'feed_client_dropped', reason: 'slow' },
    ]);
    await expect.poll(() => feed.clients).toBe(3);
    expect(sockets[3]?.destroyed).toBe(true);
    // It did fill up, and no further than the bound, one frame and the close.
    expect(waitingMax).toBeGreaterThan(limits.bufferBytesMax);
    expect(waitingMax).toBeLessThan(limits.bufferBytesMax * 4 + 50 * 300);
  });

  test('a slow client that still reads learns why: 1013', async () => {
    const { feed, told, url } = await serve({ bufferBytesMax: 65_536, slowMsMax: 0, closeGraceMs: 10_000 });
    const { socket } = await listen(url);
    socket.pause();
    const pad = 'x'.repeat(2_000);
    while (!told.some(({ type }) => type === 'feed_client_dropped')) {
      feed.publish(Array.from({ length: 50 }, (_, n) => scored(n, 'metro', 'chat', 'neutral', pad)));
      await turn();
    }
    socket.resume();
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect(code).toBe(1013);
    expect(reason.toString()).toMatch(/^slow consumer: \d+ bytes waiting, at most 65536$/);
  });

  test('a burst above the limit that is read in time drops nobody', async () => {
    const { feed, told, url } = await serve({ bufferBytesMax: 65_536, slowMsMax: 60_000 });
    const client = await listen(url);
    const pad = 'x'.repeat(1_000);
    feed.publish(Array.from({ length: 200 }, (_, n) => scored(n, 'metro', 'chat', 'neutral', pad)));
    await expect.poll(() => client.numbers.length).toBe(200);
    expect(told.some(({ type }) => type === 'feed_client_dropped')).toBe(false);
  });

  test('beyond clientsMax: 503, counted', async () => {
    const { feed, told, url } = await serve({ clientsMax: 1 });
    await listen(url);
    const { status, body } = await refusal(url);
    expect([status, body]).toEqual([
      503,
      '{"error":{"code":"CLIENTS_MAX","message":"1 clients are connected"}}',
    ]);
    expect(told).toContainEqual({ type: 'feed_client_dropped', reason: 'limit' });
    expect(feed.clients).toBe(1);
  });

  test('a client that does not answer pings is cut off; one that does stays', async () => {
    const { feed, told, url } = await serve({ heartbeatMs: 1_000 });
    await listen(url);
    const deaf = new WebSocket(url, { autoPong: false });
    await once(deaf, 'open');
    const [code] = (await once(deaf, 'close')) as [number];
    expect(code).toBe(1006);
    await expect.poll(() => feed.clients).toBe(1);
    expect(told.filter(({ type }) => type === 'feed_clients').slice(-1)).toEqual([
      { type: 'feed_clients', clients: 1 },
    ]);
  });

  test('what clients send is ignored, and large messages end the connection', async () => {
    const { feed, url } = await serve();
    const { socket, numbers } = await listen(url);
    socket.send('hello');
    feed.publish([alert(1, 'metro')]);
    await expect.poll(() => numbers).toEqual([1]);
    socket.send('x'.repeat(2_000));
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1009);
  });

  test.each(['//[', '/ws?%', '/ws?pipeline=%ff'])('a URL such as %s does no harm', async (path) => {
    const { feed, port } = await serve();
    const socket = connect(port, '127.0.0.1');
    socket.end(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toMatch(/^HTTP\/1\.1 (101|400) /);
    socket.destroy();
    await expect.poll(() => feed.clients).toBe(0);
  });

  test('close sends what is buffered, then 1001, and takes nobody any more', async () => {
    const { feed, url } = await serve();
    const client = await listen(url);
    feed.publish([alert(1, 'metro')]);
    const gone = once(client.socket, 'close');
    await Promise.all([feed.close(), feed.close()]);
    expect(feed.clients).toBe(0);
    const [code, reason] = (await gone) as [number, Buffer];
    expect([code, reason.toString(), client.numbers]).toEqual([1001, 'the server is stopping', [1]]);
    feed.publish([alert(2, 'metro')]);
    expect((await refusal(url)).status).toBe(503);
    await feed.close();
  });
});
