/** From the `sinks:` of a pipeline file to notifiers. */
import { createHash } from 'node:crypto';
import { createLogSink } from '../adapters/logging/log-sink.ts';
import type { Logger } from '../adapters/logging/logger.ts';
import { createWebhookSink } from '../adapters/webhook/webhook-sink.ts';
import type { AlertSink } from '../core/alert/sink.port.ts';
import type { PipelineConfig } from '../core/pipeline/pipeline.config.ts';
import { version } from './version.ts';
import type { Bus } from '../core/bus/bus.port.ts';
import { errorText } from '../core/errors/error-text.ts';

export interface NamedSink {
  readonly sink: AlertSink;
  /** The same for the same kind and target, so that a sink goes on where it was after a restart. */
  readonly durable: string;
  readonly giveUpAfterMs: number;
}

const GIVE_UP_AFTER_MS = 86_400_000;

export function createSinks(
  pipeline: PipelineConfig,
  { logger, bus }: { logger: Logger; bus: Bus },
): NamedSink[] {
  const used = new Map<string, number>();
  const named = (kind: string, target: string): string => {
    const name = `sink-${pipeline.name}-${kind}-${digest(target)}`;
    const times = (used.get(name) ?? 0) + 1;
    used.set(name, times);
    return times === 1 ? name : `${name}-${times}`; // Two sinks with one target each get every alert.
  };
  return pipeline.sinks.map((config) => {
    if ('webhook' in config) {
      const { webhook } = config;
      const durable = named('webhook', webhook.url);
      return { sink: createWebhookSink(webhook, { version }), durable, giveUpAfterMs: webhook.giveUpAfter };
    }
    if ('nats' in config) {
      const { subject } = config.nats;
      return {
        sink: createSubjectSink(subject, bus),
        durable: named('nats', subject),
        giveUpAfterMs: GIVE_UP_AFTER_MS,
      };
    }
    return { sink: createLogSink(logger), durable: named('log', ''), giveUpAfterMs: GIVE_UP_AFTER_MS };
  });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}

/** A further subject, besides the one that every alert is published to. */
function createSubjectSink(subject: string, bus: Bus): AlertSink {
  return {
    kind: 'nats',
    description: `nats subject ${subject}`,
    async deliver(alert) {
      try {
        await bus.announce({ subject, data: JSON.stringify(alert) });
        return { outcome: 'delivered' };
      } catch (error) {
        return { outcome: 'retry', detail: errorText(error) };
      }
    },
    close: () => Promise.resolve(),
  };
}
