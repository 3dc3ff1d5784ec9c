/** Goal: every problem of every rule is found at once, with its place. */
import { expect, test } from 'vitest';
import { ruleConfig } from '../../../src/core/alert/rule.config.ts';
import { compileRules } from '../../../src/core/alert/rules.ts';
import { rule } from '../window/arrivals.ts';

test('compiles what is right and reports the rest', () => {
  const { rules, problems } = compileRules([
    rule({ name: 'good', when: 'volume > 1' }),
    rule({ name: 'bad', when: 'volum > 1', resolveWhen: 'volume', summary: '{{ nothing }}' }),
    rule({ name: 'grouped', when: 'channel == "x"', groupBy: ['channel'], summary: '{{ channel }}' }),
  ]);
  expect(rules.map(({ config }) => config.name)).toEqual(['good', 'grouped']);
  expect(problems.map(({ path }) => path)).toEqual([
    [1, 'when'],
    [1, 'resolveWhen'],
    [1, 'summary'],
  ]);
});

test('a channel in a rule without groups says what it needs', () => {
  const { problems } = compileRules([rule({ when: 'channel == "x"' })]);
  expect(problems[0]?.message).toMatch(/Unknown variable: channel; .*; channel needs groupBy: \[channel\]$/);
});

test('the definition leaves out what decides nothing', () => {
  const definitionOf = (input: object) => compileRules([rule(input)]).rules[0]?.definition;
  expect(definitionOf({ severity: 'page', summary: 'x' })).toBe(definitionOf({}));
  const changes = [
    ...[{ when: 'volume > 9' }, { resolveWhen: 'volume < 1' }, { over: '9m' }, { for: '1m' }],
    ...[{ cooldown: '1m' }, { onNoData: 'keep' }, { mode: 'shadow' }],
    ...[
      { when: undefined, trend: {} },
      { when: undefined, anomaly: { signal: 'volume' } },
    ],
  ];
  for (const change of changes) expect(definitionOf(change)).not.toBe(definitionOf({}));
});

test.each<[string, object, string, RegExp]>([
  ['no condition', {}, '', /^rule 'r' has no condition; needs exactly one of when, anomaly, trend$/],
  [
    'two conditions',
    { when: 'volume > 1', trend: {} },
    'trend',
    /^rule 'r' has when and trend; needs exactly one of/,
  ],
  [
    'an unknown signal',
    { anomaly: { signal: 'volum' } },
    'anomaly.signal',
    /expected one of "volume"\|"negative"/,
  ],
  ['no signal', { anomaly: {} }, 'anomaly.signal', /expected one of "volume"/],
  [
    'an unknown sensitivity',
    { anomaly: { signal: 'volume', sensitivity: 'high' } },
    'anomaly.sensitivity',
    /"strict"\|"balanced"\|"sensitive"/,
  ],
  [
    'an unknown direction',
    { anomaly: { signal: 'volume', direction: 'rise' } },
    'anomaly.direction',
    /"up"\|"down"/,
  ],
  ['an unknown kind of term', { trend: { kinds: ['words'] } }, 'trend.kinds.0', /"hashtag"\|/],
  ['a score of zero', { trend: { scoreMin: 0 } }, 'trend.scoreMin', />=1/],
  ['no duration', { trend: { warmUp: '1 day' } }, 'trend.warmUp', /not a duration; write 500ms/],
  [
    'resolveWhen beside a trend',
    { trend: {}, resolveWhen: 'volume < 1' },
    'resolveWhen',
    /goes with when only; trend/,
  ],
])('a rule with %s is refused', (_why, input, path, message) => {
  const issues = ruleConfig.safeParse({ name: 'r', ...input }).error?.issues ?? [];
  expect(issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  expect(issues[0]?.message).toMatch(message);
});

test.each([
  [{ when: undefined, anomaly: { signal: 'volume' }, summary: '{{ expected | round }} {{ score }}' }, []],
  [{ when: undefined, trend: {}, summary: '{{ term }} in {{ channel }}: {{ observed }}, {{ authors }}' }, []],
  [{ summary: '{{ expected }}' }, ['summary']],
  [{ when: undefined, anomaly: { signal: 'volume' }, summary: '{{ term }}' }, ['summary']],
])('a summary may name what its kind of rule knows: %o', (input, fields) => {
  expect(compileRules([rule(input)]).problems.map(({ path }) => path[1])).toEqual(fields);
});

test.each([
  [{ when: 'volume > 1' }, 'surge: volume > 1'],
  [{ when: 'volume > 1', groupBy: ['channel'] }, 'surge in x: volume > 1'],
])('without a summary the alert says its condition: %o', (input, text) => {
  const summary = compileRules([rule(input)]).rules[0]?.summary;
  expect(summary?.({ rule: 'surge', pipeline: 'p', channel: 'x' })).toBe(text);
});
