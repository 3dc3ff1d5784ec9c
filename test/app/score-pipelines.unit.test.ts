/** Goal: of many pipelines each says of a line what it says alone, and only those whose query matched are listed. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LineScorerOptions } from '../../src/app/score-lines.ts';
import { createMessageScorer } from '../../src/app/score-messages.ts';
import { createPipelinesScorer } from '../../src/app/score-pipelines.ts';
import type { CompiledPipeline } from '../../src/core/pipeline/compile.ts';
import type { OpenFilter } from '../../src/core/relevance/filter/filter.port.ts';
import { pipelineOf } from '../support/pipelines.ts';

/** Takes what speaks of casinos for noise. */
const openFilter: OpenFilter = () =>
  Promise.resolve({
    name: 'test',
    read: (text, { explain } = {}) => ({
      probability: text.includes('casino') ? 0.05 : 0.9,
      ...(explain === true && { because: [{ text: 'casino', kind: 'word', weight: -2, start: 0, end: 6 }] }),
    }),
  });

const optionsFor = ({ config }: CompiledPipeline): LineScorerOptions => ({
  ...{ ...config.sentiment, engine: 'natural' },
  ...{ input: 'auto', explain: false, abstainBelow: config.name === 'sure' ? 0.99 : 0 },
});

const pipelines = await Promise.all(
  [
    { name: 'air', listen: { query: 'air OR awful' } },
    { name: 'sure', listen: { query: 'awful' } },
    { name: 'english', listen: { query: 'a*', languages: ['en'] } },
    { name: 'picky', listen: { query: 'air', classifier: { model: 'test', dropBelow: 0.2 } } },
    { name: 'private', listen: { query: 'air' }, privacy: { redact: ['email'] } },
    {
      name: 'routed',
      listen: { query: 'air' },
      routes: [{ queue: 'unhappy', when: 'label == "negative"' }],
    },
  ].map((config) => pipelineOf(config, openFilter)),
);
const scorerOf = (some = pipelines) =>
  createPipelinesScorer(some, { input: 'auto', explain: false }, optionsFor);

const LINES = [
  'air is awful',
  'air casino is awful',
  'nothing here',
  '{"id":"a","text":"air, write to bob@example.com","lang":"de"}',
  '{"id":"a","text":"air, write to bob@example.com","lang":"de"}',
  '{"id":"b","text":"excellent"}',
  '{"id":"c","time":"noon","text":"air"}',
  '',
];

test('each of them says what it says alone', async () => {
  const all = await (await scorerOf())(LINES);
  for (const pipeline of pipelines) {
    const { score } = await createMessageScorer(optionsFor(pipeline), pipeline);
    for (const [at, alone] of (await score(LINES)).entries()) {
      const line = all[at];
      if (alone.decision === 'dead') {
        expect(line).toEqual(alone);
        continue;
      }
      const { id, cluster, ...said } = alone;
      expect([undefined, line && 'id' in line ? line.id : undefined]).toContain(id);
      expect(cluster).toBeUndefined();
      const among = line && 'pipelines' in line ? line.pipelines : [];
      const own = among.find((one) => one.pipeline === pipeline.config.name);
      const isUnmatched = said.relevance.reason === 'unmatched';
      expect(own).toEqual(isUnmatched ? undefined : { pipeline: pipeline.config.name, ...said });
    }
  }
});

test.each([
  ['matched by none', 2, { decision: 'dropped', relevance: { verdict: 'drop', reason: 'unmatched', matched: [] }, pipelines: [] }],
  ['kept by one is kept', 1, { decision: 'kept' }],
  ['a copy is dropped by all', 4, { id: 'a', decision: 'dropped', pipelines: [{ pipeline: 'air', relevance: { reason: 'duplicate' } }, { pipeline: 'english', relevance: { reason: 'language' } }, { pipeline: 'picky' }, { pipeline: 'private' }, { pipeline: 'routed' }] }],
  ['dead for all', 6, { decision: 'dead', reason: 'bad_time' }],
])('%s', async (_what, line, expected) => {
  expect((await (await scorerOf())(LINES))[line]).toMatchObject(expected);
}); // prettier-ignore

test('lines by twos or all at once: the same', async () => {
  const [whole, pieces] = [await scorerOf(), await scorerOf()];
  const expected = await whole(LINES);
  const answers = [];
  for (let at = 0; at < LINES.length; at += 2) answers.push(...(await pieces(LINES.slice(at, at + 2))));
  expect(answers).toEqual(expected);
});

test('hundreds of pipelines: those are listed whose word is there', async () => {
  const many = await Promise.all(
    Array.from({ length: 300 }, (_, n) => pipelineOf({ name: `p${n}`, listen: { query: `word${n}` } })),
  );
  const score = await scorerOf(many);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(400), { maxLength: 6 }), async (words) => {
      const [line] = await score([words.map((n) => `word${n}`).join(' ')]);
      const names = line && 'pipelines' in line ? line.pipelines.map(({ pipeline }) => pipeline) : [];
      const expected = words.filter((n) => n < 300).sort((a, b) => a - b);
      expect(names).toEqual(expected.map((n) => `p${n}`));
    }),
    { numRuns: 100 },
  );
});
