/** A real server on a free port over the memory bus, and requests as an attacker may send them. */
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { startHttpServer } from '../../../src/adapters/http/server.ts';
import type { HttpServer, HttpServerOptions } from '../../../src/adapters/http/server.ts';
import { createApi, type ApiSources, type Watching } from '../../../src/app/services/api.service.ts';
import type { Alert } from '../../../src/core/alert/alert.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import { subjects } from '../../../src/core/bus/subjects.ts';
import type { AlertCommand } from '../../../src/core/notify/command.ts';
import { NotificationPolicy } from '../../../src/core/notify/policy.ts';
import { memoryBus } from '../../support/bus.ts';
import { configOf } from '../../support/pipelines.ts';

export const NOW_MS = Date.parse('2026-03-01T10:05:00.000Z');

/** A process that watches pipeline `skyline`: its policy is the real one, told of each alert and command by the test. */
export function watchSkyline(alerts: readonly Alert[]): Watching & { apply(command: AlertCommand): void } {
  const policy = new NotificationPolicy('skyline', configOf().notify, []);
  for (const alert of alerts) policy.onAlert(alert, Date.parse(alert.at));
  policy.advance(NOW_MS);
  return {
    alerts: () => alerts,
    watcher: (pipeline) =>
      pipeline === 'skyline'
        ? {
            statusOf: (id) => policy.statusOf(id),
            silences: () => policy.silences(NOW_MS),
            trends: () => [],
          }
        : undefined,
    apply: (command) => void policy.onCommand(command, NOW_MS),
  };
}

export const SKYLINE = {
  config: configOf({
    name: 'skyline',
    sentiment: { engine: 'natural' },
    alerts: [{ name: 'negative-surge', when: 'volume > 1', over: '1m' }],
  }),
};

export async function startServer(
  options: Partial<HttpServerOptions> = {},
  sources: Partial<ApiSources> = {},
): Promise<{ server: HttpServer; port: number; bus: Bus }> {
  const bus = sources.bus ?? (await memoryBus());
  const server = await startHttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    tokens: [],
    version: '1.2.3',
    telemetry: () => undefined,
    nowMs: () => NOW_MS,
    metrics: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', body: 'm 1\n' }),
    readiness: () => ({ ready: true, checks: [{ name: 'bus', ok: true, detail: 'connected' }] }),
    status: () => ({ role: 'all' }),
    api: createApi({ pipelines: () => [SKYLINE], watching: () => undefined, ...sources, bus }),
    feed: {
      handleUpgrade: (request, socket) => {
        const agreed = request.headers['sec-websocket-protocol'];
        const protocol = agreed === undefined ? '' : `sec-websocket-protocol: ${agreed}\r\n`;
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n${protocol}\r\n`,
        );
      },
    },
    ...options,
  });
  return { server, port: Number(new URL(server.address).port), bus };
}

/** As a watcher publishes it. */
export async function publishAlert(bus: Bus, alert: Alert): Promise<void> {
  const subject = subjects.alert(alert.pipeline, alert.rule, alert.state);
  await bus.publish({ subject, data: JSON.stringify(alert), id: `${alert.id}#${alert.state}` });
}

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** One request on its own connection; an upgrade that is taken answers 101. */
export async function ask(port: number, path: string, { method = 'GET', headers = {}, body }: Sent = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const all = { ...length, ...headers };
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers: all, agent: false });
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
    request.end(body);
  });
}

export const JSON_TYPE = { 'content-type': 'application/json' };
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A JSON request as a program sends it. */
export function sendJson(port: number, method: string, path: string, body: unknown, headers = {}) {
  return ask(port, path, { method, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) });
}

/** The code and the message of a refusal. */
export function refusalOf({
  status,
  json,
}: Answer): [status: number | undefined, code: string, message: string] {
  const { error } = json as { error: { code: string; message: string } };
  return [status, error.code, error.message];
}
