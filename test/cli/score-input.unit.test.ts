/** Goal: `earshot score` reads what other verbs read from standard input, packed and in UTF-16 too. */
import { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
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
