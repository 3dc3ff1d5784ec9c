/** Folds what a watcher put out into the events that metrics and logs derive from. */
import type { WatcherOutput } from '../../core/alert/watcher.ts';
import type { TelemetryEvent } from '../../core/telemetry/telemetry.port.ts';

export function telemetryOf(pipeline: string, outputs: readonly WatcherOutput[]): TelemetryEvent[] {
  const events: TelemetryEvent[] = [];
  const late = { applied: 0, dropped: 0 };
  let watermarkMs: number | undefined;
  for (const output of outputs) {
    switch (output.kind) {
      case 'watermark':
        watermarkMs = output.timeMs; // Only the last of a batch is of interest.
        break;
      case 'late':
        late[output.outcome] += output.messages;
        break;
      case 'transition': {
        const { rule, state, reason, id, summary } = output.alert;
        events.push({ type: 'alert_transition', pipeline, rule, state, reason, id, summary });
        break;
      }
      case 'limit':
        events.push({ type: 'limit_reached', pipeline, limit: output.limit, count: output.count });
        break;
      case 'rule_failed':
        events.push({ type: 'rule_failed', pipeline, rule: output.rule, error: output.error });
        break;
      case 'window': {
        const { channel, volume, netSentiment, negativeShare, authors } = output;
        events.push({ type: 'window', pipeline, channel, volume, netSentiment, negativeShare, authors });
        break;
      }
    }
  }
  if (watermarkMs !== undefined) events.push({ type: 'watermark', pipeline, timeMs: watermarkMs });
  for (const outcome of ['applied', 'dropped'] as const) {
    if (late[outcome] > 0) events.push({ type: 'late', pipeline, outcome, messages: late[outcome] });
  }
  return events;
}
