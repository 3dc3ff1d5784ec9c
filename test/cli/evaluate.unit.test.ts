/** Goal: `earshot evaluate sentiment` over real engines: tables for people, JSON for programs, a picture, and what cannot be. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addEvaluate } from '../../src/cli/verbs/evaluate.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { runVerb } from './support.ts';

let folder: string;
const path = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await tempFolder('evaluate');
  await writeFile(
    path('one.tsv'),
    '0\tawful, I hate it\n1\ta table\n2\texcellent, I love it\nambiguous\twhat?\n',
  );
  await writeFile(path('two.csv.gz'), gzipSync('label,text\npositive,excellent\nnegative,a table\n'));
  await writeFile(path('rated.tsv'), '-3.5\tawful\n0.1\ta table\n3\texcellent\n');
  await writeFile(path('wrong.tsv'), '0\tawful\nbad\tx\n');
});
afterAll(() => removeFolder(folder));

const evaluate = (args: readonly string[], options = {}) =>
  runVerb(addEvaluate, ['evaluate', 'sentiment', ...args], options);

/** Cells of the lines that begin so. */
const cells = (stdout: string, start: string) =>
  stripVTControlCharacters(stdout)
    .split('\n')
    .filter((line) => line.startsWith(start))
    .map((line) => line.split(/\s{2,}/));

test('engines by files: a row each, the mean, a confusion matrix each', async () => {
  const { code, stdout, stderr } = await evaluate([
    ...['--engine', 'natural,wink', '--data', path('one.tsv'), '--data', path('two.csv.gz')],
  ]);
  expect([code, stderr]).toEqual([0, '']);
  expect(cells(stdout, 'engine')).toEqual([
    ['engine', 'data', 'texts', 'accuracy', 'macro-recall', '95%', 'macro-F1', 'ECE', 'acc@50%', 'uncertain', 'texts/s'],
  ]);
  const rate = expect.stringMatching(/^\d+$/) as string;
  expect(cells(stdout, 'natural  ')).toEqual([
    ['natural', 'one.tsv', '3', '1.000', '1.000', '1.000–1.000', '1.000', expect.anything(), '1.000', '0.0%', rate],
    ['natural', 'two.csv.gz', '2', '0.500', '0.500', expect.anything(), '0.500', expect.anything(), '1.000', '0.0%', rate],
    ['natural', 'mean of 2', '0.750', '0.750', '0.750'],
  ]);
  expect(cells(stdout, 'wink  ')).toHaveLength(3);
  expect(stdout).toContain(
    "natural on one.tsv: people's label by row, the engine's by column; 1 without one clear label left out\n",
  );
  expect(cells(stdout, 'positive').at(0)).toEqual(['positive', '0', '0', '1', '0', '1.000', '1.000', '1.000']);
  expect(stdout).not.toContain('\n\n\n');
}); // prettier-ignore

test('two numbers alone: how they are read is said, and stands in the JSON', async () => {
  await writeFile(path('binary.tsv'), '0\tawful, I hate it\n1\texcellent, I love it\n');
  const { stdout, stderr } = await evaluate(['--engine', 'natural', '--json', '--data', path('binary.tsv')]);
  expect(stderr).toBe(
    `${path('binary.tsv')}: of numbers only 0 and 1 among the labels: read 0 as negative, 1 as positive; words (negative, neutral, positive) leave no doubt\n`,
  );
  expect(JSON.parse(stdout)).toMatchObject({
    reports: [{ guessed: { '0': 'negative', '1': 'positive' }, accuracy: 1 }],
  });
});

test('ratings have a table of their own', async () => {
  const { stdout } = await evaluate(['--engine', 'natural', '--data', path('rated.tsv')]);
  expect(cells(stdout, 'natural')).toEqual([
    ['natural', 'rated.tsv', '3', '0.999', '1.000', expect.anything()],
  ]);
  expect(stdout).not.toContain('accuracy');
});

test('--json: all figures', async () => {
  const { code, stdout } = await evaluate([
    ...['--engine', 'natural', '--json', '--abstain-below', '1', '--data', path('one.tsv'), path('rated.tsv')],
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    abstainBelow: 1,
    means: [],
    reports: [
      {
        engine: 'natural',
        file: path('one.tsv'),
        kind: 'labels',
        rows: 3,
        leftOut: 1,
        accuracy: 1,
        macroRecallInterval: { low: 1, high: 1 },
        uncertainShare: 1,
        reliability: expect.any(Array) as unknown[],
        textsPerSecond: expect.any(Number) as number,
      },
      { kind: 'ratings', rows: 3, spearman: expect.closeTo(1, 9) as number },
    ],
  });
}); // prettier-ignore

test('--svg: a panel for each labelled pair', async () => {
  const { stderr } = await evaluate([
    ...['--engine', 'natural', '--svg', path('r.svg'), '--data', path('one.tsv'), path('rated.tsv')],
  ]);
  expect(stderr).toBe(`wrote ${path('r.svg')}\n`);
  const svg = await readFile(path('r.svg'), 'utf8');
  expect(svg.match(/ECE/g)).toHaveLength(1);
  expect(svg).toContain('one.tsv');
}); // prettier-ignore

test('a bar on a terminal, which does not stay', async () => {
  const { stderr } = await evaluate(['--engine', 'natural', '--data', path('one.tsv')], { isTTY: true });
  expect(stderr).toContain('natural · one.tsv');
  expect(stderr.endsWith('\n')).toBe(false);
});

test.each<[string, string[], string]>([
  ['no data', [], "required option '--data <file...>' not specified"],
  [
    'an unknown engine',
    ['--engine', 'natural,bert', '--data', 'ONE'],
    "--engine: unknown engine 'bert'; allowed: earshot, wink, natural, onnx",
  ],
  ['an unknown kind', ['--kind', 'stars', '--data', 'ONE'], 'Allowed choices are auto, labels, ratings'],
  [
    'a threshold that is none',
    ['--abstain-below', '', '--data', 'ONE'],
    "--abstain-below: '' is not between 0 and 1",
  ],
  [
    'a model for engines without one',
    ['--engine', 'natural', '--model', 'x', '--data', 'ONE'],
    "engine 'natural' has one model of its own",
  ],
  ['a wrong label', ['--data', 'ONE', '--data', 'WRONG'], 'wrong.tsv:2: label "bad" is not allowed'],
  [
    'labels taken for ratings',
    ['--kind', 'ratings', '--data', 'ONE'],
    'one.tsv:4: rating "ambiguous" is not allowed',
  ],
  [
    'a picture of ratings',
    ['--svg', 'x.svg', '--data', 'RATED'],
    '--svg: a reliability diagram needs labels',
  ],
])('%s cannot be tried', async (_what, args, message) => {
  const files: Readonly<Record<string, string>> = {
    ONE: path('one.tsv'),
    WRONG: path('wrong.tsv'),
    RATED: path('rated.tsv'),
  };
  await expect(evaluate(args.map((arg) => files[arg] ?? arg))).rejects.toThrow(message);
});
