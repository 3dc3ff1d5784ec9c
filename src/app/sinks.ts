/** From the `sinks:` of a pipeline file to notifiers. */
import { createHash } from 'node:crypto';
import { createLogSink } from '../adapters/logging/log-sink.ts';
import type { Logger } from '../adapters/logging/logger.ts';
import { createAlertmanagerSink } from '../adapters/webhook/alertmanager-sink.ts';
import { createDiscordSink } from '../adapters/webhook/discord-sink.ts';
import { createSlackSink } from '../adapters/webhook/slack-sink.ts';
import { createWebhookSink } from '../adapters/webhook/webhook-sink.ts';
import type { AlertSink } from '../core/alert/sink.port.ts';
import type { PipelineConfig } from '../core/pipeline/pipeline.config.ts';
import type { DeliveryLimits } from './services/deliver-notification.ts';
import { version } from './version.ts';
import type { Bus } from '../core/bus/bus.port.ts';
import { errorText } from '../core/errors/error-text.ts';

export interface NamedSink extends DeliveryLimits {
  readonly sink: AlertSink;
  /** The same for the same kind and target, so that a sink goes on where it was after a restart. */
  readonly durable: string;
}

/** Of sinks that send no requests. */
const NO_REQUEST: DeliveryLimits = {
  giveUpAfterMs: 86_400_000,
  giveUpRefusedAfterMs: 3_600_000,
  setAsideAfterMs: 60_000,
};

export function createSinks(
  pipeline: PipelineConfig,
  { logger, bus }: { logger: Logger; bus: Bus },
): NamedSink[] {
  const used = new Map<string, number>();
  return pipeline.sinks.map((config) => {
    const { sink, target, limits = NO_REQUEST } = createSink(config, logger, bus);
    const name = `sink-${pipeline.name}-${sink.kind}-${digest(target)}`;
    const times = (used.get(name) ?? 0) + 1;
    used.set(name, times);
    const durable = times === 1 ? name : `${name}-${times}`; // Two sinks with one target each get everything.
    return { sink, durable, ...limits };
  });
}

interface CreatedSink {
  readonly sink: AlertSink;
  /** Tells it from others of its kind. */
  readonly target: string;
  readonly limits?: DeliveryLimits;
}

function createSink(config: PipelineConfig['sinks'][number], logger: Logger, bus: Bus): CreatedSink {
  if ('webhook' in config) return sending(createWebhookSink(config.webhook, { version }), config.webhook);
  if ('slack' in config) return sending(createSlackSink(config.slack, { version }), config.slack);
  if ('discord' in config) return sending(createDiscordSink(config.discord, { version }), config.discord);
  if ('alertmanager' in config)
    return sending(createAlertmanagerSink(config.alertmanager, { version }), config.alertmanager);
  if ('nats' in config) {
    const { subject } = config.nats;
    return { sink: createSubjectSink(subject, bus), target: subject };
  }
  return { sink: createLogSink(logger), target: '' };
}

function sending(
  sink: AlertSink,
  { url, giveUpAfter, giveUpRefusedAfter, setAsideAfter }: SendingConfig,
): CreatedSink {
  const limits = {
    giveUpAfterMs: giveUpAfter,
    giveUpRefusedAfterMs: giveUpRefusedAfter,
    setAsideAfterMs: setAsideAfter,
  };
  return { sink, target: url, limits };
}

interface SendingConfig {
  readonly url: string;
  readonly giveUpAfter: number;
  readonly giveUpRefusedAfter: number;
  readonly setAsideAfter: number;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}

/** A further subject, besides the one that every notification is published to. */
function createSubjectSink(subject: string, bus: Bus): AlertSink {
  return {
    kind: 'nats',
    description: `nats subject ${subject}`,
    async deliver(notification) {
      try {
        await bus.announce({ subject, data: JSON.stringify(notification) });
        return { outcome: 'delivered' };
      } catch (error) {
        return { outcome: 'retry', detail: errorText(error) };
      }
    },
    close: () => Promise.resolve(),
  };
}
