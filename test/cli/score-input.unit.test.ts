/** Goal: `earshot score` reads what other verbs read from standard input, packed and in UTF-16 too. */
import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { addScore } from '../../src/cli/verbs/score.ts';
import { runVerb } from './support.ts';

const stdin = 'What a lovely day\nThe worst flight ever\n';

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
