/** Goal: a pipeline split over shards, watched by two processes, tells each alert once, whichever of them is killed. Everything
 *  published on alert subjects is seen by a plain listener, also what the broker would drop as a duplicate. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Alert } from '../../src/core/alert/alert.ts';
import { runEarshot, startEarshot, writeSettings, type RunningEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { eachIsToOwn } from '../support/members.ts';
import { startNatsServer, type NatsServer } from '../support/nats-server.ts';
import { connectUser, type NatsUser } from '../support/nats-user.ts';
import { until } from '../support/process.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

const TTL_MS = 3_000;
const CHANNELS = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'];
const POSTS = 20;
/** One of each channel and one of all. */
const ALERTS = CHANNELS.length + 1;

let folder = '';
let file = '';
let nats: NatsServer;
let user: NatsUser;
let processes: RunningEarshot[];
let told: string[];
/** What was observed by the alert of all channels as it fired. */
let volumes: number[];

beforeEach(async () => {
  folder = await tempFolder('split');
  file = join(folder, 'p.yaml');
  const rules = [
    `{ name: all, when: 'volume >= ${POSTS * CHANNELS.length} && authors == ${POSTS}', over: 5s }`,
    `{ name: one, when: 'volume >= ${POSTS}', over: 5s, groupBy: [channel] }`,
  ];
  const window = '{ pane: 1s, allowedLateness: 500ms }';
  await writeFile(
    file,
    `name: p\nlisten: { query: acme }\nwatch: { shards: 3 }\nwindow: ${window}\nalerts: [${rules.join(', ')}]\n`,
  );
  nats = await startNatsServer();
  user = await connectUser(nats.url);
  [processes, told, volumes] = [[], [], []];
  await user.listen('earshot.alert.>', (message) => {
    const { rule, state, id, observed } = message.json<Alert>();
    told.push(`${state} ${id}`);
    if (rule === 'all' && state === 'firing') volumes.push(observed.volume);
  });
});
afterEach(async () => {
  await Promise.all(processes.map((one) => one.stop()));
  await user.close();
  await nats.stop();
  await removeFolder(folder);
});

async function start(): Promise<RunningEarshot> {
  // So short a duplicate window that the broker hides nothing for long.
  const settings = await writeSettings(folder, `watcher: { leaseTtl: ${TTL_MS}ms }`, 'duplicateWindow: 1s');
  const one = await startEarshot([file, '--config', settings, '--bus', nats.url]);
  processes.push(one);
  return one;
}

interface Status {
  readonly pipelines: readonly {
    readonly watch: 'owner' | 'standby';
    readonly shards?: readonly { readonly shard: number }[];
  }[];
}
/** What a process holds: `owner`, `0`, `1`, `2`. */
async function heldBy(one: RunningEarshot): Promise<string[]> {
  const [pipeline] = (await one.json<Status>('/api/v1/status')).pipelines;
  const shards = (pipeline?.shards ?? []).map(({ shard }) => String(shard));
  return pipeline?.watch === 'owner' ? ['owner', ...shards] : shards;
}

/** With four leases one of eight pairs leaves one process without any: then another one is started in its place. */
async function startPair(): Promise<readonly [RunningEarshot, RunningEarshot]> {
  const a = await start();
  let b = await start();
  while (!(await eachIsToOwn(nats.url, 2))) {
    await b.stop();
    b = await start();
  }
  await until('both hold some, all is held', async () => {
    const [ofA, ofB] = [await heldBy(a), await heldBy(b)];
    return ofA.length > 0 && ofB.length > 0 && ofA.length + ofB.length === 4 ? true : undefined;
  });
  return [a, b];
}

let published = 0;
async function burst(): Promise<void> {
  const time = Date.now(); // One moment, however long it takes to publish them on a busy machine.
  for (let index = 0; index < POSTS; index++)
    for (const channel of CHANNELS) {
      const author = { id: `a${index}` };
      const message = { id: `m${published++}`, time, text: 'terrible awful acme', author };
      await user.publish(`earshot.in.test.${channel}`, JSON.stringify(message));
    }
}

const count = (state: string) => told.filter((line) => line.startsWith(`${state} `)).length;
const reached = (state: string, expected: number) =>
  until(`${expected} are ${state}`, () => (count(state) >= expected ? true : undefined), 30_000).catch(
    (error: unknown) => {
      throw new Error(`${told.join('\n')}`, { cause: error });
    },
  );
/** Nothing was ever published twice, duplicates for the broker included. */
function expectOnce(times: number): void {
  expect(told.toSorted()).toEqual([...new Set(told)].toSorted());
  expect([count('firing'), count('resolved')]).toEqual([times * ALERTS, times * ALERTS]);
  expect(volumes).toEqual(Array.from({ length: times }, () => POSTS * CHANNELS.length));
}

test.each<[killed: 'first' | 'second', index: 0 | 1]>([
  ['first', 0],
  ['second', 1],
])(
  'each alert fires once and resolves once, with the %s of two processes killed in its midst',
  async (_which, index) => {
    const pair = await startPair();
    await burst();
    await reached('firing', ALERTS);
    await pair[index].kill9();
    const rest = pair[1 - index];
    await until('the other holds all', async () =>
      rest && (await heldBy(rest)).length === 4 ? true : undefined,
    );
    await reached('resolved', ALERTS);
    expectOnce(1);

    await burst();
    await reached('resolved', 2 * ALERTS);
    expectOnce(2);
  },
);

test('check names what a split pipeline cannot have', async () => {
  await writeFile(file, 'name: p\nlisten: { query: acme }\nwatch: { shards: 3 }\ntrends: {}\n');
  const { code, stdout, stderr } = await runEarshot(['check', file]);
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain('watch.shards: 3');
});
