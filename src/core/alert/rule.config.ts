import { z } from 'zod';
import { duration, name } from '../config/fields.ts';

export const SEVERITIES = ['page', 'ticket', 'notify'] as const;
export const GROUP_KEYS = ['channel'] as const;

/** The numbers that a rule's condition sees, all over the rule's `over`. The one place that names them: the CEL
 *  environment, `check`, the summary template and the reference in docs/ derive from it. */
export const OBSERVED_FIELDS = {
  volume: 'Messages.',
  negative: 'Messages labelled negative.',
  neutral: 'Messages labelled neutral.',
  positive: 'Messages labelled positive.',
  uncertain: 'Messages labelled uncertain.',
  netSentiment: '(positive - negative) / volume, -1 to 1; 0 when there are no messages.',
  negativeShare: 'negative / volume, 0 to 1; 0 when there are no messages.',
  positiveShare: 'positive / volume, 0 to 1; 0 when there are no messages.',
  meanScore: 'Mean of P(positive) - P(negative), -1 to 1; 0 when there are no messages.',
  authors: 'Distinct authors; exact up to 256, then within about 3%.',
} as const;
export type ObservedField = keyof typeof OBSERVED_FIELDS;

export const ruleConfig = z.strictObject({
  name: name('The rule, as subjects, metrics and alert ids carry it.'),
  when: z
    .string()
    .min(1)
    .max(2_000)
    .describe(`CEL over: ${Object.keys(OBSERVED_FIELDS).join(', ')}, and channel.`),
  resolveWhen: z
    .string()
    .min(1)
    .max(2_000)
    .optional()
    .describe(
      'CEL. A firing alert ends when this holds (hysteresis); when absent, when `when` no longer holds.',
    ),
  over: duration('The span that the numbers are summed over.', { min: '1s', max: '7d' }).prefault('5m'),
  for: duration('How long `when` must hold before the alert fires.', { max: '7d' }).prefault('0s'),
  keepFiringFor: duration('How long the alert goes on after its condition ended.', { max: '7d' }).prefault(
    '0s',
  ),
  groupBy: z
    .array(z.enum(GROUP_KEYS))
    .max(1)
    .default([])
    .describe('One alert for each value of these; without it one for the pipeline.'),
  severity: z.enum(SEVERITIES).default('ticket').describe('Who is woken: `page`, `ticket` or `notify`.'),
  summary: z
    .string()
    .max(500)
    .optional()
    .describe(
      'What the alert says. `{{ volume }}`, `{{ negativeShare | percent }}`, `{{ channel }}` are filled in.',
    ),
});
export type RuleConfig = z.output<typeof ruleConfig>;
