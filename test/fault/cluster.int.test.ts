/** Goal: a JetStream cluster of three with three copies of each stream loses its leader by `kill -9` while messages are
 *  published, and nothing is lost or stored twice; how long publishing stands still is said. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsCluster } from '../support/nats-cluster.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { auditStreams, comparePanes, countedPanes, judgeAlerts, untilResolved } from './audit.ts';
import { makePlan } from './plan.ts';
import { copyProgram } from './variants.ts';
import { startWorld } from './world.ts';

guardAgainstLeaks();

const SEED = Number(process.env.EARSHOT_FAULT_SEED ?? 944_505);
const MESSAGES = Math.min(Number(process.env.EARSHOT_FAULT_MESSAGES ?? 2_000), 10_000);

let folder = '';
let program = '';

beforeAll(async () => {
  await buildEarshot();
  folder = await tempFolder('variants');
  program = await copyProgram(folder);
});
afterAll(() => removeFolder(folder));

test(`the leader is killed (EARSHOT_FAULT_SEED=${SEED})`, { timeout: 900_000 }, async () => {
  const plan = makePlan(MESSAGES, SEED, Date.now());
  const broker = await startNatsCluster();
  const world = await startWorld({ program, variant: 'sound', broker, env: { EARSHOT_NATS_REPLICAS: '3' } });
  try {
    await world.run(plan, [{ name: 'kill broker', at: 0.4, ms: 0 }]);
    await world.scored();
    const { lost, twice, astray } = await auditStreams(world.user, plan, world.confirmed);
    const panes = comparePanes(await countedPanes(broker.url), plan.panes);
    await world.publish(plan.closing);
    const alerts = judgeAlerts(await untilResolved(world.user), plan);
    process.stdout.write(`leader killed: publishing stood still for ${Math.round(world.stallMs)} ms\n`);
    expect({ lost, twice, astray, panes, alerts }).toEqual({
      lost: [],
      twice: [],
      astray: [],
      panes: [],
      alerts: [],
    });
  } finally {
    await world.stop();
  }
});
