/** Goal: thresholds, corrections within their clamp, explanations, and the whole answer of one pipeline. */
import { expect, test } from 'vitest';
import { createRelevanceJudge } from '../../../src/core/relevance/judge.ts';
import { GrowingLayer } from '../../../src/core/relevance/marks/layer.ts';
import { markFeatures } from '../../../src/core/relevance/marks/features.ts';
import { classifierConfig } from '../../../src/core/relevance/relevance.config.ts';
import { judgeReading } from '../../../src/core/relevance/verdict.ts';
import type { Message } from '../../../src/core/message/message.ts';
import { opening, wordFilter } from '../../support/filters.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const config = { dropBelow: 0.2, reviewBelow: 0.6, correctionMax: 2 };

test.each<[string, number, number, object]>([
  ['sure', 0.9, 0, { verdict: 'keep', probability: 0.9, base: 0.9, correction: 0 }],
  ['at reviewBelow', 0.6, 0, { verdict: 'keep' }],
  ['just below', 0.5999, 0, { verdict: 'review' }],
  ['at dropBelow', 0.2, 0, { verdict: 'review' }],
  ['below dropBelow', 0.1999, 0, { verdict: 'drop' }],
  [
    'a correction that changes nothing but the number',
    0.9,
    -0.5,
    { verdict: 'keep', base: 0.9, correction: -0.5 },
  ],
  ['marks turn it', 0.5, -2, { verdict: 'drop', overruled: 'review', base: 0.5, probability: 0.119203 }],
  ['marks rescue it', 0.15, 1, { verdict: 'review', overruled: 'drop' }],
  [
    'marks beyond the clamp',
    0.6,
    -50,
    { verdict: 'drop', correction: -2, probability: 0.168747, overruled: 'keep' },
  ],
  ['what the model is sure of stays', 0.95, -50, { verdict: 'keep', correction: -2, probability: 0.719995 }],
  ['a model that is certain', 0, 50, { verdict: 'drop', base: 0 }],
])('judgeReading: %s', (_what, base, correction, expected) => {
  const verdict = judgeReading({ probability: base }, config, correction);
  expect(verdict).toMatchObject(expected);
  if (!('overruled' in expected)) expect(verdict).not.toHaveProperty('overruled');
});

test('reviewBelow must not lie below dropBelow; without it nothing is marked for review', () => {
  const parse = (extra: object) => classifierConfig.safeParse({ model: 'm', dropBelow: 0.3, ...extra });
  expect(parse({ reviewBelow: 0.2 }).error?.issues[0]).toMatchObject({
    path: ['reviewBelow'],
    message: 'reviewBelow (0.2) must be at least dropBelow (0.3)',
  });
  expect(parse({ reviewBelow: 0.3 }).success).toBe(true);
  expect(judgeReading({ probability: 0.3 }, { dropBelow: 0.3, correctionMax: 2 }).verdict).toBe('keep');
});

const message = (text: string, fields: Partial<Message> = {}): Message => {
  return {
    id: text,
    version: '0',
    kind: 'create',
    time: 0,
    channel: 'chat',
    source: 'test',
    text,
    ...fields,
  };
};

test('one pipeline answers for itself: query, language, filter, with the words', async () => {
  const filter = wordFilter({ prize: -3, delay: 3, win: -1 });
  const listen = { query: 'acme', languages: ['en'], classifier: { model: 'words', ...config } };
  const judge = createRelevanceJudge(await pipelineOf({ listen }, opening(filter)));
  expect(judge(message('nothing'))).toEqual({ verdict: 'drop', reason: 'unmatched', matched: [] });
  expect(judge(message('acme', { lang: 'sv' }))).toMatchObject({ verdict: 'drop', reason: 'language' });
  expect(judge(message('acme delay'))).toMatchObject({ verdict: 'keep', matched: ['acme'], base: 0.952574 });
  expect(judge(message('acme'))).toMatchObject({ verdict: 'review', probability: 0.5 });
  const dropped = judge(message('acme win a prize'), { explain: true });
  expect(dropped).toMatchObject({ verdict: 'drop', reason: 'irrelevant', matched: ['acme'] });
  expect(dropped.because?.map(({ text, weight }) => [text, weight])).toEqual([
    ['prize', -3],
    ['win', -1],
  ]);
});

test('without a filter, and without a text, everything that matches is kept', async () => {
  const bare = createRelevanceJudge(await pipelineOf());
  expect(bare(message('acme'))).toEqual({ verdict: 'keep', matched: ['acme'] });
  const listen = {
    query: 'channel:chat',
    classifier: { model: 'words', ...config, dropBelow: 1, reviewBelow: 1 },
  };
  const judge = createRelevanceJudge(await pipelineOf({ listen }, opening(wordFilter({}))));
  expect(judge(message(' '))).toEqual({ verdict: 'keep', matched: ['channel:chat'] });
  expect(judge(message('x')).verdict).toBe('drop');
});

test('the filter reads what the pipeline publishes, and marks speak through the layer', async () => {
  const reads: { text: string; explain: boolean }[] = [];
  const listen = { query: 'acme', classifier: { model: 'words', ...config } };
  const pipeline = await pipelineOf(
    { listen, privacy: { redact: ['email'] } },
    opening(wordFilter({}, reads)),
  );
  const layer = new GrowingLayer();
  const features = markFeatures('acme bob');
  layer.add([{ key: 'a', sequence: 1, keep: false, features, base: 0.5 }]);
  const judged = createRelevanceJudge(pipeline, layer)(message('acme bob bob@example.com'));
  expect(reads.map(({ text }) => text.includes('@example'))).toEqual([false]);
  expect(judged.correction).toBeLessThan(0);
});
