// npm run bench -- queries: what matching costs as the number of listening queries grows, in turns within one run, on one
// core. Prints messages a second and the ratio to a single query; --json prints the figures; --posts N, --rounds N.
import { parseArgs } from 'node:util';
import { compileQueries } from '../../dist/core/relevance/query.index.js';
import { parseQuery } from '../../dist/core/relevance/query.parser.js';
import { seeded } from './messages.mjs';
import { makeBrands, makePost, makeQueries } from './queries.mjs';

const { values: flags } = parseArgs({
  options: {
    posts: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
/** CPU time of this process: what else runs on the machine does not count. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const COUNTS = [1, 100, 1_000, 10_000];
const random = seeded(7);
const brands = makeBrands(random, 4_000);
const queries = makeQueries(random, brands, Math.max(...COUNTS));
const posts = Array.from({ length: Number(flags.posts) }, (_, index) => makePost(random, brands, index));

const subjects = COUNTS.map((count) => {
  const startMs = cpuMs();
  const parsed = queries
    .slice(0, count)
    .map((source, key) => ({ key: String(key), query: parseQuery(source) }));
  const index = compileQueries(parsed);
  return { count, index, compileMs: cpuMs() - startMs, spentMs: [], matches: 0 };
});

// The first round warms up and is not counted.
for (let round = 0; round <= Number(flags.rounds); round += 1)
  for (const subject of subjects) {
    const startMs = cpuMs();
    subject.matches = 0;
    for (const post of posts) subject.matches += subject.index.match(post).length;
    if (round > 0) subject.spentMs.push(cpuMs() - startMs);
  }

const rows = subjects.map(({ count, compileMs, spentMs, matches }) => {
  const bestMs = Math.min(...spentMs);
  return {
    queries: count,
    perSecond: Math.round((posts.length / bestMs) * 1_000),
    microsecondsPerMessage: (bestMs / posts.length) * 1_000,
    ratioToOne: bestMs / Math.min(...subjects[0].spentMs),
    matchesPerMessage: matches / posts.length,
    compileMs,
  };
});

if (flags.json) console.log(JSON.stringify(rows, undefined, 2));
else {
  console.log(`${posts.length} posts, best of ${flags.rounds} rounds, one core`);
  console.log(' queries  messages/s  µs/message  against one  matches/message  compiled in');
  for (const row of rows)
    console.log(
      String(row.queries).padStart(8),
      String(row.perSecond).padStart(11),
      row.microsecondsPerMessage.toFixed(2).padStart(11),
      `${row.ratioToOne.toFixed(2)}×`.padStart(12),
      row.matchesPerMessage.toFixed(3).padStart(16),
      `${row.compileMs.toFixed(0)} ms`.padStart(12),
    );
}
