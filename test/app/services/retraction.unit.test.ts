/** Goal: a post that is deleted, or edited into something else, is taken back by the whole road: scorer, bus, watcher. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMemorySnapshotStore } from '../../../src/adapters/memory/memory-snapshots.ts';
import { systemClock } from '../../../src/app/clock.ts';
import { settingsConfig } from '../../../src/app/config/settings.config.ts';
import { startScorer, type ScorerService } from '../../../src/app/services/scorer.service.ts';
import { startWatcher, type WatcherService } from '../../../src/app/services/watcher.service.ts';
import type { Alert } from '../../../src/core/alert/alert.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { memoryBus } from '../../support/bus.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { aTenure } from '../../support/tenure.ts';

const START_MS = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
const rule = { name: 'surge', when: 'volume >= 3', over: '5m' };

let bus: Bus;
let scorer: ScorerService;
let watcher: WatcherService;
let alerts: Alert[];
let outcomes: string[];

beforeEach(async () => {
  bus = await memoryBus();
  [alerts, outcomes] = [[], []];
  const pipeline = await pipelineOf({
    alerts: [rule],
    window: { pane: '10s', allowedLateness: '0s', idleAfter: '1h' },
  });
  const telemetry = (event: TelemetryEvent) => {
    if (event.type === 'versions') for (let n = 0; n < event.messages; n += 1) outcomes.push(event.outcome);
  };
  const common = { bus, telemetry, clock: systemClock };
  scorer = startScorer({ ...common, settings: settingsConfig.parse({}).scorer, pipelines: [pipeline] });
  watcher = await startWatcher({
    ...{ ...common, pipeline: pipeline.config, tenure: aTenure() },
    ...{ snapshots: createMemorySnapshotStore(), snapshotEveryMs: 3_600_000 },
    onScored: () => undefined,
    onAlert: (alert) => alerts.push(alert),
  });
});
afterEach(async () => {
  await scorer.stop();
  await watcher.stop({ save: true });
  await bus.close();
});

async function send(second: number, message: object): Promise<void> {
  const data = JSON.stringify({ time: START_MS + second * 1_000, ...message });
  await bus.publish({ subject: 'earshot.in.test.chat', data });
}
const posts = async () => {
  for (const n of [0, 1, 2]) await send(n, { id: `post-${n}`, text: 'acme is late' });
  await send(4, { id: 'time-goes-on', text: 'acme' });
};
const until = (states: readonly string[]) =>
  vi.waitFor(() => expect(alerts.map(({ state }) => state)).toEqual(states), {
    timeout: 20_000,
    interval: 5,
  });

test.each<[change: string, changes: readonly object[], counted: string[]]>([
  [
    'deleted, without a text',
    [0, 1, 2].map((n) => ({ id: `post-${n}`, kind: 'delete' })),
    ['retracted', 'retracted', 'retracted'],
  ],
  [
    'edited into what nobody listens for',
    [0, 1].map((n) => ({ id: `post-${n}`, kind: 'edit', version: '2', text: 'never mind' })),
    ['retracted', 'retracted'],
  ],
])('an alert whose posts are %s is resolved as retracted', async (_change, changes, counted) => {
  await posts();
  await until(['firing']);
  for (const change of changes) await send(5, change);
  await send(7, { id: 'time-goes-on-again', kind: 'delete' });
  await until(['firing', 'resolved']);
  expect(alerts.at(-1)).toMatchObject({ state: 'resolved', reason: 'retracted' });
  expect(outcomes.slice(0, counted.length)).toEqual(counted);
});

test('the deletion of a message that nobody heard changes nothing', async () => {
  await posts();
  await until(['firing']);
  await send(5, { id: 'another', kind: 'delete' });
  await send(7, { id: 'time-goes-on-again', text: 'acme' });
  await vi.waitFor(() => expect(outcomes).toEqual(['held']), { timeout: 20_000 });
  expect(alerts.map(({ state }) => state)).toEqual(['firing']);
});
