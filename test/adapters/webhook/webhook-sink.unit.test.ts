/** Goal: what a receiver on the network can do to us, against a real HTTP server on loopback: every answer, silence, a
 *  hang, a refusal, a redirect, an endless body. The sink never rejects and always says which of three it was. */
import type { RequestListener } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test } from 'vitest';
import { createWebhookSink } from '../../../src/adapters/webhook/webhook-sink.ts';
import type { WebhookSinkConfig } from '../../../src/core/alert/sink.config.ts';
import { anAlert } from '../../support/alert.ts';
import { aNotification } from '../../support/notification.ts';
import { startReceiver, type Receiver } from '../../support/receiver.ts';

let current: Receiver | undefined;
afterEach(async () => {
  await current?.close();
  current = undefined;
});

/** Starts the receiver; it answers with `answer` and keeps what it was sent. */
async function receiver(answer: RequestListener) {
  current = await startReceiver(answer);
  return current;
}

const config = (url: string, more: Partial<WebhookSinkConfig> = {}): WebhookSinkConfig => ({
  ...{
    url,
    headers: {},
    secrets: [],
    allowTo: ['127.0.0.1/32'],
    timeout: 20_000,
    giveUpAfter: 86_400_000,
    giveUpRefusedAfter: 60_000,
    setAsideAfter: 60_000,
  },
  ...more,
});

const NOW_MS = Date.parse('2026-03-01T12:00:00Z');
const at = { version: '1.2.3', nowMs: () => NOW_MS };

describe('answers', () => {
  const retry = (detail: string, afterMs?: number) => ({
    ...{ outcome: 'retry', detail },
    ...(afterMs === undefined ? {} : { afterMs }),
  });
  const refused = (detail: string) => ({ outcome: 'refused', detail });
  const redirect = (status: number) =>
    refused(`HTTP ${status}: redirects are not followed; set the final url`);

  test.each<[status: number, headers: Record<string, string>, body: string, outcome: unknown]>([
    [200, {}, 'ok', { outcome: 'delivered' }],
    [204, {}, '', { outcome: 'delivered' }],
    [301, { location: '/elsewhere' }, '', redirect(301)],
    [307, { location: 'http://169.254.169.254/' }, '', redirect(307)],
    [304, {}, '', redirect(304)],
    [400, {}, '{"error":\n "no such room"}', refused('HTTP 400: {"error": "no such room"}')],
    [401, {}, '', refused('HTTP 401')],
    [404, { 'retry-after': '5' }, '', refused('HTTP 404')],
    [410, {}, 'gone', { outcome: 'rejected', detail: 'HTTP 410: gone' }],
    [408, {}, '', retry('HTTP 408')],
    [425, {}, '', retry('HTTP 425')],
    [429, { 'retry-after': '7' }, 'slow down', retry('HTTP 429: slow down', 7_000)],
    [500, {}, '', retry('HTTP 500')],
    [503, { 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' }, '', retry('HTTP 503', 30_000)],
    [503, { 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }, '', retry('HTTP 503', 0)],
    [503, { 'retry-after': '999999999' }, '', retry('HTTP 503', 3_600_000)],
    [503, { 'retry-after': 'soon' }, '', retry('HTTP 503')],
  ])('%i %j', async (status, headers, body, outcome) => {
    const { received, url } = await receiver((_request, response) => {
      response.writeHead(status, headers).end(body);
    });
    const sink = createWebhookSink(config(url), at);
    expect(await sink.deliver(aNotification({}))).toEqual(outcome);
    expect(received).toHaveLength(1);
    await sink.close();
  });
});

describe('faults', () => {
  test('a receiver that hangs is given up after the timeout', async () => {
    const { url } = await receiver(() => undefined);
    const sink = createWebhookSink(config(url, { timeout: 100 }));
    expect(await sink.deliver(aNotification({}))).toEqual({
      outcome: 'retry',
      detail: 'no answer within 100 ms',
    });
  });

  test('a body that never ends is not waited for once the answer is clear', async () => {
    const { url } = await receiver((_request, response) => {
      response.writeHead(200).write('x');
    });
    expect(await createWebhookSink(config(url)).deliver(aNotification({}))).toEqual({ outcome: 'delivered' });
  });

  test('of a large refusal 256 bytes are read', async () => {
    const { url } = await receiver((_request, response) => {
      response.writeHead(400);
      const more = () => {
        while (response.write('y'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    expect(await createWebhookSink(config(url)).deliver(aNotification({}))).toEqual({
      ...{ outcome: 'refused', detail: `HTTP 400: ${'y'.repeat(256)}` },
    });
  });

  test('a head that never ends is cut off', async () => {
    const { url } = await receiver(({ socket }) => {
      const more = () => {
        while (socket.write(`x-more: ${'y'.repeat(1_000)}\r\n`));
      };
      socket.on('drain', more);
      socket.write('HTTP/1.1 200 OK\r\n');
      more();
    });
    expect(await createWebhookSink(config(url)).deliver(aNotification({}))).toEqual({
      ...{ outcome: 'retry', detail: 'Parse Error: Header overflow' },
    });
  });

  test('a connection that is refused or cut is retried, and the reason is the cause', async () => {
    const { url } = await receiver((request) => {
      request.socket.destroy();
    });
    const sink = createWebhookSink(config(url));
    expect(await sink.deliver(aNotification({}))).toEqual({ outcome: 'retry', detail: 'socket hang up' });
    await current?.close();
    const { port } = new URL(url);
    expect(await sink.deliver(aNotification({}))).toEqual({
      ...{ outcome: 'retry', detail: `connect ECONNREFUSED 127.0.0.1:${port}` },
    });
  });

  test('close ends what is in flight, and later calls', async () => {
    const { received, url } = await receiver(() => undefined);
    const sink = createWebhookSink(config(url));
    const delivery = sink.deliver(aNotification({}));
    await expect.poll(() => received.length).toBe(1);
    await sink.close();
    const closed = { outcome: 'retry', detail: 'the sink is closed', afterMs: 0 };
    expect(await delivery).toEqual(closed);
    expect(await sink.deliver(aNotification({}))).toEqual(closed);
  });
});

describe('the request', () => {
  const ok = (_request: unknown, response: { end(): void }) => {
    response.end();
  };

  test('carries the alert, and the same id on a retry', async () => {
    const { received, url } = await receiver(ok);
    const sink = createWebhookSink(config(url, { headers: { 'x-room': 'ops', 'Webhook-Id': 'mine' } }), at);
    const notification = aNotification({ alerts: [anAlert({}), anAlert({ group: { channel: 'event' } })] });
    await sink.deliver(notification);
    await sink.deliver(notification);
    await sink.deliver(aNotification({ id: 'another', status: 'resolved' }));
    const [first, second, third] = received;
    expect(first).toMatchObject({ method: 'POST', url: '/hook' });
    expect(JSON.parse(first?.body ?? '')).toEqual({
      ...{ type: 'alert.firing', timestamp: notification.at, data: notification },
    });
    expect(first?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'earshot/1.2.3',
      'webhook-id': notification.id,
      'webhook-timestamp': String(NOW_MS / 1_000),
      'x-room': 'ops',
    });
    expect(first?.headers).not.toHaveProperty('webhook-signature');
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(third?.headers['webhook-id']).toBe('another');
    expect(JSON.parse(third?.body ?? '')).toMatchObject({ type: 'alert.resolved' });
    expect(sink.description).not.toContain('hook/');
    expect(sink.description).toBe(`webhook ${new URL(url).origin}`);
  });

  test.each([
    ['a Standard Webhooks secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', (s: string) => new Webhook(s)],
    ['plain text', 'correct hörse', (s: string) => new Webhook(Buffer.from(s), { format: 'raw' })],
  ])('is signed with %s', async (_why, secret, verifier) => {
    const { received, url } = await receiver(ok);
    await createWebhookSink(config(url, { secret })).deliver(
      aNotification({ group: { channel: 'naïve 😡 .' } }),
    );
    const [request] = received;
    const headers = request?.headers as Record<string, string>;
    expect(verifier(secret).verify(request?.body ?? '', headers)).toMatchObject({ type: 'alert.firing' });
    // Negative controls: a body or an id that was changed on the way.
    expect(() => verifier(secret).verify(`${request?.body} `, headers)).toThrow('No matching signature');
    expect(() => verifier(secret).verify(request?.body ?? '', { ...headers, 'webhook-id': 'x' })).toThrow();
  });

  test('several secrets sign side by side: a receiver that knows any of them verifies', async () => {
    const { received, url } = await receiver(ok);
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'];
    await createWebhookSink(config(url, { secrets })).deliver(aNotification({}));
    const [request] = received;
    const headers = request?.headers as Record<string, string>;
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of secrets)
      expect(new Webhook(secret).verify(request?.body ?? '', headers)).toMatchObject({
        type: 'alert.firing',
      });
    const stranger = new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
    expect(() => stranger.verify(request?.body ?? '', headers)).toThrow('No matching signature');
  });

  test('ids of any text fit a header', async () => {
    const { received, url } = await receiver(ok);
    const sink = createWebhookSink(config(url));
    expect(await sink.deliver(aNotification({ id: 'p/r.channel=Größe \n\ud800😡/1' }))).toEqual({
      outcome: 'delivered',
    });
    expect(received[0]?.headers['webhook-id']).toMatch(/^[!-~]+$/);
    expect(received[0]?.headers['webhook-id']).not.toContain('.');
  });

  test('credentials in the URL travel as basic authorization', async () => {
    const { received, url } = await receiver(ok);
    const sink = createWebhookSink(config(url.replace('http://', 'http://user:p%40ss@')));
    expect(await sink.deliver(aNotification({}))).toEqual({ outcome: 'delivered' });
    expect(received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(sink.description).not.toContain('p%40ss');
  });

  test('a secret that cannot sign is refused without being shown', () => {
    const create = () => createWebhookSink(config('https://hooks.example/x', { secret: 'whsec_!!!' }));
    expect(create).toThrow(
      'a secret of webhook https://hooks.example begins with whsec_ and must go on with base64',
    );
    expect(create).not.toThrow('!!!');
  });

  test('a header that cannot be sent is refused, without its value', () => {
    const create = () => createWebhookSink(config('https://hooks.example/x', { headers: { a: 'se\ncret' } }));
    expect(create).toThrow("header 'a' of https://hooks.example cannot be sent");
    expect(create).not.toThrow('cret');
  });
});
