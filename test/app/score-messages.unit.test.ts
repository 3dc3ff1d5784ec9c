/** Goal: each line is told what the pipeline would do with it, as the scorer does. */
import { expect, test } from 'vitest';
import { createMessageScorer } from '../../src/app/score-messages.ts';
import type { LineScorerOptions } from '../../src/app/score-lines.ts';
import type { OpenFilter } from '../../src/core/relevance/filter/filter.port.ts';
import { pipelineOf } from '../support/pipelines.ts';

/** Takes what speaks of casinos for noise. */
const openFilter: OpenFilter = () =>
  Promise.resolve({
    name: 'test',
    read: (text, { explain } = {}) => ({
      probability: text.includes('casino') ? 0.05 : text.includes('odd') ? 0.4 : 0.9,
      ...(explain === true && { because: [{ text: 'casino', kind: 'word', weight: -2, start: 0, end: 6 }] }),
    }),
  });

async function scorerOf(overrides: object = {}, options: Partial<LineScorerOptions> = {}) {
  const pipeline = await pipelineOf(
    {
      listen: {
        query: 'acme',
        languages: ['en'],
        classifier: { model: 'test', dropBelow: 0.2, reviewBelow: 0.5 },
      },
      routes: [{ queue: 'unhappy', when: 'label == "negative"' }],
      privacy: { redact: ['email'] },
      ...overrides,
    },
    openFilter,
  );
  const all = {
    engine: 'natural',
    input: 'auto',
    explain: false,
    abstainBelow: 0,
    identify: true,
    ...options,
  } as const;
  return createMessageScorer(all, pipeline);
}

test.each<[string, string, LineScorerOptions['input'], object]>([
  ['a text', 'acme is awful', 'auto', { decision: 'kept', label: 'negative', lang: 'und', routes: ['unhappy'], relevance: { verdict: 'keep', matched: ['acme'], probability: 0.9 } }],
  ['a message', '{"id":"a","text":"acme is excellent","time":1760000000000}', 'ndjson', { id: 'a', decision: 'kept', label: 'positive', routes: [] }],
  ['not matched', 'awful weather', 'auto', { decision: 'dropped', label: 'negative', relevance: { verdict: 'drop', reason: 'unmatched', matched: [] }, routes: [] }],
  ['another language', '{"id":"b","text":"acme","lang":"de"}', 'auto', { decision: 'dropped', relevance: { reason: 'language' }, lang: 'de' }],
  ['irrelevant, with its words', 'acme casino is awful', 'auto', { decision: 'dropped', relevance: { verdict: 'drop', reason: 'irrelevant', probability: 0.05, because: [{ text: 'casino' }] }, routes: [] }],
  ['for review', 'acme is odd', 'auto', { decision: 'kept', relevance: { verdict: 'review', probability: 0.4 } }],
  ['redacted', 'acme, write to bob@example.com', 'auto', { decision: 'kept', redacted: { email: 1 }, text: expect.not.stringContaining('bob') as string }],
  ['an object without an id', '{"text":"acme is awful"}', 'ndjson', { decision: 'kept', label: 'negative' }],
  ['an object that is a text', '{"note":"acme"}', 'auto', { decision: 'kept' }],
  ['what only begins like JSON', '{acme', 'auto', { decision: 'kept' }],
  ['JSON taken as text', '{"id":"a","text":"acme"}', 'text', { decision: 'kept' }],
  ['a blank line', '', 'auto', { decision: 'dropped', reason: 'no_text', relevance: { reason: 'unmatched' } }],
  ['dead by its time', '{"id":"a","text":"acme","time":"noon"}', 'auto', { decision: 'dead', reason: 'bad_time', error: expect.stringContaining('noon') as string }],
  ['dead: no JSON', 'acme', 'ndjson', { decision: 'dead', reason: 'invalid_json' }],
  ['dead: no id, no text', '{"note":1}', 'ndjson', { decision: 'dead', reason: 'missing_id' }],
  ['dead: several', '[{"id":1,"text":"a"},{"id":2,"text":"b"}]', 'ndjson', { decision: 'dead', reason: 'too_many' }],
])('%s (%s)', async (_what, line, input, expected) => {
  const { score } = await scorerOf({}, { input });
  expect((await score([line]))[0]).toMatchObject(expected);
}); // prettier-ignore

test('a line without an id has none in its answer; one message twice is a duplicate, and no copy of itself', async () => {
  const { score } = await scorerOf();
  const line = '{"id":"a","text":"acme is a very good company in many ways"}';
  const [first, second, third] = await score([line, line, 'acme']);
  expect(first).not.toHaveProperty('cluster');
  expect(second).toMatchObject({ decision: 'dropped', relevance: { reason: 'duplicate' } });
  expect(second).not.toHaveProperty('cluster');
  expect(third).not.toHaveProperty('id');
});

test('a copy is told its cluster, also where the pipeline drops it; clusters are told at the end', async () => {
  const scorer = await scorerOf({ duplicates: { count: 'weighted', copiesMin: 3 } });
  const lines = ['a', 'b', 'c'].map((id) =>
    JSON.stringify({
      id,
      time: 1_760_000_000_000,
      author: id,
      text: 'weather forecast for the coming week is very good',
    }),
  );
  const [first, , third] = [
    ...(await scorer.score(lines.slice(0, 2))),
    ...(await scorer.score(lines.slice(2))),
  ];
  expect(first).not.toHaveProperty('cluster');
  expect(third).toMatchObject({
    decision: 'dropped',
    cluster: { copies: 3, authors: 3, verdict: 'organic', weight: 1 / 3 },
  });
  expect(scorer.clusters()).toMatchObject([
    { copies: 3, representative: { text: expect.stringMatching(/^weather/) as string } },
  ]);
});
