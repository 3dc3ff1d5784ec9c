/** From the rules of a pipeline file to what is evaluated. */
import { scoreMin } from '../baseline/baseline.config.ts';
import { ConditionError, conditionCompiler, type Condition, type ConditionFields } from '../config/cel.ts';
import { formatDuration } from '../config/fields.ts';
import type { Problem } from '../config/problem.ts';
import type { LifecycleRule } from './lifecycle.ts';
import {
  OBSERVED_FIELDS,
  type AnomalyCondition,
  type ObservedField,
  type RuleConfig,
  type TrendCondition,
} from './rule.config.ts';
import { compileSummary, SummaryError, type Summary } from './summary.ts';

interface RuleBase extends LifecycleRule {
  readonly config: RuleConfig;
  /** Equal for two rules that decide alike: severity and summary may differ. */
  readonly definition: string;
  readonly byChannel: boolean;
  /** As alerts carry it. */
  readonly condition: string;
  readonly summary: Summary;
}

export interface ThresholdRule extends RuleBase {
  readonly kind: 'threshold';
  readonly when: Condition;
  readonly resolveWhen: Condition | undefined;
  /** The number that its condition names first: alerts say what it usually is. */
  readonly signal: ObservedField | undefined;
}

export interface AnomalyRule extends RuleBase {
  readonly kind: 'anomaly';
  readonly anomaly: AnomalyCondition;
  /** A reading is unusual enough from here on. */
  readonly unusualnessMin: number;
}

export interface TrendRule extends RuleBase {
  readonly kind: 'trend';
  readonly trend: TrendCondition;
}

export type CompiledRule = ThresholdRule | AnomalyRule | TrendRule;

const NUMBERS = Object.fromEntries(
  Object.keys(OBSERVED_FIELDS).map((field) => [field, 'double' as const]),
) as Readonly<Record<ObservedField, 'double'>>;
const NUMBERS_AND_CHANNEL = { ...NUMBERS, channel: 'string' } as const satisfies ConditionFields;

const conditionOfPipeline = conditionCompiler(NUMBERS);
const conditionOfChannel = conditionCompiler(NUMBERS_AND_CHANNEL);

/** What a summary may name besides the observed fields. */
const EXPECTATION_NUMBERS = ['observed', 'expected', 'low', 'high', 'score'];

/** Compiles every rule; a rule with a problem is left out. Paths are relative to `alerts`. */
export function compileRules(rules: readonly RuleConfig[]): {
  readonly rules: readonly CompiledRule[];
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const compiled = rules.flatMap((rule, index) => {
    const report = (field: string, message: string) => problems.push({ path: [index, field], message });
    return compileRule(rule, isByChannel(rule) ? conditionOfChannel : conditionOfPipeline, report);
  });
  return { rules: compiled, problems };
}

function isByChannel({ groupBy }: RuleConfig): boolean {
  return groupBy.includes('channel');
}

function compileRule(
  rule: RuleConfig,
  compileCondition: (source: string) => Condition,
  report: (field: string, message: string) => void,
): CompiledRule[] {
  const attempt = <T>(field: string, compile: () => T): T | undefined => {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof ConditionError || error instanceof SummaryError)) throw error;
      const hint =
        !isByChannel(rule) && /\bchannel\b/.test(rule[field as 'when'] ?? '')
          ? '; channel needs groupBy: [channel]'
          : '';
      report(field, error.message + hint);
      return undefined;
    }
  };
  const { when: whenSource, resolveWhen: resolveSource } = rule;
  const when = whenSource === undefined ? undefined : attempt('when', () => compileCondition(whenSource));
  const resolveWhen =
    resolveSource === undefined ? undefined : attempt('resolveWhen', () => compileCondition(resolveSource));
  const summary = attempt('summary', () => compileSummary(templateOf(rule), namesOf(rule)));
  if (!summary || (whenSource !== undefined && !when) || (resolveSource !== undefined && !resolveWhen))
    return [];
  const base = { ...baseOf(rule), summary };
  const { anomaly, trend } = rule;
  if (anomaly) return [{ ...base, kind: 'anomaly', anomaly, unusualnessMin: scoreMin(anomaly.sensitivity) }];
  if (trend) return [{ ...base, kind: 'trend', trend }];
  const signal = signalOf(whenSource ?? '');
  return when ? [{ ...base, kind: 'threshold', when, resolveWhen, signal }] : [];
}

function signalOf(condition: string): ObservedField | undefined {
  const names: readonly string[] = condition.replace(/"[^"]*"|'[^']*'/g, '').match(/[A-Za-z]+/g) ?? [];
  return names.find((name): name is ObservedField => Object.hasOwn(OBSERVED_FIELDS, name));
}

function baseOf(rule: RuleConfig): Omit<RuleBase, 'summary'> {
  const { when, anomaly, trend, resolveWhen, over, groupBy, mode, onNoData } = rule;
  const life = { forMs: rule.for, keepFiringForMs: rule.keepFiringFor, cooldownMs: rule.cooldown };
  const decides = { when, anomaly, trend, resolveWhen, over, ...life, onNoData, groupBy, mode };
  return {
    config: rule,
    definition: JSON.stringify(decides),
    byChannel: isByChannel(rule),
    condition: conditionText(rule),
    ...life,
    ...(onNoData !== undefined && { onNoData }),
  };
}

/** For people: what the alert waits for. */
function conditionText({ when, anomaly, trend }: RuleConfig): string {
  if (anomaly) {
    const { signal, direction, sensitivity } = anomaly;
    return `anomaly of ${signal}, ${direction === 'both' ? 'up or down' : direction}, ${sensitivity}`;
  }
  if (!trend) return when ?? '';
  const { scoreMin: score, kinds, warmUp } = trend;
  const which = kinds ? ` of ${kinds.join(', ')}` : '';
  const strong = score === undefined ? '' : `, score >= ${score}`;
  return `trend${which}${strong}, after ${formatDuration(warmUp)} of a channel`;
}

function namesOf(rule: RuleConfig): {
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
} {
  const numbers = Object.keys(OBSERVED_FIELDS);
  const texts = ['rule', 'pipeline'];
  if (isByChannel(rule) || rule.trend) texts.push('channel');
  if (rule.trend) texts.push('term');
  if (rule.anomaly) texts.push('over');
  return { numbers: rule.when === undefined ? [...numbers, ...EXPECTATION_NUMBERS] : numbers, texts };
}

/** As written, or what happened in the rule's own words; braces in a condition are not placeholders. */
function templateOf(rule: RuleConfig): string {
  if (rule.summary !== undefined) return rule.summary;
  if (rule.trend)
    return `${rule.name}: {{ term }} in {{ channel }}, {{ observed | round }} posts where {{ expected | round(1) }} are expected`;
  const where = isByChannel(rule) ? `${rule.name} in {{ channel }}` : rule.name;
  if (rule.anomaly)
    return `${where}: ${rule.anomaly.signal} {{ observed }} in {{ over }}, expected {{ expected }} ({{ low }} to {{ high }})`;
  return `${where}: ${conditionText(rule).replaceAll('{{', '{ {')}`;
}
