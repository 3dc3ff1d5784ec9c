// npm run bench -- memory: a million messages, each with a hashtag, an author and a channel of its own, through a whole
// Earshot (scorer, watcher with trends and rules, metrics) on a real broker. Prints resident memory on the way, the series
// of /metrics by name, and what was left out by limit; --messages N. Ends with 1 when memory passes 400 MB, a metric has
// more series than its cap, or nothing was left out.
//
// npm run bench -- memory --minutes 10: so long at capacity, then so long with consumers that stopped: WebSocket clients
// that do not read, a webhook that never answers, a durable consumer that acknowledges nothing. Ends with 1 when memory is
// not flat: the median of a tenth of the time (after a first fifth) more than 10 % from the median of all.
//
// --json prints the figures. Node runs as users run it; NODE_OPTIONS=--max-old-space-size=256 is passed on.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadSettings } from '../../dist/app/config/settings.js';
import { openBus } from '../../dist/app/open-bus.js';
import { startServer } from './broker.mjs';
import { manyDistinct } from './distinct.mjs';
import { memoryWhileBusy, steadiness } from './steady.mjs';

const RESIDENT_MB_MAX = 400;
/** Of one metric; `seriesMax` of the adapter. */
const SERIES_MAX = 20_000;
const DEVIATION_MAX = 0.1;

const { values: flags } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    minutes: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const say = (text) => {
  if (!flags.json) console.log(text);
};
const whole = (value) => String(Math.round(value));

async function distinct(common) {
  const figures = await manyDistinct(common.bus, { ...common, total: Number(flags.messages), say });
  const { total, peakMb, heapMb, heapSizeMb, externalMb, series, left } = figures;
  say(`${total} distinct hashtags, authors and channels: at most ${whole(peakMb)} MB resident`);
  say(`at the end: heap ${whole(heapMb)} of ${whole(heapSizeMb)} MB, outside it ${whole(externalMb)} MB`);
  for (const [name, count] of series) say(`${String(count).padStart(8)} series of ${name}`);
  for (const [limit, count] of Object.entries(left)) say(`${String(count).padStart(8)} left out by ${limit}`);
  const isBounded = peakMb <= RESIDENT_MB_MAX && series.every(([, count]) => count <= SERIES_MAX);
  return { isGood: isBounded && Object.keys(left).length > 0, figures };
}

async function busy(common) {
  const figures = {};
  for (const [name, isStopped] of [
    ['at capacity', false],
    ['consumers that stopped', true],
  ]) {
    const { samplesMb, messages } = await memoryWhileBusy(common.bus, {
      ...{ ...common, isStopped, minutes: Number(flags.minutes) },
    });
    const found = steadiness(samplesMb);
    figures[name] = { messages, samplesMb, ...found };
    const { minMb, middleMb, maxMb, partsMb, deviation } = found;
    say(
      `${flags.minutes} min, ${name}: ${messages} messages; ${whole(minMb)} to ${whole(maxMb)} MB resident, median ` +
        `${whole(middleMb)} MB, tenths of the time within ${(deviation * 100).toFixed(1)} % of it: ${partsMb.map(whole).join(' ')}`,
    );
  }
  return { isGood: Object.values(figures).every(({ deviation }) => deviation <= DEVIATION_MAX), figures };
}

const folder = mkdtempSync(join(tmpdir(), 'earshot-bench-'));
const server = await startServer();
try {
  const settings = await loadSettings({ overrides: [['bench', ['bus', 'url'], server.url]] }, {});
  const { bus } = await openBus(settings);
  const common = { bus, url: server.url, group: settings.scorer.group, folder };
  const { isGood, figures } = await (flags.minutes === undefined ? distinct(common) : busy(common));
  if (flags.json) console.log(JSON.stringify(figures, undefined, 2));
  process.exitCode = isGood ? 0 : 1;
  await bus.close();
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
