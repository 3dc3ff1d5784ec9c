/** From the rules of a pipeline file to what is evaluated. */
import { ConditionError, conditionCompiler, type Condition, type ConditionFields } from '../config/cel.ts';
import type { Problem } from '../config/problem.ts';
import type { LifecycleRule } from './lifecycle.ts';
import { OBSERVED_FIELDS, type ObservedField, type RuleConfig } from './rule.config.ts';
import { compileSummary, SummaryError, type Summary } from './summary.ts';

export interface CompiledRule extends LifecycleRule {
  readonly config: RuleConfig;
  /** Equal for two rules that decide alike: severity and summary may differ. */
  readonly definition: string;
  readonly byChannel: boolean;
  readonly when: Condition;
  readonly resolveWhen: Condition | undefined;
  readonly summary: Summary;
}

const NUMBERS = Object.fromEntries(
  Object.keys(OBSERVED_FIELDS).map((field) => [field, 'double' as const]),
) as Readonly<Record<ObservedField, 'double'>>;
const NUMBERS_AND_CHANNEL = { ...NUMBERS, channel: 'string' } as const satisfies ConditionFields;

/** Compiles every rule; a rule with a problem is left out. Paths are relative to `alerts`. */
export function compileRules(rules: readonly RuleConfig[]): {
  readonly rules: readonly CompiledRule[];
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const compilers = { pipeline: conditionCompiler(NUMBERS), channel: conditionCompiler(NUMBERS_AND_CHANNEL) };
  const compiled = rules.flatMap((rule, index) => {
    const report = (field: string, message: string) => problems.push({ path: [index, field], message });
    return compileRule(
      rule,
      rule.groupBy.includes('channel') ? compilers.channel : compilers.pipeline,
      report,
    );
  });
  return { rules: compiled, problems };
}

function compileRule(
  rule: RuleConfig,
  compileCondition: (source: string) => Condition,
  report: (field: string, message: string) => void,
): CompiledRule[] {
  const byChannel = rule.groupBy.includes('channel');
  const attempt = <T>(field: string, compile: () => T): T | undefined => {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof ConditionError || error instanceof SummaryError)) throw error;
      const hint =
        !byChannel && /\bchannel\b/.test(rule[field as 'when']) ? '; channel needs groupBy: [channel]' : '';
      report(field, error.message + hint);
      return undefined;
    }
  };
  const { resolveWhen: resolveSource, summary: template = defaultSummary(rule) } = rule;
  const when = attempt('when', () => compileCondition(rule.when));
  const resolveWhen =
    resolveSource === undefined ? undefined : attempt('resolveWhen', () => compileCondition(resolveSource));
  const summary = attempt('summary', () => compileSummary(template, { hasChannel: byChannel }));
  if (!when || !summary || (resolveSource !== undefined && !resolveWhen)) return [];
  const forMs = rule.for;
  const keepFiringForMs = rule.keepFiringFor;
  const definition = JSON.stringify([
    rule.when,
    resolveSource ?? null,
    rule.over,
    forMs,
    keepFiringForMs,
    rule.groupBy,
  ]);
  return [{ config: rule, definition, byChannel, when, resolveWhen, summary, forMs, keepFiringForMs }];
}

/** The condition as it is written; braces in it are not placeholders. */
function defaultSummary({ name, when, groupBy }: RuleConfig): string {
  const condition = when.replaceAll('{{', '{ {');
  return groupBy.includes('channel') ? `${name} in {{ channel }}: ${condition}` : `${name}: ${condition}`;
}
