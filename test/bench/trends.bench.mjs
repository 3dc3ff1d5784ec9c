// npm run bench -- trends: what it costs to count a term, with a million distinct ones, and a message, on one core; and the
// bytes that takes. --json prints the figures; --rounds N, --messages N.
import { parseArgs } from 'node:util';
import { hashOf } from '../../dist/core/trend/hash.js';
import { RecentSet } from '../../dist/core/trend/recent-set.js';
import { TermSketch } from '../../dist/core/trend/sketch.js';
import { trendConfig } from '../../dist/core/trend/trend.config.js';
import { AUTHORS_SEEN_MAX } from '../../dist/core/trend/tables.js';
import { Trends } from '../../dist/core/trend/trends.js';
import { seeded } from './messages.mjs';
import { makeBrands, makePost } from './queries.mjs';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    messages: { type: 'string', default: '20000' },
    json: { type: 'boolean', default: false },
  },
});
const TERMS = 1_000_000;
const START_MS = Date.UTC(2026, 0, 1);

/** CPU time of this process: what else runs on the machine does not count. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const config = trendConfig.parse({});
const names = Array.from({ length: TERMS }, (_, index) => `term${index.toString(36)}`);

/** Every term once, as `Trends` counts it: hash, whether its author wrote it lately, read, add. */
function countTerms(sketch, authors) {
  const usage = { burst: 0, span: 0, past: 0, burstCrowd: 0, spanCrowd: 0 };
  const startMs = cpuMs();
  sketch.advance(START_MS);
  sketch.writtenAt(START_MS);
  for (const name of names) {
    const hash = hashOf(name);
    if (authors.seen(hash, START_MS)) continue;
    sketch.locate(hash);
    sketch.read(usage);
    sketch.add(1, 0.001, 0.001, usage);
  }
  return cpuMs() - startMs;
}

const termMs = [];
let sketchBytes = 0;
for (let round = 0; round <= Number(flags.rounds); round += 1) {
  const sketch = new TermSketch({
    cellsPerRow: config.limits.cellsPerRow,
    burstMs: config.burst,
    spanMs: config.span,
    memoryMs: config.memory,
  });
  const spentMs = countTerms(sketch, new RecentSet(AUTHORS_SEEN_MAX, config.span));
  sketchBytes = sketch.bytes;
  if (round > 0) termMs.push(spentMs); // The first warms up.
}

const random = seeded(11);
const brands = makeBrands(random, 500);
const posts = Array.from({ length: Number(flags.messages) }, (_, index) => ({
  ...makePost(random, brands, index),
  id: `post-${index}`,
  version: '0',
  kind: 'create',
  channel: 'social',
  source: 'bench',
  time: START_MS + index * 100,
}));
const trends = new Trends('bench', config);
const startMs = cpuMs();
let events = 0;
for (const post of posts) {
  trends.observe(post);
  events += trends.advance(post.time).length;
}
const messageMs = cpuMs() - startMs;

const figures = {
  distinctTerms: TERMS,
  nanosecondsPerTerm: Math.round((Math.min(...termMs) / TERMS) * 1e6),
  sketchMegabytes: sketchBytes / 1e6,
  allTablesMegabytes: trends.bytes / 1e6,
  microsecondsPerMessage: Math.round((messageMs / posts.length) * 1e4) / 10,
  messagesPerSecond: Math.round((posts.length / messageMs) * 1_000),
  events,
};
if (flags.json) console.log(JSON.stringify(figures, undefined, 2));
else {
  const {
    nanosecondsPerTerm,
    sketchMegabytes,
    allTablesMegabytes,
    microsecondsPerMessage,
    messagesPerSecond,
  } = figures;
  console.log(
    `${TERMS} distinct terms, best of ${flags.rounds} rounds, one core: ${nanosecondsPerTerm} ns a term`,
  );
  console.log(`sketch ${sketchMegabytes.toFixed(1)} MB, all tables ${allTablesMegabytes.toFixed(1)} MB`);
  console.log(`${posts.length} messages: ${microsecondsPerMessage} µs each, ${messagesPerSecond}/s`);
}
