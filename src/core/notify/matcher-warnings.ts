/** Matchers of a pipeline file that can match nothing in it: a rule that is not there, a severity that no rule has, a channel
 *  where none is told apart. Doubtful, not wrong: the rule may be yet to come. */
import type { RuleConfig } from '../alert/rule.config.ts';
import { subjectToken } from '../bus/subjects.ts';
import type { Problem } from '../config/problem.ts';
import type { Matcher } from './command.ts';
import { compileMatchers, type Labels } from './matcher.ts';
import type { NotifyConfig } from './notify.config.ts';

interface Matched {
  readonly name: string;
  readonly notify: NotifyConfig;
  readonly alerts: readonly Pick<RuleConfig, 'name' | 'severity' | 'groupBy'>[];
}

const POSITIVE = { '=': '=', '!=': '=', '=~': '=~', '!~': '=~' } as const;

export function matcherWarnings({ name, notify, alerts }: Matched): Problem[] {
  const lists = [
    ...notify.inhibit.flatMap(({ source, target }, index) => [
      { path: ['inhibit', index, 'source'], matchers: source },
      { path: ['inhibit', index, 'target'], matchers: target },
    ]),
    ...notify.mute.map(({ matchers }, index) => ({ path: ['mute', index, 'matchers'], matchers })),
  ];
  return lists.flatMap(({ path, matchers }) => {
    const unknown = matchers.flatMap((matcher, index): Problem[] => {
      // What is excluded must be there too: `rule!=x` of no rule x excludes nothing.
      const named = { ...matcher, op: POSITIVE[matcher.op] };
      if (alerts.some((rule) => mayMatch(rule, name, [named]))) return [];
      return [{ path: ['notify', ...path, index], message: nothing(matcher, { name, alerts }) }];
    });
    if (unknown.length > 0 || alerts.some((rule) => mayMatch(rule, name, matchers))) return unknown;
    const message = 'no alert of this pipeline has all of these labels: no rule matches them all';
    return [{ path: ['notify', ...path], message }];
  });
}

/** Whether an alert of the rule can have such labels. Which channels there are, messages say. */
function mayMatch(
  { name: rule, severity, groupBy }: Matched['alerts'][number],
  pipeline: string,
  matchers: readonly Matcher[],
): boolean {
  const known: Labels = { rule, severity, pipeline };
  const isOpen = ({ label, op, value }: Matcher) =>
    groupBy.some((key) => key === label) && (op !== '=' || value === '' || value === subjectToken(value));
  return compileMatchers(matchers.filter((matcher) => !isOpen(matcher)))(known);
}

function nothing({ label, op, value }: Matcher, { name, alerts }: Pick<Matched, 'name' | 'alerts'>): string {
  const said = `matcher '${label}${op}${value}' names no ${label} of this pipeline`;
  if (label === 'pipeline') return `${said}, which is '${name}'`;
  const isGrouped = alerts.some(({ groupBy }) => groupBy.some((key) => key === label));
  if (label !== 'rule' && label !== 'severity')
    return isGrouped
      ? `${said}: it would be written '${subjectToken(value)}'`
      : `${said}: no rule has it in its groupBy, so that alerts do not carry it`;
  const there = new Set(alerts.map((rule) => (label === 'rule' ? rule.name : rule.severity)));
  return `${said}; there are ${[...there].join(', ') || 'none'}`;
}
