/** Goal: the flags of `earshot train sentiment` reach the trainer, and what it returns is what is shown. */
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { TrainOptions, TrainSentiment } from '../../src/app/train/train-sentiment.port.ts';
import { addTrainOver } from '../../src/cli/verbs/train.ts';
import { runVerb } from './support.ts';

const summary = {
  outDir: 'models/x',
  figures: [
    { name: 'rows', value: 1234 },
    { name: 'macro-recall', value: '0.667' },
  ],
};

async function train(args: readonly string[], trainer?: TrainSentiment, options = {}) {
  const asked: TrainOptions[] = [];
  const spy: TrainSentiment = (given, onProgress) => {
    asked.push(given);
    onProgress({ stage: 'words', done: 1, total: 4 });
    return Promise.resolve(summary);
  };
  const run = await runVerb(addTrainOver(trainer ?? spy), ['train', 'sentiment', ...args], options);
  return { ...run, asked };
}

const NEEDED = ['--data', 'corpus', '--out', 'models/x'];

test('defaults; figures in their order', async () => {
  const { asked, code, stdout, stderr } = await train(NEEDED);
  expect(asked).toEqual([{ dataDir: 'corpus', outDir: 'models/x', seed: 1, kind: 'en' }]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stripVTControlCharacters(stdout)).toBe(
    ['model         models/x', 'rows              1234', 'macro-recall     0.667', ''].join('\n'),
  );
});

test('every flag, and JSON', async () => {
  const flags = ['--seed', '4294967295', '--kind', 'multi', '--validation', 'val.tsv', '--json'];
  const { asked, stdout } = await train([...NEEDED, ...flags]);
  expect(asked).toEqual([
    { dataDir: 'corpus', outDir: 'models/x', seed: 4294967295, kind: 'multi', validation: 'val.tsv' },
  ]);
  expect(JSON.parse(stdout)).toEqual(summary);
});

test('progress on a terminal, which does not stay', async () => {
  const { stderr } = await train(NEEDED, undefined, { isTTY: true });
  expect(stderr).toContain('words');
  expect(stderr.endsWith('\n')).toBe(false);
});

test.each<[string, string[], string]>([
  ['no data', ['--out', 'x'], "required option '--data <dir>' not specified"],
  ['no place', ['--data', 'x'], "required option '--out <dir>' not specified"],
  [
    'a seed that is none',
    [...NEEDED, '--seed', '-1'],
    "--seed: '-1' is not a whole number from 0 to 4294967295",
  ],
  ['a seed too large', [...NEEDED, '--seed', '4294967296'], "--seed: '4294967296' is not a whole number"],
  ['an unknown kind', [...NEEDED, '--kind', 'fr'], 'Allowed choices are en, multi'],
])('%s cannot be tried', async (_what, args, message) => {
  await expect(train(args)).rejects.toThrow(message);
});

test('a trainer that fails ends it, and leaves no bar', async () => {
  const failing: TrainSentiment = (_options, onProgress) => {
    onProgress({ stage: 'reading', done: 0, total: 1 });
    return Promise.reject(new Error('corpus: holds no files'));
  };
  await expect(train(NEEDED, failing, { isTTY: true })).rejects.toThrow('corpus: holds no files');
});
