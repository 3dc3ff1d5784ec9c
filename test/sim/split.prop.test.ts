/** Goal: a pipeline that is split says and counts what one watcher says and counts that was never interrupted, however its machines are
 *  killed, drained, held up and misled about the time. Virtual time: a run is the same each time it is run.
 *
 *  `npm run test:sim -- --seeds 10000` for more; `npm run test:sim -- --seeds 1 --seed 7` replays one. */
import { beforeAll, expect, test } from 'vitest';
import './stand-ins.ts';
import type { OutboundMessage } from '../../src/core/bus/bus.port.ts';
import type { ShardReport } from '../../src/core/partition/report.ts';
import type { CompiledPipeline } from '../../src/core/pipeline/compile.ts';
import { pipelineOf } from '../support/pipelines.ts';
import { FIRST_SEED, firstFailure, runSeeds, seedsOr } from './campaign.ts';
import { runSplit } from './split-scenario.ts';

const COUNT = seedsOr(10);
const CONTROL_MS_MAX = 400_000;

const byChannel = { groupBy: ['channel'] };
const PIPELINE = {
  listen: { query: '#acme' },
  window: { pane: '2s', allowedLateness: '5s', futureSkewMax: '20s', idleAfter: '500ms' },
  alerts: [
    { name: 'surge', when: 'volume >= 4', over: '5s' },
    { name: 'held', when: 'volume >= 2', over: '10s', for: '1s', keepFiringFor: '2s' },
    { name: 'here', when: 'volume >= 2', over: '5s', ...byChannel },
    { name: 'bad', when: 'negativeShare > 0.6 && authors >= 2', over: '10s', ...byChannel },
    // Keep what is compared in the end.
    { name: 'never', when: 'volume > 100000', over: '9m' },
    { name: 'never-here', when: 'volume > 100000', over: '9m', ...byChannel },
  ],
  notify: { groupBy: ['rule', 'channel'], groupWait: '1s', groupInterval: '2s', repeatInterval: '1h' },
};

let pipelines: CompiledPipeline[];
beforeAll(async () => {
  pipelines = await Promise.all([2, 3].map((shards) => pipelineOf({ ...PIPELINE, watch: { shards } })));
});

test(`${COUNT} seeds from ${FIRST_SEED}`, { timeout: 120_000 + COUNT * 1_000 }, async () => {
  const { tenures, alerts } = await runSeeds('split', COUNT, (seed) => runSplit(seed, pipelines));
  if (COUNT >= 10) expect(tenures * alerts).toBeGreaterThan(0);
});

test(
  'a seed that fails fails in the same way again, after other runs',
  { timeout: CONTROL_MS_MAX },
  async () => {
    const { seed, found } = await firstFailure((one) =>
      runSplit(one, pipelines, { distort: countedTwice() }),
    );
    await runSplit(seed + 1, pipelines);
    expect(await runSplit(seed, pipelines, { distort: countedTwice() })).toEqual(found);
  },
);

test(
  'negative control: a watcher that takes a network that swallows for silence is found out',
  { timeout: CONTROL_MS_MAX },
  async () => {
    const { found } = await firstFailure((one) => runSplit(one, pipelines, { trustsSilence: true }));
    expect(found.wrong.join()).toMatch(/said|not everything/);
  },
);

type Distort = (message: OutboundMessage) => OutboundMessage;

/** What shards tell, told otherwise. */
function changed(change: (report: ShardReport) => ShardReport): Distort {
  return (message) => {
    if (!message.subject.startsWith('earshot.part.') || typeof message.data !== 'string') return message;
    return { ...message, data: JSON.stringify(change(JSON.parse(message.data) as ShardReport)) };
  };
}

/** No entry is known by its place. */
function countedTwice(): Distort {
  let reports = 0;
  return changed((report) => {
    reports += 1;
    return {
      ...report,
      entries: report.entries.map((entry) => ({ ...entry, index: entry.index + reports * 1_000 })),
    };
  });
}
