/** Goal: `earshot backtest` as its user meets it: tables, JSON, files it writes, and what it refuses. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BacktestReport } from '../../src/app/backtest/report.ts';
import { addBacktest } from '../../src/cli/verbs/backtest.ts';
import type { Alert } from '../../src/core/alert/alert.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { runVerb } from './support.ts';

let folder: string;
const path = (name: string) => join(folder, name);
const START_MS = Date.UTC(2026, 0, 5, 22);
const HEAD = 'name: acme\nlisten: { query: acme }\nsentiment: { engine: natural }\nwindow: { pane: 10s }\n';
const rules = (...all: string[]) => `${HEAD}alerts:\n${all.map((rule) => `  - ${rule}\n`).join('')}`;
const SURGE = "{ name: surge, when: 'volume >= 10', over: 1m, severity: page }";
const SHADOW = "{ name: trial, when: 'volume >= 5', over: 1m, mode: shadow }";

beforeAll(async () => {
  folder = await tempFolder('cli-backtest');
  const calm = Array.from({ length: 180 }, (_, at) => at * 300_000);
  const burst = Array.from({ length: 20 }, (_, at) => 3_600_000 + at * 100);
  const all = [...calm, ...burst].sort((left, right) => left - right);
  const line = (atMs: number, at: number) =>
    JSON.stringify({ id: `m${at}`, time: START_MS + atMs, text: 'acme is awful', author: { id: `a${at}` } });
  await writeFile(path('posts.ndjson'), `${all.map(line).join('\n')}\n`);
  await writeFile(path('a.yaml'), rules(SURGE, SHADOW));
  await writeFile(path('b.yaml'), rules(SURGE.replace('10', '100')));
  await writeFile(path('none.yaml'), HEAD);
  await writeFile(path('empty.ndjson'), '');
  await writeFile(path('else.ndjson'), `${JSON.stringify({ id: 'x', text: 'of something else' })}\n`);
  await writeFile(path('known.csv'), 'start,end,name\n2026-01-05T22:50:00Z,2026-01-05T23:30:00Z,outage\n');
});
afterAll(() => removeFolder(folder));

const run = (...args: string[]) => runVerb(addBacktest, ['backtest', ...args]);
const rowsOf = (text: string) => text.split('\n').map((line) => line.trim().split(/\s{2,}/));

test('a table with a row for each rule, and what the rules do to known incidents', async () => {
  const { code, stdout, stderr } = await run(
    path('a.yaml'),
    '--input',
    path('posts.ndjson'),
    '--incidents',
    path('known.csv'),
  );
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(
    '2026-01-05 22:00 to 2026-01-06 12:55 UTC (14h55m); shifts by the clock of UTC\n200 messages;',
  );
  const rows = rowsOf(stdout);
  expect(rows).toContainEqual([
    ...['surge', 'page', '1', '1', '1.6', '0', '-', '-', '1m9s', '0.1%', '1m9s', '1m9s', '2', '-'],
  ]);
  expect(rows).toContainEqual([
    ...[
      'trial (shadow)',
      'ticket',
      '1',
      '0',
      '0',
      '0',
      '-',
      '-',
      '1m9s',
      '0.1%',
      '1m9s',
      '1m9s',
      '0',
      'shadow 1',
    ],
  ]);
  expect(rows).toContainEqual([
    'surge',
    '1',
    '0',
    '0',
    '100.0%',
    '10m1s after',
    '10m1s after',
    '10m1s after',
    '0',
    '0',
    '100.0%',
  ]);
  expect(rows).toContainEqual(['outage', '2026-01-05 22:50', '10m1s after', '10m1s after']);
  expect(rows).toContainEqual(['surge', '100.0%']);
});

test('progress on a terminal alone, with the time that is reached', async () => {
  const args = ['backtest', path('a.yaml'), '--input', path('posts.ndjson'), '--json'];
  const { code, stdout, stderr } = await runVerb(addBacktest, args, { isTTY: true });
  expect(code).toBe(0);
  expect(stderr).toMatch(/2026-01-0[56]/);
  expect(() => JSON.parse(stdout) as unknown).not.toThrow();
  expect((await run(...args.slice(1))).stderr).toBe('');
});

test('--json, --transitions and --svg', async () => {
  const { code, stdout } = await run(
    ...[path('a.yaml'), '--input', path('posts.ndjson'), '--json', '--time-zone', 'Europe/Vienna'],
    ...['--transitions', path('out.ndjson'), '--svg', path('out.svg')],
  );
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as BacktestReport;
  expect(report).toMatchObject({ pipeline: 'acme', timeZone: 'Europe/Vienna', messages: { reported: 200 } });
  expect(report.rules.map(({ rule, mode, alerts }) => [rule, mode, alerts])).toEqual([
    ['surge', 'live', 1],
    ['trial', 'shadow', 1],
  ]);
  expect(report.rules[0]?.pages.shifts.map(({ pages }) => pages)).toEqual([1, 0, 0]); // Midnight in Vienna.
  const alerts = (await readFile(path('out.ndjson'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Alert);
  expect(alerts.map(({ rule, state, mode }) => [rule, state, mode])).toEqual([
    ['surge', 'firing', undefined],
    ['trial', 'firing', 'shadow'],
    ['surge', 'resolved', undefined],
    ['trial', 'resolved', 'shadow'],
  ]);
  expect(await readFile(path('out.svg'), 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
});

test('--as-live: a shadow rule would have told', async () => {
  const { stdout } = await run(path('a.yaml'), '--input', path('posts.ndjson'), '--as-live', '--json');
  const [, trial] = (JSON.parse(stdout) as BacktestReport).rules;
  expect(trial).toMatchObject({
    mode: 'live',
    sent: { first_notification: 1, resolved: 1 },
    held: { waiting_for_group: 1 },
  });
});

test('--against: the same rule of two files in neighbouring rows', async () => {
  const { code, stdout } = await run(
    path('a.yaml'),
    '--against',
    path('b.yaml'),
    '--input',
    path('posts.ndjson'),
  );
  expect(code).toBe(0);
  const rows = rowsOf(stdout).filter(([rule]) => rule === 'surge');
  expect(rows.slice(0, 2).map((row) => row.slice(0, 4))).toEqual([
    ['surge', 'a.yaml', 'page', '1'],
    ['surge', 'b.yaml', 'page', '0'],
  ]);
  const json = await run(
    path('a.yaml'),
    '--against',
    path('b.yaml'),
    '--input',
    path('posts.ndjson'),
    '--json',
  );
  expect(JSON.parse(json.stdout)).toHaveLength(2);
});

test('a file that begins with the newest: said, since its messages hardly count', async () => {
  const lines = (await readFile(path('posts.ndjson'), 'utf8')).trimEnd().split('\n').reverse();
  await writeFile(path('reversed.ndjson'), lines.join('\n'));
  const { code, stderr } = await run(path('a.yaml'), '--input', path('reversed.ndjson'));
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/: 1\d\d of 200 messages of \S+ come late, and hardly count/),
  ]);
});

test('--from and --to of a file are times; what lies outside is not reported', async () => {
  const { stdout } = await run(
    ...[path('a.yaml'), '--input', path('posts.ndjson'), '--json'],
    ...['--from', '2026-01-06T00:00:00Z', '--to', '2026-01-06T06:00:00Z'],
  );
  const { messages, from, to, rules: all } = JSON.parse(stdout) as BacktestReport;
  expect(messages).toMatchObject({ warmUp: 44, reported: 73 });
  expect([from?.slice(0, 16), to?.slice(0, 16)]).toEqual(['2026-01-05T23:59', '2026-01-06T06:00']);
  expect(all[0]).toMatchObject({ alerts: 0, firing: { ms: 0 } });
});

test.each([
  ['an empty file', 'empty.ndjson', /no message of pipeline 'acme' in \S+empty\.ndjson\n$/],
  ['a file of something else', 'else.ndjson', /; there are 1 that it does not want\n$/],
])('%s: exit 1', async (_what, input, message) => {
  const { code, stderr } = await run(path('a.yaml'), '--input', path(input));
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});

test.each<[string, string[], RegExp]>([
  [
    'that begins after all of them',
    ['--from', '2026-02-01T00:00:00Z'],
    /no message of pipeline 'acme' in \S+ from 2026-02-01T00:00:00\.000Z on; there are 200 before --from\n$/,
  ],
  [
    'that ends before the first of them',
    ['--from', '2025-01-01T00:00:00Z', '--to', '2025-01-02T00:00:00Z'],
    /no message of pipeline 'acme' in \S+ from 2025-01-01T00:00:00\.000Z on until 2025-01-02T00:00:00\.000Z\n$/,
  ],
])('a range %s: exit 1, and which', async (_what, range, message) => {
  const { code, stderr } = await run(path('a.yaml'), '--input', path('posts.ndjson'), ...range);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});

test.each<[string, string[], string]>([
  [
    'a pipeline without rules',
    ['none.yaml', '--input', 'x'],
    'has no rules; a backtest needs at least one under alerts:',
  ],
  [
    'no bus',
    ['a.yaml', '--bus', 'memory'],
    'the embedded bus cannot be read from outside; give --bus nats://',
  ],
  [
    'a span of a file',
    ['a.yaml', '--input', 'x', '--from', '24h'],
    "--from: '24h' is not a time; write a time such as",
  ],
  [
    'no time',
    ['a.yaml', '--from', 'soon'],
    "--from: 'soon' is not a time; write a span before now such as 24h",
  ],
  ['from after to', ['a.yaml', '--from', '1h', '--to', '2h'], "--from: '1h' is not before --to '2h'"],
  ['the future', ['a.yaml', '--from', '2999-01-01', '--bus', 'nats://127.0.0.1:1'], 'lies in the future'],
  ['no span', ['a.yaml', '--margin', 'wide'], "--margin: 'wide' is not a span; write 10m, 1h30m or 7d"],
  ['no zone', ['a.yaml', '--time-zone', 'Mars'], "--time-zone: 'Mars' is not a time zone"],
  ['warm-up of all', ['a.yaml', '--warm-up', '1d'], '--warm-up: goes with --from'],
  ['columns of a stream', ['a.yaml', '--columns', 'id=id'], '--columns: goes with --input'],
  [
    'no such incidents',
    ['a.yaml', '--input', 'x', '--incidents', '/none.csv'],
    '/none.csv: cannot be read: ENOENT',
  ],
])('refused: %s', async (_what, [file = '', ...args], message) => {
  await expect(run(path(file), ...args)).rejects.toThrow(message);
});

test('refused: a pipeline file that does not hold together, or is not there', async () => {
  await writeFile(path('bad.yaml'), rules("{ name: x, when: 'volume >' }"));
  await expect(run(path('bad.yaml'), '--input', 'x')).rejects.toThrow(/bad\.yaml:\d+:\d+: alerts\[0\]\.when/);
  await expect(run(path('gone.yaml'), '--input', 'x')).rejects.toThrow('cannot be read');
});
