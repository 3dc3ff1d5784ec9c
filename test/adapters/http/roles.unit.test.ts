/** Goal: who may do what. Every route for a viewer, a moderator and nobody; requests that pages of other sites can forge;
 *  and a browser's token on the WebSocket. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { AccessToken } from '../../../src/adapters/http/access.ts';
import type { HttpServer } from '../../../src/adapters/http/server.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import { anAlert } from '../../support/alert.ts';
import { stored } from '../../support/bus.ts';
import { ask, bearer, JSON_TYPE, refusalOf, sendJson, startServer, watchSkyline } from './support.ts';

const VIEWER = 'viewer-token-of-the-test';
const MODERATOR = 'moderator-token-of-the-test';
const tokens: readonly AccessToken[] = [
  { name: 'wall', role: 'viewer', token: VIEWER },
  { name: 'mia', role: 'moderator', token: MODERATOR },
];
const ALERT = anAlert({});
const ALERT_PATH = `/api/v1/alerts/${encodeURIComponent(ALERT.id)}`;

let server: HttpServer;
let bus: Bus;
let port = 0;
beforeAll(async () => {
  const watching = watchSkyline([ALERT]);
  ({ server, port, bus } = await startServer({ tokens }, { watching: () => watching }));
});
afterAll(() => server.close());

const SILENCE = { matchers: ['channel=chat'], for: '2h', comment: 'a known outage' };
const MARK = { pipeline: 'skyline', mark: 'drop', text: 'skyline of the city' };

/** With what a moderator gets. A viewer gets the same where it reads, and 403 where it acts. */
type RouteRow = [
  method: string,
  path: string,
  does: 'health' | 'reads' | 'acts',
  status: number,
  body?: unknown,
];
const ROUTES: RouteRow[] = [
  ['GET', '/', 'reads', 200],
  ['GET', '/metrics', 'reads', 200],
  ['GET', '/healthz', 'health', 200],
  ['GET', '/readyz', 'health', 200],
  ['GET', '/api/v1/status', 'reads', 200],
  ['GET', '/api/v1/alerts', 'reads', 200],
  ['GET', ALERT_PATH, 'reads', 200],
  ['POST', `${ALERT_PATH}/acknowledge`, 'acts', 202, {}],
  ['DELETE', `${ALERT_PATH}/acknowledge`, 'acts', 202, {}],
  ['GET', '/api/v1/silences', 'reads', 200],
  ['POST', '/api/v1/silences', 'acts', 202, { ...SILENCE, id: 'of-the-matrix' }],
  ['DELETE', '/api/v1/silences/of-the-matrix', 'acts', 202, {}],
  ['GET', '/api/v1/history', 'reads', 200],
  ['GET', '/api/v1/decisions', 'reads', 200],
  ['GET', '/api/v1/audit', 'reads', 200],
  ['GET', '/api/v1/commands/of-the-matrix', 'reads', 200],
  ['GET', '/api/v1/trends', 'reads', 200],
  ['POST', '/api/v1/explain', 'reads', 200, { text: 'awful' }],
  ['POST', '/api/v1/marks', 'acts', 202, MARK],
  ['GET', '/ws', 'reads', 426],
];

test('the matrix has every route that / lists', async () => {
  const { text } = await ask(port, '/', { headers: bearer(VIEWER) });
  const listed = text
    .trimEnd()
    .split('\n')
    .slice(2)
    .map((line) => line.split(/ +/).slice(0, 2).join(' '));
  const named = ROUTES.map(
    ([method, path]) =>
      `${method} ${path.replace(encodeURIComponent(ALERT.id), ':id').replace('of-the-matrix', ':id')}`,
  );
  expect(named).toEqual(listed);
});

describe.each<RouteRow>(ROUTES)('%s %s', (method, path, does, status, body) => {
  const request = (headers = {}) =>
    method === 'GET' ? ask(port, path, { headers }) : sendJson(port, method, path, body, headers);

  test('nobody', async () => {
    const answer = await request();
    if (does === 'health') expect(answer.status).toBe(200);
    else expect(refusalOf(answer).slice(0, 2)).toEqual([401, 'UNAUTHORIZED']);
  });

  test('a viewer', async () => {
    const before = await bus.streamState('EARSHOT_AUDIT');
    const answer = await request(bearer(VIEWER));
    if (does !== 'acts') {
      expect(answer.status).toBe(status);
      return;
    }
    expect(refusalOf(answer)).toEqual([
      403,
      'NEEDS_MODERATOR',
      "'wall' is a viewer: reading is allowed, acting needs the token of a moderator",
    ]);
    expect(await bus.streamState('EARSHOT_AUDIT')).toEqual(before); // And it did nothing.
  });

  test('a moderator', async () => {
    const { lastSequence } = await bus.streamState('EARSHOT_AUDIT');
    expect((await request(bearer(MODERATOR))).status).toBe(status);
    const after = (await bus.streamState('EARSHOT_AUDIT')).lastSequence;
    expect(after).toBe(lastSequence + (does === 'acts' ? 1 : 0));
    if (does !== 'acts') return;
    const last = (await stored(bus, 'audit')).at(-1);
    expect(JSON.parse(new TextDecoder().decode(last?.data))).toMatchObject({ by: 'mia' });
  });
});

describe('planted fault', () => {
  /** The acts that a token of a viewer is not refused. */
  async function notRefused(ofPort: number): Promise<string[]> {
    const found: string[] = [];
    for (const [method, path, does, , body] of ROUTES) {
      if (does !== 'acts') continue;
      const { status } = await sendJson(ofPort, method, path, body, bearer(VIEWER));
      if (status !== 403) found.push(`${method} ${path}`);
    }
    return found;
  }

  test('a viewer who is taken for a moderator is noticed at every act', async () => {
    const faulty = await startServer({
      tokens: tokens.map((one) => ({ ...one, role: 'moderator' as const })),
    });
    const acts = ROUTES.filter(([, , does]) => does === 'acts').map(([method, path]) => `${method} ${path}`);
    expect(await notRefused(faulty.port)).toEqual(acts);
    expect(await notRefused(port)).toEqual([]);
    await faulty.server.close();
  });
});

describe('what a page of another site can send', () => {
  const body = JSON.stringify(SILENCE);
  const PATH = '/api/v1/silences';
  let open: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    open = await startServer();
  });
  afterAll(() => open.server.close());
  const own = () => `http://127.0.0.1:${open.port}`;
  const host = () => `127.0.0.1:${open.port}`;

  test.each<[what: string, headers: () => Record<string, string>, status: number, code: string]>([
    ['a form', () => ({ 'content-type': 'application/x-www-form-urlencoded' }), 415, 'NEEDS_JSON'],
    ['a form of text', () => ({ 'content-type': 'text/plain' }), 415, 'NEEDS_JSON'],
    ['a form with files', () => ({ 'content-type': 'multipart/form-data; boundary=x' }), 415, 'NEEDS_JSON'],
    ['no type', () => ({}), 415, 'NEEDS_JSON'],
    ['a type that only looks right', () => ({ 'content-type': 'application/json-x' }), 415, 'NEEDS_JSON'],
    ['another origin', () => ({ ...JSON_TYPE, origin: 'https://evil.example' }), 403, 'BAD_ORIGIN'],
    ['an opaque origin', () => ({ ...JSON_TYPE, origin: 'null' }), 403, 'BAD_ORIGIN'],
    ['another port', () => ({ ...JSON_TYPE, origin: 'http://127.0.0.1:1' }), 403, 'BAD_ORIGIN'],
    ['a rebound name', () => ({ ...JSON_TYPE, host: 'rebound.example' }), 403, 'BAD_HOST'],
    ['fetched across sites', () => ({ ...JSON_TYPE, 'sec-fetch-site': 'cross-site' }), 403, 'BAD_ORIGIN'],
    ['fetched from a sister', () => ({ ...JSON_TYPE, 'sec-fetch-site': 'same-site' }), 403, 'BAD_ORIGIN'],
  ])('%s is refused', async (_what, headers, status, code) => {
    for (const [method, path] of [
      ['POST', PATH],
      ['DELETE', `${PATH}/x`],
      ['POST', `${ALERT_PATH}/acknowledge`],
      ['POST', '/api/v1/marks'],
    ] as const)
      expect(refusalOf(await ask(open.port, path, { method, headers: headers(), body })).slice(0, 2)).toEqual(
        [status, code],
      );
    expect(await stored(open.bus, 'audit')).toEqual([]);
  });

  test.each<[what: string, headers: () => Record<string, string>]>([
    ['a program', () => JSON_TYPE],
    ['a type with a charset', () => ({ 'content-type': 'Application/JSON; charset=utf-8' })],
    ['our own page', () => ({ ...JSON_TYPE, origin: own(), host: host(), 'sec-fetch-site': 'same-origin' })],
  ])('%s may, as `local`', async (_what, headers) => {
    const answer = await ask(open.port, PATH, { method: 'POST', headers: headers(), body });
    expect([answer.status, answer.json]).toEqual([202, expect.objectContaining({ by: 'local' })]);
  });

  test('a preflight is not answered with permission', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'DELETE' };
    const answer = await ask(open.port, PATH, { method: 'OPTIONS', headers });
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('the token of a browser on /ws', () => {
  const encode = (token: string) => `bearer.${Buffer.from(token).toString('base64url')}`;

  async function connect(protocols: readonly string[]): Promise<number | string> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, [...protocols]);
    return new Promise((resolve) => {
      socket.on('open', () => {
        resolve(socket.protocol);
        socket.terminate();
      });
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode ?? 0);
        response.resume();
        socket.terminate();
      });
      socket.on('error', () => undefined);
    });
  }
  /** The feed of `startServer` only says 101; the handshake needs a real one. */
  let handshake: typeof port;
  let real: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    const { createFeed } = await import('../../../src/adapters/websocket/feed.ts');
    const feed = createFeed({ telemetry: () => undefined, pipelines: () => ['skyline'] });
    real = await startServer({ tokens, feed });
    handshake = port;
    port = real.port;
  });
  afterAll(async () => {
    port = handshake;
    await real.server.close();
  });

  test.each<[what: string, protocols: () => string[], outcome: number | string]>([
    ['a viewer', () => ['earshot', encode(VIEWER)], 'earshot'],
    ['a moderator, in the other order', () => [encode(MODERATOR), 'earshot'], 'earshot'],
    ['a wrong token', () => ['earshot', encode('wrong')], 401],
    ['no token', () => ['earshot'], 401],
    ['a token without the protocol', () => [encode(VIEWER)], 401],
    ['a token as it is', () => ['earshot', `bearer.${VIEWER}`], 401],
    ['nothing', () => [], 401],
  ])('%s: %#', async (_what, protocols, outcome) => {
    expect(await connect(protocols())).toBe(outcome);
  });

  test('a token in the URL is none', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'websocket' };
    const answer = await ask(port, `/ws?token=${VIEWER}`, { headers });
    expect(refusalOf(answer).slice(0, 2)).toEqual([401, 'UNAUTHORIZED']);
  });
});
