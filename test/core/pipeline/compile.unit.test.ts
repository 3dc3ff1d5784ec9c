/** Goal: everything that a schema cannot find is found at once, each with its path. */
import { expect, test } from 'vitest';
import { keyedHash } from '../../../src/adapters/crypto/keyed-hash.ts';
import { engines } from '../../../src/app/engines.ts';
import { compilePipeline } from '../../../src/core/pipeline/compile.ts';
import { configOf, pipelineOf } from '../../support/pipelines.ts';

test('every problem at once', async () => {
  const compiled = await compilePipeline(
    configOf({
      listen: { query: 'acme AND', classifier: { model: 'none', dropBelow: 0.2 } },
      routes: [
        { queue: 'q', when: 'true' },
        { queue: 'r', when: 'nobody == 1' },
      ],
      alerts: [
        { name: 'a', when: 'volume' },
        { name: 'b', when: 'volume > 1', resolveWhen: '1 +' },
      ],
    }),
    engines,
    keyedHash,
    (model) => Promise.reject(new Error(`no filter '${model}'`)),
  );
  expect(compiled.ok ? [] : compiled.problems.map(({ path }) => path.join('.')).sort()).toEqual([
    'alerts.0.when',
    'alerts.1.resolveWhen',
    'listen.classifier.model',
    'listen.query',
    'routes.1.when',
  ]);
});

test('a rule over less than a pane is doubtful; over a pane, and of trends, it is not', async () => {
  const alerts = [
    { name: 'short', when: 'volume > 1', over: '10s' },
    { name: 'just', when: 'volume > 1', over: '1m' },
    { name: 'rising', trend: {}, over: '10s' },
  ];
  const config = configOf({ listen: { query: 'acme' }, window: { pane: '1m' }, trends: {}, alerts });
  const compiled = await compilePipeline(config, engines, keyedHash, () => Promise.reject(new Error('none')));
  expect(compiled.ok && compiled.warnings).toEqual([
    {
      path: ['alerts', 0, 'over'],
      message:
        '10s is shorter than window.pane, 1m: whole panes are summed, so the condition sees up to 1m10s',
    },
  ]);
});

test('what runs: defaults, the engine by name, languages', async () => {
  const pipeline = await pipelineOf({
    listen: { query: 'acme', languages: ['en'] },
    sentiment: { engine: 'wink' },
  });
  expect(pipeline.engine.name).toBe('wink');
  expect(pipeline.config).toMatchObject({
    source: { subjects: ['earshot.in.>'] },
    dropped: { sample: 1 },
    sinks: [],
    alerts: [],
  });
  expect([{ lang: 'en' }, { lang: 'de' }, {}].map((message) => pipeline.speaks(message))).toEqual([
    true,
    false,
    true,
  ]);
});
