// npm run bench: the whole scorer against a passthrough on the same broker, in turn, and the latency from publish to
// scored at half of the scorer's capacity. Prints a table; --json prints the figures; --messages N, --rounds N,
// --engine natural|wink, --pipelines N.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, TextDecoder } from 'node:util';
import { systemClock } from '../../dist/app/clock.js';
import { loadSettings } from '../../dist/app/config/settings.js';
import { openBus } from '../../dist/app/open-bus.js';
import { loadPipelineText } from '../../dist/app/pipelines/pipeline-files.js';
import { startScorer } from '../../dist/app/services/scorer.service.js';
import { STREAMS } from '../../dist/core/bus/streams.js';
import { makeMessage, seeded } from './messages.mjs';

const { values: flags } = parseArgs({
  options: {
    messages: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '5' },
    engine: { type: 'string', default: 'natural' },
    pipelines: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const total = Number(flags.messages);
const rounds = Number(flags.rounds);
const IN_FLIGHT_MAX = 2_000;
const LATENCY_SECONDS = 8;

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

async function startServer() {
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
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(store, { recursive: true, force: true });
    },
  };
}

async function publishAll(bus, texts) {
  const inFlight = new Set();
  for (const [index, data] of texts.entries()) {
    const sent = bus
      .publish({ subject: 'earshot.in.bench.mixed', data, id: `in-${index}` })
      .finally(() => inFlight.delete(sent));
    inFlight.add(sent);
    if (inFlight.size >= IN_FLIGHT_MAX) await inFlight.values().next().value;
  }
  await Promise.all(inFlight);
}

function measure(options) {
  return new Promise((resolve, reject) => {
    const worker = new URL('worker.mjs', import.meta.url).pathname;
    const child = spawn(process.execPath, [worker, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (data) => (out += data));
    child.once('exit', (code) =>
      code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`worker ended with ${code}`)),
    );
  });
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

/** Publish to scored at a steady rate, milliseconds: the scorer in this process, publisher and reader too. */
async function latency(bus, settings, perSecond) {
  const load = await loadPipelineText(
    'bench',
    `{ name: lag, listen: { query: '@skylineair' }, sentiment: { engine: ${flags.engine} } }`,
    {},
  );
  const group = 'lag';
  const service = startScorer({
    bus,
    settings: { ...settings.scorer, group },
    pipelines: [load.loaded.pipeline],
    clock: systemClock,
    telemetry: () => undefined,
  });
  const sentMs = new Map();
  const lagsMs = [];
  let drained;
  const caughtUp = new Promise((resolve) => (drained = resolve));
  const wanted = Math.floor(perSecond * LATENCY_SECONDS);
  const reader = bus.read(
    { stream: STREAMS.scored, filterSubject: 'earshot.scored.lag.>', from: 'new' },
    (batch) => {
      const nowMs = performance.now();
      for (const { data } of batch) {
        const { id } = JSON.parse(new TextDecoder().decode(data));
        const sent = sentMs.get(id);
        if (sent === undefined) continue; // From the rounds before.
        lagsMs.push(nowMs - sent);
        if (lagsMs.length === wanted) drained();
      }
    },
  );
  // The consumer is there once the server has made it; until then there is none to ask for.
  const waiting = () =>
    bus.backlog(STREAMS.in, group).then(
      ({ pending }) => pending,
      () => Infinity,
    );
  while ((await waiting()) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  const random = seeded(2);
  const startMs = performance.now();
  for (let sent = 0; sent < wanted;) {
    const due = Math.min(wanted, Math.floor(((performance.now() - startMs) / 1_000) * perSecond) + 1);
    for (; sent < due; sent += 1) {
      const id = `bench-lag-${sent}`;
      sentMs.set(id, performance.now());
      const data = makeMessage(random, `lag-${sent}`, Date.now());
      void bus.publish({ subject: 'earshot.in.bench.mixed', data, id });
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await caughtUp;
  await service.stop();
  await reader.stop();
  lagsMs.sort((a, b) => a - b);
  return { perSecond, p50Ms: quantile(lagsMs, 0.5), p99Ms: quantile(lagsMs, 0.99), maxMs: lagsMs.at(-1) };
}

const server = await startServer();
try {
  const settings = await loadSettings({ overrides: [['bench', ['bus', 'url'], server.url]] }, {});
  const { bus } = await openBus(settings);
  const random = seeded(1);
  const texts = Array.from({ length: total }, (_, index) => makeMessage(random, index, Date.now()));
  const bytes = texts.reduce((sum, text) => sum + text.length, 0) / total;
  if (!flags.json)
    console.log(
      `${total} messages of ${Math.round(bytes)} bytes, ${rounds} rounds, engine ${flags.engine}, ${flags.pipelines} pipeline(s)`,
    );
  await publishAll(bus, texts);
  const results = [];
  for (let round = 0; round < rounds; round += 1) {
    const common = { url: server.url, total, engine: flags.engine, pipelines: Number(flags.pipelines) };
    const passthrough = await measure({ ...common, mode: 'passthrough', group: `pass${round}` });
    const scorer = await measure({ ...common, mode: 'scorer', group: `score${round}` });
    results.push({ passthrough, scorer, ratio: scorer.perSecond / passthrough.perSecond });
    if (!flags.json) print(round, results.at(-1));
  }
  const ratio = median(results.map((result) => result.ratio));
  const capacity = median(results.map((result) => result.scorer.perSecond));
  const lag = await latency(bus, settings, Math.floor(capacity / 4));
  await bus.close();
  if (flags.json) console.log(JSON.stringify({ total, bytes, results, ratio, latency: lag }, undefined, 2));
  else {
    console.log(`\nratio, median of ${rounds}: ${ratio.toFixed(2)} of the passthrough`);
    const { p50Ms, p99Ms, maxMs, perSecond } = lag;
    console.log(
      `publish to scored at ${perSecond}/s: p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, max ${maxMs.toFixed(1)} ms ` +
        '(publisher, scorer and reader in one process)',
    );
  }
} finally {
  await server.stop();
}

function print(round, { passthrough, scorer, ratio }) {
  const line = (name, { perSecond, cpuSeconds, seconds, peakMb }) =>
    console.log(
      `${String(round + 1).padStart(2)}  ${name.padEnd(12)}${String(Math.round(perSecond)).padStart(8)} msgs/s` +
        `   cpu ${((cpuSeconds / seconds) * 100).toFixed(0).padStart(4)} %   peak ${peakMb.toFixed(0).padStart(4)} MB`,
    );
  line('passthrough', passthrough);
  line('scorer', scorer);
  console.log(`    ratio ${ratio.toFixed(2)}`);
}
