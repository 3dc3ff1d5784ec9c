/** What runs here: health, metrics, status, and the list of all this. */
import type { Route } from './route.ts';

interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface System {
  readonly version: string;
  readonly metrics: () => Promise<{ contentType: string; body: string }>;
  readonly readiness: () => { ready: boolean; checks: readonly ReadinessCheck[] };
  /** Anything that JSON can say. */
  readonly status: () => unknown;
}

export function systemRoutes(
  { version, metrics, readiness, status }: System,
  others: readonly Route[],
): readonly Route[] {
  const routes: readonly Route[] = [
    {
      ...{ method: 'GET', path: '/', access: 'viewer', what: 'this list' },
      handle: () => ({ text: list(), headers: { 'content-type': 'text/plain; charset=utf-8' } }),
    },
    {
      ...{ method: 'GET', path: '/metrics', access: 'viewer', what: 'Prometheus metrics' },
      async handle() {
        const { contentType, body } = await metrics();
        return { text: body, headers: { 'content-type': contentType } };
      },
    },
    {
      ...{ method: 'GET', path: '/healthz', access: 'everyone', what: '200 while the process lives' },
      handle: () => ({ json: { status: 'ok' } }),
    },
    {
      ...{ method: 'GET', path: '/readyz', access: 'everyone' },
      what: '200 when it works, else 503, with the checks',
      handle() {
        const { ready, checks } = readiness();
        return { status: ready ? 200 : 503, json: { ready, checks } };
      },
    },
    {
      ...{ method: 'GET', path: '/api/v1/status', access: 'viewer', what: 'what runs here' },
      handle: () => ({ json: status() }),
    },
    ...others,
    {
      ...{ method: 'GET', path: '/ws', access: 'viewer' },
      what: 'WebSocket feed; ?pipeline= &channel= &label= &type=, lists separated by commas',
      handle: () => ({
        ...{ status: 426, headers: { upgrade: 'websocket' } },
        json: { error: { code: 'UPGRADE_REQUIRED', message: 'this route speaks WebSocket' } },
      }),
    },
  ];
  const list = () => {
    const line = ({ method, path, access, what }: Route) =>
      `${method.padEnd(7)}${path.padEnd(34)}${access.padEnd(10)}${what}\n`;
    return `earshot ${version}\n\n${routes.map(line).join('')}`;
  };
  return routes;
}
