/** Goal: what the README shows a newcomer works as it stands there. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadPipelineText } from '../../src/app/pipelines/pipeline-files.ts';
import { runPipelineTests } from '../../src/app/pipelines/pipeline-tests.ts';
import { decode } from '../../src/core/message/codec.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  scripts: Record<string, string>;
};

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp('```' + language + '\\n([\\s\\S]*?)```', 'g'))].map(
    ([, text]) => text ?? '',
  );
}

test('its pipeline checks without a warning, and passes its own tests', async () => {
  const [pipeline] = blocks('yaml');
  const load = await loadPipelineText('README.md', pipeline ?? '', {
    EARSHOT_SLACK_URL: 'https://hooks.slack.example/services/1',
    EARSHOT_WEBHOOK_SECRET: 'a secret',
  });
  expect(load).toMatchObject({ ok: true, loaded: { warnings: [] } });
  if (!load.ok) return;
  const results = await runPipelineTests(load.loaded);
  expect(results).toEqual([{ name: 'praise is not urgent', failures: [] }]);
});

test('the message it publishes is one that the pipeline hears', () => {
  const [, subject = '', json = ''] = /nats pub (\S+) '(.*)'/.exec(readme) ?? [];
  const context = { subject, arrivalMs: 1_790_000_000_000, futureSkewMaxMs: 0 };
  const [decoded] = decode(new TextEncoder().encode(json), context);
  expect(decoded).toMatchObject({ kind: 'message', message: { channel: 'social', source: 'twitter' } });
});

test('its other JSON can be parsed', () => {
  expect(blocks('json').length).toBeGreaterThan(0);
  for (const json of blocks('json')) expect(() => JSON.parse(json) as unknown).not.toThrow();
});

test('its npm scripts exist', () => {
  const shell = blocks('sh').join('\n');
  const scripts = [...shell.matchAll(/npm (?:run (?:-s )?)?(start|test|earshot|verify|bench|docs)\b/g)].map(
    ([, script]) => script,
  );
  expect(scripts.length).toBeGreaterThan(3);
  for (const script of scripts) expect(manifest.scripts).toHaveProperty(script ?? '');
});
