/** Folds what a watcher put out into the events that metrics and logs derive from. */
import type { WatcherOutput } from '../../core/alert/watcher.ts';
import type { VersionOutcome } from '../../core/window/ledger.ts';
import { toneOf, type SessionTone } from '../../core/window/sessions.ts';
import type { TelemetryEvent } from '../../core/telemetry/telemetry.port.ts';

export function telemetryOf(pipeline: string, outputs: readonly WatcherOutput[]): TelemetryEvent[] {
  const events: TelemetryEvent[] = [];
  const late = { applied: 0, dropped: 0 };
  const versions = new Map<VersionOutcome, number>();
  const closed = new Map<SessionTone, number>();
  let watermarkMs: number | undefined;
  for (const output of outputs) {
    switch (output.kind) {
      case 'watermark':
        watermarkMs = output.timeMs; // Only the last of a batch is of interest.
        break;
      case 'late':
        late[output.outcome] += output.messages;
        break;
      case 'version':
        versions.set(output.outcome, (versions.get(output.outcome) ?? 0) + output.messages);
        break;
      case 'session': {
        const tone = toneOf(output.session);
        closed.set(tone, (closed.get(tone) ?? 0) + 1);
        break;
      }
      case 'transition': {
        const { rule, state, reason, id, summary } = output.alert;
        events.push({ type: 'alert_transition', pipeline, rule, state, reason, id, summary });
        break;
      }
      case 'stays': {
        const { alert, rule, reason } = output;
        events.push({ type: 'alert_stays', pipeline, rule, reason, alert });
        break;
      }
      case 'notification': // Each delivery of it is told by the notifier.
      case 'trend': // Trends are told by their scores.
        break;
      case 'limit':
        events.push({ type: 'limit_reached', pipeline, limit: output.limit, count: output.count });
        break;
      case 'decision': {
        const { alert, rule, reason } = output;
        events.push({ type: 'notify_decision', pipeline, rule, reason, alert });
        break;
      }
      case 'command_refused': {
        const { action, by, id } = output.command;
        const detail = `${id} by ${by}: ${output.detail}`;
        events.push({ type: 'command', pipeline, action, outcome: 'refused', detail });
        break;
      }
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
  for (const [outcome, messages] of versions) events.push({ type: 'versions', pipeline, outcome, messages });
  for (const [tone, conversations] of closed)
    events.push({ type: 'conversations_closed', pipeline, tone, conversations });
  return events;
}
