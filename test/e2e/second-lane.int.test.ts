/** Goal: a scorer with two lanes scores each message once, knows copies whichever lane reads them, and takes the second lane
 *  by itself while it is behind. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startEarshot, writePipeline, writeSettings } from '../support/earshot.ts';
import type { RunningEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer, type NatsServer } from '../support/nats-server.ts';
import { connectUser, type NatsUser } from '../support/nats-user.ts';
import { until } from '../support/process.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

const SETTLED_MS_MAX = 120_000;
const IN_FLIGHT = 200;

let folder = '';
let nats: NatsServer;
let user: NatsUser;
let worker: RunningEarshot;

beforeAll(async () => {
  folder = await tempFolder('second-lane');
});
afterAll(() => removeFolder(folder));
beforeEach(async () => {
  nats = await startNatsServer();
  user = await connectUser(nats.url);
});
afterEach(async () => {
  await worker.stop();
  await user.close();
  await nats.stop();
});

async function start(thread: string): Promise<void> {
  const pipeline = await writePipeline(folder);
  const settings = await writeSettings(folder, '', 'duplicateWindow: 2m', `ackWait: 10s, thread: ${thread}`);
  worker = await startEarshot([pipeline, '--config', settings, '--bus', nats.url, '--role', 'score']);
}

const timeMs = Date.now();
const post = (id: string) => JSON.stringify({ id, time: timeMs, text: `#acme is great, ${id}`, lang: 'en' });

/** Each payload under an id of its own, so that the broker keeps all. */
async function publishAll(payloads: readonly string[]): Promise<void> {
  for (let from = 0; from < payloads.length; from += IN_FLIGHT)
    await Promise.all(
      payloads
        .slice(from, from + IN_FLIGHT)
        .map((data, at) => user.publish('earshot.in.test.chat', data, { id: `in-${from + at}` })),
    );
}

const settled = () =>
  until(
    'nothing waits for the scorer',
    async () => {
      const { pending, unacknowledged } = await user.backlog('EARSHOT_IN', 'scorer');
      return pending + unacknowledged === 0 ? true : undefined;
    },
    SETTLED_MS_MAX,
  );
const lanes = async () => (await worker.metrics()).sum('earshot_scorer_lanes');
const untilLanes = (count: number) =>
  until(`${count} lanes take messages`, async () => ((await lanes()) === count ? true : undefined));

async function idsIn(stream: string): Promise<string[]> {
  const messages = await user.readAll(stream);
  return messages.map(({ text }) => (JSON.parse(text) as { id: string }).id);
}

test('always two: each message once, and of copies that both read one', async () => {
  await start('on');
  await untilLanes(2);
  const ids = Array.from({ length: 3_000 }, (_, at) => `m${at}`);
  await publishAll([...ids, ...ids.slice(0, 1_500), ...ids.slice(0, 1_500)].map(post));
  await settled();
  expect((await idsIn('EARSHOT_SCORED')).sort()).toEqual(ids.sort());
  const copies = async () =>
    (await worker.metrics()).sum('earshot_dropped_messages_total', { reason: 'duplicate' });
  await until('copies are counted', async () => ((await copies()) === 3_000 ? true : undefined));
});

/** Deliveries of 50 messages each. */
function payloadsOf(count: number): string[] {
  const lines = Array.from({ length: 50 * count }, (_, at) => post(`m${at}`));
  return Array.from({ length: count }, (_, at) => lines.slice(at * 50, (at + 1) * 50).join('\n'));
}

async function expectOnce(messages: number): Promise<void> {
  const found = (await idsIn('EARSHOT_SCORED')).filter((id) => id.startsWith('m'));
  expect([found.length, new Set(found).size]).toEqual([messages, messages]);
}

test('a second one while it is behind, and no longer', async () => {
  await start('auto');
  const published = publishAll(payloadsOf(3_000));
  await untilLanes(2);
  await published;
  await settled();
  let more = 0;
  // It is decided when something comes.
  await until('one lane takes messages', async () => {
    await user.publish('earshot.in.test.chat', post(`x${(more += 1)}`), { id: `more-${more}` });
    return (await lanes()) === 1 ? true : undefined;
  });
  await expectOnce(150_000);
});

test('what a drain cuts off is scored by the next life, once', async () => {
  await start('on');
  await untilLanes(2);
  const published = publishAll(payloadsOf(1_000));
  const scored = async () => (await worker.metrics()).sum('earshot_scored_messages_total');
  await until('it is in the midst of it', async () => ((await scored()) > 5_000 ? true : undefined));
  const [{ code }] = await Promise.all([worker.stop(), published]);
  expect(code).toBe(0);
  await start('on');
  await settled();
  await expectOnce(50_000);
});
