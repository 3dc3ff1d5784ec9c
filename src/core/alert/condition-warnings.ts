/** Conditions that say nothing: a threshold that no share reaches, one that every count passes. */
import { foregone, type Foregone } from '../config/cel-ranges.ts';
import type { Problem } from '../config/problem.ts';
import { OBSERVED_RANGES, type ObservedField, type RuleConfig } from './rule.config.ts';

const FIELDS = ['when', 'resolveWhen'] as const;

/** Of rules that compile. Paths are relative to `alerts`. */
export function conditionWarnings(rules: readonly RuleConfig[]): readonly Problem[] {
  return rules.flatMap((rule, index) =>
    FIELDS.flatMap((field) => {
      const source = rule[field];
      if (source === undefined) return [];
      return foregone(source, OBSERVED_RANGES).map((one) => ({ path: [index, field], message: told(one) }));
    }),
  );
}

function told({ text, holds, names }: Foregone): string {
  const ranges = names.map((name) => {
    const [min, max] = OBSERVED_RANGES[name as ObservedField];
    return max === Number.POSITIVE_INFINITY ? `${name} is ${min} or more` : `${name} is ${min} to ${max}`;
  });
  const why = ranges.length > 0 ? `: ${ranges.join(', ')}` : '';
  return `'${text}' ${holds ? 'always' : 'never'} holds${why}`;
}
