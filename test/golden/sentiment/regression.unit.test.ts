/** Goal: the default engine passes in no category fewer cases than when the baseline was written, and a drop is named.
 *  A change that is meant to be: `UPDATE_BASELINE=1 npx vitest run test/golden/sentiment` rewrites baseline.json; the diff
 *  shows every case won and lost, and what was answered. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Probability } from '../../../src/core/sentiment/engine.port.ts';
import type { Label } from './case.ts';
import { CASES } from './cases.ts';
import { dropsBetween, reportOf, tableOf, type Reader, type Report } from './regression.ts';
import { openDefaultEngine } from './support.ts';

const BASELINE = fileURLToPath(new URL('baseline.json', import.meta.url));

const engine = await openDefaultEngine();
const report = reportOf(engine);
process.stdout.write(tableOf(report));
if (process.env.UPDATE_BASELINE === '1') writeFileSync(BASELINE, `${JSON.stringify(report, null, 2)}\n`);
const baseline = JSON.parse(readFileSync(BASELINE, 'utf8')) as Report;

const certain = (label: Label): { probability: Probability } => ({
  probability: { negative: 0.05, neutral: 0.05, positive: 0.05, [label]: 0.9 },
});

test('no category has dropped below the baseline', () => {
  expect(dropsBetween(baseline, report).join('\n')).toBe('');
});

test('negative control: an engine that always says neutral drops, and every case lost is named', () => {
  const drops = dropsBetween(baseline, reportOf({ read: () => certain('neutral') }));
  const dropped = drops.map((drop) => drop.split(':')[0]);
  expect(dropped).toEqual(expect.arrayContaining(['negation', 'praise', 'complaint', 'emphasis', 'order']));
  const failing = baseline.praise?.failing ?? {};
  const lost = CASES.filter(({ category, text, expected }) => {
    return category === 'praise' && !expected.includes('neutral') && !(text in failing);
  });
  const [, ...named] = drops[dropped.indexOf('praise')]?.split('\n') ?? [];
  expect(named).toEqual(lost.map(({ text }) => `  ${JSON.stringify(text)} answered neutral`));
});

test('negative control: one case lost is one line, with that case alone', () => {
  const failing = report.praise?.failing ?? {};
  const lost = CASES.find(({ category, text }) => category === 'praise' && !(text in failing))?.text ?? '';
  const control: Reader = {
    read: (text) => (text === lost ? certain('negative') : engine.read(text)),
  };
  const passed = report.praise?.passed ?? 0;
  expect(dropsBetween(report, reportOf(control))).toEqual([
    `praise: ${passed - 1} passed, ${passed} in the baseline; newly failing:\n  ${JSON.stringify(lost)} answered negative`,
  ]);
});

test('a category that only one side knows is a drop', () => {
  const { negation: _, ...rest } = report;
  expect(dropsBetween(rest, report)).toEqual(['negation: not in the baseline (see UPDATE_BASELINE)']);
  expect(dropsBetween(report, rest)).toEqual(['negation: in the baseline, but it has no cases']);
});

test('the oracle passes every case', () => {
  const labels = new Map(CASES.map(({ text, expected }) => [text, expected[0] ?? 'neutral']));
  const oracle = reportOf({ read: (text) => certain(labels.get(text) ?? 'neutral') });
  for (const category of new Set(CASES.map((one) => one.category)))
    expect(oracle[category]?.failing).toEqual({});
});

test('the set is large, balanced, and says nothing twice', () => {
  expect(new Set(CASES.map(({ text }) => text)).size).toBe(CASES.length);
  expect(CASES.length).toBeGreaterThanOrEqual(220);
  const clear = CASES.filter(({ expected }) => expected.length === 1);
  for (const label of ['negative', 'neutral', 'positive'] as const) {
    const share = clear.filter(({ expected }) => expected[0] === label).length / clear.length;
    expect(share, label).toBeGreaterThan(0.27);
  }
});
