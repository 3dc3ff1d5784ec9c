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
const LEASE_LEVEL = {
  acquired: 'info',
  renewed_late: 'warn',
  lost: 'warn',
  released: 'info',
  failed: 'warn',
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
    case 'alert_stays': {
      const { pipeline, rule, reason, alert } = event;
      // That it goes on as it was says nothing new.
      const level = reason === 'still_firing' ? 'debug' : 'info';
      return logger[level]({ id: alert, reason }, `alert ${reason}: ${pipeline}/${rule}`);
    }
    case 'notify_decision':
    case 'command':
      return people(logger, event);
    case 'snapshot': {
      const { pipeline, outcome, bytes, detail } = event;
      return logger[SNAPSHOT_LEVEL[outcome]]({ pipeline, bytes, detail }, `snapshot ${outcome}`);
    }
    case 'scored_gap':
    case 'recovered':
    case 'lease':
      return ownership(logger, event);
    case 'second_lane_lost':
      return logger.error(
        { error: event.error },
        'second lane lost: what it had in hand is delivered again; the first goes on',
      );
    case 'config_reload':
      return logger[RELOAD_LEVEL[event.outcome]](
        { detail: event.detail },
        `pipeline files: reload ${event.outcome}`,
      );
    case 'lifecycle':
      return logger.info(`${event.phase}${event.detail === '' ? '' : `: ${event.detail}`}`);
    default:
      return quietly(logger, event);
  }
}

type QuietEvent = Extract<
  TelemetryEvent,
  {
    type:
      | 'marks_applied'
      | 'late'
      | 'versions'
      | 'feed_clients'
      | 'ownership'
      | 'lanes'
      | 'alerts_active'
      | 'api_request'
      | 'received'
      | 'decoded'
      | 'clamped'
      | 'dropped'
      | 'scored'
      | 'judged'
      | 'routed'
      | 'redacted'
      | 'stage_time'
      | 'backlog'
      | 'watermark'
      | 'window'
      | 'trend_scores'
      | 'conversations_closed';
  }
>;

/** What is looked for, not told: at debug what changes now and then, at trace the traffic. */
function quietly(logger: Logger, event: QuietEvent): void {
  switch (event.type) {
    case 'late':
    case 'marks_applied':
    case 'versions':
    case 'feed_clients':
    case 'ownership':
    case 'lanes':
    case 'alerts_active':
      return logger.debug(event, event.type);
    case 'api_request':
    case 'received':
    case 'decoded':
    case 'clamped':
    case 'dropped':
    case 'scored':
    case 'judged':
    case 'routed':
    case 'redacted':
    case 'stage_time':
    case 'backlog':
    case 'watermark':
    case 'window':
    case 'trend_scores':
    case 'conversations_closed':
      return trace(logger, event);
    default:
      return event satisfies never;
  }
}

function ownership(
  logger: Logger,
  event: Extract<TelemetryEvent, { type: 'scored_gap' | 'recovered' | 'lease' }>,
): void {
  const { pipeline } = event;
  if (event.type === 'lease') {
    const { outcome, epoch, detail } = event;
    return logger[LEASE_LEVEL[outcome]]({ pipeline, epoch, detail }, `lease ${outcome}: ${pipeline}`);
  }
  const { fromSequence, toSequence } = event;
  if (event.type === 'scored_gap')
    return logger.error(
      { pipeline, fromSequence, toSequence },
      `gap: ${toSequence - fromSequence + 1} scored messages were dropped by their stream before ${pipeline} counted them`,
    );
  const seconds = event.seconds.toFixed(3);
  logger.info({ pipeline, fromSequence, toSequence }, `recovered: ${pipeline} has caught up in ${seconds} s`);
}

/** Who is told and who is not, and what they want done. */
function people(
  logger: Logger,
  event: Extract<TelemetryEvent, { type: 'notify_decision' | 'command' }>,
): void {
  if (event.type === 'notify_decision') {
    const { pipeline, rule, reason, alert } = event;
    return logger.info({ id: alert }, `notify ${reason}: ${pipeline}/${rule}`);
  }
  const { pipeline, action, outcome, detail } = event;
  logger[outcome === 'applied' ? 'info' : 'warn']({ detail }, `command ${action} ${outcome}: ${pipeline}`);
}

type Often = (level: Level, key: string, count: number, text: string, example?: string) => void;

function notification(
  logger: Logger,
  often: Often,
  { sink, outcome, detail }: Extract<TelemetryEvent, { type: 'notification' }>,
): void {
  // A notification that nobody got is never summed away.
  if (outcome === 'rejected' || outcome === 'given_up')
    logger.error(
      { sink, detail },
      `notification ${outcome === 'rejected' ? 'rejected' : 'given up'}: ${sink}`,
    );
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
