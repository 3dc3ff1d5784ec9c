// npm run bench -- memory: a million messages, each with a hashtag, an author and a channel of its own, through a whole
// Earshot (scorer, watcher with trends and rules, metrics) on a real broker. Prints resident memory on the way, the series
// of /metrics by name, and what was left out by limit; --json prints the figures; --messages N, --heap-mb N (256; 0: as Node
// decides). Ends with 1 when memory passes 400 MB, a metric has more series than its cap, or nothing was left out.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadSettings } from '../../dist/app/config/settings.js';
import { openBus } from '../../dist/app/open-bus.js';
import { STREAMS } from '../../dist/core/bus/streams.js';
import { startServer } from './broker.mjs';

const { values: flags } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    'heap-mb': { type: 'string', default: '256' },
    json: { type: 'boolean', default: false },
  },
});
const total = Number(flags.messages);
const RSS_MB_MAX = 400;
/** Of one metric; `seriesMax` of the adapter. */
const SERIES_MAX = 20_000;
const BACKLOG_MAX = 20_000;
const CHUNK = 500;
const SAMPLE_EVERY = 5_000;
const SETTLE_MS = 3_000;
const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const PIPELINE = `name: crowd
listen: { query: 'brand' }
trends: {}
alerts:
  - { name: surge, when: 'volume >= 1000000', over: 5m, groupBy: [channel] }
  - { name: all, when: 'volume >= 1000000', over: 5m }
`;
/** Node lets garbage grow to several times what lives unless it is told how much a process may take. */
const HEAP = flags['heap-mb'] === '0' ? [] : [`--max-old-space-size=${flags['heap-mb']}`];
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function makeMessage(index) {
  return JSON.stringify({
    ...{ id: `crowd-${index}`, channel: `channel-${index}`, source: 'bench', tags: [`tag${index}`] },
    ...{ author: { id: `author-${index}`, handle: `handle_${index}` }, lang: 'en' },
    text: `brand number ${index} is late again #tag${index}`,
  });
}

/** `name{labels} value` lines to series by metric name, and what limits left out. */
function readMetrics(text) {
  const series = {};
  const left = {};
  for (const line of text.split('\n')) {
    if (!line.startsWith('earshot_')) continue;
    const name = line.slice(0, line.search(/[ {]/));
    series[name] = (series[name] ?? 0) + 1;
    const limit = /^earshot_limit_reached_total\{.*limit="([^"]+)".*\} (\d+)/.exec(line);
    if (limit && Number(limit[2]) > 0) left[limit[1]] = (left[limit[1]] ?? 0) + Number(limit[2]);
  }
  const megabytes = (name) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1] ?? NaN) / 1_048_576;
  const heapMb = megabytes('nodejs_heap_size_used_bytes');
  const heapSizeMb = megabytes('nodejs_heap_size_total_bytes');
  return { series, left, heapMb, heapSizeMb, externalMb: megabytes('nodejs_external_memory_bytes') };
}

/** `earshot run` with the pipeline; resolves with its process and address once it serves. */
function startEarshot(url, folder) {
  const file = join(folder, 'crowd.yaml');
  writeFileSync(file, PIPELINE);
  const args = ['run', file, '--bus', url, '--listen', '127.0.0.1:0', '--log-format', 'json'];
  const child = spawn(process.execPath, [...HEAP, PROGRAM, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  return new Promise((resolve, reject) => {
    let log = '';
    child.stderr.on('data', (data) => {
      log = (log + data).slice(-20_000);
      const address = /serving (http:[^\s"]+)/.exec(log)?.[1];
      if (address) resolve({ child, address });
    });
    child.once('exit', (code) => reject(new Error(`earshot ended with ${code}:\n${log}`)));
  });
}

function rssMb({ pid }) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}

const folder = mkdtempSync(join(tmpdir(), 'earshot-bench-'));
const server = await startServer();
let child;
try {
  const settings = await loadSettings({ overrides: [['bench', ['bus', 'url'], server.url]] }, {});
  const { bus } = await openBus(settings);
  const earshot = await startEarshot(server.url, folder);
  ({ child } = earshot);
  const pending = async () => (await bus.backlog(STREAMS.in, settings.scorer.group)).pending;
  const samplesMb = [];
  for (let sent = 0; sent < total;) {
    const chunk = Array.from({ length: Math.min(CHUNK, total - sent) }, (_, index) => {
      const data = makeMessage(sent + index);
      return bus.publish({ subject: `earshot.in.bench.c${(sent + index) % 100}`, data });
    });
    sent += (await Promise.all(chunk)).length;
    while ((await pending()) > BACKLOG_MAX) await wait(50);
    if (sent % SAMPLE_EVERY === 0) samplesMb.push(rssMb(child));
    if (!flags.json && sent % 100_000 === 0) console.log(`${sent} sent, ${rssMb(child).toFixed(0)} MB`);
  }
  while ((await pending()) > 0) await wait(100);
  await wait(SETTLE_MS); // The watcher follows the scorer.
  samplesMb.push(rssMb(child));
  const { series, left, ...heap } = readMetrics(
    await (await globalThis.fetch(`${earshot.address}/metrics`)).text(),
  );
  const most = Object.entries(series).sort(([, a], [, b]) => b - a).slice(0, 5); // prettier-ignore
  const peakMb = Math.max(...samplesMb);
  const figures = {
    total,
    peakMb,
    lastMb: samplesMb.at(-1),
    ...heap,
    series: Object.fromEntries(most),
    left,
  };
  if (flags.json) console.log(JSON.stringify(figures, undefined, 2));
  else {
    console.log(`${total} distinct hashtags, authors and channels: at most ${peakMb.toFixed(0)} MB resident`);
    const { heapMb, heapSizeMb, externalMb } = heap;
    console.log(
      `at the end: heap ${heapMb.toFixed(0)} of ${heapSizeMb.toFixed(0)} MB, outside it ${externalMb.toFixed(0)} MB`,
    );
    for (const [name, count] of most) console.log(`${String(count).padStart(8)} series of ${name}`);
    for (const [limit, count] of Object.entries(left))
      console.log(`${String(count).padStart(8)} left out by ${limit}`);
  }
  const isBounded = peakMb <= RSS_MB_MAX && most.every(([, count]) => count <= SERIES_MAX);
  process.exitCode = isBounded && Object.keys(left).length > 0 ? 0 : 1;
  await bus.close();
} finally {
  child?.kill('SIGTERM');
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
