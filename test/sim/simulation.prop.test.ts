/** Goal: whatever a broker does and whenever a program is killed, windows are what an offline count of the messages says, and
 *  alerts are those of a watcher that was never interrupted. Virtual time: a run is the same each time it is run.
 *
 *  `npm run test:sim -- --seeds 10000` for more; `npm run test:sim -- --seeds 1 --seed 7` replays one. */
import { beforeAll, expect, test, vi } from 'vitest';
import { createWatcher } from '../../src/core/alert/watcher.ts';
import type { CompiledPipeline } from '../../src/core/pipeline/compile.ts';
import { pipelineOf } from '../support/pipelines.ts';
import { FIRST_SEED, firstFailure, runSeeds, seedsOr } from './campaign.ts';
import { runScenario, SHAPE } from './scenario.ts';
import type { Spoilt } from './sim-watcher.ts';

const COUNT = seedsOr(60);
const CONTROL_MS_MAX = 400_000;

const PIPELINE = {
  listen: { query: '#acme' },
  window: { pane: '1m', channelsMax: 50 },
  alerts: [
    { name: 'surge', when: `volume >= ${SHAPE.surgeVolume}`, over: '1h', groupBy: ['channel'] },
    { name: 'flurry', when: 'volume >= 3', over: '1m', severity: 'notify' },
  ],
  notify: {
    ...{ groupBy: ['rule', 'channel'], groupWait: '1s', groupInterval: '30s', repeatInterval: '1h' },
    staleAfter: '1m', // Shorter than the longest absence, longer than all others.
  },
};

let pipeline: CompiledPipeline;
beforeAll(async () => {
  pipeline = await pipelineOf(PIPELINE);
});

test(`${COUNT} seeds from ${FIRST_SEED}`, { timeout: 120_000 + COUNT * 500 }, async () => {
  const { copies, faults } = await runSeeds('whole', COUNT, (seed) => runScenario(seed, pipeline));
  if (COUNT >= 60) expect(copies * faults).toBeGreaterThan(0);
});

const COUNTS_COPIES: Spoilt = {
  message: (message, sequence) => ({ ...message, id: `${message.id}@${sequence}` }),
};

test('a seed that fails fails in the same way again: after other runs, and in a program that is new', async () => {
  const { seed, found: failed } = await firstFailure((one) => runScenario(one, pipeline, COUNTS_COPIES));
  for (let other = seed + 1; other < seed + 10; other += 1) await runScenario(other, pipeline);
  expect(await runScenario(seed, pipeline, COUNTS_COPIES)).toEqual(failed);
  vi.resetModules();
  const [{ runScenario: runAnew }, { pipelineOf: pipelineAnew }] = await Promise.all([
    import('./scenario.ts'),
    import('../support/pipelines.ts'),
  ]);
  expect(runAnew).not.toBe(runScenario);
  expect(await runAnew(seed, await pipelineAnew(PIPELINE), COUNTS_COPIES)).toEqual(failed);
});

/** The oracle does see what is done wrong. */
test.each<[string, () => Spoilt]>([
  ['counts a copy like any other message', () => COUNTS_COPIES],
  [
    'takes a snapshot for newer than it is',
    () => ({
      restore: (saved) => ({
        ...saved,
        state: { ...saved.state, lastSequence: saved.state.lastSequence + 5 },
      }),
    }),
  ],
  [
    'counts again what it replays',
    () => ({
      restore: (saved) => ({
        ...saved,
        state: { ...saved.state, lastSequence: 0, ledger: createWatcher(pipeline.config).snapshot().ledger },
      }),
    }),
  ],
  [
    'forgets what people were told',
    () => ({
      restore: (saved) => ({
        ...saved,
        state: { ...saved.state, policy: createWatcher(pipeline.config).snapshot().policy },
      }),
    }),
  ],
  ['carries out commands before the replay is over', () => ({ obeysAtOnce: true })],
  ['takes for stale what an earlier life told', () => ({ followsNobody: true })],
])('negative control: a watcher that %s is found out', { timeout: CONTROL_MS_MAX }, async (_name, spoilt) => {
  const { found } = await firstFailure((seed) => runScenario(seed, pipeline, spoilt()));
  expect(found.wrong).not.toEqual([]);
});
