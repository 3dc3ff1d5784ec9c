/** Decisions as the stream of events holds them, beside the alerts: why people were told of one, or were not. */
import { z } from 'zod';
import type { OutboundMessage } from '../bus/bus.port.ts';
import { subjects } from '../bus/subjects.ts';
import { parseJson } from '../config/issues.ts';
import { MUTE_REASONS, NOTIFY_REASONS } from './notification.ts';
import type { Decision } from './policy-state.ts';

/** What stands on `earshot.decision.<pipeline>.<rule>`. */
export interface DecisionRecord {
  /** Id of the alert. */
  readonly alert: string;
  readonly pipeline: string;
  readonly rule: string;
  readonly reason: Decision['reason'];
  /** Event time, ISO 8601. */
  readonly at: string;
  /** What holds it back: ids of silences or of inhibiting alerts, or who acknowledged it. */
  readonly by?: readonly string[];
}

/** Its id tells alert, reason and event time: a replayed decision is the one the broker holds already. */
export function decisionMessage(
  pipeline: string,
  { alert, rule, reason, atMs, by }: Decision,
): OutboundMessage & { readonly id: string } {
  const at = new Date(atMs).toISOString();
  const record: DecisionRecord = { alert, pipeline, rule, reason, at, ...(by !== undefined && { by }) };
  return {
    subject: subjects.decision(pipeline, rule),
    data: JSON.stringify(record),
    id: `${alert}#${reason}#${at}`,
  };
}

const recordSchema: z.ZodType<DecisionRecord> = z.object({
  alert: z.string(),
  pipeline: z.string(),
  rule: z.string(),
  reason: z.enum([...NOTIFY_REASONS, ...MUTE_REASONS]),
  at: z.iso.datetime(),
  by: z.array(z.string()).exactOptional(),
});

/** Undefined for what is none, or stands where it does not belong: anyone may publish there. */
export function parseDecision(text: string, subject: string): DecisionRecord | undefined {
  const parsed = parseJson(text, recordSchema);
  if (!parsed.ok) return undefined;
  const { pipeline, rule } = parsed.value;
  return subjects.decision(pipeline, rule) === subject ? parsed.value : undefined;
}
