/** Goal: what an alert says, and that a template with a name nobody knows is refused when it is read. */
import { expect, test } from 'vitest';
import { compileSummary, SummaryError } from '../../../src/core/alert/summary.ts';
import type { Observed } from '../../../src/core/alert/alert.ts';

const observed: Observed = {
  volume: 120,
  negative: 50,
  neutral: 0,
  positive: 70,
  uncertain: 0,
  netSentiment: 1 / 6,
  negativeShare: 50 / 120,
  positiveShare: 70 / 120,
  meanScore: -0.25,
  authors: 99,
};
const NAMES = { numbers: Object.keys(observed), texts: ['rule', 'pipeline'] };
const WITH_CHANNEL = { ...NAMES, texts: [...NAMES.texts, 'channel'] };
const VALUES = { ...observed, rule: 'surge', pipeline: 'p', channel: 'x' };

test.each([
  ['{{ negativeShare | percent }} of {{ volume }} posts in {{channel}}', '42% of 120 posts in x'],
  ['{{ negativeShare | percent(1) }}', '41.7%'],
  ['{{ netSentiment|round(2) }} {{ meanScore | round }}', '0.17 -0'],
  ['{{ netSentiment }}', '0.167'],
  ['{{ pipeline }}/{{ rule }}', 'p/surge'],
  ['plain { } }} text', 'plain { } }} text'],
  ['', ''],
])('%s', (template, text) => {
  expect(compileSummary(template, WITH_CHANNEL)(VALUES)).toBe(text);
});

test.each<[string, RegExp]>([
  ['{{ volum }}', /unknown name in '\{\{ volum \}\}'; allowed: volume, .*authors, rule, pipeline$/],
  ['{{ channel }}', /unknown name/],
  ['{{ }}', /unknown name/],
  ['{{ volume + 1 }}', /unknown name/],
  ['{{ constructor }}', /unknown name/],
  ['{{ volume | upper }}', /unknown filter in .*; allowed on numbers: percent, round/],
  ['{{ volume | constructor }}', /unknown filter/],
  ['{{ rule | percent }}', /unknown filter/],
])('%s is refused', (template, message) => {
  const compile = () => compileSummary(template, NAMES);
  expect(compile).toThrow(SummaryError);
  expect(compile).toThrow(message);
});
