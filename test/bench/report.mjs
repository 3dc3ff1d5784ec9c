// The load report: measures, and writes report.md, report.svg and report.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { measure, withBroker } from './broker.mjs';
import { feedCost, watcherCosts } from './costs.mjs';
import { latency, memoryAtCapacity } from './load.mjs';
import { drawReport } from './picture.mjs';
import { steadiness } from './steady.mjs';

const LOADS = [0.25, 0.5, 0.75, 0.9];
const FEED_PER_SECOND = 200;

/** Microseconds of processor a message with one, ten and a hundred of something; what each further one adds. */
function perAdded(rows) {
  const [first, last] = [rows[0], rows.at(-1)];
  return (last.micros - first.micros) / Math.max(1, last.count - first.count);
}

/** Each load on a broker of its own, as capacity was measured: the more a broker has seen, the slower it is. */
async function measureLatency(common, capacity, isQuick) {
  const rows = [];
  for (const load of LOADS) {
    const perSecond = Math.max(50, Math.floor(capacity * load));
    const name = `lag${Math.round(load * 100)}`;
    const options = { perSecond, seconds: isQuick ? 2 : 10, name };
    const lags = await withBroker([], (bus, url) => latency(bus, { ...common, url }, options));
    const peer = { ...options, name: `peer-${name}`, mode: 'passthrough' };
    const peers = await withBroker([], (bus, url) => latency(bus, { ...common, url }, peer));
    rows.push({ load, ...lags, passthroughP99Ms: peers.p99Ms });
  }
  return rows;
}

async function measurePipelines(common, isQuick) {
  const rows = [];
  for (const count of [1, 10, 100]) {
    const total = isQuick ? Math.min(common.total, 10_000) : common.total;
    const group = `pipelines${count}`;
    const result = await measure({ ...common, mode: 'scorer', group, total, pipelines: count });
    rows.push({ count, micros: result.cpuMicros, perSecond: result.perSecond, peakMb: result.peakMb });
  }
  return rows;
}

async function measureFeed(isQuick) {
  const rows = [];
  for (const clients of [1, 100, 1_000]) {
    const seconds = isQuick ? 2 : 8;
    const { micros, connected } = await feedCost(clients, { perSecond: FEED_PER_SECOND, seconds });
    rows.push({ count: clients, connected, micros });
  }
  return rows;
}

/** From the start of a process to the last acknowledgement of a backlog. */
async function measureRecovery(common) {
  const rows = [];
  for (const share of [0.1, 0.5, 1]) {
    const total = Math.floor(common.total * share);
    const result = await measure({ ...common, mode: 'scorer', group: `backlog${total}`, total });
    rows.push({ backlog: total, seconds: result.wholeSeconds });
  }
  return rows;
}

/** @returns the figures that were written. */
export async function report({ texts, common, throughput, isQuick, minutes, folder, say }) {
  const { capacity } = throughput;
  const step = (text) => say(`report: ${text}`);
  step('recovery by backlog, cost of pipelines');
  const { recovery, pipelines, broker } = await withBroker(texts, async (bus, url) => ({
    recovery: await measureRecovery({ ...common, url }),
    pipelines: await measurePipelines({ ...common, url }, isQuick),
    broker: bus.description,
  }));
  step('cost of rules and WebSocket clients');
  const rules = watcherCosts([1, 10, 100], isQuick ? 10_000 : 40_000);
  const feed = await measureFeed(isQuick);
  step('latency at 25, 50, 75 and 90 % of capacity');
  const lags = await measureLatency(common, capacity, isQuick);
  step(`memory over ${minutes} minute(s) at capacity`);
  const load = { minutes, perSecond: capacity, name: 'memory' };
  const samplesMb = await withBroker([], (bus, url) => memoryAtCapacity(bus, { ...common, url }, load));
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version}, ${broker}`;
  const figures = {
    ...{ at: new Date().toISOString(), machine, isQuick, throughput, latency: lags },
    ...{ memory: { minutes, samplesMb, ...steadiness(samplesMb) }, pipelines, rules, feed, recovery },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(figures, undefined, 2)}\n`);
  writeFileSync(join(folder, 'report.svg'), drawReport(figures));
  writeFileSync(join(folder, 'report.md'), table(figures));
  say(`\n${table(figures)}`);
  say(`written to ${folder}: report.md, report.svg, report.json`);
  return figures;
}

const lines = (head, rows) => [head, head.replace(/[^|]+/g, '---'), ...rows].join('\n');
const whole = (value) => Math.round(value).toLocaleString('en-US');

function table({
  at,
  machine,
  isQuick,
  throughput,
  latency: lags,
  memory,
  pipelines,
  rules,
  feed,
  recovery,
}) {
  const cost = (what, rows, note = '') =>
    rows.map(({ count, micros }) => `| ${what} | ${whole(count)} | ${micros.toFixed(1)} |`).join('\n') +
    `\n| each further one${note} | | ${perAdded(rows).toFixed(3)} |`;
  const { ratio, rounds, bytes, engine, total } = throughput;
  return `${[
    '# Load report',
    `${at} · ${machine}${isQuick ? ' · quick: a smoke test, not a measurement' : ''}`,
    `Broker, publisher and scorer share the machine. Messages of ${bytes} bytes, engine \`${engine}\`, ${whole(total)} a round, one a NATS message.`,
    '![Load report](report.svg)',
    '## Throughput',
    lines(
      '| round | client/s | passthrough/s | scorer/s | of the passthrough | of the client | passthrough µs | scorer µs |',
      [
        ...rounds.map(
          (one, index) =>
            `| ${index + 1} | ${whole(one.client.perSecond)} | ${whole(one.passthrough.perSecond)} | ${whole(one.scorer.perSecond)} | ${one.ratio.toFixed(2)} | ${one.clientRatio.toFixed(2)} | ${one.passthrough.cpuMicros.toFixed(1)} | ${one.scorer.cpuMicros.toFixed(1)} |`,
        ),
        `| median | ${whole(throughput.clientPerSecond)} | ${whole(throughput.passthroughPerSecond)} | ${whole(throughput.capacity)} | ${ratio.toFixed(2)} | ${throughput.clientRatio.toFixed(2)} | | |`,
      ],
    ),
    'Passthrough: parse, serialize, publish with an id, acknowledge, on our bus; client: the same on the client library alone. µs: processor time a message of the process alone, its threads together. All take turns of a quarter of a second, each with a broker of its own.',
    '## Latency, from publish until the scored message is stored',
    lines(
      '| of capacity | messages/s | p50 ms | p90 ms | p99 ms | max ms | missing | p99 ms of the passthrough |',
      [
        ...lags.map(
          (one) =>
            `| ${one.load * 100} % | ${whole(one.perSecond)} | ${[one.p50Ms, one.p90Ms, one.p99Ms, one.maxMs].map((ms) => ms.toFixed(1)).join(' | ')} | ${one.missing} | ${one.passthroughP99Ms.toFixed(1)} |`,
        ),
      ],
    ),
    `## Memory at capacity, ${memory.minutes} min`,
    `Resident ${memory.minMb.toFixed(0)} to ${memory.maxMb.toFixed(0)} MB, median ${memory.middleMb.toFixed(0)} MB (after the first fifth); tenths of the time within ${(memory.deviation * 100).toFixed(1)} % of it.`,
    '## Cost of more, processor µs a message',
    lines('| what | how many | µs a message |', [
      cost('pipelines (one listens to it)', pipelines),
      cost('rules in a watcher, by four channels', rules),
      cost('WebSocket clients that want everything', feed),
    ]),
    '## Recovery',
    lines('| backlog | seconds from start to done |', [
      ...recovery.map((one) => `| ${whole(one.backlog)} | ${one.seconds.toFixed(1)} |`),
    ]),
  ].join('\n\n')}\n`;
}
