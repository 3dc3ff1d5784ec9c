/** Goal: `earshot train relevance` and `earshot evaluate relevance`, from files to tables, JSON and clear errors. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SHIPPED_FILTERS } from '../../src/app/filters.ts';
import type { RelevanceReport } from '../../src/app/evaluate/evaluate-relevance.ts';
import { addEvaluate } from '../../src/cli/verbs/evaluate.ts';
import { addTrain } from '../../src/cli/verbs/train.ts';
import { madeUpTexts } from '../core/relevance/filter/support.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { runVerb } from './support.ts';

let folder: string;
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await tempFolder('relevance');
  const training = madeUpTexts(300, 1);
  const tsv = training.map(({ text, relevant }) => `${relevant ? 'ham' : 'spam'}\t${text}\n`).join('');
  await writeFile(path('training.tsv.gz'), gzipSync(tsv));
  const unseen = madeUpTexts(100, 2);
  const rows = unseen.map(
    ({ text, relevant }, n) => `e${n % 4},${relevant ? 'on-topic' : 'off-topic'},"${text}"\n`,
  );
  await writeFile(path('unseen.csv'), `event,label,text\n${rows.join('')}`);
  await writeFile(path('strange.tsv'), 'A\tone text\nB\tanother\n');
  await writeFile(path('same.tsv'), 'spam\tone text\nspam\tanother\n');
});
afterAll(() => removeFolder(folder));

const train = (args: readonly string[]) => runVerb(addTrain, ['train', 'relevance', ...args]);
const evaluate = (args: readonly string[]) => runVerb(addEvaluate, ['evaluate', 'relevance', ...args]);

test('train, then evaluate what was trained; the same seed gives the same bytes', async () => {
  for (const out of ['one', 'two']) {
    const { code, stdout } = await train(['--data', path('training.tsv.gz'), '--out', path(out)]);
    expect(code).toBe(0);
    expect(stripVTControlCharacters(stdout)).toMatch(/training\.tsv\.gz +\d+ relevant, \d+ irrelevant/);
  }
  const bytes = await Promise.all(['one', 'two'].map((out) => readFile(path(`${out}/weights.bin`))));
  expect(bytes[1]).toEqual(bytes[0]);
  const args = ['--data', path('unseen.csv'), '--group', 'event', '--json'];
  const { stdout } = await evaluate(['--model', `${path('one')},${path('two')}`, ...args]);
  const { reports } = JSON.parse(stdout) as { reports: Partial<RelevanceReport>[] };
  expect(reports.map(({ engine }) => engine)).toEqual(['one', 'two']);
  expect(reports[0]).toMatchObject({
    texts: 100,
    how: 'as trained',
    rocAucByGroup: expect.any(Number) as number,
  });
  expect(reports[0]?.accuracy).toBeGreaterThan(0.9);
  expect(reports[1]?.rocAuc).toBe(reports[0]?.rocAuc);
});

test('engines trained in the same run: a row each', async () => {
  const engines = ['--engine', 'earshot,natural,wink'];
  const files = ['--train', path('training.tsv.gz'), '--data', path('unseen.csv')];
  const { code, stdout } = await evaluate([...engines, ...files]);
  expect(code).toBe(0);
  const lines = stripVTControlCharacters(stdout).trim().split('\n');
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['engine', 'earshot', 'natural', 'wink']);
  expect(lines[1]).toContain('trained on training.tsv.gz');
});

test.each([
  [['--cross-validate', '3'], '3 folds'],
  [['--leave-out', 'event'], 'each event left out'],
])('%j: every text is read once', async (how, told) => {
  const { stdout } = await evaluate(['--data', path('unseen.csv'), '--engine', 'natural', '--json', ...how]);
  const { reports } = JSON.parse(stdout) as { reports: Record<string, unknown>[] };
  expect(reports).toMatchObject([{ engine: 'natural', how: told, texts: 100 }]);
});

test('nothing said: each filter that comes with Earshot, and it is told', async () => {
  const { stdout, stderr } = await evaluate(['--data', path('unseen.csv'), '--json']);
  const { reports } = JSON.parse(stdout) as { reports: Partial<RelevanceReport>[] };
  expect(reports.map(({ engine, how }) => [engine, how])).toEqual(
    SHIPPED_FILTERS.map((name) => [name, 'as trained']),
  );
  expect(stderr).toContain('each filter that comes with Earshot, as it was trained');
});

test.each<[string, string[], string[][]]>([
  ['engines alone are cross-validated', ['--engine', 'natural'], [['natural', '5 folds']]],
  [
    'beside a model',
    ['--model', 'relevance-en', '--engine', 'natural'],
    [
      ['relevance-en', 'as trained'],
      ['natural', '5 folds'],
    ],
  ],
  [
    'a model beside what is left out',
    ['--model', 'relevance-en', '--engine', 'natural', '--leave-out', 'event'],
    [
      ['relevance-en', 'as trained'],
      ['natural', 'each event left out'],
    ],
  ],
  [
    'a model beside folds',
    ['--model', 'relevance-en', '--cross-validate', '2'],
    [
      ['relevance-en', 'as trained'],
      ['earshot', '2 folds'],
    ],
  ],
])('%s', async (_what, args, rows) => {
  const { stdout } = await evaluate(['--data', path('unseen.csv'), '--json', ...args]);
  const { reports } = JSON.parse(stdout) as { reports: Partial<RelevanceReport>[] };
  expect(reports.map(({ engine, how }) => [engine, how])).toEqual(rows);
});

test('unknown labels are listed, and told with --relevant', async () => {
  const args = ['--data', path('strange.tsv'), '--out', path('strange')];
  await expect(train(args)).rejects.toThrow('label "A" is not known; labels found: "A", "B"; say which mean relevant: --relevant');
  await expect(train([...args, '--relevant', 'C'])).rejects.toThrow('every label means irrelevant');
  expect((await train([...args, '--relevant', 'a', '--engine', 'natural'])).code).toBe(0);
}); // prettier-ignore

test.each<[string, string[], string]>([
  ['no data', ['--model', 'x'], "required option '--data <file...>' not specified"],
  [
    'two ways at once',
    ['--data', 'UNSEEN', '--train', 'UNSEEN', '--leave-out', 'event'],
    'exclude each other',
  ],
  [
    'an unknown engine',
    ['--data', 'UNSEEN', '--train', 'UNSEEN', '--engine', 'bert'],
    "unknown engine 'bert'",
  ],
  ['one fold', ['--data', 'UNSEEN', '--cross-validate', '1'], "--cross-validate: '1' is not a whole number"],
  [
    'no such column',
    ['--data', 'UNSEEN', '--leave-out', 'city'],
    "no column 'city'; the file has: event, label, text",
  ],
  ['no such model', ['--data', 'UNSEEN', '--model', 'nope'], "there is no model 'nope'"],
  ['a model of sentiment', ['--data', 'UNSEEN', '--model', 'sentiment-en'], 'a model of another task'],
  ['one kind only', ['--data', 'SAME', '--cross-validate', '2'], 'every label means irrelevant'],
])('%s cannot be tried', async (_what, args, message) => {
  const files: Readonly<Record<string, string>> = { UNSEEN: path('unseen.csv'), SAME: path('same.tsv') };
  await expect(evaluate(args.map((arg) => files[arg] ?? arg))).rejects.toThrow(message);
});
