/** Goal: no request reaches a target that is not public, however it is written, named or redirected to, unless a CIDR of
 *  the configuration says so; and the address that was judged is the one connected to. Against a real receiver on loopback,
 *  which must stay without a single request. */
import type { LookupAddress } from 'node:dns';
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { postGuarded, type Resolve } from '../../../src/adapters/webhook/guarded-request.ts';
import { createWebhookSink } from '../../../src/adapters/webhook/webhook-sink.ts';
import { sinkConfig, type WebhookSinkConfig } from '../../../src/core/alert/sink.config.ts';
import { aNotification } from '../../support/notification.ts';
import { startReceiver, type Receiver } from '../../support/receiver.ts';

let receiver: Receiver;
let answer: RequestListener;
beforeEach(async () => {
  answer = (_request, response) => response.end();
  receiver = await startReceiver((request, response) => answer(request, response));
});
afterEach(() => receiver.close());

const v4 = (address: string): LookupAddress => ({ address, family: 4 });
const NAMES: Readonly<Record<string, readonly LookupAddress[]>> = {
  'inside.example': [v4('127.0.0.1')],
  'metadata.example': [v4('169.254.169.254'), v4('10.0.0.1')],
  'nowhere.example': [],
};
const resolve: Resolve = (hostname) => Promise.resolve(NAMES[hostname] ?? []);

const config = (host: string, allowTo: string[]): WebhookSinkConfig => ({
  ...{ url: `http://${host}:${receiver.port}/hook`, headers: {}, secrets: [], allowTo },
  ...{ timeout: 20_000, giveUpAfter: 1_000, giveUpRefusedAfter: 60_000, setAsideAfter: 1_000 },
});
const deliver = (host: string, allowTo: string[]) =>
  createWebhookSink(config(host, allowTo), { resolve }).deliver(aNotification({}));

const HOSTS = [
  ...['127.0.0.1', '127.1', '2130706433', '0x7f.1', '0177.1', '[::ffff:7f00:1]', '[::ffff:127.0.0.1]'],
  'inside.example',
];

test.each(HOSTS)('%s is refused with a clear error; the CIDR lets it through', async (host) => {
  const refused = await deliver(host, []);
  expect(refused).toMatchObject({ outcome: 'rejected' });
  expect(refused).toMatchObject({
    detail: expect.stringMatching(
      /^http:\/\/\S+ is refused: (127\.0\.0\.1|::ffff:7f00:1) is a loopback address; allowed are public addresses and those of allowTo \(now none\)$/,
    ) as string,
  });
  expect(await deliver(host, ['10.0.0.0/8', '127.0.0.2/32'])).toMatchObject({ outcome: 'rejected' });
  expect(receiver.received).toEqual([]);
  expect(await deliver(host, ['127.0.0.1/32'])).toEqual({ outcome: 'delivered' });
  expect(receiver.received).toHaveLength(1);
});

test('the system’s own localhost is refused, and let through by both of its addresses', async () => {
  const sink = (allowTo: string[]) => createWebhookSink(config('localhost', allowTo));
  expect(await sink([]).deliver(aNotification({}))).toMatchObject({ outcome: 'rejected' });
  expect(receiver.received).toEqual([]);
  expect(await sink(['127.0.0.0/8', '::1/128']).deliver(aNotification({}))).toEqual({ outcome: 'delivered' });
});

test('a redirect to it is not followed, also where the CIDR would allow it', async () => {
  answer = (_request, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${receiver.port}/inner` }).end();
  };
  expect(await deliver('127.0.0.1', ['127.0.0.1/32'])).toEqual({
    ...{ outcome: 'refused', detail: 'HTTP 307: redirects are not followed; set the final url' },
  });
  expect(receiver.received.map(({ url }) => url)).toEqual(['/hook']);
});

describe('names', () => {
  test('every address of it is judged; all that is wrong is said', async () => {
    expect(await deliver('metadata.example', ['127.0.0.0/8'])).toMatchObject({
      detail: expect.stringContaining(
        '169.254.169.254 is a link-local address, 10.0.0.1 is a private address; allowed are public addresses and those of allowTo (now 127.0.0.0/8)',
      ) as string,
    });
  });

  test('a name without an address', async () => {
    expect(await deliver('nowhere.example', [])).toMatchObject({
      detail: expect.stringContaining('its name has no address') as string,
    });
  });

  test('a name server that does not answer is weather: another attempt', async () => {
    const away: Resolve = () => Promise.reject(new Error('getaddrinfo EAI_AGAIN hooks.example'));
    const sink = createWebhookSink(config('hooks.example', []), { resolve: away });
    expect(await sink.deliver(aNotification({}))).toEqual({
      ...{ outcome: 'retry', detail: 'getaddrinfo EAI_AGAIN hooks.example' },
    });
  });

  test('a name server that never answers does not outlast the timeout', async () => {
    const silent: Resolve = () => new Promise(() => undefined);
    const sink = createWebhookSink({ ...config('hooks.example', []), timeout: 100 }, { resolve: silent });
    expect(await sink.deliver(aNotification({}))).toEqual({
      ...{ outcome: 'retry', detail: 'no answer within 100 ms' },
    });
  });

  test('the address that was judged is connected to, not what the name says next; the Host is the name', async () => {
    let lookups = 0;
    // A public-looking answer first (allowed by its CIDR), the inside afterwards: rebinding.
    const rebinding: Resolve = () => {
      lookups += 1;
      return Promise.resolve([v4(lookups === 1 ? '127.0.0.1' : '127.0.0.2')]);
    };
    const sink = createWebhookSink(config('hooks.example', ['127.0.0.1/32']), { resolve: rebinding });
    expect(await sink.deliver(aNotification({}))).toEqual({ outcome: 'delivered' });
    expect(lookups).toBe(1);
    expect(receiver.received[0]?.headers.host).toBe(`hooks.example:${receiver.port}`);
    expect(await sink.deliver(aNotification({}))).toMatchObject({ outcome: 'rejected' });
    expect(receiver.received).toHaveLength(1);
  });

  test('of several addresses only those that passed are tried', async () => {
    const mixed: Resolve = () => Promise.resolve([v4('127.0.0.2'), v4('127.0.0.1')]);
    const sink = createWebhookSink(config('hooks.example', ['127.0.0.1/32']), { resolve: mixed });
    expect(await sink.deliver(aNotification({}))).toEqual({ outcome: 'delivered' });
  });
});

test('negative control: with the guard off the same targets are reached', async () => {
  for (const host of HOSTS) {
    const response = await postGuarded({
      ...{
        url: new URL(config(host, []).url),
        headers: {},
        body: '{}',
        resolve,
        guard: () => undefined,
        allowTo: [],
      },
      signal: AbortSignal.timeout(2_000),
    });
    response.destroy();
  }
  expect(receiver.received).toHaveLength(HOSTS.length);
});

describe('`earshot check`', () => {
  const problems = (url: string, allowTo: string[]) =>
    ['webhook', 'slack', 'discord', 'alertmanager'].map((kind) => {
      const parsed = sinkConfig.safeParse({ [kind]: { url, allowTo } });
      return parsed.success ? undefined : JSON.stringify(parsed.error.issues);
    });

  test.each([...HOSTS.filter((host) => !host.endsWith('.example')), 'localhost', 'hooks.localhost'])(
    'refuses http://%s for every kind, and takes it with the CIDR',
    (host) => {
      for (const problem of problems(`http://${host}/x`, [])) {
        expect(problem).toMatch(
          /leads to (127\.0\.0\.1|::ffff:7f00:1), a loopback address; allowed are public/,
        );
        expect(problem).toContain('(now none)');
      }
      for (const problem of problems(`http://${host}/x`, ['127.0.0.0/8'])) expect(problem).toBeUndefined();
    },
  );

  test('leaves names to the request, and says what a CIDR is', () => {
    expect(problems('https://inside.example/x', [])).toEqual([undefined, undefined, undefined, undefined]);
    for (const problem of problems('https://hooks.example/x', ['internal']))
      expect(problem).toContain('must be a CIDR such as 127.0.0.1/32');
  });

  test('one secret or several', () => {
    const parse = (more: object) =>
      sinkConfig.safeParse({ webhook: { url: 'https://hooks.example', ...more } });
    expect(parse({ secrets: ['a', 'b'] }).success).toBe(true);
    expect(JSON.stringify(parse({ secret: 'a', secrets: ['b'] }).error?.issues)).toContain(
      'needs either secret or secrets, not both',
    );
  });
});
