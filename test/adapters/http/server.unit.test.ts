/** Goal: every route, and everybody who should not get in: no token, a wrong one, a web page, a rebound name. Real
 *  sockets throughout; raw ones where `fetch` would not send what an attacker does. */
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { requireTokenFor } from '../../../src/adapters/http/access.ts';
import type { AccessToken } from '../../../src/adapters/http/access.ts';
import type { HttpServer, HttpServerOptions } from '../../../src/adapters/http/server.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { ask as askWith, bearer, startServer } from './support.ts';

const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const TOKEN = 's3cret-token';
const tokens: readonly AccessToken[] = [{ name: 'token', role: 'moderator', token: TOKEN }];

async function start(options: Partial<HttpServerOptions> = {}) {
  const started = await startServer(options);
  servers.push(started.server);
  return started;
}

const ask = (port: number, path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
  askWith(port, path, { method, headers });

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
  ])('%s', async (path, status, type, body) => {
    const { port } = await start();
    const answer = await ask(port, path);
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([status, type, body]);
  });

  test('each answer is counted, under names that are ours', async () => {
    const events: TelemetryEvent[] = [];
    const { port } = await start({ telemetry: (event) => events.push(event), tokens });
    await ask(port, '/healthz');
    await ask(port, '/api/v1/alerts/a%2Fb', { authorization: `Bearer ${TOKEN}` });
    await ask(port, '/api/v1/alerts');
    await ask(port, '/made/up/path?x=1', { authorization: `Bearer ${TOKEN}` }, 'PROPFIND');
    await vi.waitFor(() => expect(events).toHaveLength(4), { timeout: 20_000 });
    expect(events).toMatchObject([
      { type: 'api_request', route: '/healthz', method: 'GET', status: 200 },
      { type: 'api_request', route: '/api/v1/alerts/:id', method: 'GET', status: 404 },
      { type: 'api_request', route: '/api/v1/alerts', method: 'GET', status: 401 },
      { type: 'api_request', route: 'unknown', method: 'other', status: 404 },
    ]);
    for (const event of events)
      if (event.type === 'api_request') expect(event.seconds).toBeGreaterThanOrEqual(0);
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

  test.each<[method: string, path: string, status: number, code: string, allow?: string]>([
    ['GET', '/nothing', 404, 'NOT_FOUND'],
    ['GET', '/toString', 404, 'NOT_FOUND'],
    ['POST', '/metrics', 405, 'METHOD_NOT_ALLOWED', 'GET, HEAD'],
    ['DELETE', '/api/v1/alerts', 405, 'METHOD_NOT_ALLOWED', 'GET, HEAD'],
    ['PUT', '/api/v1/silences', 405, 'METHOD_NOT_ALLOWED', 'GET, HEAD, POST'],
    ['GET', '/api/v1/alerts/a%2Fb/acknowledge', 405, 'METHOD_NOT_ALLOWED', 'POST, DELETE'],
    ['GET', '/ws', 426, 'UPGRADE_REQUIRED'],
    ['GET', '/%', 400, 'BAD_REQUEST'],
  ])('%s %s is %i', async (method, path, status, code, allow) => {
    const { port } = await start();
    const answer = await ask(port, path, {}, method);
    expect([answer.status, answer.json]).toEqual([status, error(code)]);
    if (status === 405) expect(answer.headers.allow).toBe(allow);
  });

  test('what throws behind a route is a 500 that says so', async () => {
    const { port } = await start({ metrics: () => Promise.reject(new Error('no numbers')) });
    const { status, json } = await ask(port, '/metrics');
    expect([status, json]).toEqual([500, { error: { code: 'INTERNAL', message: 'no numbers' } }]);
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
    const { port } = await start({ tokens });
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
    const { port } = await start({ tokens });
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
      requireTokenFor(host, []);
    };
    if (fine) check();
    else
      expect(check).toThrow(
        expect.objectContaining({
          code: 'HTTP_TOKEN_REQUIRED',
          message: expect.stringContaining(`'${host}'`) as string,
        }),
      );
    requireTokenFor(host, tokens);
    if (!fine) expect(check).toThrow(/EARSHOT_TOKEN or EARSHOT_TOKEN_FILE/);
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
    const { port } = await start({ tokens });
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
    await expect(start({ listen, tokens })).rejects.toMatchObject({
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
