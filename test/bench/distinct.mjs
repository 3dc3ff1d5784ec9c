// Messages that have nothing in common, each with a hashtag, an author and a channel of its own, through a whole Earshot.
import { setTimeout as wait } from 'node:timers/promises';
import { pendingOf } from './broker.mjs';
import { startEarshot } from './whole.mjs';

const BACKLOG_MAX = 20_000;
const CHUNK = 500;
const SAMPLE_EVERY = 5_000;
const SAY_EVERY = 100_000;
const SETTLE_MS = 3_000;
const PIPELINE = `name: crowd
listen: { query: 'brand' }
trends: {}
alerts:
  - { name: surge, when: 'volume >= 1000000', over: 5m, groupBy: [channel] }
  - { name: all, when: 'volume >= 1000000', over: 5m }
`;

function makeMessage(index) {
  return JSON.stringify({
    ...{ id: `crowd-${index}`, channel: `channel-${index}`, source: 'bench', tags: [`tag${index}`] },
    ...{ author: { id: `author-${index}`, handle: `handle_${index}` }, lang: 'en' },
    text: `brand number ${index} is late again #tag${index}`,
  });
}

/** `name{labels} value` lines to the names with most series, and what limits left out. */
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
  return {
    series: Object.entries(series).sort(([, a], [, b]) => b - a).slice(0, 5), // prettier-ignore
    left,
    heapMb: megabytes('nodejs_heap_size_used_bytes'),
    heapSizeMb: megabytes('nodejs_heap_size_total_bytes'),
    externalMb: megabytes('nodejs_external_memory_bytes'),
  };
}

export async function manyDistinct(bus, { url, group, folder, total, say }) {
  const earshot = await startEarshot(url, folder, PIPELINE);
  try {
    const samplesMb = [];
    for (let sent = 0; sent < total;) {
      const chunk = Array.from({ length: Math.min(CHUNK, total - sent) }, (_, index) => {
        const data = makeMessage(sent + index);
        return bus.publish({ subject: `earshot.in.bench.c${(sent + index) % 100}`, data });
      });
      sent += (await Promise.all(chunk)).length;
      while ((await pendingOf(bus, group)) > BACKLOG_MAX) await wait(50);
      if (sent % SAMPLE_EVERY === 0) samplesMb.push(earshot.rssMb());
      if (sent % SAY_EVERY === 0) say(`${sent} sent, ${earshot.rssMb().toFixed(0)} MB`);
    }
    while ((await pendingOf(bus, group)) > 0) await wait(100);
    await wait(SETTLE_MS); // The watcher follows the scorer.
    samplesMb.push(earshot.rssMb());
    const metrics = await (await globalThis.fetch(`${earshot.address}/metrics`)).text();
    return { total, peakMb: Math.max(...samplesMb), lastMb: samplesMb.at(-1), ...readMetrics(metrics) };
  } finally {
    await earshot.stop();
  }
}
