/** Goal: nothing that a pipeline redacts comes out of the scorer by any way: scored, routed, dropped, dead; each pipeline by
 *  its own block, what nobody wants by all of them. */
import { expect, test } from 'vitest';
import type { OutboundMessage, StoredMessage } from '../../../src/core/bus/bus.port.ts';
import type { CompiledPipeline } from '../../../src/core/pipeline/compile.ts';
import { eventsOf } from '../../../src/core/scorer/marks.ts';
import { createScorer, type Plan } from '../../../src/core/scorer/scorer.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const STORED_AT_MS = Date.UTC(2026, 2, 1);
const clock = { nowMs: () => STORED_AT_MS, monotonicMs: () => 0 };
const KEY = 'k'.repeat(16);
const TEXT = 'acme: mail bob@example.com or call 212-555-0100';

function scorerOf(pipelines: readonly CompiledPipeline[], random = () => 0.5) {
  return createScorer({ pipelines, clock, random, payloadBytesMax: 1_048_576, dedupeKeysMax: 1_000 });
}

function input(...payload: readonly (object | string)[]): StoredMessage {
  const text = payload.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join('\n');
  const data = new TextEncoder().encode(text);
  return { subject: 'earshot.in.test.chat', data, sequence: 1, storedAtMs: STORED_AT_MS };
}

const textOf = ({ data }: OutboundMessage) =>
  typeof data === 'string' ? data : new TextDecoder().decode(data);
const outputsOf = (plan: Plan) => plan.deliveries.flatMap(({ outputs }) => outputs);
const bySubject = (plan: Plan) =>
  Object.fromEntries(outputsOf(plan).map((output) => [output.subject, textOf(output)]));

test('each pipeline publishes by its own block; who redacts nothing publishes the message as it came', async () => {
  const natural = { engine: 'natural' };
  const both = { redact: ['email', 'phone'], key: KEY };
  const routes = [
    { queue: 'mail', when: 'text.contains("[email")' },
    { queue: 'never', when: 'text.contains("bob@")' },
  ];
  const plan = await scorerOf([
    await pipelineOf({ name: 'open', sentiment: natural }),
    await pipelineOf({ name: 'mails', sentiment: natural, privacy: { redact: ['email'] }, routes }),
    await pipelineOf({ name: 'both', sentiment: natural, privacy: both }),
    await pipelineOf({ name: 'dropper', privacy: both, listen: { query: 'acme', languages: ['de'] } }),
  ]).plan([input({ id: 'm', text: TEXT, lang: 'en', conversation: 'c' })]);
  const outputs = bySubject(plan);
  expect(outputs['earshot.scored.open.chat.neutral']).toContain(TEXT);
  expect(outputs['earshot.scored.mails.chat.neutral']).toContain('mail [email] or call 212-555-0100');
  expect(outputs['earshot.route.mails.mail']).toBe(outputs['earshot.scored.mails.chat.neutral']);
  expect(outputs['earshot.route.mails.never']).toBeUndefined();
  expect(outputs['earshot.scored.both.chat.neutral']).toMatch(
    /mail \[email:[0-9a-f]{4}\] or call \[phone:[0-9a-f]{4}\]/,
  );
  expect(outputs['earshot.dropped.dropper.language']).toMatch(/mail \[email:[0-9a-f]{4}\] or call \[phone:/);
  const marks = plan.deliveries.flatMap((delivery) => delivery.marks);
  expect(eventsOf(marks, STORED_AT_MS).filter(({ type }) => type === 'redacted')).toEqual([
    { type: 'redacted', pipeline: 'mails', kind: 'email', items: 1 },
    { type: 'redacted', pipeline: 'both', kind: 'email', items: 1 },
    { type: 'redacted', pipeline: 'both', kind: 'phone', items: 1 },
    { type: 'redacted', pipeline: 'dropper', kind: 'email', items: 1 },
    { type: 'redacted', pipeline: 'dropper', kind: 'phone', items: 1 },
  ]);
});

test('the query sees the original text, the engine what is published', async () => {
  const reads: string[] = [];
  const engine: CompiledPipeline['engine'] = {
    ...{ name: 'reading', kind: 'immediate', languages: new Set<string>() },
    read(text) {
      reads.push(text);
      return { probability: { negative: 0, neutral: 1, positive: 0 } };
    },
  };
  const of = async (name: string, privacy: object) => ({
    ...(await pipelineOf({ name, privacy, listen: { query: '"bob example com"' } })),
    engine,
  });
  const redacts = { redact: ['email'], key: KEY };
  const plan = await scorerOf([await of('a', redacts), await of('b', redacts), await of('c', {})]).plan([
    input({ id: 'm', text: TEXT }),
  ]);
  expect(outputsOf(plan)).toHaveLength(3);
  expect(reads).toEqual([expect.stringMatching(/mail \[email:[0-9a-f]{4}\] or/), TEXT]);
  expect(outputsOf(plan).filter((output) => textOf(output).includes('bob@example.com'))).toHaveLength(1);
});

test('an engine of kind batch reads what is published too', async () => {
  const calls: (readonly string[])[] = [];
  const engine: CompiledPipeline['engine'] = {
    ...{ name: 'batching', kind: 'batch', languages: new Set<string>() },
    readBatch: (texts) => {
      calls.push(texts);
      return Promise.resolve(texts.map(() => ({ probability: { negative: 0, neutral: 1, positive: 0 } })));
    },
  };
  const closed = { ...(await pipelineOf({ name: 'a', privacy: { redact: ['email', 'phone'] } })), engine };
  const open = { ...(await pipelineOf({ name: 'b' })), engine };
  await scorerOf([closed, open]).plan([input({ id: 'm', text: TEXT }, { id: 'n', text: 'acme' })]);
  expect(calls).toEqual([['acme: mail [email] or call [phone]', TEXT, 'acme']]);
});

test('a thread and the message that it is named after share their tags', async () => {
  const pipeline = await pipelineOf({ privacy: { redact: ['email'], key: KEY } });
  const plan = await scorerOf([pipeline]).plan([
    input(
      { id: 'root', text: TEXT },
      { id: 'reply', conversation: 'root', text: TEXT },
      { id: 'alone', text: TEXT },
    ),
  ]);
  const [root, reply, alone] = outputsOf(plan).map(
    (output) => /\[email:[0-9a-f]{4}\]/.exec(textOf(output))?.[0],
  );
  expect(reply).toBe(root);
  expect(alone).not.toBe(root);
});

test('what nobody wants shows nothing that anybody redacts, in tokens without tags', async () => {
  const plan = await scorerOf([
    await pipelineOf({ name: 'a', listen: { query: 'other' }, privacy: { redact: ['email'], key: KEY } }),
    await pipelineOf({ name: 'b', listen: { query: 'another' }, privacy: { redact: ['phone'] } }),
    await pipelineOf({ name: 'c', listen: { query: 'third' } }),
  ]).plan([input({ id: 'm', text: TEXT })]);
  expect(bySubject(plan)['earshot.dropped.all.unmatched']).toContain('mail [email] or call [phone]');
});

test('dead letters, and what is said of them', async () => {
  const scorer = scorerOf([await pipelineOf({ privacy: { redact: ['email', 'phone'] } })]);
  const plan = await scorer.plan([
    input('{"text":"bob@example.com', { id: 1, kind: 'bob@example.com', text: TEXT }),
  ]);
  const outputs = outputsOf(plan);
  expect(outputs.map(({ subject }) => subject)).toEqual([
    'earshot.dead.invalid_json',
    'earshot.dead.bad_field',
  ]);
  for (const output of outputs) {
    expect(JSON.stringify([textOf(output), output.headers])).not.toMatch(/bob@|555-0100/);
    expect(output.headers).toMatchObject({ 'Earshot-Redacted': 'true' });
  }
  const [delivery] = plan.deliveries;
  expect(JSON.stringify(eventsOf(delivery?.marks ?? [], 0))).not.toContain('bob@');
  const place = { subject: 'earshot.in.a.b', sequence: 1, storedAtMs: 0, line: 0 };
  const buried = scorer.bury(
    { reason: 'unpublishable', detail: 'x', bytes: new TextEncoder().encode(TEXT) },
    place,
  );
  expect(buried.outputs.map(textOf)).toEqual(['acme: mail [email] or call [phone]']);
  expect(buried.marks.map(({ type }) => type)).toEqual(['dead', 'redacted', 'redacted']);
});

test('bytes of a dead letter in which nothing is found stay as they are', async () => {
  const bytes = new Uint8Array([0xff, 0xfe, 0x00, 0x41]);
  const scorer = scorerOf([await pipelineOf({ privacy: { redact: ['email'] } })]);
  const place = { subject: 'earshot.in.a.b', sequence: 1, storedAtMs: 0, line: 0 };
  const [output] = scorer.bury({ reason: 'r', detail: 'd', bytes }, place).outputs;
  expect(output?.data).toEqual(bytes);
  expect(output?.headers).not.toHaveProperty('Earshot-Redacted');
});

test('a string too long to be looked at is cut, and the limit counted', async () => {
  const plan = await scorerOf([await pipelineOf({ privacy: { redact: ['email'] } })]).plan([
    input({ id: 'm', text: 'acme', note: `${'word '.repeat(2_000)}bob@example.com` }),
  ]);
  expect(outputsOf(plan).map(textOf).join('')).not.toContain('bob@');
  expect(plan.events).toContainEqual({
    type: 'limit_reached',
    limit: 'redactCharsReadMax',
    pipeline: 'acme',
    count: 1,
  });
});

test('what a sample leaves out is not counted as redacted', async () => {
  const pipeline = await pipelineOf({
    ...{ listen: { query: 'acme', languages: ['de'] }, privacy: { redact: ['email'] } },
    dropped: { sample: 0.1 },
  });
  const plan = await scorerOf([pipeline]).plan([input({ id: 'm', text: TEXT, lang: 'en' })]);
  expect(plan.deliveries[0]?.marks.map(({ type }) => type)).toEqual(['dropped']);
});
