/** Goal: whatever is killed, cut or held up, nothing that the broker confirmed to a producer is lost, nothing is stored twice,
 *  the watcher counts each message once, and each alert is told once with its end.
 *
 *  `npm run test:fault -- --seeds 3 --seed 7` runs it in full, and draws a seed where none is given; here it is short, and each
 *  run draws the same. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import {
  auditStreams,
  comparePanes,
  countedPanes,
  judgeAlerts,
  repeatedNotifications,
  untilResolved,
} from './audit.ts';
import { makePlan, type Plan } from './plan.ts';
import { describeSchedule, FAULTS, makeSchedule, type FaultName } from './schedule.ts';
import { copyProgram, WRONG_SCORERS, type Variant } from './variants.ts';
import { startWorld, type World } from './world.ts';

guardAgainstLeaks();

const { EARSHOT_FAULT_SEED, EARSHOT_FAULT_SEEDS = '1', EARSHOT_FAULT_MESSAGES } = process.env;
const isFull = EARSHOT_FAULT_MESSAGES !== undefined;
const MESSAGES = Number(EARSHOT_FAULT_MESSAGES ?? 3_000);
const FIRST_SEED = Number(EARSHOT_FAULT_SEED ?? 944_505);
const SEEDS = Array.from({ length: Number(EARSHOT_FAULT_SEEDS) }, (_, index) => FIRST_SEED + index);
const RUN_MS_MAX = isFull ? 1_800_000 : 600_000;
const KILLS: readonly FaultName[] = ['kill worker 0', 'kill worker 1'];

let folder = '';
let program = '';

beforeAll(async () => {
  await buildEarshot();
  folder = await tempFolder('variants');
  program = await copyProgram(folder);
});
afterAll(() => removeFolder(folder));

interface Run {
  readonly seed: number;
  readonly variant?: Variant;
  readonly duplicateWindow?: string | undefined;
  readonly pipeline?: string;
  readonly faults: readonly FaultName[];
  readonly strikes: number;
  readonly messages?: number;
}

/** What is wrong with what the streams hold in the end; `more` looks further. */
async function run<T extends object>(
  { seed, variant = 'sound', duplicateWindow, pipeline, faults, strikes, messages = MESSAGES }: Run,
  more: (world: World, plan: Plan) => Promise<T>,
) {
  const plan = makePlan(messages, seed, Date.now());
  const schedule = makeSchedule(faults, strikes, seed);
  say(`seed ${seed}, ${variant}, ${messages} messages: ${describeSchedule(schedule)}`);
  const startMs = performance.now();
  const world = await startWorld({
    ...{ program, variant },
    ...(duplicateWindow && { duplicateWindow }),
    ...(pipeline && { pipeline }),
  });
  try {
    const startedMs = performance.now();
    await world.run(plan, schedule);
    await world.scored();
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    const found = await auditStreams(world.user, plan, world.confirmed);
    const { scored, dropped, dead } = found.stored;
    say(
      `  ${world.confirmed.size} confirmed in ${plan.sends.length} sends and ${seconds} s, ${world.lives} lives of workers, longest stall ${Math.round(world.stallMs)} ms; ` +
        `stored ${scored} scored, ${dropped} dropped, ${dead} dead: ${found.lost.length} lost, ${found.twice.length} twice`,
    );
    const confirmed = world.confirmed.size;
    const further = await more(world, plan);
    say(`  ${((performance.now() - startMs) / 1_000).toFixed(1)} s in all`);
    return { ...found, ...further, confirmed, expected: plan.outcomes.size };
  } catch (error) {
    say(world.logs());
    throw error;
  } finally {
    await world.stop();
  }
}

/** What the watcher counted, and what it told, that it should not. */
async function watched(world: World, plan: Plan) {
  const panes = comparePanes(await countedPanes(world.broker.url), plan.panes);
  await world.publish(plan.closing);
  const alerts = await untilResolved(world.user);
  const again = await repeatedNotifications(world.user);
  const wrong = [...judgeAlerts(alerts, plan), ...again.map((id) => `notification ${id}: again`)];
  say(
    `  ${plan.panes.size} panes, ${panes.length} wrong; ${alerts.length} alert messages, ${wrong.length} wrong`,
  );
  return { panes, alerts: wrong };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const replay = (seed: number) =>
  `replay: npm run test:fault -- --seeds 1 --seed ${seed} --messages ${MESSAGES}`;

test.each(SEEDS)('seed %i: nothing is lost, nothing counts twice', { timeout: RUN_MS_MAX }, async (seed) => {
  const found = await run({ seed, faults: FAULTS, strikes: FAULTS.length * (isFull ? 2 : 1) }, watched);
  expect(found.confirmed, replay(seed)).toBe(found.expected);
  const { lost, twice, astray, panes, alerts } = found;
  const all = { lost, twice, astray, panes, alerts };
  expect(all, replay(seed)).toEqual({ lost: [], twice: [], astray: [], panes: [], alerts: [] });
});

test('copies that the broker has forgotten count once', { timeout: RUN_MS_MAX }, async () => {
  const seed = FIRST_SEED;
  const few = { strikes: 3, messages: 1_500 };
  const found = await run({ seed, duplicateWindow: '1s', faults: KILLS, ...few }, watched);
  const { lost, panes, alerts } = found;
  expect({ lost, panes, alerts }, replay(seed)).toEqual({ lost: [], panes: [], alerts: [] });
});

/** Keys that stand in several inputs, of which one has many lines: the broker cannot tell such copies. */
function copiedIn({ sends }: Plan): Set<string> {
  const keys = [...new Map(sends.map((send) => [send.id, send.keys])).values()].flat();
  return new Set(keys.filter((key, index) => keys.indexOf(key) !== index));
}

/** Gathered batches are others after a crash: the streams hold copies then, and the watcher counts once. */
test.each(['{}', '{ gather: true }'])(
  'scored messages in batches (%s): nothing is lost, nothing counts twice',
  { timeout: RUN_MS_MAX },
  async (batch) => {
    const seed = FIRST_SEED;
    const few = { strikes: 4, messages: 1_500 };
    const faults: readonly FaultName[] = [...KILLS, 'kill broker', 'black hole'];
    const more = async (world: World, plan: Plan) => {
      const copied = batch === '{}' ? copiedIn(plan) : new Set(plan.outcomes.keys());
      return { copied, ...(await watched(world, plan)) };
    };
    const found = await run({ seed, pipeline: `output: { batch: ${batch} }`, faults, ...few }, more);
    const { lost, panes, alerts } = found;
    const twice = found.twice.filter((key) => !found.copied.has(key));
    expect({ lost, twice, panes, alerts }, replay(seed)).toEqual({
      lost: [],
      twice: [],
      panes: [],
      alerts: [],
    });
  },
);

/** The books do see what is done wrong. */
test.each(WRONG_SCORERS)('negative control: %s', { timeout: RUN_MS_MAX }, async (variant) => {
  const few = { faults: KILLS, strikes: 2, messages: 1_000 };
  const found = await run({ seed: FIRST_SEED, variant, ...few }, () => Promise.resolve({}));
  if (variant === 'no message id') expect(found.twice).not.toEqual([]);
  else expect(found.lost).not.toEqual([]);
});
