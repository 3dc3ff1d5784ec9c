/** Goal: scored messages that are published in batches come out once each: with a worker killed, with the broker killed, and
 *  when a source sends again what came alone. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startEarshot, writePipeline, writeSettings } from '../support/earshot.ts';
import type { RunningEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { allOut, linesOf, startProducer } from '../support/ledger.ts';
import type { Producer } from '../support/ledger.ts';
import { startNatsServer } from '../support/nats-server.ts';
import type { NatsServer } from '../support/nats-server.ts';
import { connectUser } from '../support/nats-user.ts';
import type { NatsUser } from '../support/nats-user.ts';
import { until } from '../support/process.ts';
import { compareLedgers } from '../support/stream-fixtures.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

const NOTHING_WRONG = { lost: [], twice: [] };
const COUNT = 6_000;
const OUT_MS_MAX = 120_000;

let folder = '';
let files: string[] = [];
let nats: NatsServer;
let user: NatsUser;
let producer: Producer;
let workers: RunningEarshot[] = [];

beforeAll(async () => {
  folder = await tempFolder('batches');
  const pipeline = await writePipeline(folder, 'output: { batch: { messagesMax: 30 } }');
  files = [pipeline, '--config', await writeSettings(folder)];
});
afterAll(() => removeFolder(folder));

beforeEach(async () => {
  nats = await startNatsServer();
  user = await connectUser(nats.url);
  // The first worker makes the streams that the producer publishes to.
  workers = [await startWorker()];
  producer = await startProducer(user);
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await user.close();
  await nats.stop();
});

function startWorker(): Promise<RunningEarshot> {
  return startEarshot([...files, '--bus', nats.url]);
}

test('two workers, one of them killed: each message once; a batch is told by its subject and its type', async () => {
  workers.push(await startWorker());
  const killing = until('half is out', () => (producer.seen() > COUNT / 2 ? true : undefined), OUT_MS_MAX);
  await Promise.all([producer.publish(COUNT), killing.then(() => workers.shift()?.kill9())]);
  const { confirmed, stored } = await allOut(user, producer, OUT_MS_MAX);
  expect(confirmed.size).toBe(COUNT);
  expect(compareLedgers(confirmed, stored)).toEqual(NOTHING_WRONG);

  const batches = await user.readAll('EARSHOT_SCORED');
  expect(new Set(batches.map(({ subject }) => subject))).toEqual(new Set(['earshot.scored.acme.batch']));
  expect(new Set(batches.map(({ headers }) => headers['content-type']))).toEqual(
    new Set(['application/x-ndjson']),
  );
  const sizes = batches.map((batch) => linesOf(batch).length);
  expect(Math.max(...sizes)).toBe(30);
  expect(Math.min(...sizes)).toBe(1);

  // A source that sends again what came alone, past the memory of a worker.
  workers.push(await startWorker());
  await workers.shift()?.stop();
  await user.publish('earshot.in.ledger.chat', JSON.stringify({ id: 'm0', text: '#acme lovely number 0' }));
  await allOut(user, producer, OUT_MS_MAX);
  expect(await user.readAll('EARSHOT_SCORED')).toHaveLength(batches.length);
});

test('the broker killed and started again: each message once', async () => {
  const killing = (async () => {
    await until('half is out', () => (producer.seen() > COUNT / 2 ? true : undefined), OUT_MS_MAX);
    await nats.kill9();
    await nats.restart();
  })();
  await Promise.all([producer.publish(COUNT), killing]);
  const { confirmed, stored } = await allOut(user, producer, OUT_MS_MAX);
  expect(confirmed.size).toBe(COUNT);
  expect(compareLedgers(confirmed, stored)).toEqual(NOTHING_WRONG);
});
