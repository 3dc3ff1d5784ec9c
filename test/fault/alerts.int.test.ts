/** Goal: a watcher that is killed mid-alert, at any point and many times, comes back and has sent, in all, one firing and one
 *  resolved for each alert: in the stream, on the wire and at a receiver. A real server, a real receiver, `kill -9`.
 *
 *  `npm run test:fault` kills it forty times, at moments drawn anew; here it is short, and each run draws the same. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alert } from '../../src/core/alert/alert.ts';
import type { Notification } from '../../src/core/notify/notification.ts';
import { buildEarshot, startEarshot, writePipeline, writeSettings } from '../support/earshot.ts';
import type { RunningEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer, type NatsServer } from '../support/nats-server.ts';
import { connectUser, type NatsUser } from '../support/nats-user.ts';
import { until } from '../support/process.ts';
import { seededRandom } from '../support/random.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { shuffled } from './plan.ts';
import { copyProgram, type Variant } from './variants.ts';

guardAgainstLeaks();

const { EARSHOT_FAULT_SEED, EARSHOT_FAULT_MESSAGES } = process.env;
const SEED = Number(EARSHOT_FAULT_SEED ?? 944_505);
/** When it is killed. What is published is stored and not yet in a snapshot; what is sent is at the receiver, unanswered. */
const MOMENTS = [
  'at any time',
  'firing is published',
  'firing is sent',
  'resolved is published',
  'resolved is sent',
] as const;
type Moment = (typeof MOMENTS)[number];
const ROUNDS = EARSHOT_FAULT_MESSAGES === undefined ? MOMENTS.length : 40;
const RUN_MS_MAX = ROUNDS * 60_000 + 300_000;
const VOLUME = 3;
const OVER_MS = 2_000;
/** A random moment is from when the messages are there until after the alert is over. */
const ANY_MS_MAX = OVER_MS + 2_000;
const DONE_MS_MAX = 240_000;

let folder = '';
let program = '';
let nats: NatsServer;
beforeAll(async () => {
  await buildEarshot();
  folder = await tempFolder('alerts');
  program = await copyProgram(folder);
});
afterAll(() => removeFolder(folder));

/** A worker that is killed by what happens. */
class Patient {
  /** What was published on alert subjects, whether or not the broker kept it: `c1 firing`. */
  readonly published: string[] = [];
  /** By id: what the receiver was sent, once or more often. */
  readonly sent = new Map<string, Notification>();
  /** Scored messages by channel. */
  readonly scored = new Map<string, number>();
  requests = 0;
  readonly #args: readonly string[];
  readonly #env: Record<string, string>;
  #worker: RunningEarshot | undefined;
  #trap = '';

  constructor(args: readonly string[], variant: Variant) {
    this.#args = args;
    this.#env = { EARSHOT_TEST_VARIANT: variant };
  }

  async start(): Promise<void> {
    this.#worker = await startEarshot(this.#args, { env: this.#env, program });
  }

  onPublished({ state, group }: Alert): void {
    const what = `${group.channel} ${state}`;
    this.published.push(what);
    this.#spring(`${what} is published`);
  }

  onSent(notification: Notification): void {
    this.requests += 1;
    this.sent.set(notification.id, notification);
    for (const { state, group } of notification.alerts) this.#spring(`${group.channel} ${state} is sent`);
  }

  #spring(what: string): void {
    if (what !== this.#trap) return;
    this.#trap = '';
    this.#worker?.process.signal('SIGKILL');
  }

  /** Resolves once it is dead. */
  async dieWhen(what: string): Promise<void> {
    this.#trap = what;
    await this.#worker?.process.exited;
  }

  kill9 = async () => this.#worker?.kill9();
  stop = async () => this.#worker?.stop();
}

async function publishSurge(user: NatsUser, channel: string): Promise<void> {
  const time = new Date().toISOString();
  for (let index = 0; index < VOLUME; index += 1) {
    const message = { id: `${channel}-${index}`, channel, time, text: `#acme again ${index}`, lang: 'en' };
    await user.publish('earshot.in.test.chat', JSON.stringify(message), { id: message.id });
  }
}

/** So short a duplicate window that the broker hides nothing. */
const writeConfig = async (receiver: Receiver) => [
  await writePipeline(
    folder,
    `window: { pane: 1s, idleAfter: 500ms }
alerts: [{ name: surge, when: 'volume >= ${VOLUME}', over: ${OVER_MS}ms, groupBy: [channel] }]
notify: { groupBy: [rule, channel], groupWait: 1s, groupInterval: 1s }
sinks: [{ webhook: { url: '${receiver.url}', allowTo: ['127.0.0.1'] } }]`,
  ),
  ...['--config', await writeSettings(folder, 'watcher: { leaseTtl: 3s }', 'duplicateWindow: 1s')],
];

async function life(user: NatsUser, patient: Patient, channel: string, moment: Moment, random: () => number) {
  const dead = moment === 'at any time' ? undefined : patient.dieWhen(`${channel} ${moment}`);
  await publishSurge(user, channel);
  if (!dead) {
    const isThere = () => ((patient.scored.get(channel) ?? 0) >= VOLUME ? true : undefined);
    await until(`${channel} is scored`, isThere);
    await delay(random() * ANY_MS_MAX);
    await patient.kill9();
  }
  await dead;
  await patient.start();
}

type Verdict<T> = (user: NatsUser, patient: Patient, channels: readonly string[]) => Promise<T>;

/** Kills a watcher at each of the moments, and judges what it said. */
async function run<T>(variant: Variant, moments: readonly Moment[], verdict: Verdict<T>): Promise<T> {
  nats = await startNatsServer();
  const user = await connectUser(nats.url);
  let patient: Patient | undefined;
  const receiver = await startReceiver((_request, response) => {
    const { body } = receiver.received.at(-1) ?? { body: '' };
    patient?.onSent((JSON.parse(body) as { readonly data: Notification }).data);
    response.end();
  });
  try {
    patient = new Patient([...(await writeConfig(receiver)), '--bus', nats.url], variant);
    const { scored } = patient;
    const told = patient;
    await user.listen('earshot.alert.>', (message) => told.onPublished(message.json<Alert>()));
    await user.listen('earshot.scored.>', (message) => {
      const { channel } = message.json<{ readonly channel: string }>();
      scored.set(channel, (scored.get(channel) ?? 0) + 1);
    });
    await patient.start();
    const random = seededRandom(SEED);
    const channels: string[] = [];
    for (const [index, moment] of moments.entries()) {
      channels.push(`c${index}`);
      await life(user, patient, `c${index}`, moment, random);
    }
    return await verdict(user, patient, channels);
  } finally {
    await patient?.stop();
    await receiver.close();
    await user.close();
    await nats.stop();
  }
}

async function judge(user: NatsUser, patient: Patient, channels: readonly string[]) {
  const wanted = channels.flatMap((channel) => [`${channel} firing`, `${channel} resolved`]).toSorted();
  const linesOf = (alerts: readonly Alert[]) =>
    alerts.map(({ group, state }) => `${group.channel} ${state}`).toSorted();
  const sent = () => linesOf([...patient.sent.values()].flatMap(({ alerts }) => alerts));
  const isAllSent = () => (wanted.every((line) => sent().includes(line)) ? true : undefined);
  await until('people are told of every alert and its end', isAllSent, DONE_MS_MAX).catch(
    (error: unknown) => {
      throw new Error(`wanted ${wanted.join(', ')}; sent ${sent().join(', ')}`, { cause: error });
    },
  );
  const stored = (await user.readAll('EARSHOT_EVENTS', 'earshot.alert.>')).map((one) => one.json<Alert>());
  const { requests, published } = patient;
  process.stdout.write(
    `${channels.length} kills: ${published.length} alert messages, ${patient.sent.size} notifications in ${requests} requests\n`,
  );
  return { wanted, stored: linesOf(stored), published: published.toSorted(), sent: sent() };
}

test(`killed ${ROUNDS} times (EARSHOT_FAULT_SEED=${SEED})`, { timeout: RUN_MS_MAX }, async () => {
  const random = seededRandom(SEED);
  const rounds = Array.from({ length: Math.ceil(ROUNDS / MOMENTS.length) }, () => shuffled(random, MOMENTS));
  const { wanted, ...all } = await run('sound', rounds.flat(), judge);
  expect(all).toEqual({ stored: wanted, published: wanted, sent: wanted });
});

test('negative control: says again what it said before it was killed', { timeout: RUN_MS_MAX }, async () => {
  const isTwice = (wire: readonly string[]) => new Set(wire).size < wire.length;
  const isSaidTwice = await run('says again', ['firing is published'], async (_user, { published }) =>
    until('it is said again', () => (isTwice(published) ? true : undefined)),
  );
  expect(isSaidTwice).toBe(true);
});
