/** Goal: several processes watch the same pipelines, and each alert is told once, whichever of them is killed or stands
 *  still; what is damaged in a store costs nothing but a longer replay. Everything published on alert subjects is seen by a
 *  plain listener, also what the broker would drop as a duplicate. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { jetstream } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMemoryLeaseStore } from '../../src/adapters/memory/memory-leases.ts';
import { connectNatsBus } from '../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../src/adapters/nats/nats.config.ts';
import { systemClock } from '../../src/app/clock.ts';
import { loadPipelineFiles } from '../../src/app/pipelines/pipeline-files.ts';
import { startWatch } from '../../src/app/services/watch.service.ts';
import type { Alert } from '../../src/core/alert/alert.ts';
import { startEarshot, writeSettings, type RunningEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { eachIsToOwn } from '../support/members.ts';
import { startNatsServer, type NatsServer } from '../support/nats-server.ts';
import { connectUser, type NatsUser } from '../support/nats-user.ts';
import { until } from '../support/process.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

const NAMES = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'];
const TTL_MS = 3_000;
/** Longer than any test waits: who takes over has not waited for the lease to run out. */
const ENDLESS_MS = 600_000;
const VOLUME_MIN = 20;

let folder = '';
let files: string[] = [];
let nats: NatsServer;
let user: NatsUser;
let processes: RunningEarshot[];
/** Everything published on `earshot.alert.>`: `p0 firing <id>`. */
let told: string[];

beforeEach(async () => {
  folder = await tempFolder('takeover');
  files = await Promise.all(
    NAMES.map(async (name) => {
      const when = `volume >= ${VOLUME_MIN} && negativeShare > 0.5`;
      const file = join(folder, `${name}.yaml`);
      const rule = `{ name: surge, when: '${when}', over: 5s }`;
      const window = '{ pane: 1s, allowedLateness: 500ms }';
      await writeFile(file, `name: ${name}\nlisten: { query: acme }\nwindow: ${window}\nalerts: [${rule}]\n`);
      return file;
    }),
  );
  nats = await startNatsServer();
  user = await connectUser(nats.url);
  [processes, told] = [[], []];
  await user.listen('earshot.alert.>', (message) => {
    const { pipeline, state, id } = message.json<Alert>();
    told.push(`${pipeline} ${state} ${id}`);
  });
});
afterEach(async () => {
  await Promise.all(
    processes.map(async (one) => {
      one.process.signal('SIGCONT');
      await one.stop();
    }),
  );
  await user.close();
  await nats.stop();
  await removeFolder(folder);
});

interface StartOptions {
  readonly names?: readonly string[];
  readonly ttlMs?: number;
  /** YAML of further settings of the watcher. */
  readonly watcher?: string;
}

async function start({
  names = NAMES,
  ttlMs = TTL_MS,
  watcher = '',
}: StartOptions = {}): Promise<RunningEarshot> {
  // So short a duplicate window that the broker hides nothing for long.
  const more = `watcher: { leaseTtl: ${ttlMs}ms${watcher} }`;
  const settings = await writeSettings(folder, more, 'duplicateWindow: 1s');
  const wanted = files.filter((_, index) => names.includes(NAMES[index] ?? ''));
  const one = await startEarshot([...wanted, '--config', settings, '--bus', nats.url]);
  processes.push(one);
  return one;
}

interface Status {
  readonly pipelines: readonly {
    readonly name: string;
    readonly watch: 'owner' | 'standby';
    readonly position?: { readonly sequence: number };
    readonly channels?: readonly { readonly observed: { readonly volume: number } }[];
  }[];
}
const statusOf = (one: RunningEarshot) => one.json<Status>('/api/v1/status');
const ownedBy = async (one: RunningEarshot) =>
  (await statusOf(one)).pipelines.filter(({ watch }) => watch === 'owner').map(({ name }) => name);

let published = 0;
async function burst(count = VOLUME_MIN): Promise<void> {
  for (let index = 0; index < count; index++) {
    const text = 'terrible awful acme';
    const message = { id: `m${published++}`, time: Date.now(), text, author: { id: `a${index}` } };
    await user.publish('earshot.in.test.chat', JSON.stringify(message));
  }
}

const count = (state: string) => told.filter((line) => line.includes(` ${state} `)).length;
const reached = (state: string, expected: number) =>
  until(`${expected} are ${state}`, () => (count(state) >= expected ? true : undefined));
/** Nothing was ever published twice, duplicates for the broker included. */
const expectOnce = () => expect(told.toSorted()).toEqual([...new Set(told)].toSorted());

/** With six pipelines one of 32 pairs leaves one process without any: then another one is started in its place. */
async function startPair(options: StartOptions = {}) {
  const a = await start(options);
  let b = await start(options);
  while (!(await eachIsToOwn(nats.url, 2))) {
    await b.stop();
    b = await start(options);
  }
  const owned = await until('both own some, all are owned', async () => {
    const seen = { a: await ownedBy(a), b: await ownedBy(b) };
    const all = [...seen.a, ...seen.b].toSorted();
    return seen.a.length && seen.b.length && all.join() === NAMES.join() ? seen : undefined;
  });
  return { a, b, owned };
}

const ownsAll = (one: RunningEarshot) =>
  until('the other owns all', async () => ((await ownedBy(one)).length === NAMES.length ? true : undefined));

test('two processes share the pipelines; each alert is told once; a kill -9 in its midst changes nothing about that', async () => {
  const { a, b, owned } = await startPair({ ttlMs: ENDLESS_MS });
  expect((await fetch(`${b.address}/readyz`)).status).toBe(200);
  await burst();
  await reached('firing', NAMES.length);

  await a.kill9();
  await ownsAll(b);

  await reached('resolved', NAMES.length);
  expect([count('firing'), count('resolved')]).toEqual([NAMES.length, NAMES.length]);
  expectOnce();
  expect(b.logged('lease acquired').length).toBeGreaterThanOrEqual(owned.a.length);
  const metrics = await b.metrics();
  expect(metrics.sum('earshot_owned_pipelines')).toBe(NAMES.length);
  for (const name of owned.a) expect(metrics.text).toContain(`earshot_recovery_seconds{pipeline="${name}"}`);
});

test('a process that stood still for longer than its lease publishes and saves nothing when it wakes', async () => {
  const { a, b, owned } = await startPair();
  await burst();
  await reached('firing', NAMES.length);
  a.process.signal('SIGSTOP');
  await ownsAll(b);
  await reached('resolved', NAMES.length);
  const epochs = await savedEpochs();

  // By its clock its alerts are over: the first thing it wants to do is to publish that they resolved, and to save.
  a.process.signal('SIGCONT');
  await until('it knows that it lost them', () =>
    a.logged('lease lost').length >= owned.a.length ? true : undefined,
  );
  await burst(); // Everybody has something new to say, and to save.
  await reached('firing', 2 * NAMES.length);
  expectOnce();
  expect([count('firing'), count('resolved')]).toEqual([2 * NAMES.length, expect.any(Number)]);
  for (const [name, epoch] of await savedEpochs())
    expect(epoch, name).toBeGreaterThanOrEqual(epochs.get(name) ?? 0);
  expect(a.process.running).toBe(true);
  expect((await fetch(`${a.address}/readyz`)).status).toBe(200);
});

test('a drain hands over: the other has the state and goes on at once', async () => {
  const { a, b, owned } = await startPair();
  await burst();
  await reached('firing', NAMES.length);
  expect(await a.stop()).toEqual({ code: 0, signal: null });
  await ownsAll(b);
  await reached('resolved', NAMES.length);
  expect([count('firing'), count('resolved')]).toEqual([NAMES.length, NAMES.length]);
  expectOnce();
  const loaded = b.logged('snapshot loaded').map((line) => JSON.stringify(line));
  for (const name of owned.a) expect(loaded.some((line) => line.includes(`"${name}"`))).toBe(true);
});

/** The highest epoch that has saved, by pipeline. */
async function savedEpochs(): Promise<Map<string, number>> {
  const connection = await connect({ servers: nats.url });
  const bucket = await new Objm(connection).open('EARSHOT_STATE');
  const epochs = new Map<string, number>();
  for (const name of NAMES)
    for (const slot of [0, 1]) {
      const info = await bucket.info(`watcher.${name}#${slot}`);
      epochs.set(name, Math.max(epochs.get(name) ?? 0, Number(info?.metadata?.epoch ?? 0)));
    }
  await connection.close();
  return epochs;
}

/** Makes what was saved last unreadable. */
async function damageInBus(): Promise<void> {
  const connection = await connect({ servers: nats.url });
  const bucket = await new Objm(connection).open('EARSHOT_STATE');
  const slots = await Promise.all([0, 1].map((slot) => bucket.info(`watcher.p0#${slot}`)));
  const newest = slots.sort((left, right) => (right?.revision ?? 0) - (left?.revision ?? 0))[0];
  await jetstream(connection).publish(`$O.EARSHOT_STATE.C.${newest?.nuid}`, 'garbage');
  await connection.close();
}

async function damageFile(): Promise<void> {
  // A kill in the middle of a save leaves a temporary file.
  const whole = (await readdir(join(folder, 'snapshots'))).filter((name) => name.endsWith('.snapshot'));
  const [newest = ''] = whole.sort().reverse();
  const file = join(folder, 'snapshots', newest);
  const bytes = await readFile(file);
  bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 4;
  await writeFile(file, bytes);
}

test.each<[string, () => string, () => Promise<void>]>([
  ['the object store', () => '', damageInBus],
  ['a folder', () => `, snapshots: { store: file, folder: '${join(folder, 'snapshots')}' }`, damageFile],
])(
  'the newest snapshot in %s is damaged: the one before is used, and every message counts once',
  async (_where, watcher, damage) => {
    const first = await start({ names: ['p0'], watcher: watcher() });
    const counted = (one: RunningEarshot, volume: number) =>
      until(`${volume} are counted`, async () => {
        const { pipelines } = await statusOf(one);
        const seen = pipelines[0]?.channels?.[0]?.observed.volume ?? 0;
        return seen >= volume ? seen : undefined;
      });
    await burst();
    await reached('firing', 1);
    await burst(5);
    await counted(first, VOLUME_MIN + 5);
    await reached('resolved', 1);
    // When it began, at firing and at resolved, each time after it was told.
    await until('that is saved', async () => {
      const saved = (await first.metrics()).sum('earshot_snapshots_total', { outcome: 'saved' });
      return saved >= 3 ? true : undefined;
    });
    await first.kill9();
    await damage();

    const second = await start({ names: ['p0'], watcher: watcher() });
    await until('it has recovered', () => second.logged('recovered: p0')[0]);
    expect(second.logged('snapshot refused')).toHaveLength(1);
    expect(second.logged('snapshot loaded')[0]?.detail).toContain('the one before the newest');
    expect(await counted(second, VOLUME_MIN + 5)).toBe(VOLUME_MIN + 5);
    await burst();
    await reached('firing', 2);
    await reached('resolved', 2);
    expect([count('firing'), count('resolved')]).toEqual([2, 2]);
    expectOnce();
  },
);

/** Negative control: the listener does see two that both notify. */
test('control: two watchers whose leases do not know of each other tell everything twice', async () => {
  const scorer = await start({ names: ['p0'] });
  await scorer.stop(); // The streams are there.
  const pipelines = await loadPipelineFiles(files.slice(0, 1));
  const both = await Promise.all(
    ['a', 'b'].map(async (holder) => {
      const { bus, snapshots } = await connectNatsBus(natsConfig.parse({ servers: [nats.url] }));
      const watch = await startWatch({
        ...{ bus, snapshots, pipelines, holder, leases: createMemoryLeaseStore(), leaseTtlMs: TTL_MS },
        ...{ clock: systemClock, snapshotEveryMs: 3_600_000, telemetry: () => undefined, observers: [] },
        logger: pino({ level: 'silent' }),
        onFailure: (error) => expect.fail(String(error)),
      });
      return { bus, watch };
    }),
  );
  const worker = await startEarshot([...files.slice(0, 1), '--role', 'score', '--bus', nats.url]);
  processes.push(worker);
  await burst();
  await reached('firing', 2);
  expect(new Set(told).size).toBeLessThan(told.length);
  await Promise.all(both.map(async ({ bus, watch }) => (await watch.stop(), bus.close())));
});
