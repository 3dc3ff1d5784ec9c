/** Goal: `earshot trends` as a shell meets it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { about, everyday, HOUR, inTime, START_MS } from '../core/trend/stream.ts';
import { shellOf } from '../support/shell.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

const run = shellOf('trends');

const messages = inTime(
  everyday(1, { hours: 40, perHour: 20 }),
  about('Zeppelin', { fromMs: START_MS + 30 * HOUR, count: 40, overMs: HOUR }),
);
const ndjson = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
const parse = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as { title: string; state: string; id: string; start: string; at?: string },
    );

let folder: string;
const file = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await tempFolder('cli-trends');
  await writeFile(file('a.ndjson'), ndjson);
  await writeFile(file('a.ndjson.gz'), gzipSync(ndjson));
  const rows = messages.map(({ id, time, author, channel, text }) =>
    [time, id, author?.id, channel, text].join('\t'),
  );
  await writeFile(file('a.tsv'), ['at\tnumber\twho\twhere\twhat', ...rows, ''].join('\n'));
  await run(['--help']); // Builds.
});
afterAll(() => removeFolder(folder));

test('a file, the same packed, and standard input say the same: a line for each trend', async () => {
  const [plain, packed, piped] = await Promise.all([
    run([file('a.ndjson')]),
    run([file('a.ndjson.gz')]),
    run([], ndjson),
  ]);
  expect([plain.code, plain.stderr]).toEqual([0, '']);
  expect([packed.stdout, piped.stdout]).toEqual([plain.stdout, plain.stdout]);
  expect(parse(plain.stdout).filter(({ title }) => title === 'Zeppelin')).toHaveLength(1);
});

test('a table with --columns says what the messages say; without, or from standard input, how to ask', async () => {
  const columns = ['--columns', 'time=at,id=number,author=who,channel=where,text=what'];
  const [table, plain, unnamed, piped] = await Promise.all([
    run([file('a.tsv'), ...columns]),
    run([file('a.ndjson')]),
    run([file('a.tsv'), '--columns', 'time=at,id=nobody']),
    run(columns, ndjson),
  ]);
  expect([table.code, table.stderr]).toEqual([0, '']);
  expect(table.stdout).toBe(plain.stdout);
  expect(unnamed.stderr).toContain("no column 'nobody' for id");
  expect(piped.stderr).toContain('--columns: needs a file');
  const bare = await run([file('a.tsv')]);
  expect(bare.stderr).toContain('needs --columns');
  expect([unnamed, piped, bare].every(({ code }) => code !== 0)).toBe(true);
});

test('--events tells the states one after the other', async () => {
  const { stdout } = await run([file('a.ndjson'), '--events']);
  const states = parse(stdout).filter(({ title }) => title === 'Zeppelin');
  expect(states.map(({ state }) => state).slice(0, 2)).toEqual(['rising', 'peak']);
  expect(new Set(states.map(({ id }) => id)).size).toBe(1);
  const told = states.filter(({ at }) => at !== undefined);
  expect(told[0]?.at).toBe(told[0]?.start);
  expect(told.map(({ at }) => at)).toEqual(told.map(({ at }) => at).toSorted());
});

test('--format table has a row for each', async () => {
  const { code, stdout } = await run([file('a.ndjson'), '--format', 'table']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^channel +trend +state +start/);
  expect(stdout).toMatch(/social +Zeppelin +\w+ +2026-01-06 06:/);
});

test('lines that cannot be read are named, the others counted; exit 1', async () => {
  const { code, stdout, stderr } = await run([], `${ndjson}nonsense\n{"id":"x","text":"no time"}\n`);
  expect(code).toBe(1);
  expect(parse(stdout).some(({ title }) => title === 'Zeppelin')).toBe(true);
  expect(stderr).toContain(`standard input: line ${messages.length + 2}: time is missing`);
});

test.each([
  ['a file that is not there', ['none.ndjson'], 'none.ndjson: cannot be read: ENOENT'],
  ['a score that is none', ['--score-min', 'high'], "--score-min: must be a number (got 'high')"],
  ['a weight that is none', ['--copies', 'twice'], 'copies'],
  ['a table of events', ['--events', '--format', 'table'], 'needs --format ndjson'],
])('%s: exit 2', async (_what, args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});
