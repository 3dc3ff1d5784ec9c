/** Goal: it starts only when it may, reloads only what is valid, and leaves without leaving anything behind. */
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runEarshot, spawnEarshot, startEarshot, writePipeline, writeSettings } from '../support/earshot.ts';
import type { RunningEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startProducer, readLedger } from '../support/ledger.ts';
import { startNatsServer } from '../support/nats-server.ts';
import type { NatsServer } from '../support/nats-server.ts';
import { connectUser } from '../support/nats-user.ts';
import type { NatsUser } from '../support/nats-user.ts';
import { freePort } from '../support/ports.ts';
import { until } from '../support/process.ts';
import { compareLedgers } from '../support/stream-fixtures.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

let folder = '';
let pipeline = '';
let nats: NatsServer;
let user: NatsUser;

beforeAll(async () => {
  folder = await tempFolder('lifecycle');
  pipeline = await writePipeline(folder);
  nats = await startNatsServer();
  user = await connectUser(nats.url);
});
afterAll(async () => {
  await user.close();
  await nats.stop();
  await removeFolder(folder);
});

const start = () => startEarshot([pipeline, '--bus', nats.url]);

describe('signals', () => {
  test('SIGTERM in the middle of work: exit code 0, and the next process finishes what is left', async () => {
    const config = await writeSettings(await tempSub());
    const start = () => startEarshot([pipeline, '--bus', nats.url, '--config', config]);
    const first = await start();
    const producer = await startProducer(user);
    const half = until('half is out', () => (producer.seen() > 2_000 ? true : undefined));
    const [, exit] = await Promise.all([producer.publish(4_000), half.then(() => first.stop())]);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(first.logged('stopped: drained')).toHaveLength(1);

    // What it had in hand it finished or gave back; what the broker was just sending it comes after the acknowledgement
    // wait.
    const second = await start();
    const { confirmed, stored } = await until('everything is out', async () => {
      const ledger = await readLedger(user, producer);
      return ledger.stored.length >= 4_000 ? ledger : undefined;
    });
    expect(confirmed.size).toBe(4_000);
    expect(compareLedgers(confirmed, stored)).toEqual({ lost: [], twice: [] });
    await second.stop();
  });

  test('a webhook that hangs does not hold the drain up; its alert stays in the outbox', async () => {
    const hung = await hangingWebhook();
    const file = await writePipeline(
      await tempSub(),
      `window: { pane: 1s, allowedLateness: 0s }
alerts: [{ name: any, when: 'volume >= 1', over: 1m }]
sinks: [{ webhook: { url: '${hung.url}', allowTo: ['127.0.0.1/32'], timeout: 1m } }]`,
      '#hung',
    );
    const earshot = await startEarshot([file, '--bus', nats.url, '--group', 'hung']);
    await user.publish('earshot.in.test.chat', JSON.stringify({ id: 'hung', text: '#hung' }));
    await until('the webhook hangs', () => (hung.requests() > 0 ? true : undefined));
    await earshot.stop();
    expect(earshot.logged('stopped: drained')).toHaveLength(1);
    const requests = hung.requests();
    const again = await startEarshot([file, '--bus', nats.url, '--group', 'hung']);
    await until('it is sent again', () => (hung.requests() > requests ? true : undefined));
    await again.stop();
    await hung.close();
  });

  /** A process that has something in hand and a broker that is gone. */
  async function startStranded(drainTimeout: string) {
    const broker = await startNatsServer();
    const folder = await tempSub();
    const file = await writePipeline(folder, '', '#stranded');
    const config = await writeSettings(folder, `drainTimeout: ${drainTimeout}`);
    const earshot = await startEarshot([file, '--bus', broker.url, '--config', config]);
    const stranded = await connectUser(broker.url);
    let sent = 0;
    const send = () =>
      Promise.all(
        Array.from({ length: 100 }, () => {
          const message = { id: `stranded-${(sent += 1)}`, text: '#stranded' };
          return stranded.publish('earshot.in.test.chat', JSON.stringify(message));
        }),
      );
    const hasInHand = async () =>
      (await stranded.backlog('EARSHOT_IN', 'scorer')).unacknowledged > 0 ? true : undefined;
    await send();
    await until('it works', async () =>
      (await earshot.metrics()).sum('earshot_scored_messages_total') > 0 ? true : undefined,
    );
    await until('it has something in hand', async () => {
      earshot.process.signal('SIGSTOP'); // What it has in hand cannot become less.
      await send();
      const isSo = await until('these are on the way to it', hasInHand, 2_000).catch(() => undefined);
      if (!isSo) earshot.process.signal('SIGCONT'); // What it had asked for had just run out.
      return isSo;
    });
    await broker.kill9();
    await stranded.close();
    earshot.process.signal('SIGCONT');
    await until('it knows', async () => ((await earshot.get('/readyz')).status === 503 ? true : undefined));
    return { earshot, broker };
  }

  test('SIGTERM while the broker is away leaves after drainTimeout, and says so', async () => {
    const { earshot, broker } = await startStranded('1s');
    earshot.process.signal('SIGTERM');
    expect(await earshot.process.exited).toEqual({ code: 0, signal: null });
    expect(earshot.logged('not all was confirmed within 1s')).toHaveLength(1);
    await broker.stop();
  });

  test('a second SIGTERM leaves at once', async () => {
    const { earshot, broker } = await startStranded('10m');
    earshot.process.signal('SIGTERM');
    await until('it drains', () => (earshot.logged('draining').length > 0 ? true : undefined));
    expect(earshot.process.running).toBe(true); // It waits for the broker.
    earshot.process.signal('SIGTERM');
    expect(await earshot.process.exited).toEqual({ code: 143, signal: null });
    await broker.stop();
  });

  test('SIGHUP applies a valid file, and refuses another', async () => {
    const file = await writePipeline(await tempSub(), '', '#before');
    const earshot = await startEarshot([file, '--bus', nats.url, '--group', 'reload']);
    const scored = new Set<string>();
    await user.listen('earshot.scored.acme.reload.>', (message) =>
      scored.add(message.json<{ id: string }>().id),
    );
    const send = (id: string, text: string) =>
      user.publish('earshot.in.test.reload', JSON.stringify({ id, text }));
    const out = (id: string) => until(`${id} is scored`, () => (scored.has(id) ? true : undefined));
    const reloads = async (outcome: string) =>
      (await earshot.metrics()).sum('earshot_config_reloads_total', { outcome });
    const reload = async (outcome: string) => {
      const count = await reloads(outcome);
      earshot.process.signal('SIGHUP');
      await until(`reload ${outcome}`, async () => ((await reloads(outcome)) > count ? true : undefined));
    };
    await send('1-before', '#before');
    await out('1-before');

    await writeFile(file, `name: acme\nlisten: { query: '#after' }\n`);
    await reload('applied');
    await send('2-before', '#before');
    await send('2-after', '#after');
    await out('2-after');
    expect([...scored]).toEqual(['1-before', '2-after']);

    await writeFile(file, `name: acme\nlisten: { query: '#after AND (' }\nalert: []\n`);
    await reload('refused');
    const [refused] = earshot.logged('reload refused');
    expect(refused?.detail).toContain(file);
    expect(refused?.detail).toContain('alert');
    await send('3-after', '#after');
    await out('3-after');
    expect((await earshot.get('/readyz')).status).toBe(200);
    expect(await earshot.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('who may', () => {
  const PASSWORD = 'correct horse battery';
  let guarded: NatsServer;
  beforeAll(async () => {
    guarded = await startNatsServer({ config: `authorization { user: worker, password: "${PASSWORD}" }` });
  });
  afterAll(() => guarded.stop());

  test('user and password from the environment', async () => {
    const env = { NATS_URL: guarded.url, EARSHOT_NATS_USER: 'worker', EARSHOT_NATS_PASSWORD: PASSWORD };
    const earshot = await startEarshot([pipeline], { env });
    const status = await (await earshot.get('/api/v1/status')).text();
    expect(status).toContain('"connected":true');
    expect(await earshot.stop()).toEqual({ code: 0, signal: null });
    expect(status + earshot.process.output()).not.toContain(PASSWORD);
  });

  test.each([
    ['a wrong password', { EARSHOT_NATS_USER: 'worker', EARSHOT_NATS_PASSWORD: 'wrong horse' }],
    ['no password', {}],
  ])('%s: exit code 2, the setting is named, no secret is told', async (_why, env) => {
    const { code, stderr } = await runEarshot(
      ['run', pipeline, '--bus', guarded.url, '--listen', 'off'],
      env,
    );
    expect(code).toBe(2);
    expect(stderr).toContain('EARSHOT_NATS_PASSWORD');
    expect(stderr).not.toContain('wrong horse');
    expect(stderr).not.toMatch(/^\s+at /m); // A message, not a stack.
  });

  const TOKEN = 'a-token-of-the-test-0123';

  test('a public address without a token: exit code 2, the setting is named', async () => {
    const { code, stderr } = await runEarshot(['run', pipeline, '--bus', nats.url, '--listen', '0.0.0.0:0']);
    expect(code).toBe(2);
    expect(stderr).toContain('EARSHOT_TOKEN');
  });

  test('a public address with a token: 401 without it, 200 with it, health for everybody', async () => {
    const options = { listen: '0.0.0.0:0', env: { EARSHOT_TOKEN: TOKEN } };
    const earshot: RunningEarshot = await startEarshot([pipeline, '--bus', nats.url], options);
    const port = new URL(earshot.address).port;
    const ask = async (path: string, token?: string) => {
      const headers = { connection: 'close', ...(token ? { authorization: `Bearer ${token}` } : {}) };
      return (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).status;
    };
    for (const path of ['/metrics', '/api/v1/alerts', '/api/v1/status', '/'])
      expect([path, await ask(path), await ask(path, 'wrong'), await ask(path, TOKEN)]).toEqual([
        path,
        401,
        401,
        200,
      ]);
    expect([await ask('/healthz'), await ask('/readyz')]).toEqual([200, 200]);
    await earshot.stop();
    expect(earshot.process.output()).not.toContain(TOKEN);
  });

  test('no broker there: exit code 2, and where it looked', async () => {
    const settings = await writeSettings(await tempSub());
    await writeFile(settings, 'bus: { nats: { connectTimeout: 500ms } }\n');
    const where = `127.0.0.1:${await freePort()}`;
    const { code, stderr } = await runEarshot([
      'run',
      pipeline,
      '--bus',
      `nats://${where}`,
      '--config',
      settings,
      '--listen',
      'off',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(where);
  });

  test('a port in use, asked for: exit code 2', async () => {
    const first = await start();
    const at = new URL(first.address).host;
    const second = await spawnEarshot(['run', pipeline, '--bus', nats.url, '--listen', at]);
    expect(await second.exited).toEqual({ code: 2, signal: null });
    expect(second.stderr()).toContain(`${at} is already in use`);
    await first.stop();
  });
});

/** Folders inside the suite's own. */
function tempSub(): Promise<string> {
  return mkdtemp(`${folder}/`);
}

/** Takes requests and never answers. */
async function hangingWebhook() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined).resume());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests: () => sockets.length,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
