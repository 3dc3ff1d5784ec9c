/** The HTTP server: metrics, health, the API, and the door to the WebSocket feed. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Alert } from '../../core/alert/alert.ts';
import { NO_PIPELINE } from '../../core/bus/subjects.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { createGuard, requireTokenFor } from './access.ts';
import type { Refusal } from './access.ts';
import { parseAlertQuery } from './alert-query.ts';
import type { AlertFilter, KnownNames } from './alert-query.ts';
import { listenError } from './errors.ts';
import { errorText } from '../../core/errors/error-text.ts';

/** A client has this long to say what it wants. */
const REQUEST_MS_MAX = 10_000;

interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface HttpServerOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Connections at once, besides those of the feed, which has its own limit; further ones are cut off and counted. */
  readonly connectionsMax?: number;
  /** Guards every route but /healthz and /readyz; without it `host` must be loopback. */
  readonly token?: string;
  readonly version: string;
  readonly telemetry: Telemetry;
  readonly metrics: () => Promise<{ contentType: string; body: string }>;
  readonly readiness: () => { ready: boolean; checks: readonly ReadinessCheck[] };
  /** What an alert query may name. */
  readonly known: () => KnownNames;
  readonly alerts: (filter: AlertFilter) => readonly Alert[];
  /** Anything that JSON can say. */
  readonly status: () => unknown;
  readonly feed: { handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void };
}

export interface HttpServer {
  /** `http://127.0.0.1:9464`. */
  readonly address: string;
  /** Takes no new request and cuts every connection, those of the feed too. Idempotent. */
  close(): Promise<void>;
}

const ROUTES = {
  '/': 'this list',
  '/metrics': 'Prometheus metrics',
  '/healthz': '200 while the process lives',
  '/readyz': '200 when it works, else 503, with the checks',
  '/api/v1/alerts': 'alerts; ?pipeline= &rule= &state= &severity=',
  '/api/v1/status': 'what runs here',
  '/ws': 'WebSocket feed; ?pipeline= &channel= &label= &type=, lists separated by commas',
} as const;
const OPEN_ROUTES: readonly string[] = ['/healthz', '/readyz'];

/** Throws an `HttpServerError` when it cannot listen there. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { listen, token, telemetry } = options;
  requireTokenFor(listen.host, token);
  const guard = createGuard(token);
  const app = Fastify({
    forceCloseConnections: true,
    requestTimeout: REQUEST_MS_MAX,
    bodyLimit: 1_024,
    frameworkErrors: (error, _request, reply) => {
      void send(reply, 400, 'BAD_REQUEST', error.message);
    },
  });
  app.server.on('drop', () => {
    telemetry({ type: 'limit_reached', limit: 'http_connections', pipeline: NO_PIPELINE, count: 1 });
  });
  app.addHook('onRequest', async (request, reply) => {
    const refusal = guard(request.headers, OPEN_ROUTES.includes(pathOf(request.raw)));
    if (refusal !== undefined) await refuse(reply, refusal);
  });
  addRoutes(app, options);
  addErrors(app);
  const upgraded = addFeed(app, guard, options);

  const address = await app.listen(listen).catch((error: unknown) => {
    throw listenError(error, listen);
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    for (const socket of upgraded) socket.destroy();
    await app.close();
  };
  return { address, close: () => (closing ??= close()) };
}

function addRoutes(app: FastifyInstance, options: HttpServerOptions): void {
  app.get('/', (_request, reply) => {
    const list = Object.entries(ROUTES).map(([path, what]) => `${path.padEnd(16)}${what}\n`);
    return reply.type('text/plain; charset=utf-8').send(`earshot ${options.version}\n\n${list.join('')}`);
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await options.metrics();
    return reply.type(contentType).send(body);
  });
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    const { ready, checks } = options.readiness();
    return reply.status(ready ? 200 : 503).send({ ready, checks });
  });
  app.get('/api/v1/alerts', (request, reply) => {
    const { url = '' } = request.raw;
    const start = url.indexOf('?');
    const query = new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
    const filter = parseAlertQuery(query, options.known());
    if ('status' in filter) return refuse(reply, filter);
    return reply.send({ alerts: options.alerts(filter) });
  });
  app.get('/api/v1/status', (_request, reply) => reply.send(options.status()));
  app.get('/ws', (_request, reply) => {
    void reply.header('upgrade', 'websocket');
    return send(reply, 426, 'UPGRADE_REQUIRED', 'this route speaks WebSocket');
  });
}

function addErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.raw);
    if (!Object.hasOwn(ROUTES, path))
      return send(reply, 404, 'NOT_FOUND', `no route '${path}'; / lists what there is`);
    void reply.header('allow', 'GET, HEAD');
    return send(reply, 405, 'METHOD_NOT_ALLOWED', `'${path}' takes GET and HEAD, not ${request.method}`);
  });
  app.setErrorHandler((error, _request, reply) => {
    const message = errorText(error);
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    return send(reply, status, status < 500 ? 'BAD_REQUEST' : 'INTERNAL', message);
  });
}

/** Hands upgrades of /ws to the feed, after the checks that every route has; returns the sockets that are open. */
function addFeed(
  app: FastifyInstance,
  guard: ReturnType<typeof createGuard>,
  { feed, connectionsMax = 1_024 }: HttpServerOptions,
): ReadonlySet<Duplex> {
  const upgraded = new Set<Duplex>();
  const admit = (): void => {
    app.server.maxConnections = connectionsMax + upgraded.size;
  };
  admit();
  app.server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket);
    admit();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      upgraded.delete(socket);
      admit();
    });
    const path = pathOf(request);
    const refusal = guard(request.headers, false);
    if (refusal !== undefined) endUpgrade(socket, refusal.status, refusal);
    else if (path === '/ws') feed.handleUpgrade(request, socket, head);
    else endUpgrade(socket, 404, { code: 'NOT_FOUND', message: `no WebSocket at '${path}'; it is at /ws` });
  });
  return upgraded;
}

const STATUS_TEXT = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' } as const;

function endUpgrade(
  socket: Duplex,
  status: keyof typeof STATUS_TEXT,
  { code, message }: Pick<Refusal, 'code' | 'message'>,
): void {
  const body = JSON.stringify({ error: { code, message } });
  const challenge = status === 401 ? `www-authenticate: ${CHALLENGE}\r\n` : '';
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_TEXT[status]}\r\ncontent-type: application/json\r\nconnection: close\r\n` +
      `${challenge}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

const CHALLENGE = 'Bearer realm="earshot"';

function refuse(reply: FastifyReply, { status, code, message }: Refusal): FastifyReply {
  if (status === 401) void reply.header('www-authenticate', CHALLENGE);
  return send(reply, status, code, message);
}

function send(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.status(status).send({ error: { code, message } });
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/';
}
