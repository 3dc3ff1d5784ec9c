/** Goal: whatever a broker does and whenever a program is killed, windows are what an offline count of the messages says, and
 *  alerts are those of a watcher that was never interrupted. Virtual time: a run is the same each time it is run.
 *
 *  `EARSHOT_SIM_SEEDS=20000 npx vitest run test/sim` for more; `EARSHOT_SIM_SEED=7 EARSHOT_SIM_SEEDS=1` replays one. */
import { beforeAll, expect, test } from 'vitest';
import { createWatcher } from '../../src/core/alert/watcher.ts';
import type { CompiledPipeline } from '../../src/core/pipeline/compile.ts';
import { pipelineOf } from '../support/pipelines.ts';
import { runScenario, SHAPE } from './scenario.ts';
import type { Spoilt } from './sim-watcher.ts';

const FIRST = Number(process.env.EARSHOT_SIM_SEED ?? Date.now() % 1_000_000_000);
const COUNT = Number(process.env.EARSHOT_SIM_SEEDS ?? 60);
/** Within so many runs what is done wrong is found out. */
const CONTROL_SEEDS_MAX = 200;

let pipeline: CompiledPipeline;
beforeAll(async () => {
  pipeline = await pipelineOf({
    listen: { query: '#acme' },
    window: { pane: '1m', channelsMax: 50 },
    alerts: [
      { name: 'surge', when: `volume >= ${SHAPE.surgeVolume}`, over: '1h', groupBy: ['channel'] },
      { name: 'flurry', when: 'volume >= 3', over: '1m', severity: 'notify' },
    ],
    notify: { groupBy: ['rule', 'channel'], groupWait: '1s', groupInterval: '30s', repeatInterval: '1h' },
  });
});

const replay = (seed: number) =>
  `replay: EARSHOT_SIM_SEED=${seed} EARSHOT_SIM_SEEDS=1 npx vitest run test/sim`;

test(`${COUNT} seeds from ${FIRST}`, { timeout: 60_000 + COUNT * 500 }, async () => {
  const startMs = performance.now();
  const all = { events: 0, virtualMs: 0, faults: 0, copies: 0, told: 0, commands: 0 };
  for (let seed = FIRST; seed < FIRST + COUNT; seed += 1) {
    const { wrong, virtualMs, events, faults, copies, told, commands } = await runScenario(seed, pipeline);
    expect(wrong, replay(seed)).toEqual([]);
    all.events += events;
    all.virtualMs += virtualMs;
    all.faults += faults;
    all.copies += copies;
    all.told += told;
    all.commands += commands;
  }
  const perMinute = Math.round((COUNT / (performance.now() - startMs)) * 60_000);
  process.stdout.write(`${COUNT} seeds, ${JSON.stringify(all)}: ${perMinute} seeds a minute\n`);
  expect(all.copies * all.faults).toBeGreaterThan(COUNT === 1 ? -1 : 0);
});

test('a seed makes the same run twice', async () => {
  const [one, again] = [await runScenario(FIRST, pipeline), await runScenario(FIRST, pipeline)];
  expect(again).toEqual(one);
});

/** The oracle does see what is done wrong. */
test.each<[string, () => Spoilt]>([
  [
    'counts a copy like any other message',
    () => ({ message: (message, sequence) => ({ ...message, id: `${message.id}@${sequence}` }) }),
  ],
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
])('negative control: a watcher that %s is found out', async (_name, spoilt) => {
  let wrong: readonly string[] = [];
  for (let seed = FIRST; wrong.length === 0 && seed < FIRST + CONTROL_SEEDS_MAX; seed += 1)
    ({ wrong } = await runScenario(seed, pipeline, spoilt()));
  expect(wrong).not.toEqual([]);
});
