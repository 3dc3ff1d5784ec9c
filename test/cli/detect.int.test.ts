/** Goal: `earshot detect` as a shell meets it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shellOf } from '../support/shell.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

const run = shellOf('detect');

const timestampAt = (i: number) =>
  new Date(Date.UTC(2024, 0, 1) + i * 300_000).toISOString().slice(0, 19).replace('T', ' ');
/** Three days of five-minute panes, with a surge in the third. */
const rows = Array.from(
  { length: 864 },
  (_, i) => `${timestampAt(i)},${i >= 700 && i < 703 ? 400 : 10 + (i % 5)}`,
);
const csv = `timestamp,value\n${rows.join('\n')}\n`;

let folder: string;
const file = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await tempFolder('cli-detect');
  await writeFile(file('a.csv'), csv);
  await writeFile(file('a.csv.gz'), gzipSync(csv));
  await run(['--help']); // Builds.
});
afterAll(() => removeFolder(folder));

test('a file, the same packed, and standard input say the same: one line for each', async () => {
  const [plain, packed, piped, dashed] = await Promise.all([
    run([file('a.csv')]),
    run([file('a.csv.gz')]),
    run([], csv),
    run(['-'], csv),
  ]);
  expect([plain.code, plain.stderr]).toEqual([0, '']);
  expect([packed.stdout, piped.stdout, dashed.stdout]).toEqual([plain.stdout, plain.stdout, plain.stdout]);
  const [head, ...lines] = plain.stdout.trimEnd().split('\n');
  expect(head).toBe('timestamp,value,expected,low,high,score');
  expect(lines.map((line) => line.split(',').slice(0, 2).join(','))).toEqual(rows);
  const alarms = lines.flatMap((line, i) => (Number(line.split(',')[5]) >= 0.67 ? [i] : []));
  expect(alarms[0]).toBe(700);
  expect(alarms.length).toBeLessThanOrEqual(2);
});

test('--format ndjson says direction and reason', async () => {
  const { code, stdout } = await run([file('a.csv'), '--format', 'ndjson']);
  const readings = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(code).toBe(0);
  expect(readings[700]).toMatchObject({
    timestamp: timestampAt(700),
    value: 400,
    direction: 'up',
    reason: 'unusual',
  });
});

test('--svg draws what the sensitivity calls an alarm', async () => {
  const { code } = await run([file('a.csv'), '--svg', file('a.svg'), '--sensitivity', 'strict']);
  const svg = await readFile(file('a.svg'), 'utf8');
  expect(code).toBe(0);
  expect(svg).toMatch(/^<svg [\s\S]*a\.csv[\s\S]*alarms? \(strict\)[\s\S]*<\/svg>\n$/);
});

test('lines that cannot be read are named with their value; the others are answered; exit 1', async () => {
  const { code, stdout, stderr } = await run(
    [],
    '2024-01-01 00:00:00,1\nsoon,2\n2024-01-01 00:05:00,many\n2024-01-01 00:10:00,4\n',
  );
  expect(code).toBe(1);
  expect(stdout.trimEnd().split('\n')).toHaveLength(3);
  expect(stderr).toContain('standard input: line 2: time "soon" is not a time; allowed:');
  expect(stderr).toContain('standard input: line 3: value "many" is not a count; allowed: a number from 0');
});

test('thousands of bad lines are counted, not all named', async () => {
  const { code, stderr } = await run([], 'x,y\n'.repeat(2_000));
  expect(code).toBe(1);
  expect(stderr.trimEnd().split('\n')).toHaveLength(21);
  expect(stderr).toContain('standard input: 1979 more lines cannot be read');
});

test.each([
  ['a file that is not there', ['none.csv'], 'none.csv: cannot be read: ENOENT'],
  ['a kind that is none', ['--kind', 'counts'], 'Allowed choices are count, share, value'],
  [
    'a sensitivity that is none',
    ['--sensitivity', 'high'],
    'Allowed choices are strict, balanced, sensitive',
  ],
])('%s: exit 2', async (_what, args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});
