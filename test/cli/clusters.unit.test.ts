/** Goal: `earshot clusters` and the clusters of `earshot score --pipeline`, as a shell meets them. */
import { stripVTControlCharacters } from 'node:util';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addClusters } from '../../src/cli/verbs/clusters.ts';
import { addCheck } from '../../src/cli/verbs/check.ts';
import { addScore } from '../../src/cli/verbs/score.ts';
import { background, flood, streamOf } from '../core/duplicates/streams.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { runVerb } from './support.ts';

const messages = streamOf(background(), flood({ copies: 120, accounts: 120 }));
const ndjson = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
const tsv = [
  'ts\tid\twho\ttext',
  ...messages.map(({ time, id, author, text }) => [time, id, author?.id, text].join('\t')),
].join('\n');
const COLUMNS = ['--columns', 'time=ts,id=id,author=who,text=text'];

let folder: string;
const file = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await tempFolder('cli-clusters');
  await writeFile(file('a.ndjson'), ndjson);
  await writeFile(file('a.tsv'), tsv);
  await writeFile(file('bad.ndjson'), `nonsense\n{"id":"x","text":"no time"}\n${ndjson}`);
  await writeFile(
    file('p.yaml'),
    'name: p\nlisten: { query: globex }\nsentiment: { engine: natural }\nduplicates: { copiesMin: 500 }\n',
  );
});
afterAll(() => removeFolder(folder));

const parse = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('NDJSON and TSV say the same: a line for each cluster, the largest first', async () => {
  const plain = await runVerb(addClusters, ['clusters', file('a.ndjson')]);
  const table = await runVerb(addClusters, ['clusters', file('a.tsv'), ...COLUMNS]);
  expect([plain.code, plain.stderr, table.code, table.stderr]).toEqual([0, '', 0, '']);
  const [first] = parse(plain.stdout);
  expect(first).toMatchObject({
    copies: 120,
    authors: 120,
    verdict: 'coordinated',
    first: expect.stringMatching(/^2026-01-06T/) as string,
  });
  expect(parse(table.stdout)[0]).toMatchObject({ id: first?.id, copies: 120, verdict: 'coordinated' });
});

test('--only, --copies-min, --pipeline, --format table', async () => {
  const only = await runVerb(addClusters, [
    'clusters',
    file('a.ndjson'),
    '--only',
    'coordinated',
    '--format',
    'table',
  ]);
  expect(stripVTControlCharacters(only.stdout)).toMatch(
    /^verdict +copies[^\n]*\ncoordinated +120 +120[^\n]*\n$/,
  );
  for (const flags of [
    ['--copies-min', '121'],
    ['--pipeline', file('p.yaml')],
  ])
    expect(
      await runVerb(addClusters, ['clusters', file('a.ndjson'), '--only', 'coordinated', ...flags]),
    ).toMatchObject({ code: 0, stdout: '' });
});

test('rows that cannot be read are named; exit 1', async () => {
  const { code, stdout, stderr } = await runVerb(addClusters, ['clusters', file('bad.ndjson')]);
  expect([code, parse(stdout)[0]?.copies]).toEqual([1, 120]);
  expect(stderr).toContain('row 1: Unexpected token');
  expect(stderr).toContain('row 2: time is missing');
});

test.each([
  ['a file that is not there', ['none.ndjson'], /cannot be read/],
  ['a table that is not there, with no columns either', ['none.csv'], /none\.csv: cannot be read: ENOENT/],
  [
    'NDJSON that is not there, with columns',
    ['none.ndjson', ...COLUMNS],
    /none\.ndjson: cannot be read: ENOENT/,
  ],
  ['a table without columns', ['a.tsv'], /needs --columns/],
  ['a number that is none', ['a.ndjson', '--copies-min', 'x'], /--copies-min: 'x'/],
  ['nothing to show', ['a.ndjson', '--top', '0'], /--top: '0'/],
])('%s is refused', async (_what, [name = '', ...flags], message) => {
  await expect(runVerb(addClusters, ['clusters', file(name), ...flags])).rejects.toThrow(message);
});

test('score --pipeline --only kept --clusters FILE', async () => {
  const args = ['score', '--pipeline', file('p.yaml'), '--only', 'kept', '--clusters', file('out.ndjson')];
  const { code, stdout } = await runVerb(addScore, args, { stdin: ndjson });
  expect(code).toBe(0);
  const lines = parse(stdout);
  expect([lines.length, new Set(lines.map(({ decision }) => decision))]).toEqual([120, new Set(['kept'])]);
  expect(lines.at(-1)).toMatchObject({ cluster: { copies: 120, authors: 120, verdict: 'organic' } });
  expect(parse(await readFile(file('out.ndjson'), 'utf8'))[0]).toMatchObject({ copies: 120 });
});

test.each([
  ['--only', 'kept'],
  ['--clusters', 'x.ndjson'],
])('score %s needs --pipeline', async (flag, value) => {
  await expect(runVerb(addScore, ['score', flag, value])).rejects.toThrow(`${flag}: needs --pipeline`);
});

test('score --pipeline FOLDER: a line for each line, with every pipeline whose query matched; no clusters', async () => {
  await mkdir(file('pipelines'));
  for (const name of ['weather', 'coming', 'nowhere'])
    await writeFile(file(`pipelines/${name}.yaml`), `name: ${name}\nlisten: { query: ${name} }\n`);
  const stdin = '{"id":"a","text":"the weather"}\n{"id":"b","text":"coming weather"}\nnothing\nnot so\n';
  const { code, stdout } = await runVerb(addScore, ['score', '--pipeline', file('pipelines')], { stdin });
  expect(code).toBe(0);
  const matchedOf = (line: { pipelines?: { pipeline: string }[] }) =>
    line.pipelines?.map((one) => one.pipeline);
  expect(parse(stdout).map(matchedOf)).toEqual([['weather'], ['coming', 'weather'], [], []]);
  const files = ['weather', 'coming'].map((name) => file(`pipelines/${name}.yaml`));
  const only = ['score', '--pipeline', ...files, '--only', 'kept'];
  expect(parse((await runVerb(addScore, only, { stdin })).stdout)).toHaveLength(2);
  const clusters = ['score', '--pipeline', file('pipelines'), '--clusters', 'x.ndjson'];
  await expect(runVerb(addScore, clusters)).rejects.toThrow('--clusters: needs one pipeline, got 3');
  const checked = await runVerb(addCheck, ['check', file('pipelines')]);
  expect([checked.code, checked.stdout.match(/: ok$/gm)]).toEqual([0, [': ok', ': ok', ': ok']]);
});
