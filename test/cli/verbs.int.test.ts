/** Goal: the command line as a shell meets it: answers on standard output, notices on standard error, exit codes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

const EARSHOT = fileURLToPath(new URL('../../scripts/earshot.mjs', import.meta.url));
const ENV = { PATH: process.env.PATH, NO_COLOR: '1' };

function start(args: readonly string[], command = process.execPath) {
  return spawn(command, args, { env: ENV, stdio: ['pipe', 'pipe', 'pipe'] });
}

async function outcome(child: ReturnType<typeof start>) {
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr: stderr.replace('earshot: building…\n', '') };
}

async function run(args: readonly string[], input = '') {
  const child = start([EARSHOT, ...args]);
  child.stdin.end(input);
  return outcome(child);
}

const parse = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

let folder: string;
const file = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await tempFolder('cli');
  const head = 'name: acme\nlisten: { query: acme }\n';
  await writeFile(
    file('good.yaml'),
    `${head}tests:\n  - { name: one, messages: [{ id: a, text: acme }], expect: { scored: 1 } }\n`,
  );
  await writeFile(
    file('failing.yaml'),
    `${head}tests:\n  - { name: one, messages: [{ id: a, text: acme }], expect: { scored: 5 } }\n`,
  );
  await writeFile(file('untested.yaml'), head);
  await writeFile(file('wrong.yaml'), `${head}alert: []\n`);
  await run(['--version']); // Builds.
});
afterAll(() => removeFolder(folder));

test('score: an answer for each line, in order, blank lines too', async () => {
  const input = [
    'I love it, excellent',
    '',
    '{"id":7,"text":"awful, I hate it"}',
    '{"note":1}',
    'last without newline',
  ].join('\n');
  const { code, stdout, stderr } = await run(['score'], input);
  expect([code, stderr]).toEqual([0, '']);
  expect(parse(stdout).map(({ id, label }) => [id, label])).toEqual([
    [undefined, 'positive'],
    [undefined, 'uncertain'],
    [7, 'negative'],
    [undefined, 'neutral'],
    [undefined, 'neutral'],
  ]);
});

test('score --input ndjson --explain --engine wink: what cannot be read answers with an error, exit 1', async () => {
  const { code, stdout } = await run(
    ['score', '--input', 'ndjson', '--explain', '--engine', 'wink'],
    'garbage\n{"id":"a","text":"awful"}\n',
  );
  expect(code).toBe(1);
  const [first, second] = parse(stdout);
  expect(first).toEqual({ error: expect.stringMatching(/^not JSON/) as string });
  expect(second).toMatchObject({ id: 'a', engine: 'wink', because: expect.any(Array) as unknown[] });
});

test('score --pipeline: engine, lexicon and threshold of the pipeline; a flag goes before it', async () => {
  const sentiment = '{ engine: natural, abstainBelow: 0.7, lexicon: { sick: 4 } }';
  await writeFile(file('skate.yaml'), `name: skate\nlisten: { query: x }\nsentiment: ${sentiment}\n`);
  const input = 'that was sick\nan awful day\n{"text":"sick","lang":"de"}\n';
  const labels = async (...flags: string[]) =>
    parse((await run(['score', '--pipeline', file('skate.yaml'), ...flags], input)).stdout).map(
      ({ engine, label }) => `${String(engine)} ${String(label)}`,
    );
  expect(await labels()).toEqual(['natural positive', 'natural uncertain', 'natural uncertain']);
  expect(await labels('--engine', 'wink', '--abstain-below', '0')).toEqual([
    'wink positive',
    'wink negative',
    'wink uncertain',
  ]);
});

test('score: whoever waits for an answer gets it before the input ends', async () => {
  const child = start([EARSHOT, 'score']);
  child.stdin.write('excellent\n');
  const [first] = (await once(child.stdout, 'data')) as [Buffer];
  expect(parse(first.toString())).toMatchObject([{ label: 'positive' }]);
  child.stdin.end();
  expect((await outcome(child)).code).toBe(0);
});

test('score | head: a reader that goes away ends it quietly', async () => {
  const script = `yes excellent | head -200000 | "${process.execPath}" "${EARSHOT}" score | head -1; exit "\${PIPESTATUS[2]}"`;
  const child = start(['--norc', '-c', script], 'bash');
  const { code, stdout, stderr } = await outcome(child);
  expect([code, stderr]).toEqual([0, '']);
  expect(parse(stdout)).toHaveLength(1);
});

test('score: an output that cannot be written is told in a line, exit 2', async () => {
  const script = `echo excellent | "${process.execPath}" "${EARSHOT}" score 1< "${file('good.yaml')}"`;
  expect(await outcome(start(['--norc', '-c', script], 'bash'))).toEqual({
    code: 2,
    stdout: '',
    stderr: 'earshot: standard output cannot be written: EBADF: bad file descriptor, write\n',
  });
});

test.concurrent.each<[string, string[], RegExp]>([
  [
    'an unknown engine',
    ['score', '--engine', 'bert'],
    /'bert' is invalid\. Allowed choices are earshot, wink, natural, onnx/,
  ],
  ['a threshold beyond 1', ['score', '--abstain-below', '2'], /--abstain-below: '2' is not between 0 and 1/],
  ['a transformer that is nowhere', ['score', '--engine', 'onnx'], /engine 'onnx' needs model: the folder/],
  ['an unknown verb', ['sing'], /unknown command 'sing'/],
  ['check without a file', ['check'], /missing required argument 'pipeline'/],
  [
    'test of a wrong file',
    ['test', 'WRONG'],
    /wrong\.yaml:3:1: alert: unknown key 'alert'; did you mean 'alerts'\?/,
  ],
  [
    'replay into the embedded bus',
    ['replay', 'x.ndjson'],
    /replay: the embedded bus lives inside another process; give --bus nats:\/\/host:4222/,
  ],
  ['tail of the embedded bus', ['tail'], /tail: the embedded bus cannot be followed from outside/],
  [
    'tail of nothing known',
    ['tail', 'constructor', '--bus', 'nats://127.0.0.1:1'],
    /tail: unknown 'constructor'; allowed: in, scored, routes/,
  ],
  [
    'a wrong setting',
    ['run', '--bus', 'kafka'],
    /flag --bus: bus\.url: must be `memory` or nats:\/\/host:port/,
  ],
  ['an unknown role', ['run', '--role', 'dance'], /--role: unknown role 'dance'; allowed: score, watch/],
  [
    'columns that are none',
    ['replay', 'x.csv', '--bus', 'nats://127.0.0.1:1', '--columns', 'text=a'],
    /--columns: needs id=<column>/,
  ],
])('%s cannot be tried: exit 2, and why', async (_what, args, message) => {
  const { code, stdout, stderr } = await run(args.map((arg) => (arg === 'WRONG' ? file('wrong.yaml') : arg)));
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect([code, stdout]).toEqual([2, '']);
});

test('check: 0 when all is well; 1 with each problem, and as JSON', async () => {
  const good = await run(['check', file('good.yaml')]);
  expect([good.code, good.stdout, good.stderr]).toEqual([0, `${file('good.yaml')}: ok\n`, '']);
  const both = await run(['check', file('good.yaml'), file('wrong.yaml')]);
  expect([both.code, both.stdout]).toEqual([
    1,
    `${file('good.yaml')}: ok\n${file('wrong.yaml')}: not valid\n`,
  ]);
  expect(both.stderr).toContain(`error ${file('wrong.yaml')}:3:1: alert: unknown key 'alert'`);
  const { code, stdout } = await run([
    'check',
    '--json',
    file('good.yaml'),
    file('untested.yaml'),
    file('absent.yaml'),
  ]);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    files: [
      { file: file('good.yaml'), problems: [], warnings: [] },
      {
        problems: [
          { line: 1, path: 'name', message: expect.stringContaining('already defined by') as string },
        ],
      },
      { problems: [{ line: 1, message: expect.stringMatching(/^cannot be read: ENOENT/) as string }] },
    ],
  });
});

test('test: 0 when all cases pass, 1 when one fails or there is none', async () => {
  const good = await run(['test', file('good.yaml')]);
  expect([good.code, good.stdout]).toEqual([0, `pass ${file('good.yaml')}: one\n1 passed, 0 failed\n`]);
  const failing = await run(['test', file('failing.yaml')]);
  expect([failing.code, failing.stdout]).toEqual([
    1,
    `fail ${file('failing.yaml')}: one\n     scored: expected 5, got 1\n0 passed, 1 failed\n`,
  ]);
  const untested = await run(['test', file('untested.yaml'), '--json']);
  expect(untested.code).toBe(1);
  expect(JSON.parse(untested.stdout)).toMatchObject({ passed: 0, failed: 0, files: [{ cases: [] }] });
});

test('help and version are answers', async () => {
  expect(await run(['--help'])).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('Exit codes:') as string,
  });
  const { stdout } = await run(['--help']);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
