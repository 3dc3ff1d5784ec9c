/** Goal: the generated references are complete, and their examples run. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { natsConfig, settingsConfig } from '../../../src/app/config/settings.config.ts';
import { generateDocs } from '../../../src/app/docs/docs.ts';
import { inputSchema, schemaReference } from '../../../src/app/docs/schema-reference.ts';
import { loadPipelineText } from '../../../src/app/pipelines/pipeline-files.ts';
import { OBSERVED_FIELDS } from '../../../src/core/alert/rule.config.ts';
import { duration } from '../../../src/core/config/fields.ts';
import { decode } from '../../../src/core/message/codec.ts';
import { DEAD_REASONS } from '../../../src/core/message/dead.ts';
import { MESSAGE_LIMITS } from '../../../src/core/message/limits.ts';
import { pipelineConfig } from '../../../src/core/pipeline/pipeline.config.ts';
import { ROUTE_FIELDS } from '../../../src/core/route/route.config.ts';

function doc(path: string): string {
  const found = generateDocs().find((one) => one.path === path);
  if (found === undefined) throw new Error(`no ${path}`);
  return found.content;
}

function blocks(content: string, language: string): string[] {
  return [...content.matchAll(/```(\w+)\n([\s\S]*?)\n```/g)].flatMap(([, name, text]) =>
    name === language ? [text ?? ''] : [],
  );
}

test('the same every time, each file once, each ending in one line break', () => {
  expect(generateDocs()).toEqual(generateDocs());
  const paths = generateDocs().map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
  for (const { content } of generateDocs()) expect(content).toMatch(/[^\n]\n$/);
});

describe('examples', () => {
  test('the pipeline file compiles without a warning', async () => {
    const [pipeline] = blocks(doc('docs/config.md'), 'yaml');
    const load = await loadPipelineText('example.yaml', pipeline ?? '', {
      EARSHOT_WEBHOOK_SECRET: 'whsec_c2VjcmV0',
    });
    expect(load).toMatchObject({ ok: true, loaded: { warnings: [] } });
  });

  test('the settings file is valid', () => {
    const [, settings] = blocks(doc('docs/config.md'), 'yaml');
    const { bus } = settingsConfig.parse(parse(settings ?? ''));
    expect(natsConfig.parse(bus.nats)).toMatchObject({ replicas: 1 });
  });

  test('the message decodes with nothing left over', () => {
    const [message] = blocks(doc('docs/messages.md'), 'json');
    const context = { subject: 'earshot.in.a.b', arrivalMs: Date.UTC(2026, 10, 21), futureSkewMaxMs: 0 };
    const [decoded] = decode(new TextEncoder().encode(message), context);
    expect(decoded).toMatchObject({
      kind: 'message',
      clamped: false,
      message: { channel: 'microblog', lang: 'en' },
    });
    expect(decoded).not.toHaveProperty('message.extra');
  });
});

test.each([
  ['docs/config.md', { ...OBSERVED_FIELDS, ...ROUTE_FIELDS }],
  ['docs/messages.md', DEAD_REASONS],
  ['docs/messages.md', Object.fromEntries(Object.keys(MESSAGE_LIMITS).map((name) => [name, '']))],
])('%s names each of a table', (path, meanings) => {
  for (const [name, meaning] of Object.entries(meanings))
    expect(doc(path)).toContain(`| \`${name}\` | ${meaning}`);
});

/** Every property path of a schema, with its description. */
function properties(schema: ReturnType<typeof inputSchema>): [string, string][] {
  const inside = [schema.items, ...(schema.anyOf ?? [])].flatMap((part) =>
    part === undefined ? [] : properties(part),
  );
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, property]): [string, string][] => [
    [name, property.description ?? ''],
    ...properties(property),
  ]);
  return [...own, ...inside];
}

test.each([
  ['pipeline', pipelineConfig],
  ['settings', settingsConfig],
  ['nats', natsConfig],
])('%s: every field has its row', (_name, schema) => {
  const config = doc('docs/config.md');
  const fields = properties(inputSchema(schema)).filter(
    ([name]) =>
      !['id', 'min', 'max', 'log', 'webhook', 'slack', 'discord', 'alertmanager', 'nats'].includes(name),
  );
  expect(fields.length).toBeGreaterThan(5);
  for (const [name, description] of fields) {
    expect(config, name).toContain(`| \`${name}\` |`);
    expect(description, `${name} needs a description`).not.toBe('');
  }
});

test('the JSON Schema refuses what the pipeline schema refuses: unknown keys and missing ones', () => {
  const schema = JSON.parse(doc('docs/pipeline.schema.json')) as Record<string, unknown>;
  expect(schema).toMatchObject({ type: 'object', additionalProperties: false, required: ['name', 'listen'] });
  expect(Object.keys(schema.properties as object)).toEqual(Object.keys(pipelineConfig.shape));
  expect(schema).toMatchObject({
    properties: { routes: { default: [] }, alerts: { default: [] }, sinks: { default: [] } },
  });
});

test('a table from a schema', () => {
  const schema = z.strictObject({
    a: z.string().max(5).describe('First | of two.'),
    b: z
      .array(z.enum(['x', 'y']))
      .max(2)
      .default(['x'])
      .describe('Second.'),
    c: z
      .strictObject({ d: duration('How long.', { min: '1s', max: '1h' }).prefault('1m') })
      .prefault({})
      .describe('Third.'),
    e: z
      .union([z.strictObject({ p: z.strictObject({ q: z.int().min(1).describe('Deep.') }) })])
      .optional()
      .describe('Fourth.'),
  });
  expect(schemaReference(schema, 'Top', 2).join('\n')).toBe(`## Top
| Field | Type | Default | Meaning |
| --- | --- | --- | --- |
| \`a\` | string (at most 5 characters) | required | First \\| of two. |
| \`b\` | list of \`x\` or \`y\` (at most 2 items) | \`["x"]\` | Second. |
| \`c\` | object |  | Third. |
| \`e\` | \`p\` |  | Fourth. |
### \`c\`
Third.
| Field | Type | Default | Meaning |
| --- | --- | --- | --- |
| \`d\` | duration, 1s to 1h | \`1m\` | How long. |
### \`e.p\`
| Field | Type | Default | Meaning |
| --- | --- | --- | --- |
| \`q\` | integer (at least 1) | required | Deep. |`);
});
