/** Goal: what a flag cannot write is told before anything is read, by the flag and the place; nothing is left behind. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkOutputFile, checkOutputFolder, openOutput, writeOutput } from '../../src/cli/outputs.ts';
import type { AddVerb } from '../../src/cli/verb.ts';
import { addBacktest } from '../../src/cli/verbs/backtest.ts';
import { addDetect } from '../../src/cli/verbs/detect.ts';
import { addDocs } from '../../src/cli/verbs/docs.ts';
import { addEvaluate } from '../../src/cli/verbs/evaluate.ts';
import { addScore } from '../../src/cli/verbs/score.ts';
import { addTrain } from '../../src/cli/verbs/train.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { runVerb } from './support.ts';

let folder: string;
const path = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await tempFolder('outputs');
  await mkdir(path('full'));
  await writeFile(path('a.txt'), 'as it was');
});
afterAll(() => removeFolder(folder));

/** With `FOLDER` for the folder of the test. */
const told = (check: Promise<void>) =>
  check.then(
    () => undefined,
    (error: unknown) => (error as Error).message.replaceAll(folder, 'FOLDER'),
  );

test.each<[string, string, string | undefined]>([
  ['new.txt', 'a new file', undefined],
  ['a.txt', 'a file that is there', undefined],
  ['none/x', 'no such folder', "--svg: 'FOLDER/none/x' cannot be written: there is no folder 'FOLDER/none'"],
  [
    'a.txt/x',
    'a file for a folder',
    "--svg: 'FOLDER/a.txt/x' cannot be written: 'FOLDER/a.txt' is a file, no folder",
  ],
  ['full', 'a folder', "--svg: 'FOLDER/full' is a folder; give a file"],
  ['new/', 'a folder that is not there', "--svg: 'FOLDER/new/' is a folder; give a file"],
  [
    'x'.repeat(300),
    'a name too long',
    `--svg: 'FOLDER/${'x'.repeat(300)}' cannot be written: ENAMETOOLONG: name too long`,
  ],
])('a file to write: %#. %s', async (name, _what, message) => {
  expect(await told(checkOutputFile('--svg', path(name)))).toBe(message);
  expect((await readdir(folder)).sort()).toEqual(['a.txt', 'full']);
  expect(await readFile(path('a.txt'), 'utf8')).toBe('as it was');
});

test('a file to write is none of those that are read, by whatever name', async () => {
  const check = (input?: string) => told(checkOutputFile('--svg', path('a.txt'), [path('none'), input]));
  expect(await check(path('full/../a.txt'))).toBe(
    "--svg: 'FOLDER/a.txt' is a file that is read; give another",
  );
  expect(await check()).toBeUndefined();
  expect(await told(checkOutputFile('--svg', '/dev/null', ['/dev/null']))).toBeUndefined();
});

test.each<[string, string | undefined]>([
  ['new', undefined],
  ['new/within/new', undefined],
  ['full', undefined],
  ['a.txt', "--out: 'FOLDER/a.txt' is a file; give a folder"],
  ['a.txt/x/y', "--out: 'FOLDER/a.txt/x/y' cannot be made: 'FOLDER/a.txt' is a file"],
])('a folder to write: %s', async (name, message) => {
  expect(await told(checkOutputFolder('--out', path(name)))).toBe(message);
  expect((await readdir(folder)).sort()).toEqual(['a.txt', 'full']);
});

test('no name is no place', async () => {
  expect(await told(checkOutputFile('--svg', ''))).toBe("--svg: '' is no file");
  expect(await told(checkOutputFile('--svg', undefined))).toBeUndefined();
  expect(await told(checkOutputFolder('--out', ''))).toBe("--out: '' is no folder");
});

test.runIf(existsSync('/proc/self'))('folders that take no file, whatever they permit', async () => {
  expect(await told(checkOutputFolder('--out', '/proc/x/y'))).toMatch(
    /^--out: '\/proc\/x\/y' cannot be made: '\/proc' takes no file: E[A-Z]+: [^,]+$/,
  );
  expect(await told(checkOutputFolder('--out', '/proc'))).toMatch(/^--out: '\/proc' cannot be written: /);
  expect(await told(checkOutputFile('--svg', '/proc/x.svg'))).toMatch(
    /^--svg: '\/proc\/x\.svg' cannot be written: '\/proc' takes no file: E[A-Z]+: [^,]+$/,
  );
});

test.runIf(existsSync('/dev/full'))('a disk that is full is told by the flag', async () => {
  const message = "--svg: '/dev/full' cannot be written: ENOSPC: no space left on device";
  expect(await told(writeOutput('--svg', '/dev/full', 'x'))).toBe(message);
  const lines = openOutput('--svg', '/dev/full');
  expect(() => lines.write('x')).toThrow(message);
  lines.close();
});

/** All of these fail for what they read too, if that is what they look at first. */
test.each<[AddVerb, string[], string]>([
  [addScore, ['score', '--pipeline', 'none.yaml'], '--clusters'],
  [addDetect, ['detect', 'none.csv'], '--svg'],
  [addBacktest, ['backtest', 'none.yaml', '--input', 'none'], '--svg'],
  [addBacktest, ['backtest', 'none.yaml', '--input', 'none'], '--transitions'],
  [addEvaluate, ['evaluate', 'sentiment', '--data', 'none'], '--svg'],
])('%o %j %s: before anything is read', async (add, args, flag) => {
  await expect(runVerb(add, [...args, flag, path('none/x')])).rejects.toThrow(
    `${flag}: '${path('none/x')}' cannot be written: there is no folder '${path('none')}'`,
  );
});

test.each<[AddVerb, string[], string]>([
  [addTrain, ['train', 'relevance', '--data', 'none'], '--out'],
  [addTrain, ['train', 'sentiment', '--data', 'none'], '--out'],
  [addDocs, ['docs', '--write'], '--root'],
])('%o %j %s: before anything is read', async (add, args, flag) => {
  await expect(runVerb(add, [...args, flag, path('a.txt')])).rejects.toThrow(
    `${flag}: '${path('a.txt')}' is a file; give a folder`,
  );
});

test('two flags that name one file', async () => {
  const written = path('both.txt');
  const again = join(folder, 'full', '..', 'both.txt');
  await expect(
    runVerb(addBacktest, ['backtest', 'none.yaml', '--transitions', written, '--svg', again]),
  ).rejects.toThrow(`--svg: '${again}' is written for --transitions; give another`);
  expect(existsSync(written)).toBe(false);
});
