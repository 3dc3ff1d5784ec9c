/** Log lines, derived from the closed union of telemetry events: what changes is said at once, traffic only at trace, and
 *  what can come in floods is said once with an example and then summed up. */
import type { Level, Logger } from 'pino';
import type { Telemetry, TelemetryEvent } from '../../core/telemetry/telemetry.port.ts';
import { createDigest } from './digest.ts';
import type { Digest } from './digest.ts';

export interface LogTelemetryOptions {
  /** Milliseconds; paces the sums. */
  readonly nowMs?: () => number;
}

/** Lines held back are written with the first event after their interval and at `lifecycle` `stopped`; no timer runs. */
export function createLogTelemetry(
  logger: Logger,
  { nowMs = Date.now }: LogTelemetryOptions = {},
): Telemetry {
  const digest = createDigest((level, fields, text) => {
    logger[level](fields, text);
  });
  return (event) => {
    digest.flush(nowMs(), event.type === 'lifecycle' && event.phase === 'stopped');
    report(logger, digest, nowMs, event);
  };
}

const SNAPSHOT_LEVEL = {
  saved: 'debug',
  loaded: 'info',
  absent: 'info',
  refused: 'warn',
  failed: 'error',
} as const;
const RELOAD_LEVEL = { applied: 'info', refused: 'error', unchanged: 'debug' } as const;

function report(logger: Logger, digest: Digest, nowMs: () => number, event: TelemetryEvent): void {
  const often = (level: Level, key: string, count: number, text: string, example?: string): void => {
    digest.add(nowMs(), { level, key: `${event.type}/${key}`, count, text, example });
  };
  switch (event.type) {
    case 'dead':
      return often('warn', event.reason, event.messages, `dead letters: ${event.reason}`, event.example);
    case 'limit_reached': {
      const text = `limit reached: ${event.limit} (pipeline ${event.pipeline})`;
      return often('warn', `${event.limit}/${event.pipeline}`, event.count, text);
    }
    case 'publish_retried':
      return often('warn', event.reason, 1, `publishes tried again: ${event.reason}`);
    case 'delivery_retried':
      return often('warn', '', event.deliveries, 'deliveries given back', event.error);
    case 'rule_failed': {
      const text = `rule could not be evaluated: ${event.pipeline}/${event.rule}`;
      return often('error', `${event.pipeline}/${event.rule}`, 1, text, event.error);
    }
    case 'feed_client_dropped':
      return often('warn', event.reason, 1, `feed clients dropped: ${event.reason}`);
    case 'notification':
      return notification(logger, often, event);
    case 'bus_status':
      return logger[event.connected ? 'info' : 'warn'](
        { bus: event.detail },
        event.connected ? 'bus connected' : 'bus disconnected',
      );
    case 'alert_transition': {
      const { pipeline, rule, state, reason, id, summary } = event;
      const level = state === 'firing' ? 'warn' : 'info';
      return logger[level]({ id, reason }, `alert ${state}: ${pipeline}/${rule}: ${summary}`);
    }
    case 'snapshot': {
      const { pipeline, outcome, bytes, detail } = event;
      return logger[SNAPSHOT_LEVEL[outcome]]({ pipeline, bytes, detail }, `snapshot ${outcome}`);
    }
    case 'config_reload':
      return logger[RELOAD_LEVEL[event.outcome]](
        { detail: event.detail },
        `pipeline files: reload ${event.outcome}`,
      );
    case 'lifecycle':
      return logger.info(`${event.phase}${event.detail === '' ? '' : `: ${event.detail}`}`);
    case 'late':
    case 'feed_clients':
    case 'alerts_active':
      return logger.debug(event, event.type);
    case 'received':
    case 'decoded':
    case 'clamped':
    case 'dropped':
    case 'scored':
    case 'routed':
    case 'redacted':
    case 'stage_time':
    case 'backlog':
    case 'watermark':
    case 'window':
      return trace(logger, event);
    default:
      return event satisfies never;
  }
}

type Often = (level: Level, key: string, count: number, text: string, example?: string) => void;

function notification(
  logger: Logger,
  often: Often,
  { sink, outcome, detail }: Extract<TelemetryEvent, { type: 'notification' }>,
): void {
  // An alert that nobody got is never summed away.
  if (outcome === 'rejected') logger.error({ sink, detail }, `notification rejected: ${sink}`);
  else if (outcome === 'retried') often('warn', sink, 1, `notifications tried again: ${sink}`, detail);
  else logger.debug({ sink }, `notification delivered: ${sink}`);
}

/** A batch of traffic: its arrays of numbers stay out of the log. */
function trace(logger: Logger, event: TelemetryEvent): void {
  if (!logger.isLevelEnabled('trace')) return;
  if (event.type === 'scored') {
    const { pipeline, channel, label, scores } = event;
    logger.trace({ pipeline, channel, label, messages: scores.length }, event.type);
  } else logger.trace(event, event.type);
}
