/** Goal: `earshot score` reads what other verbs read from standard input, packed and in UTF-16 too. */
import { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { TEXT_LINE_BYTES_MAX, TEXT_LINE_TOO_LONG } from '../../src/app/split-lines.ts';
import { addScore } from '../../src/cli/verbs/score.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { runVerb } from './support.ts';

const stdin = 'What a lovely day\nThe worst flight ever\n';

test.each(['pt', 'PT', 'pt-BR', 'pt_br', 'por'])(
  '--lang %s is that of lines that do not say',
  async (lang) => {
    const folder = await tempFolder('score-lang');
    const pipeline = join(folder, 'p.yaml');
    await writeFile(pipeline, 'name: p\nlisten: { query: "lang:pt" }\nsentiment: { engine: natural }\n');
    const flags = ['--pipeline', pipeline, '--lang', lang];
    const { stdout } = await runVerb(addScore, ['score', ...flags], {
      stdin: 'bom\n{"id":"a","text":"good","lang":"en"}\n',
    });
    const decisions = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { decision: string }).decision);
    expect(decisions).toEqual(['kept', 'dropped']);
    await removeFolder(folder);
  },
);

test.each([
  ['plain', stdin],
  ['packed', gzipSync(stdin)],
  ['in UTF-16', Buffer.from(stdin, 'utf16le')],
])('%s lines', async (_how, bytes) => {
  const { code, stdout } = await runVerb(addScore, ['score', '--lang', 'en'], { stdin: bytes });
  const labels = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { label: string }).label);
  expect([code, labels]).toEqual([0, ['positive', 'negative']]);
});

const tooLong = `{"id":"long","text":"${'good '.repeat(TEXT_LINE_BYTES_MAX / 5)}"}`;

test('a text of a million characters that are all written as escapes is scored as it is', async () => {
  const short = '\\ud83d\\ude00 great';
  const long = `great ${'\\ud83d\\ude00'.repeat(1_000_000)}`;
  const lines = [short, long].map((text) => `{"text":"${text}"}\n`).join('');
  const { code, stdout } = await runVerb(addScore, ['score', '--input', 'ndjson'], { stdin: lines });
  const answers = stdout.trimEnd().split('\n');
  expect([code, answers.length]).toEqual([0, 2]);
  expect(JSON.parse(answers[1] ?? '')).toMatchObject({ label: 'positive' });
});

test.each([['auto'], ['ndjson'], ['text']])(
  '--input %s: a longer line than may be is an error, never a part of itself, and the others are scored',
  async (input) => {
    const flags = ['--input', input, '--engine', 'natural', '--lang', 'en'];
    const lines = ['{"text":"good"}', tooLong, '{"text":"bad"}'].join('\n');
    const { code, stdout } = await runVerb(addScore, ['score', ...flags], { stdin: lines });
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { label?: string; error?: string });
    expect([code, answers[1]]).toEqual([1, { error: TEXT_LINE_TOO_LONG }]);
    expect(answers.map(({ label }) => label)).toEqual(['positive', undefined, 'negative']);
  },
);

test('--pipeline: it would be a dead letter, and counts as a line', async () => {
  const folder = await tempFolder('score-long');
  const pipeline = join(folder, 'p.yaml');
  await writeFile(pipeline, 'name: p\nlisten: { query: x }\nsentiment: { engine: natural }\n');
  const { code, stdout } = await runVerb(addScore, ['score', '--pipeline', pipeline, '--only', 'kept'], {
    stdin: `x\n${tooLong}\nx x\n`,
  });
  expect(code).toBe(1);
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
  ).toMatchObject([
    { decision: 'kept' },
    { decision: 'dead', reason: 'too_large', error: TEXT_LINE_TOO_LONG },
    { decision: 'kept' },
  ]);
  await removeFolder(folder);
});
