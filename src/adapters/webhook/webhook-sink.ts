/** An alert sink that POSTs each alert as JSON, by the Standard Webhooks specification
 *  (https://github.com/standard-webhooks/standard-webhooks). One attempt per call; the caller retries. */
import { Webhook } from 'standardwebhooks';
import type { Alert } from '../../core/alert/alert.ts';
import type { WebhookSinkConfig } from '../../core/alert/sink.config.ts';
import type { AlertSink, SinkOutcome } from '../../core/alert/sink.port.ts';
import { judge } from './response.ts';

export interface WebhookSinkOptions {
  /** Goes into the user agent. */
  readonly version?: string;
  /** Epoch milliseconds; stamps requests. */
  readonly nowMs?: () => number;
}

class WebhookConfigError extends Error {
  override readonly name = 'WebhookConfigError';
  readonly code: 'WEBHOOK_SECRET' | 'WEBHOOK_HEADERS';
  readonly canRetry = false;

  constructor(code: WebhookConfigError['code'], message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Throws a `WebhookConfigError` when the secret cannot sign or a header cannot be sent; `deliver` never rejects. */
export function createWebhookSink(
  config: WebhookSinkConfig,
  { version = 'unknown', nowMs = Date.now }: WebhookSinkOptions = {},
): AlertSink {
  const url = new URL(config.url);
  const signer = config.secret === undefined ? undefined : createSigner(config.secret, url);
  const baseHeaders = createHeaders(config, url, version);
  const inFlight = new Set<AbortController>();
  let closed = false;

  const attempt = async (alert: Alert, signal: AbortSignal): Promise<SinkOutcome> => {
    const body = JSON.stringify({ type: `alert.${alert.state}`, timestamp: alert.at, data: alert });
    const id = webhookId(alert);
    const now = new Date(nowMs());
    const headers = new Headers(baseHeaders);
    headers.set('webhook-id', id);
    headers.set('webhook-timestamp', String(Math.floor(now.getTime() / 1_000)));
    if (signer !== undefined) headers.set('webhook-signature', signer.sign(id, now, body));
    const response = await fetch(url, { method: 'POST', redirect: 'manual', signal, body, headers });
    return judge(response, now.getTime());
  };

  return {
    kind: 'webhook',
    // The path of a webhook is often its secret.
    description: `webhook ${url.origin}`,
    deliver: async (alert) => {
      if (closed) return { outcome: 'retry', detail: 'the sink is closed' };
      const controller = new AbortController();
      inFlight.add(controller);
      const timer = setTimeout(() => {
        controller.abort(new Error(`no answer within ${config.timeout} ms`));
      }, config.timeout);
      try {
        return await attempt(alert, controller.signal);
      } catch (error) {
        return { outcome: 'retry', detail: reason(error) };
      } finally {
        clearTimeout(timer);
        inFlight.delete(controller);
      }
    },
    close: () => {
      closed = true;
      for (const controller of inFlight) controller.abort(new Error('the sink is closed'));
      return Promise.resolve();
    },
  };
}

/** Stable over retries; one per alert and state. Without full stops, which separate the parts that are signed, and in the
 *  characters that a header may carry. */
function webhookId({ id, state }: Alert): string {
  return `${id}/${state}`
    .toWellFormed()
    .replace(/[^!-~]+|\.|%/gu, (text) => (text === '.' ? '%2E' : encodeURIComponent(text)));
}

function createSigner(secret: string, url: URL): Webhook {
  try {
    return secret.startsWith('whsec_')
      ? new Webhook(secret)
      : new Webhook(new TextEncoder().encode(secret), { format: 'raw' });
  } catch (cause) {
    const message = `secret of webhook ${url.origin} begins with whsec_ and must go on with base64`;
    throw new WebhookConfigError('WEBHOOK_SECRET', message, cause);
  }
}

/** Those of every request. `fetch` refuses a URL with credentials: they are taken out of it and travel in the header that
 *  they stand for. */
function createHeaders({ headers: own }: WebhookSinkConfig, url: URL, version: string): Headers {
  const headers = new Headers({ 'user-agent': `earshot/${version}` });
  if (url.username !== '' || url.password !== '') {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
    url.username = '';
    url.password = '';
  }
  for (const [name, value] of Object.entries(own)) {
    try {
      headers.set(name, value);
    } catch (cause) {
      const message = `header '${name}' of webhook ${url.origin} cannot be sent: its name or value is not HTTP`;
      throw new WebhookConfigError('WEBHOOK_HEADERS', message, cause);
    }
  }
  headers.set('content-type', 'application/json');
  return headers;
}

/** `fetch failed` says nothing: its cause does. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || ('code' in cause ? String(cause.code) : error.message);
}
