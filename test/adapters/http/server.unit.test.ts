/** Goal: every route, and everybody who should not get in: no token, a wrong one, a web page, a rebound name. Real
 *  sockets throughout; raw ones where `fetch` would not send what an attacker does. */
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { requireTokenFor } from '../../../src/adapters/http/access.ts';
import { startHttpServer } from '../../../src/adapters/http/server.ts';
import type { HttpServer, HttpServerOptions } from '../../../src/adapters/http/server.ts';
import { anAlert } from '../../support/alert.ts';

const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const TOKEN = 's3cret-token';

async function start(options: Partial<HttpServerOptions> = {}) {
  const asked: unknown[] = [];
  const server = await startHttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    version: '1.2.3',
    telemetry: () => undefined,
    metrics: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', body: 'm 1\n' }),
    readiness: () => ({ ready: true, checks: [{ name: 'bus', ok: true, detail: 'connected' }] }),
    known: () => ({ pipelines: ['skyline'], rules: ['negative-surge'] }),
    alerts: (filter) => {
      asked.push(filter);
      return [anAlert({})];
    },
    status: () => ({ role: 'all' }),
    feed: {
      handleUpgrade: (_request, socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
      },
    },
    ...options,
  });
  servers.push(server);
  const { port } = new URL(server.address);
  return { server, asked, port: Number(port) };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

/** One request on its own connection; an upgrade that is taken answers 101. */
async function ask(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false });
    request.on('error', reject);
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode, headers: response.headers, text: '', json: undefined });
    });
    request.on('response', (response) => {
      void response.toArray().then((chunks: Buffer[]) => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type']?.startsWith('application/json') && text !== '';
        const json: unknown = isJson ? JSON.parse(text) : undefined;
        resolve({ status: response.statusCode, headers: response.headers, text, json });
      });
    });
    request.end();
  });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const UPGRADE = { connection: 'Upgrade', upgrade: 'websocket' };
const error = (code: string) => ({ error: { code, message: expect.any(String) as string } });

describe('routes', () => {
  test.each<[path: string, status: number, type: string, body: string]>([
    ['/metrics', 200, 'text/plain; version=0.0.4', 'm 1\n'],
    ['/healthz', 200, 'application/json; charset=utf-8', '{"status":"ok"}'],
    [
      '/readyz',
      200,
      'application/json; charset=utf-8',
      '{"ready":true,"checks":[{"name":"bus","ok":true,"detail":"connected"}]}',
    ],
    ['/api/v1/status', 200, 'application/json; charset=utf-8', '{"role":"all"}'],
    ['/api/v1/alerts', 200, 'application/json; charset=utf-8', JSON.stringify({ alerts: [anAlert({})] })],
  ])('%s', async (path, status, type, body) => {
    const { port } = await start();
    const answer = await ask(port, path);
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([status, type, body]);
  });

  test('/ names the routes', async () => {
    const { port } = await start();
    const { text, headers } = await ask(port, '/');
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    for (const path of ['earshot 1.2.3', '/metrics', '/readyz', '/api/v1/alerts', '/ws'])
      expect(text).toContain(path);
  });

  test('/readyz is 503 while a check fails', async () => {
    const checks = [{ name: 'bus', ok: false, detail: 'refused' }];
    const { port } = await start({ readiness: () => ({ ready: false, checks }) });
    const { status, json } = await ask(port, '/readyz');
    expect([status, json]).toEqual([503, { ready: false, checks }]);
  });

  test.each<[method: string, path: string, status: number, code: string]>([
    ['GET', '/nothing', 404, 'NOT_FOUND'],
    ['GET', '/toString', 404, 'NOT_FOUND'],
    ['POST', '/metrics', 405, 'METHOD_NOT_ALLOWED'],
    ['DELETE', '/api/v1/alerts', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/ws', 426, 'UPGRADE_REQUIRED'],
    ['GET', '/%', 400, 'BAD_REQUEST'],
  ])('%s %s is %i', async (method, path, status, code) => {
    const { port } = await start();
    const answer = await ask(port, path, {}, method);
    expect([answer.status, answer.json]).toEqual([status, error(code)]);
    if (status === 405) expect(answer.headers.allow).toBe('GET, HEAD');
  });

  test('what throws behind a route is a 500 that says so', async () => {
    const { port } = await start({ metrics: () => Promise.reject(new Error('no numbers')) });
    const { status, json } = await ask(port, '/metrics');
    expect([status, json]).toEqual([500, { error: { code: 'INTERNAL', message: 'no numbers' } }]);
  });
});

describe('/api/v1/alerts', () => {
  test('passes on what was asked for', async () => {
    const { port, asked } = await start();
    await ask(port, '/api/v1/alerts?pipeline=skyline&rule=negative-surge&state=firing&severity=page');
    expect(asked).toEqual([
      { pipeline: 'skyline', rule: 'negative-surge', state: 'firing', severity: 'page' },
    ]);
  });

  test.each([
    ['state=fring', "state 'fring' is unknown; allowed: inactive, pending, firing, resolved"],
    ['severity=', "severity '' is unknown; allowed: page, ticket, notify"],
    ['pipeline=skylin', "pipeline 'skylin' is unknown; allowed: skyline"],
    ['rule=x', "rule 'x' is unknown; allowed: negative-surge"],
    ['rules=x', "unknown parameter 'rules'; allowed: pipeline, rule, state, severity"],
    ['__proto__=x', "unknown parameter '__proto__'; allowed: pipeline, rule, state, severity"],
    ['state=firing&state=pending', "parameter 'state' is given twice"],
  ])('%s is refused', async (query, message) => {
    const { port, asked } = await start();
    const { status, json } = await ask(port, `/api/v1/alerts?${query}`);
    expect([status, json]).toEqual([400, { error: { code: 'BAD_QUERY', message } }]);
    expect(asked).toEqual([]);
  });
});

describe('token', () => {
  const OPEN = ['/healthz', '/readyz'];
  const GUARDED = ['/', '/metrics', '/api/v1/alerts', '/api/v1/status', '/nothing'];

  test.each([
    ['none', {}],
    ['a wrong one', bearer('wrong')],
    ['a prefix', bearer(TOKEN.slice(0, -1))],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
  ])('%s: 401 but for health', async (_why, headers) => {
    const { port } = await start({ token: TOKEN });
    for (const path of OPEN) expect((await ask(port, path, headers)).status).toBe(200);
    for (const path of GUARDED) {
      const answer = await ask(port, path, headers);
      expect([answer.status, answer.json]).toEqual([401, error('UNAUTHORIZED')]);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="earshot"');
    }
    const upgrade = await ask(port, '/ws', { ...headers, ...UPGRADE });
    expect([upgrade.status, upgrade.json]).toEqual([401, error('UNAUTHORIZED')]);
  });

  test('the right one opens every route, whatever the name the server was reached by', async () => {
    const { port } = await start({ token: TOKEN });
    const headers = { ...bearer(TOKEN), host: 'earshot.example' };
    for (const path of GUARDED.slice(0, -1)) expect((await ask(port, path, headers)).status).toBe(200);
    expect((await ask(port, '/ws', { ...headers, ...UPGRADE })).status).toBe(101);
  });

  test.each([
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.168.1.5', false],
    ['earshot.example', false],
    ['127.0.0.1.example', false],
    ['', false],
  ])('listening on %j without one: %s', (host, fine) => {
    const check = () => {
      requireTokenFor(host, undefined);
    };
    if (fine) check();
    else
      expect(check).toThrow(
        expect.objectContaining({
          code: 'HTTP_TOKEN_REQUIRED',
          message: expect.stringContaining(`'${host}'`) as string,
        }),
      );
    requireTokenFor(host, TOKEN);
    if (!fine) expect(() => requireTokenFor(host, '')).toThrow(/EARSHOT_TOKEN or EARSHOT_TOKEN_FILE/);
  });

  test('the server does not start on 0.0.0.0 without one', async () => {
    await expect(start({ listen: { host: '0.0.0.0', port: 0 } })).rejects.toMatchObject({
      code: 'HTTP_TOKEN_REQUIRED',
    });
  });
});

describe('web pages', () => {
  test.each<[origin: string, host: string, status: number]>([
    ['https://evil.example', '127.0.0.1:9464', 403],
    ['null', '127.0.0.1:9464', 403],
    ['http://127.0.0.1:9999', '127.0.0.1:9464', 403],
    ['http://127.0.0.1:9464', '127.0.0.1:9464', 200],
    ['http://localhost', 'localhost:80', 200],
  ])('origin %s at %s: %i', async (origin, host, status) => {
    const { port } = await start();
    for (const path of ['/metrics', '/api/v1/alerts', '/api/v1/status'])
      expect((await ask(port, path, { origin, host })).status).toBe(status);
    const upgrade = await ask(port, '/ws', { origin, host, ...UPGRADE });
    expect(upgrade.status).toBe(status === 200 ? 101 : 403);
  });

  test('a token does not let another site in', async () => {
    const { port } = await start({ token: TOKEN });
    const headers = { ...bearer(TOKEN), origin: 'https://evil.example' };
    expect((await ask(port, '/api/v1/status', headers)).json).toEqual(error('BAD_ORIGIN'));
  });

  test.each<[host: string, status: number]>([
    ['rebound.example', 403],
    ['127.0.0.1.nip.example:80', 403],
    ['192.168.0.1', 403],
    ['localhost:1234', 200],
    ['[::1]:1234', 200],
    ['127.0.0.9', 200],
  ])('host %s on loopback without token: %i', async (host, status) => {
    const { port } = await start();
    for (const path of ['/healthz', '/metrics', '/api/v1/status'])
      expect((await ask(port, path, { host })).status).toBe(status);
    expect((await ask(port, '/ws', { host, ...UPGRADE })).status).toBe(status === 200 ? 101 : 403);
  });
});

describe('start and close', () => {
  test('further connections than the most are cut off and counted; those of the feed are not among them', async () => {
    const told: unknown[] = [];
    const { port } = await start({ connectionsMax: 2, telemetry: (event) => told.push(event) });
    const open = async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return socket.resume();
    };
    const feed = await open();
    feed.write('GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    await once(feed, 'data');
    const sockets = await Promise.all([open(), open()]);
    expect(told).toEqual([]);
    const extra = await open();
    if (!extra.closed) await once(extra, 'close');
    expect(told).toEqual([{ type: 'limit_reached', limit: 'http_connections', pipeline: 'all', count: 1 }]);
    for (const socket of [feed, ...sockets]) socket.destroy();
  });

  test('a port in use is named, with what to do', async () => {
    const { port } = await start();
    await expect(start({ listen: { host: '127.0.0.1', port } })).rejects.toMatchObject({
      code: 'HTTP_ADDRESS_IN_USE',
      message: `127.0.0.1:${port} is already in use: stop the process that listens there, or set EARSHOT_LISTEN to another port`,
    });
  });

  test('an address that is not ours is named', async () => {
    const listen = { host: '192.0.2.1', port: 1 };
    await expect(start({ listen, token: TOKEN })).rejects.toMatchObject({
      code: 'HTTP_LISTEN',
      message: expect.stringContaining('cannot listen on 192.0.2.1:1: ') as string,
    });
  });

  test('close cuts idle, silent and upgraded connections, and may be called twice', async () => {
    const { server, port } = await start();
    const agent = new Agent({ keepAlive: true });
    const idle = httpRequest({ host: '127.0.0.1', port, path: '/healthz', agent }).end();
    const [response] = (await once(idle, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    const silent = connect(port, '127.0.0.1');
    await once(silent, 'connect');
    const feed = httpRequest({ host: '127.0.0.1', port, path: '/ws', headers: UPGRADE, agent: false }).end();
    const [, upgraded] = (await once(feed, 'upgrade')) as [unknown, Socket];
    upgraded.resume();
    const gone = [once(silent.resume(), 'close'), once(upgraded, 'close')];
    await Promise.all([server.close(), server.close(), ...gone]);
    await expect(ask(port, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    agent.destroy();
  });
});
