/** Goal: gzip data that end too early, or are damaged, are told with where they come from, by every verb that reads them. */
import { Buffer } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AddVerb } from '../../src/cli/verb.ts';
import { addClusters } from '../../src/cli/verbs/clusters.ts';
import { addDetect } from '../../src/cli/verbs/detect.ts';
import { addEvaluate } from '../../src/cli/verbs/evaluate.ts';
import { addRedact } from '../../src/cli/verbs/redact.ts';
import { addScore } from '../../src/cli/verbs/score.ts';
import { addTrends } from '../../src/cli/verbs/trends.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { runVerb } from './support.ts';

const packed = gzipSync('spam\ta text of its own\n'.repeat(100));
const cut = packed.subarray(0, packed.length - 12);
const damaged = Buffer.from(packed);
damaged[packed.length - 5] = 255 - (packed[packed.length - 5] ?? 0); // Of the checksum.

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await tempFolder('cut-input');
  file = join(folder, 'cut.gz');
  await writeFile(file, cut);
});
afterAll(() => removeFolder(folder));

test.each<[string, AddVerb, string[]]>([
  ['redact', addRedact, []],
  ['score', addScore, ['--engine', 'natural']],
  ['detect', addDetect, []],
  ['trends', addTrends, []],
])('%s from standard input', async (verb, add, flags) => {
  const from = (stdin: Buffer) => runVerb(add, [verb, ...flags], { stdin });
  await expect(from(cut)).rejects.toThrow(/^standard input: cannot be read: the gzip data end too early$/);
  await expect(from(damaged)).rejects.toThrow(
    /^standard input: cannot be read: the gzip data are damaged: incorrect data check$/,
  );
});

test.each<[AddVerb, string[]]>([
  [addClusters, ['clusters']],
  [addDetect, ['detect']],
  [addTrends, ['trends']],
  [addEvaluate, ['evaluate', 'sentiment', '--data']],
  [addEvaluate, ['evaluate', 'relevance', '--data']],
])('%o %j from a file', async (add, args) => {
  await expect(runVerb(add, [...args, file])).rejects.toThrow(
    `${file}: cannot be read: the gzip data end too early`,
  );
});
