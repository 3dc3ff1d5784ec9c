/** A sink that POSTs each notification as JSON, by the Standard Webhooks specification
 *  (https://github.com/standard-webhooks/standard-webhooks). */
import { Webhook } from 'standardwebhooks';
import type { WebhookSinkConfig } from '../../core/alert/sink.config.ts';
import type { AlertSink } from '../../core/alert/sink.port.ts';
import type { Notification } from '../../core/notify/notification.ts';
import { createSender, SinkConfigError, type SenderOptions } from './http-sender.ts';

/** Throws a `SinkConfigError` when a secret cannot sign or a header cannot be sent; `deliver` never rejects. */
export function createWebhookSink(config: WebhookSinkConfig, options: SenderOptions = {}): AlertSink {
  const { nowMs = Date.now } = options;
  const sender = createSender(config, options);
  const secrets = config.secret === undefined ? config.secrets : [config.secret];
  const signers = secrets.map((secret) => createSigner(secret, sender.origin));
  return {
    kind: 'webhook',
    description: `webhook ${sender.origin}`,
    deliver(notification) {
      const { status, at } = notification;
      const body = JSON.stringify({ type: `alert.${status}`, timestamp: at, data: notification });
      const id = webhookId(notification);
      const now = new Date(nowMs());
      const headers: Record<string, string> = {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      };
      if (signers.length > 0)
        headers['webhook-signature'] = signers.map((signer) => signer.sign(id, now, body)).join(' ');
      return sender.send(body, headers);
    },
    close: () => sender.close(),
  };
}

/** The notification's own, the same on every attempt. Full stops separate the parts that are signed, and a header carries
 *  printable ASCII only: anybody may publish on our subject. */
function webhookId({ id }: Notification): string {
  return id
    .toWellFormed()
    .replace(/[^!-~]+|\.|%/gu, (text) => (text === '.' ? '%2E' : encodeURIComponent(text)));
}

function createSigner(secret: string, origin: string): Webhook {
  try {
    return secret.startsWith('whsec_')
      ? new Webhook(secret)
      : new Webhook(new TextEncoder().encode(secret), { format: 'raw' });
  } catch (cause) {
    const message = `a secret of webhook ${origin} begins with whsec_ and must go on with base64`;
    throw new SinkConfigError('SINK_SECRET', message, cause);
  }
}
