import { z } from 'zod';
import { SENSITIVITIES } from '../baseline/baseline.config.ts';
import { duration, name } from '../config/fields.ts';
import { pageBudgetConfig } from '../notify/page-budget.config.ts';
import { TERM_KINDS } from '../trend/trend.config.ts';

export const SEVERITIES = ['page', 'ticket', 'notify'] as const;
export const GROUP_KEYS = ['channel'] as const;
const DIRECTIONS = ['up', 'down', 'both'] as const;
/** What a rule may ask for: one of these. */
const CONDITIONS = ['when', 'anomaly', 'trend'] as const;

/** The numbers that a rule's condition sees, all over the rule's `over`. The one place that names them: the CEL
 *  environment, `check`, the summary template and the reference in docs/ derive from it. */
export const OBSERVED_FIELDS = {
  volume: 'Messages; copies as `duplicates.count` says, as in the labels.',
  negative: 'Messages labelled negative.',
  neutral: 'Messages labelled neutral.',
  positive: 'Messages labelled positive.',
  uncertain: 'Messages labelled uncertain.',
  netSentiment: '(positive - negative) / volume, -1 to 1; 0 when there are no messages.',
  negativeShare: 'negative / volume, 0 to 1; 0 when there are no messages.',
  positiveShare: 'positive / volume, 0 to 1; 0 when there are no messages.',
  meanScore: 'Mean of the scores (which way and how strong), -1 to 1; 0 when there are no messages.',
  authors: 'Distinct authors; exact up to 256, then within about 3%.',
} as const;
export type ObservedField = keyof typeof OBSERVED_FIELDS;

const COUNT = [0, Number.POSITIVE_INFINITY] as const;
const SHARE = [0, 1] as const;
const EITHER_WAY = [-1, 1] as const;
/** Lowest and highest value of each. */
export const OBSERVED_RANGES: Readonly<Record<ObservedField, readonly [min: number, max: number]>> = {
  ...{ volume: COUNT, negative: COUNT, neutral: COUNT, positive: COUNT, uncertain: COUNT },
  ...{ netSentiment: EITHER_WAY, negativeShare: SHARE, positiveShare: SHARE, meanScore: EITHER_WAY },
  authors: COUNT,
};
const SIGNALS = Object.keys(OBSERVED_FIELDS) as [ObservedField, ...ObservedField[]];

const anomalyCondition = z.strictObject({
  signal: z.enum(SIGNALS).describe('The number that is watched, pane by pane.'),
  sensitivity: z
    .enum(SENSITIVITIES)
    .default('balanced')
    .describe(
      'False alarms a week to expect at most, per group: `strict` 0.1, `balanced` 0.5, `sensitive` 2. None before about ' +
        'a day of data.',
    ),
  direction: z
    .enum(DIRECTIONS)
    .default('both')
    .describe('Which way it must leave the expected: `up`, `down` or `both`.'),
});

const trendCondition = z.strictObject({
  scoreMin: z
    .number()
    .min(1)
    .max(100)
    .optional()
    .describe('How strong a trend must be; absent, whatever `trends` takes for one (`trends.scoreMin`).'),
  kinds: z
    .array(z.enum(TERM_KINDS))
    .min(1)
    .optional()
    .describe('Only trends with a term of one of these kinds.'),
  warmUp: duration(
    "Trends that begin this soon after a channel's first message raise no alert: nothing is known yet of what is usual.",
    { max: '31d' },
  ).prefault('1d'),
});

export const ruleConfig = z
  .strictObject({
    name: name('The rule, as subjects, metrics and alert ids carry it.'),
    when: z
      .string()
      .min(1)
      .max(2_000)
      .optional()
      .describe(
        `A threshold: CEL over ${Object.keys(OBSERVED_FIELDS).join(', ')}, and channel. ` +
          'A rule has exactly one of `when`, `anomaly` and `trend`.',
      ),
    anomaly: anomalyCondition
      .optional()
      .describe('A number that leaves what its own past makes expected, time of day and of week included.'),
    trend: trendCondition.optional().describe('A term that rises: one alert for each trend while it lives.'),
    resolveWhen: z
      .string()
      .min(1)
      .max(2_000)
      .optional()
      .describe(
        'CEL. A firing alert ends when this holds (hysteresis); when absent, when `when` no longer holds.',
      ),
    over: duration('The span that the numbers are summed over.', { min: '1s', max: '7d' }).prefault('5m'),
    for: duration('How long the condition must hold before the alert fires.', { max: '7d' }).prefault('0s'),
    keepFiringFor: duration('How long the alert goes on after its condition ended.', { max: '7d' }).prefault(
      '0s',
    ),
    cooldown: duration('After an alert resolved, a new one of the same group waits this long.', {
      max: '7d',
    }).prefault('0s'),
    onNoData: z
      .enum(['ok', 'keep', 'alert'])
      .optional()
      .describe(
        'What a span without messages means: the condition does not hold (`ok`), all stays as it is (`keep`), it holds ' +
          '(`alert`). When absent, the condition is judged on the zeros.',
      ),
    mode: z
      .enum(['live', 'shadow'])
      .default('live')
      .describe('`shadow` evaluates and records, and tells nobody.'),
    pageBudget: pageBudgetConfig
      .optional()
      .describe('How many pages this rule may send; that of the `notify` block when absent.'),
    groupBy: z
      .array(z.enum(GROUP_KEYS))
      .max(1)
      .default([])
      .describe(
        'One alert for each value of these; without it one for the pipeline. A `trend` rule has one for each trend.',
      ),
    severity: z.enum(SEVERITIES).default('ticket').describe('Who is woken: `page`, `ticket` or `notify`.'),
    summary: z
      .string()
      .max(500)
      .optional()
      .describe(
        'What the alert says. `{{ volume }}`, `{{ negativeShare | percent }}`, `{{ channel }}` are filled in; for ' +
          '`anomaly` and `trend` also `{{ observed }}`, `{{ expected }}`, `{{ low }}`, `{{ high }}`, `{{ score }}`; for ' +
          '`trend` also `{{ term }}`.',
      ),
  })
  .superRefine((rule, ctx) => {
    const given = CONDITIONS.filter((key) => rule[key] !== undefined);
    if (given.length !== 1)
      ctx.addIssue({
        code: 'custom',
        path: given.length === 0 ? [] : [given[1] ?? ''],
        message: `rule '${rule.name}' has ${given.join(' and ') || 'no condition'}; needs exactly one of ${CONDITIONS.join(', ')}`,
      });
    else if (rule.resolveWhen !== undefined && rule.when === undefined)
      ctx.addIssue({
        code: 'custom',
        path: ['resolveWhen'],
        message: `goes with when only; ${given[0] ?? ''} ends by itself`,
      });
  });
export type RuleConfig = z.output<typeof ruleConfig>;
export type AnomalyCondition = z.output<typeof anomalyCondition>;
export type TrendCondition = z.output<typeof trendCondition>;
