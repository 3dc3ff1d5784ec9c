/** Goal: workers share the work and make up for one that is killed; /readyz tells when the broker is away. What is lost or
 *  counted twice under all kinds of faults is test/fault's affair. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { compareLedgers } from '../support/stream-fixtures.ts';
import { startEarshot, writePipeline, writeSettings } from '../support/earshot.ts';
import type { RunningEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { allOut, startProducer } from '../support/ledger.ts';
import type { Producer } from '../support/ledger.ts';
import { startNatsServer } from '../support/nats-server.ts';
import type { NatsServer } from '../support/nats-server.ts';
import { connectUser } from '../support/nats-user.ts';
import type { NatsUser } from '../support/nats-user.ts';
import { until } from '../support/process.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

/** Published while one is killed. */
const REST = 3_000;
const NOTHING_WRONG = { lost: [], twice: [] };

let folder = '';
let files: string[] = [];
let nats: NatsServer;
let user: NatsUser;
let producer: Producer;
let workers: RunningEarshot[] = [];

beforeAll(async () => {
  folder = await tempFolder('ledger');
  files = [await writePipeline(folder), '--config', await writeSettings(folder)];
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

test('two workers share the work, and one is killed', async () => {
  let count = 3_000;
  workers.push(await startWorker());
  await producer.publish(count);
  const shares = await until('both have a share', async () => {
    await allOut(user, producer);
    const decoded = await Promise.all(
      workers.map(async (worker) => (await worker.metrics()).sum('earshot_decoded_messages_total')),
    );
    if (Math.min(...decoded) > 0) return decoded;
    await producer.publish(200); // One of them did not get to it.
    count += 200;
    return undefined;
  });
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeGreaterThanOrEqual(count * 0.99);
  const before = producer.seen();
  const killing = until('half of the rest is out', () =>
    producer.seen() > before + REST / 2 ? true : undefined,
  );
  await Promise.all([producer.publish(REST), killing.then(() => workers.shift()?.kill9())]);
  const { confirmed, stored } = await allOut(user, producer);
  expect(confirmed.size).toBe(count + REST);
  expect(compareLedgers(confirmed, stored)).toEqual(NOTHING_WRONG);
});

test('the broker killed and started again: /readyz goes red and green, nothing is lost', async () => {
  const count = 6_000;
  const [worker] = workers;
  const readiness = async () => (await worker?.get('/readyz'))?.status;
  expect(await readiness()).toBe(200);
  const killing = (async () => {
    await until('half is out', () => (producer.seen() > count / 2 ? true : undefined));
    await nats.kill9();
    await until('/readyz is red', async () => ((await readiness()) === 503 ? true : undefined));
    await nats.restart();
    await until('/readyz is green', async () => ((await readiness()) === 200 ? true : undefined));
  })();
  await Promise.all([producer.publish(count), killing]);
  const { confirmed, stored } = await allOut(user, producer);
  expect(confirmed.size).toBe(count);
  expect(compareLedgers(confirmed, stored)).toEqual(NOTHING_WRONG);
  expect(worker?.logged('bus disconnected')).toHaveLength(1);
});
