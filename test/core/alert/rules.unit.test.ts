/** Goal: every problem of every rule is found at once, with its place. */
import { expect, test } from 'vitest';
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
  for (const change of [{ when: 'volume > 9' }, { resolveWhen: 'volume < 1' }, { over: '9m' }, { for: '1m' }])
    expect(definitionOf(change)).not.toBe(definitionOf({}));
});

test.each([
  [{ when: 'volume > 1' }, 'surge: volume > 1'],
  [{ when: 'volume > 1', groupBy: ['channel'] }, 'surge in x: volume > 1'],
])('without a summary the alert says its condition: %o', (input, text) => {
  const summary = compileRules([rule(input)]).rules[0]?.summary;
  const observed = {} as never;
  expect(summary?.({ observed, rule: 'surge', pipeline: 'p', channel: 'x' })).toBe(text);
});
