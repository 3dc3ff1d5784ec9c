/** Goal: the filter in the scorer: what is published of a verdict, what it costs, and what is counted. */
import { expect, test } from 'vitest';
import type { StoredMessage } from '../../../src/core/bus/bus.port.ts';
import type { CompiledPipeline } from '../../../src/core/pipeline/compile.ts';
import { markFeatures } from '../../../src/core/relevance/marks/features.ts';
import { GrowingLayer } from '../../../src/core/relevance/marks/layer.ts';
import { eventsOf } from '../../../src/core/scorer/marks.ts';
import { createScorer, type Plan, type ScorerOptions } from '../../../src/core/scorer/scorer.ts';
import { opening, wordFilter } from '../../support/filters.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const clock = { nowMs: () => 0, monotonicMs: () => 0 };
const classifier = { model: 'words', dropBelow: 0.2, reviewBelow: 0.6 };
const WEIGHTS = { prize: -3, win: -1, delay: 3 };

function scorerOf(pipelines: readonly CompiledPipeline[], options: Partial<ScorerOptions> = {}) {
  const limits = { payloadBytesMax: 1_048_576, dedupeKeysMax: 1_000 };
  return createScorer({ pipelines, clock, random: () => 0.5, ...limits, ...options });
}

let sequence = 0;
function input(id: string, text: string, fields: object = {}): StoredMessage {
  sequence += 1;
  const data = new TextEncoder().encode(JSON.stringify({ id, text, ...fields }));
  return { subject: 'earshot.in.test.chat', data, sequence, storedAtMs: 0 };
}

type Published = Record<'relevance' | 'dropped', Record<string, unknown> | undefined> & {
  readonly text: string;
};

const outputsOf = (plan: Plan) =>
  plan.deliveries.flatMap(({ outputs }) =>
    outputs.map(({ subject, data }) => ({
      subject,
      message: JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data)) as Published,
    })),
  );
const subjectsOf = (plan: Plan) => outputsOf(plan).map(({ subject }) => subject);
const countsOf = (plan: Plan) =>
  eventsOf(
    plan.deliveries.flatMap(({ marks }) => marks),
    0,
  );

async function filtered(reads: { text: string; explain: boolean }[] = [], overrides: object = {}) {
  const listen = { query: 'acme', languages: ['en'], classifier };
  return pipelineOf(
    { listen, sentiment: { engine: 'natural' }, ...overrides },
    opening(wordFilter(WEIGHTS, reads)),
  );
}

test('kept, for review, dropped: with the numbers, the words and the query terms', async () => {
  const plan = await scorerOf([await filtered()]).plan([
    input('a', 'acme delay'),
    input('b', 'acme'),
    input('c', 'acme win a prize'),
    input('d', 'acme', { lang: 'sv' }),
    input('a', 'acme delay'),
    input('e', 'nothing'),
  ]);
  expect(subjectsOf(plan).map((subject) => subject.split('.').slice(1, 4).join('.'))).toEqual([
    'scored.acme.chat',
    'scored.acme.chat',
    'dropped.acme.irrelevant',
    'dropped.acme.language',
    'dropped.acme.duplicate',
    'dropped.all.unmatched',
  ]);
  expect(outputsOf(plan).map(({ message }) => message.relevance ?? message.dropped)).toEqual([
    { matched: ['acme'], verdict: 'keep', probability: 0.952574, base: 0.952574, correction: 0 },
    { matched: ['acme'], verdict: 'review', probability: 0.5, base: 0.5, correction: 0 },
    {
      ...{
        reason: 'irrelevant',
        sample: 1,
        matched: ['acme'],
        probability: 0.017986,
        base: 0.017986,
        correction: 0,
      },
      because: [
        { text: 'prize', start: 3, end: 8, weight: -3, kind: 'word' },
        { text: 'win', start: 1, end: 4, weight: -1, kind: 'word' },
      ],
    },
    { reason: 'language', sample: 1, matched: ['acme'] },
    { reason: 'duplicate', sample: 1, matched: ['acme'] },
    { reason: 'unmatched', sample: 1 },
  ]);
});

test('a pipeline without a filter says keep, and reads nothing', async () => {
  const plan = await scorerOf([await pipelineOf({ sentiment: { engine: 'natural' } })]).plan([
    input('z', 'acme'),
  ]);
  expect(outputsOf(plan)[0]?.message.relevance).toEqual({ matched: ['acme'], verdict: 'keep' });
  expect(countsOf(plan).map(({ type }) => type)).toEqual(['scored']);
});

test('the filter reads what matched, once for all its pipelines; words only for what is published', async () => {
  const reads: { text: string; explain: boolean }[] = [];
  const open = opening(wordFilter(WEIGHTS, reads));
  const pipelines = await Promise.all(
    ['one', 'two'].map((name) =>
      pipelineOf({ name, listen: { query: 'acme', classifier }, dropped: { sample: 0.5 } }, open),
    ),
  );
  const draws: number[] = [];
  const scorer = scorerOf(pipelines, { random: () => draws.shift() ?? 0.9 });
  draws.push(0.9, 0.1);
  const plan = await scorer.plan([input('a', 'acme prize'), input('b', 'something else')]);
  expect(subjectsOf(plan)).toEqual(['earshot.dropped.two.irrelevant']);
  expect(outputsOf(plan)[0]?.message.dropped).toMatchObject({ sample: 0.5, because: [{ text: 'prize' }] });
  expect(reads).toEqual([
    { text: 'acme prize', explain: false },
    { text: 'acme prize', explain: true },
  ]);
  expect(countsOf(plan)).toContainEqual({
    type: 'dropped',
    pipeline: 'one',
    reason: 'irrelevant',
    messages: 1,
  });
});

test('what was dropped is not read by an engine that computes elsewhere', async () => {
  const calls: (readonly string[])[] = [];
  const engine: CompiledPipeline['engine'] = {
    ...{ name: 'batching', kind: 'batch', languages: new Set(['en']) },
    readBatch: (batch) => {
      calls.push(batch);
      return Promise.resolve(batch.map(() => ({ probability: { negative: 0, neutral: 1, positive: 0 } })));
    },
  };
  const pipeline = { ...(await filtered()), engine };
  await scorerOf([pipeline]).plan([
    input('a', 'acme prize'),
    input('b', 'acme delay'),
    input('b', 'acme delay'),
  ]);
  expect(calls).toEqual([['acme delay']]);
});

test('marks turn a verdict within their clamp; it says so, and is counted', async () => {
  const layer = new GrowingLayer();
  const pipeline = await filtered();
  const scorer = scorerOf([pipeline], { layerOf: () => layer });
  const [before] = outputsOf(await scorer.plan([input('a', 'acme tools catalogue')]));
  expect(before?.message.relevance).toMatchObject({ verdict: 'review', correction: 0 });
  const features = markFeatures('acme tools catalogue');
  layer.add(
    Array.from({ length: 40 }, (_, at) => ({
      key: String(at),
      sequence: at,
      keep: false,
      features,
      base: 0.5,
    })),
  );
  const plan = await scorer.plan([
    input('b', 'acme tools catalogue'),
    input('c', 'acme delay tools catalogue'),
  ]);
  const [dropped, kept] = outputsOf(plan);
  expect(dropped?.message.dropped).toMatchObject({
    base: 0.5,
    correction: -2,
    overruled: 'review',
    probability: 0.119203,
  });
  expect(kept?.message.relevance).toMatchObject({ verdict: 'keep', base: 0.952574 }); // Sure enough to stay.
  expect(countsOf(plan)).toContainEqual({
    type: 'judged',
    pipeline: 'acme',
    verdict: 'drop',
    overruled: true,
    messages: 1,
  });
  expect(countsOf(plan)).toContainEqual({
    type: 'judged',
    pipeline: 'acme',
    verdict: 'keep',
    overruled: false,
    messages: 1,
  });
});

test('a filter that breaks makes a dead letter of that message alone', async () => {
  const filter = wordFilter(WEIGHTS);
  const breaking = {
    ...filter,
    read: (text: string) => (text.includes('boom') ? (undefined as never) : filter.read(text)),
  };
  const pipeline = { ...(await filtered()), filter: breaking };
  const plan = await scorerOf([pipeline]).plan([input('a', 'acme boom'), input('b', 'acme delay')]);
  expect(subjectsOf(plan).map((subject) => subject.split('.')[1])).toEqual(['dead', 'scored']);
});

test('words of an explanation hold nothing that the pipeline redacts', async () => {
  const privacy = { redact: ['email'] };
  const plan = await scorerOf([await filtered([], { privacy })]).plan([
    input('a', 'acme prize for prize@example.com'),
  ]);
  const text = JSON.stringify(outputsOf(plan)[0]?.message);
  expect(text).toContain('irrelevant');
  expect(text).not.toContain('example.com');
});
