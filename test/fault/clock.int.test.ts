/** Goal: clocks of machines that are wrong, or set, change nothing: neither who reaches the broker, nor when an alert is over. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { filter, firstValueFrom } from 'rxjs';
import { fileURLToPath } from 'node:url';
import { connectNatsBus } from '../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../src/adapters/nats/nats.config.ts';
import type { Bus } from '../../src/core/bus/bus.port.ts';
import type { Alert } from '../../src/core/alert/alert.ts';
import { stored } from '../support/bus.ts';
import { buildEarshot, startEarshot, writePipeline, writeSettings } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer, type NatsServer } from '../support/nats-server.ts';
import { until } from '../support/process.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

const TEN_MINUTES_MS = 600_000;
const OVER_MS = 3_000;
const IDLE_AFTER_MS = 500;
const JUMPING_CLOCK = fileURLToPath(new URL('jumping-clock.mjs', import.meta.url));
const PIPELINE = `window: { pane: 1s, allowedLateness: 0s, idleAfter: ${IDLE_AFTER_MS}ms }
alerts: [{ name: surge, when: 'volume >= 3', over: ${OVER_MS}ms }]`;

let nats: NatsServer;
let bus: Bus;
let folder = '';
beforeAll(async () => {
  await buildEarshot();
  folder = await tempFolder('clock');
  nats = await startNatsServer();
  ({ bus } = await connectNatsBus(natsConfig.parse({ servers: [nats.url], reconnectWait: '100ms' })));
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await bus.close();
  await nats.stop();
  await removeFolder(folder);
});

/** Stored after `sequence` of EVENTS, with the time of the broker. */
async function transitionsAfter(sequence: number) {
  const decoder = new TextDecoder();
  const all = (await stored(bus, 'events')).filter(
    (one) => one.sequence > sequence && one.subject.startsWith('earshot.alert.'),
  );
  return all.map(({ data, storedAtMs }) => ({ storedAtMs, ...(JSON.parse(decoder.decode(data)) as Alert) }));
}

test.each([
  ['ahead, then set forward', TEN_MINUTES_MS, 'SIGUSR2'],
  ['behind, then set back', -TEN_MINUTES_MS, 'SIGALRM'],
] as const)(
  'a watcher whose clock is ten minutes %s, ends an alert at its time',
  async (name, offMs, jump) => {
    const file = await writePipeline(folder, PIPELINE);
    const env = { NODE_OPTIONS: `--import ${JUMPING_CLOCK}`, EARSHOT_TEST_CLOCK_OFF_MS: String(offMs) };
    const args = [file, '--config', await writeSettings(folder), '--bus', nats.url];
    const worker = await startEarshot(args, { env });
    try {
      const before = (await bus.streamState('EARSHOT_EVENTS')).lastSequence;
      for (let index = 0; index < 3; index += 1)
        await bus.publish({
          subject: 'earshot.in.test.web',
          data: JSON.stringify({ id: `${name} ${index}`, text: 'late again #acme', lang: 'en' }),
        });
      await until('it fires', async () => ((await transitionsAfter(before)).length > 0 ? true : undefined));
      worker.process.signal(jump);
      const ended = await until('it is over', async () => {
        const [, resolved] = await transitionsAfter(before);
        return resolved;
      });
      const lastMs = (await stored(bus, 'scored')).at(-1)?.storedAtMs ?? Number.NaN;
      expect(ended.state).toBe('resolved');
      expect(ended.storedAtMs - lastMs).toBeGreaterThanOrEqual(OVER_MS + IDLE_AFTER_MS);
      expect(Date.parse(ended.at)).toBeLessThanOrEqual(ended.storedAtMs);
    } finally {
      await worker.stop();
    }
  },
);

test('set back by an hour, it reconnects at once to a broker that comes back', async () => {
  const becomes = (wanted: boolean) =>
    firstValueFrom(bus.status.pipe(filter(({ connected }) => connected === wanted)));
  const trueNow = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => trueNow() - 3_600_000);
  await nats.kill9();
  expect((await becomes(false)).connected).toBe(false);
  await nats.restart();
  expect((await becomes(true)).connected).toBe(true);
});
