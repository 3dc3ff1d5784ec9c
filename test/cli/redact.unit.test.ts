/** Goal: `earshot redact` as a shell meets it: one line out for each line in. */
import { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEXT_LINE_BYTES_MAX, TEXT_LINE_TOO_LONG } from '../../src/app/split-lines.ts';
import { addRedact } from '../../src/cli/verbs/redact.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { runVerb } from './support.ts';

let folder: string;
beforeAll(async () => {
  folder = await tempFolder('redact');
  const head = 'name: acme\nlisten: { query: acme }\n';
  await writeFile(join(folder, 'open.yaml'), head);
  await writeFile(
    join(folder, 'closed.yaml'),
    `${head}privacy: { redact: [phone], region: GB, key: '${'k'.repeat(16)}' }\n`,
  );
});
afterAll(() => removeFolder(folder));

const stdin = ['bob@example.com or 212-555-0100', '', 'ring 020 7946 0958'].join('\n');

test.each([
  ['every kind, American numbers', [], ['[email] or [phone]', '', 'ring 020 7946 0958']],
  ['kinds', ['--kinds', 'email,ip'], ['[email] or 212-555-0100', '', 'ring 020 7946 0958']],
  ['regions', ['--region', 'US,GB'], ['[email] or [phone]', '', 'ring [phone]']],
])('%s', async (_what, flags, lines) => {
  const { code, stdout } = await runVerb(addRedact, ['redact', ...flags], { stdin });
  expect([code, stdout]).toEqual([0, `${lines.join('\n')}\n`]);
});

test.each([
  ['packed', gzipSync(stdin)],
  ['in UTF-16', Buffer.from(stdin, 'utf16le')],
])('%s text is read, so that nothing passes unseen', async (_how, bytes) => {
  const { stdout } = await runVerb(addRedact, ['redact'], { stdin: bytes });
  expect(stdout).toBe('[email] or [phone]\n\nring 020 7946 0958\n');
});

test('as a pipeline does, with its tags; and how many there were', async () => {
  const flags = ['--pipeline', join(folder, 'closed.yaml'), '--count'];
  const { stdout, stderr } = await runVerb(addRedact, ['redact', ...flags], { stdin });
  expect(stdout).toMatch(/^bob@example\.com or 212-555-0100\n\nring \[phone:[0-9a-f]{4}\]\n$/);
  expect(stderr).toBe('email 0, iban 0, card 0, ip 0, phone 1\n');
});

test.each([
  [['--kinds', 'emails'], "--kinds: 'emails' is not one of email, iban, card, ip, phone"],
  [['--region', 'XX'], "region 'XX' is no country"],
  [
    ['--region', 'gb'],
    "--region: must be a country code of two capital letters, such as US or GB (got 'gb')",
  ],
  [['--region', 'A1,'.repeat(9)], '--region: '],
])('%j is refused', async (flags, message) => {
  await expect(runVerb(addRedact, ['redact', ...flags], { stdin })).rejects.toThrow(message);
});

test('a pipeline that redacts nothing is said to', async () => {
  const flags = ['--pipeline', join(folder, 'open.yaml')];
  await expect(runVerb(addRedact, ['redact', ...flags], { stdin })).rejects.toThrow(
    /open\.yaml redacts nothing/,
  );
});

test('a line that is too long to be read is told with its place: no part of it passes', async () => {
  const long = `${stdin}\n${'a'.repeat(TEXT_LINE_BYTES_MAX)} bob@example.com`;
  await expect(runVerb(addRedact, ['redact'], { stdin: long })).rejects.toThrow(
    `standard input:4: ${TEXT_LINE_TOO_LONG}`,
  );
});
