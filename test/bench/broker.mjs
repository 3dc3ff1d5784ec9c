// A broker of its own for a benchmark, what is published to it, and the measured processes beside it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../dist/app/config/settings.js';
import { openBus } from '../../dist/app/open-bus.js';
import { STREAMS } from '../../dist/core/bus/streams.js';

export const IN_SUBJECT = 'earshot.in.bench.mixed';
const IN_FLIGHT_MAX = 2_000;
export const WORKER = new URL('worker.mjs', import.meta.url).pathname;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export async function startServer() {
  const port = await freePort();
  const store = mkdtempSync(join(tmpdir(), 'earshot-bench-'));
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const child = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', store], {
    env,
    stdio: 'ignore',
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.once('error', () => {
    console.error('bench: nats-server is not installed; on Debian: apt-get install nats-server');
    process.exit(2);
  });
  return {
    url: `nats://127.0.0.1:${port}`,
    pid: child.pid,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(store, { recursive: true, force: true });
    },
  };
}

/** Messages that wait for the scorers of a group. Without end before the server has made their consumer. */
export function pendingOf(bus, group) {
  return bus.backlog(STREAMS.in, group).then(
    ({ pending }) => pending,
    () => Infinity,
  );
}

/** Resolves when the broker has them all. Ids begin with `prefix`. */
export async function publishAll(bus, texts, prefix = 'in') {
  const inFlight = new Set();
  for (const [index, data] of texts.entries()) {
    const sent = bus
      .publish({ subject: IN_SUBJECT, data, id: `${prefix}-${index}` })
      .finally(() => inFlight.delete(sent));
    inFlight.add(sent);
    if (inFlight.size >= IN_FLIGHT_MAX) await inFlight.values().next().value;
  }
  await Promise.all(inFlight);
}

export async function openAt(url) {
  const { bus } = await openBus(await loadSettings({ overrides: [['bench', ['bus', 'url'], url]] }, {}));
  return bus;
}

/** Calls `use` with a bus on a broker of its own that holds these texts, and the broker's URL; ends both. */
export async function withBroker(texts, use) {
  const server = await startServer();
  try {
    const bus = await openAt(server.url);
    await publishAll(bus, texts);
    const result = await use(bus, server.url);
    await bus.close();
    return result;
  } finally {
    await server.stop();
  }
}

/** One measured process, to its end: what worker.mjs prints. */
export function measure(options) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WORKER, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (data) => (out += data));
    child.once('exit', (code) =>
      code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`worker ended with ${code}`)),
    );
  });
}

/** A scorer, unless another mode is given, in a process of its own until `stop`, which answers with the resident memory it had each
 *  second, in MB. */
export async function serve(options) {
  const told = { mode: 'scorer', ...options, tell: 'memory' };
  const child = spawn(process.execPath, [WORKER, JSON.stringify(told)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const samplesMb = [];
  await new Promise((resolve, reject) => {
    child.on('message', ({ rssMb }) => {
      samplesMb.push(rssMb);
      resolve();
    });
    void exited.then((code) => reject(new Error(`worker ended with ${code}`)));
  });
  return {
    samplesMb,
    async stop() {
      child.disconnect();
      await exited;
      return samplesMb;
    },
  };
}
