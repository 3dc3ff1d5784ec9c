/** Goal: the privacy block of a pipeline file as the command line uses it: the key from the environment and never shown,
 *  explanations that quote no more than what would be published. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPipelineText } from '../../../src/app/pipelines/pipeline-files.ts';
import { formatProblem } from '../../../src/app/config/yaml-document.ts';
import { createMessageScorer } from '../../../src/app/score-messages.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

const HEAD = 'name: acme\nlisten: { query: acme }\n';
const load = (privacy: string, env = {}) => loadPipelineText('p.yaml', `${HEAD}privacy: ${privacy}\n`, env);

let folder: string;
beforeAll(async () => {
  folder = await tempFolder('privacy');
  await writeFile(join(folder, 'p.yaml'), HEAD);
});
afterAll(() => removeFolder(folder));

test.each([
  ["{ redact: [email], key: 'hunter2' }", {}, 'must have at least 16 characters (got ***)'],
  ["{ redact: [email], key: '${KEY}' }", {}, 'the environment variable KEY is not set'],
  ["{ redact: [email], key: '${KEY}' }", { KEY: 'hunter2' }, 'must have at least 16 characters (got ***)'],
  ['{ redact: [phone], region: [US, XX] }', {}, "region 'XX' is no country"],
  ['{ redact: [mail] }', {}, 'not allowed; allowed: email, iban, card, ip, phone'],
])('%s with %j is refused', async (privacy, env, message) => {
  const loaded = await load(privacy, env);
  const problems = loaded.ok ? [] : loaded.problems.map(formatProblem);
  expect(problems.join('\n')).toContain(message);
  expect(problems.join('\n')).not.toContain('hunter2');
});

test('what `because` quotes is redacted', async () => {
  const loaded = await load("{ redact: [email, phone], key: '${KEY}' }", { KEY: 'k'.repeat(16) });
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  const { pipeline } = loaded.loaded;
  const line = 'I love bob.great@example.com, awful 212-555-0100';
  const options = { ...pipeline.config.sentiment, input: 'text', explain: true } as const;
  for (const engine of ['natural', 'earshot', 'wink'] as const) {
    const score = async (of: typeof pipeline) =>
      (await createMessageScorer({ ...options, engine }, of)).score([line]);
    const open = await score({ ...pipeline, redactor: undefined });
    const closed = await score(pipeline);
    expect(JSON.stringify(closed)).not.toMatch(/bob|555/);
    // The negative control: without a redactor an explanation may quote what the text holds.
    if (engine !== 'natural') expect(JSON.stringify(open)).toMatch(/bob|555/);
  }
});
