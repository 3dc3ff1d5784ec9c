/** Goal: `earshot audit` from files: exports as `tail --json` writes them, marks as people fill them in, and what is wrong
 *  with a file. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAudit } from '../../src/cli/verbs/audit.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { runVerb } from './support.ts';

let folder: string;
const file = (name: string) => join(folder, name);
const write = (name: string, rows: readonly unknown[]) =>
  writeFile(file(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);

beforeAll(async () => {
  folder = await tempFolder('audit');
  const dropped = { reason: 'irrelevant', sample: 0.25 };
  await write('dropped.ndjson', [
    ...numbers(100).map((at) => {
      const data = { id: `d${at}`, pipeline: 'acme', text: 'noise', dropped };
      return { subject: 'earshot.dropped.acme.irrelevant', sequence: at, data };
    }),
    { id: 'other', pipeline: 'rival', text: 'x', dropped },
  ]);
  await write(
    'kept.ndjson',
    numbers(200).map((at) => ({ id: `k${at}`, pipeline: 'acme', text: 'x', relevance: {} })),
  );
  const mark = (message: string, word: string) => ({ pipeline: 'acme', mark: word, message, text: 'x' });
  await write('marks.ndjson', [
    ...numbers(50).map((at) => mark(`d${at}`, at < 5 ? 'keep' : 'drop')),
    ...numbers(40).map((at) => mark(`k${at}`, at < 36 ? 'keep' : 'drop')),
    { pipeline: 'acme', mark: null, text: 'nobody looked at it' },
  ]);
});
afterAll(() => removeFolder(folder));

const flags = (marks = 'marks.ndjson') => [
  '--marks',
  file(marks),
  '--dropped',
  file('dropped.ndjson'),
  '--kept',
  file('kept.ndjson'),
];

test('recall weighs each drop by what it stands for', async () => {
  const { code, stdout } = await runVerb(addAudit, ['audit', 'acme', '--json', ...flags()]);
  expect(code).toBe(0);
  const audit = JSON.parse(stdout) as {
    recall: { value: number; low: number; high: number };
    strata: unknown;
  };
  // 200 kept of which 0.9 are relevant; 100 / 0.25 dropped of which 0.1 are.
  expect(audit.recall.value).toBeCloseTo(180 / (180 + 40), 10);
  expect(audit.recall.low).toBeLessThan(audit.recall.value);
  expect(audit).toMatchObject({
    precision: { value: 0.9 },
    drawn: false,
    tooFew: [],
    leftOut: { unplaced: 0 },
  });
  const people = (await runVerb(addAudit, ['audit', 'acme', '--width', '0.01', ...flags()])).stdout;
  expect(people).toMatch(/recall: .* 0\.818 /);
  expect(people).toContain('no mark is on a message drawn at random');
  expect(people).toContain('not even marks on all that is published make it 0.01');
});

test('files packed by gzip, whatever their names, are read as what they hold', async () => {
  await writeFile(file('packed'), gzipSync(await readFile(file('marks.ndjson'))));
  const audit = (marks: string) => runVerb(addAudit, ['audit', 'acme', '--json', ...flags(marks)]);
  expect(await audit('packed')).toEqual(await audit('marks.ndjson'));
});

test('without marks there is nothing to estimate: exit 1', async () => {
  await write('none.ndjson', []);
  const { code, stdout } = await runVerb(addAudit, ['audit', 'acme', ...flags('none.ndjson')]);
  expect([code, stdout.includes('no marks yet')]).toEqual([1, true]);
});

test('a bad line is named; a missing file too; drops go with what was kept', async () => {
  await writeFile(file('bad.ndjson'), '{"pipeline":"acme","mark":"maybe","text":"x"}\n');
  const audit = (...args: string[]) => runVerb(addAudit, ['audit', 'acme', ...args]);
  await expect(audit(...flags('bad.ndjson'))).rejects.toThrow(/bad\.ndjson:1: no mark: mark: /);
  await expect(audit(...flags('absent.ndjson'))).rejects.toThrow(/absent\.ndjson: cannot be read/);
  await expect(audit('--dropped', file('dropped.ndjson'))).rejects.toThrow(
    '--dropped and --kept go together',
  );
});
