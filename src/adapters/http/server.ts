/** The HTTP server: metrics, health, the API, and the door to the WebSocket feed. */
import type { IncomingMessage } from 'node:http';
import Fastify from 'fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import secureJson from 'secure-json-parse';
import { BusError } from '../../core/bus/bus.port.ts';
import { NO_PIPELINE } from '../../core/bus/subjects.ts';
import { errorText } from '../../core/errors/error-text.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { changeRefusal, createGuard, isRefusal, LOCAL, requireTokenFor, roleRefusal } from './access.ts';
import type { AccessToken, Guard, Principal } from './access.ts';
import { alertRoutes } from './alert.routes.ts';
import type { Api } from './api.ts';
import { listenError, RequestError } from './errors.ts';
import { admitUpgrades, type FeedDoor } from './feed-door.ts';
import { recordRoutes } from './record.routes.ts';
import { methodsAt, refuse, send, type Route } from './route.ts';
import { silenceRoutes } from './silence.routes.ts';
import { systemRoutes, type System } from './system.routes.ts';
import { textRoutes } from './text.routes.ts';

/** A client has this long to say what it wants. */
const REQUEST_MS_MAX = 10_000;
/** Of a request that does not say otherwise. */
const BODY_BYTES_MAX = 16_384;
/** Of the part of a path that varies: an id of an alert with every character escaped. */
const ID_CHARS_MAX = 2_048;

export interface HttpServerOptions extends System {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Connections at once, besides those of the feed, which has its own limit; further ones are cut off and counted. */
  readonly connectionsMax?: number;
  /** Guard every route but /healthz and /readyz; without any `host` must be loopback, and everyone is a moderator. */
  readonly tokens: readonly AccessToken[];
  readonly telemetry: Telemetry;
  readonly api: Api;
  readonly feed: FeedDoor;
  readonly nowMs: () => number;
}

export interface HttpServer {
  /** `http://127.0.0.1:9464`. */
  readonly address: string;
  /** Takes no new request and cuts every connection, those of the feed too. Idempotent. */
  close(): Promise<void>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before any route is reached. */
    principal: Principal;
  }
}

/** Throws an `HttpServerError` when it cannot listen there. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { listen, tokens, telemetry, api, feed, connectionsMax = 1_024 } = options;
  requireTokenFor(listen.host, tokens);
  const guard = createGuard(tokens);
  const routes = systemRoutes(options, [
    ...alertRoutes(api),
    ...silenceRoutes(api),
    ...recordRoutes(api),
    ...textRoutes(api),
  ]);
  const app = Fastify({
    forceCloseConnections: true,
    requestTimeout: REQUEST_MS_MAX,
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: ID_CHARS_MAX },
    frameworkErrors: (error, _request, reply) => {
      void send(reply, 400, 'BAD_REQUEST', error.message);
    },
  });
  app.server.on('drop', () => {
    telemetry({ type: 'limit_reached', limit: 'http_connections', pipeline: NO_PIPELINE, count: 1 });
  });
  addJson(app);
  addMetrics(app, routes, telemetry);
  addGuard(app, guard, routes);
  for (const route of routes) addRoute(app, route, options);
  addErrors(app, routes);
  const upgraded = admitUpgrades(app.server, guard, feed, connectionsMax);

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

/** JSON is all that is read; an empty body is none. */
function addJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, text === '' ? undefined : secureJson.parse(String(text)));
    } catch (error) {
      done(new RequestError(400, 'BAD_BODY', `body: not JSON: ${errorText(error)}`, error));
    }
  });
}

/** Of every answer. What clients make up does not become a label. */
function addMetrics(app: FastifyInstance, routes: readonly Route[], telemetry: Telemetry): void {
  const known = new Set(routes.map(({ path }) => path));
  const methods = new Set(routes.flatMap(({ path }) => methodsAt(routes, path)));
  app.addHook('onResponse', (request, reply, done) => {
    const { url = '' } = request.routeOptions;
    const route = known.has(url) ? url : 'unknown';
    const method = methods.has(request.method) ? request.method : 'other';
    const { statusCode: status, elapsedTime } = reply;
    telemetry({ type: 'api_request', route, method, status, seconds: elapsedTime / 1_000 });
    done();
  });
}

function addGuard(app: FastifyInstance, guard: Guard, routes: readonly Route[]): void {
  const open = routes.filter(({ access }) => access === 'everyone').map(({ path }) => path);
  app.decorateRequest('principal');
  app.addHook('onRequest', async (request, reply) => {
    const refusal = guard.origin(request.headers);
    if (refusal !== undefined) return refuse(reply, refusal);
    const who = open.includes(pathOf(request.raw)) ? LOCAL : guard.principal(request.headers);
    if (isRefusal(who)) return refuse(reply, who);
    request.principal = who;
  });
}

function addRoute(app: FastifyInstance, route: Route, { nowMs }: HttpServerOptions): void {
  const { method, path: url, access, bodyBytesMax: bodyLimit = BODY_BYTES_MAX } = route;
  app.route({
    ...{ method, url, bodyLimit },
    // Before a body is read.
    onRequest: async ({ principal, headers }, reply) => {
      if (access !== 'moderator') return;
      const refusal = roleRefusal(principal, access) ?? changeRefusal(headers);
      if (refusal !== undefined) return refuse(reply, refusal);
    },
    handler: async (request, reply) => {
      const { principal: who, body, raw, params } = request;
      const { id = '' } = params as { readonly id?: string };
      const answer = await route.handle({ who, id, query: queryOf(raw), body, nowMs: nowMs() });
      const { status = 200, headers = {} } = answer;
      return reply
        .status(status)
        .headers(headers)
        .send('text' in answer ? answer.text : answer.json);
    },
  });
}

function addErrors(app: FastifyInstance, routes: readonly Route[]): void {
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.raw);
    const methods = methodsAt(routes, path).join(', ');
    if (methods === '') return send(reply, 404, 'NOT_FOUND', `no route '${path}'; / lists what there is`);
    void reply.header('allow', methods);
    return send(reply, 405, 'METHOD_NOT_ALLOWED', `'${path}' takes ${methods}, not ${request.method}`);
  });
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof RequestError) return send(reply, error.status, error.code, error.message);
    if (error instanceof BusError) return send(reply, 503, error.code, error.message);
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    const [code, message] = describe(status, error, request);
    return send(reply, status, code, message);
  });
}

function describe(status: number, error: unknown, request: FastifyRequest): [code: string, message: string] {
  if (status === 413)
    return [
      'TOO_LARGE',
      `the body is larger than ${request.routeOptions.bodyLimit} bytes, which is allowed here`,
    ];
  if (status === 415) return ['NEEDS_JSON', 'a body needs the header content-type: application/json'];
  return [status < 500 ? 'BAD_REQUEST' : 'INTERNAL', errorText(error)];
}

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/';
}
