/** What the API answers with: times as ISO 8601, nothing that only the inside understands. */
import type { Alert } from '../../core/alert/alert.ts';
import type { AlertCommand } from '../../core/notify/command.ts';
import type { DecisionRecord } from '../../core/notify/decision-codec.ts';
import { isNotifyReason } from '../../core/notify/notification.ts';
import type { AlertStatus } from '../../core/notify/policy.ts';
import type { AuditedCommand, KnownAlert, PipelineSilence, Receipt, Stored } from './api.ts';

const iso = (timeMs: number) => new Date(timeMs).toISOString();

/** `status` is null where another process watches the pipeline. */
export function alertView({ alert, status }: KnownAlert) {
  return { ...alert, status: status === undefined ? null : statusView(status) };
}

function statusView({ acknowledgedBy, ...status }: AlertStatus) {
  if (acknowledgedBy === undefined) return status;
  const { by, atMs, comment } = acknowledgedBy;
  return { ...status, acknowledgedBy: { by, at: iso(atMs), ...(comment !== undefined && { comment }) } };
}

/** Without the evidence, which is large; `/api/v1/alerts/:id` has it. */
export function transitionView({ sequence, storedAtMs, value }: Stored<Alert>) {
  const { evidence: _evidence, ...transition } = value;
  return { sequence, storedAt: iso(storedAtMs), ...transition };
}

/** `told`: whether people were, by this. */
export function decisionView({ sequence, storedAtMs, value }: Stored<DecisionRecord>) {
  return { sequence, storedAt: iso(storedAtMs), told: isNotifyReason(value.reason), ...value };
}

export function silenceView({ startsMs, endsMs, ...silence }: PipelineSilence) {
  return { ...silence, startsAt: iso(startsMs), endsAt: iso(endsMs) };
}

export function commandView(command: AlertCommand) {
  const { id, pipeline, action, by, atMs, comment, ...about } = command;
  const { startsMs, endsMs, ...rest } = { startsMs: undefined, endsMs: undefined, ...about };
  return {
    ...{ id, at: iso(atMs), by, action, pipeline, ...rest },
    ...(startsMs !== undefined && { startsAt: iso(startsMs) }),
    ...(endsMs !== undefined && { endsAt: iso(endsMs) }),
    ...(comment !== undefined && { comment }),
  };
}

/** `outcome` is null while nobody has carried it out. */
export function auditView({ sequence, storedAtMs, value: { command, report } }: Stored<AuditedCommand>) {
  const { id: _id, ...outcome } = report ?? { id: undefined, outcome: null };
  return { sequence, storedAt: iso(storedAtMs), ...commandView(command), ...outcome };
}

/** What a command is answered with: it is kept, and will be carried out; where to see whether it was. */
export function acceptedView(command: AlertCommand, { duplicate }: Receipt) {
  return { ...commandView(command), duplicate, outcomeAt: `/api/v1/commands/${command.id}` };
}
