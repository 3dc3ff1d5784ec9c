/** Goal: `earshot audit` from files: exports as `tail --json` writes them, marks as people fill them in, and what is wrong
 *  with a file. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UsageError } from '../../src/cli/io.ts';
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

const flags = (marks = 'marks.ndjson', dropped = 'dropped.ndjson', kept = 'kept.ndjson') => [
  '--marks',
  file(marks),
  '--dropped',
  file(dropped),
  '--kept',
  file(kept),
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

test('without a drop the recall is unknown, and it says why', async () => {
  await write('empty.ndjson', []);
  const audit = (...args: string[]) => runVerb(addAudit, ['audit', 'acme', ...args]);
  const people = await audit(...flags(undefined, 'empty.ndjson'));
  expect(people.code).toBe(0);
  expect(people.stdout).toMatch(/recall: .* – +– +–\n.*0\.900.*\n.*dropped +– +– +–\n/);
  expect(people.stdout).toMatch(/recall is unknown: .* cannot be told apart; .*dropped\.sample.*--dropped/);
  expect(people.stdout).toContain('marks left out: 50 (of messages that are not among what was read');
  expect(people.stdout).not.toContain('no further marks');
  const { stdout } = await audit('--json', ...flags(undefined, 'empty.ndjson'));
  expect(JSON.parse(stdout)).toMatchObject({ recall: null, missed: null, precision: { value: 0.9 } });
  const unkept = (await audit(...flags(undefined, undefined, 'empty.ndjson'))).stdout;
  expect(unkept).toMatch(/recall: .* – .*recall is unknown: nothing that was kept is there/s);
});

test('marks on what is not there: narrow enough is not all', async () => {
  const audit = async () =>
    (await runVerb(addAudit, ['audit', 'acme', '--width', '0.9', ...flags('more.ndjson')])).stdout;
  const marks = await readFile(file('marks.ndjson'), 'utf8');
  await writeFile(file('more.ndjson'), marks);
  expect(await audit()).toContain('no further marks are needed');
  const gone = { pipeline: 'acme', mark: 'keep', message: { id: 'gone', text: 'x', relevance: {} } };
  await writeFile(file('more.ndjson'), `${marks}${JSON.stringify(gone)}\n`);
  const stdout = await audit();
  expect(stdout).toContain(
    '0.9 was asked for: narrow enough for what is there, but not all that was marked is',
  );
  expect(stdout).not.toContain('no further marks');
});

test.each<[string, 'dropped' | 'kept', object, RegExp]>([
  [
    'never published',
    'kept',
    {},
    /:2: no message as Earshot publishes it: .*--kept takes what `earshot tail scored/,
  ],
  [
    'never published',
    'dropped',
    {},
    /:2: no message as Earshot publishes it: .*--dropped takes what `earshot tail/,
  ],
  [
    'dropped',
    'kept',
    { dropped: { reason: 'irrelevant' } },
    /:2: was dropped, and stands with what was kept; --kept/,
  ],
  ['kept', 'dropped', { relevance: {} }, /:2: was kept, and stands with what was dropped; --dropped/],
])('a message that was %s is no evidence in --%s', async (_what, side, fields, said) => {
  const row = { id: 'a', text: 'x', ...fields };
  await write('wrong.ndjson', [{ ...row, pipeline: 'rival' }, row]);
  const files =
    side === 'kept' ? flags(undefined, undefined, 'wrong.ndjson') : flags(undefined, 'wrong.ndjson');
  const run = runVerb(addAudit, ['audit', 'acme', ...files]);
  await expect(run).rejects.toThrow(UsageError);
  await expect(run).rejects.toThrow(said);
});
