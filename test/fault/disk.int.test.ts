/** Goal: the disk of the broker runs full while messages are published; when there is room again everything that it confirmed
 *  comes out, once. Needs the right to mount a tmpfs. */
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { fillDisk, onTmpfs } from '../support/tmpfs.ts';
import { auditStreams, comparePanes, countedPanes } from './audit.ts';
import { makePlan } from './plan.ts';
import { copyProgram } from './variants.ts';
import { startWorld } from './world.ts';

guardAgainstLeaks();

const SEED = Number(process.env.EARSHOT_FAULT_SEED ?? 944_505);
const DISK = '24m';
const FREE_BYTES = 524_288;
/** With nothing confirmed for so long the disk is full. */
const STUCK_MS = 2_500;

let folder = '';
let program = '';
let store = '';

beforeAll(async () => {
  await buildEarshot();
  folder = await tempFolder('variants');
  program = await copyProgram(folder);
  store = await tempFolder('disk');
});
afterAll(async () => {
  await Promise.all([folder, store].map(removeFolder));
});

test(`the disk runs full (EARSHOT_FAULT_SEED=${SEED})`, { timeout: 600_000 }, async ({ skip }) => {
  if (!(await onTmpfs(store, DISK, fillAndEmpty)))
    skip('mounting a tmpfs takes rights that this user has not');
});

async function fillAndEmpty(): Promise<void> {
  const plan = makePlan(2_000, SEED, Date.now());
  const broker = await startNatsServer({ storeFolder: store, jetstream: 'max_file_store: 1GB' });
  const env = { EARSHOT_STORE_BYTES_MAX: String(16 * 1_048_576) };
  const world = await startWorld({ program, variant: 'sound', broker, env });
  try {
    const ballast = await fillDisk(store, FREE_BYTES);
    const running = world.run(plan, []);
    const stuckAt = await stuck(() => world.confirmed.size);
    expect(stuckAt).toBeLessThan(plan.outcomes.size);
    // As an operator does it: removes what takes the room, and starts the server again.
    await rm(ballast);
    await broker.restart();
    await running;
    await world.scored();
    const { lost, twice, astray } = await auditStreams(world.user, plan, world.confirmed);
    const panes = comparePanes(await countedPanes(broker.url), plan.panes);
    expect({ lost, twice, astray, panes }).toEqual({ lost: [], twice: [], astray: [], panes: [] });
    process.stdout.write(
      `disk full: stuck at ${stuckAt} of ${plan.outcomes.size} for ${Math.round(world.stallMs)} ms\n`,
    );
  } catch (error) {
    process.stdout.write(`${world.logs()}\n--\n${broker.log().slice(-3_000)}\n`);
    throw error;
  } finally {
    await world.stop();
  }
}

/** Resolves with a number that has not changed for a while. */
async function stuck(read: () => number): Promise<number> {
  for (let [was, sinceMs] = [read(), performance.now()]; ; await delay(50)) {
    const now = read();
    if (now === was && performance.now() - sinceMs > STUCK_MS) return now;
    if (now !== was) [was, sinceMs] = [now, performance.now()];
  }
}
