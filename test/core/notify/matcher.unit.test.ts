/** Goal: what people write as a matcher, what it matches, and what they are told when it is none. */
import { expect, test } from 'vitest';
import { compileMatchers, labelsOf, parseMatcher } from '../../../src/core/notify/matcher.ts';
import { alertOf } from './stage.ts';

test.each([
  ['channel=web', { label: 'channel', op: '=', value: 'web' }],
  [' channel != web ', { label: 'channel', op: '!=', value: 'web' }],
  ['rule=~surge|drop.*', { label: 'rule', op: '=~', value: 'surge|drop.*' }],
  ['rule!~"a \\"b\\" \\\\."', { label: 'rule', op: '!~', value: 'a "b" \\.' }],
  ['channel=""', { label: 'channel', op: '=', value: '' }],
  ['channel="=x"', { label: 'channel', op: '=', value: '=x' }],
])('%s', (text, matcher) => {
  expect(parseMatcher(text)).toEqual(matcher);
});

test.each([
  ['channel', 'write label=value'],
  ['', 'write label=value'],
  ['chanel=web', "no label 'chanel'; there are rule, severity, pipeline, channel"],
  ['=web', "no label ''"],
  ['channel=', 'has no value; write channel=""'],
  ['channel==web', "write '=' once"],
  ['channel="web', 'the quotation mark is not closed'],
  ['channel=~"("', "'(' without ')'"],
  [`channel=${'x'.repeat(400)}`, '400 are allowed'],
])('refused: %s', (text, message) => {
  expect(() => parseMatcher(text)).toThrow(message);
});

test.each([
  [['channel=web'], true],
  [['channel!=web'], false],
  [['severity=page', 'rule=surge', 'pipeline=p'], true],
  [['severity=page', 'rule=other'], false],
  [['rule=~"sur"'], false],
  [['rule=~"sur.*"', 'channel!~".*-test"'], true],
  [[], true],
])('%o on a page of surge in web: %o', (texts, expected) => {
  const labels = labelsOf(alertOf('surge:web', 0, 'firing'));
  expect(compileMatchers(texts.map(parseMatcher))(labels)).toBe(expected);
});

test('a label that the alert has not is the empty text', () => {
  const labels = labelsOf(alertOf('surge', 0, 'firing'));
  expect(compileMatchers([parseMatcher('channel=""')])(labels)).toBe(true);
  expect(compileMatchers([parseMatcher('channel=~".+"')])(labels)).toBe(false);
});
