/** One attempt to POST JSON to a receiver, as every sink of this folder makes it: guarded, bounded in time, never
 *  rejecting. The caller retries. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { SinkOutcome } from '../../core/alert/sink.port.ts';
import { createAddressGuard } from '../../core/outgoing/addresses.ts';
import { postGuarded, systemResolve, TargetRefusedError, type Resolve } from './guarded-request.ts';
import { judge } from './response.ts';

export interface SenderConfig {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly allowTo: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
}

export interface SenderOptions {
  /** Goes into the user agent. */
  readonly version?: string;
  /** Epoch milliseconds; stamps requests. */
  readonly nowMs?: () => number;
  readonly resolve?: Resolve;
}

export interface HttpSender {
  /** `https://hooks.example`: the path of a webhook is often its secret. */
  readonly origin: string;
  /** Never rejects. `headers` overrule those of the configuration. */
  send(body: unknown, headers?: Readonly<Record<string, string>>): Promise<SinkOutcome>;
  /** Ends what is in flight, and later calls. */
  close(): Promise<void>;
}

export class SinkConfigError extends Error {
  override readonly name = 'SinkConfigError';
  readonly code: 'SINK_SECRET' | 'SINK_HEADERS';
  readonly canRetry = false;

  constructor(code: SinkConfigError['code'], message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Whoever serves the sink now can try at once: it is not the receiver that asks for patience. */
const CLOSED: SinkOutcome = { outcome: 'retry', detail: 'the sink is closed', afterMs: 0 };

/** Throws a `SinkConfigError` when a header cannot be sent. */
export function createSender(
  config: SenderConfig,
  { version = 'unknown', nowMs = Date.now, resolve = systemResolve }: SenderOptions,
): HttpSender {
  const url = new URL(config.url);
  const baseHeaders = createHeaders(config, url, version);
  const { allowTo } = config;
  const target = { url, guard: createAddressGuard(allowTo), allowTo, resolve };
  const inFlight = new Set<AbortController>();
  let closed = false;

  const attempt = async (body: unknown, own: Readonly<Record<string, string>>, signal: AbortSignal) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { ...baseHeaders, ...own };
    return judge(await postGuarded({ ...target, headers, body: text, signal }), nowMs());
  };

  return {
    origin: url.origin,
    async send(body, own = {}) {
      if (closed) return CLOSED;
      const controller = new AbortController();
      inFlight.add(controller);
      const timer = setTimeout(() => {
        controller.abort(new Error(`no answer within ${config.timeout} ms`));
      }, config.timeout);
      try {
        return await attempt(body, own, controller.signal);
      } catch (error) {
        if (closed) return CLOSED;
        return { outcome: error instanceof TargetRefusedError ? 'rejected' : 'retry', detail: reason(error) };
      } finally {
        clearTimeout(timer);
        inFlight.delete(controller);
      }
    },
    close() {
      closed = true;
      for (const controller of inFlight) controller.abort();
      return Promise.resolve();
    },
  };
}

/** Those of every request, in lower case. Credentials are taken out of the URL and travel in the header that they stand
 *  for. */
function createHeaders(
  { headers: own = {} }: SenderConfig,
  url: URL,
  version: string,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = { 'user-agent': `earshot/${version}` };
  if (url.username !== '' || url.password !== '') {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  for (const [name, value] of Object.entries(own)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (cause) {
      const message = `header '${name}' of ${url.origin} cannot be sent: its name or value is not HTTP`;
      throw new SinkConfigError('SINK_HEADERS', message, cause);
    }
    headers[name.toLowerCase()] = value;
  }
  return { ...headers, 'content-type': 'application/json' };
}

/** An attempt at several addresses fails with an error that says nothing: its parts do. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ');
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
