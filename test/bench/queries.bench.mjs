// npm run bench -- queries: what a message costs as the number of listening queries grows, in turns of a thousand posts, on one
// core: for matching alone, and for all that a scorer does with it, where each query is one of a pipeline of its own. Prints
// messages a second and the ratio to a single query; --json prints the figures; --posts N, --rounds N.
import { parseArgs } from 'node:util';
import { systemClock } from '../../dist/app/clock.js';
import { engines } from '../../dist/app/engines.js';
import { compileConfig } from '../../dist/app/pipelines/pipeline-files.js';
import { pipelineConfig } from '../../dist/core/pipeline/pipeline.config.js';
import { createScorer } from '../../dist/core/scorer/scorer.js';
import { compileQueries } from '../../dist/core/relevance/query.index.js';
import { parseQuery } from '../../dist/core/relevance/query.parser.js';
import { median } from './median.mjs';
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

/** Few enough that all subjects meet the machine at the same speed. */
const TURN_POSTS = 1_000;

const COUNTS = [1, 100, 1_000, 10_000];
const random = seeded(7);
const brands = makeBrands(random, 4_000);
const queries = makeQueries(random, brands, Math.max(...COUNTS));
const posts = Array.from({ length: Math.ceil(Number(flags.posts) / TURN_POSTS) * TURN_POSTS }, (_, index) =>
  makePost(random, brands, index),
);

/** Deliveries that a scorer plans together. */
const BATCH = 64;
const deliveries = posts.map((post, index) => ({
  ...{ data: Buffer.from(JSON.stringify(post)), subject: 'earshot.in.bench.social', headers: undefined },
  ...{ sequence: index + 1, storedAtMs: post.time },
}));

async function scorerOf(sources) {
  const pipelines = [];
  for (const [key, query] of sources.entries()) {
    const compiled = await compileConfig(pipelineConfig.parse({ name: `p${key}`, listen: { query } }));
    pipelines.push(compiled.pipeline);
  }
  const limits = { payloadBytesMax: 1_048_576, dedupeKeysMax: 100_000 };
  return () => createScorer({ pipelines, clock: systemClock, random: Math.random, ...limits });
}

const subjects = [];
for (const count of COUNTS) {
  const startMs = cpuMs();
  const parsed = queries
    .slice(0, count)
    .map((source, key) => ({ key: String(key), query: parseQuery(source) }));
  const index = compileQueries(parsed);
  const compileMs = cpuMs() - startMs;
  const openScorer = await scorerOf(queries.slice(0, count));
  subjects.push({ count, index, openScorer, compileMs, rounds: [] });
}

/** Spent by a subject on its turn. A scorer is a new one each round: no post is a duplicate. */
function takeTurn({ index, scorer, spent }, from) {
  const startMs = cpuMs();
  for (let at = from; at < from + TURN_POSTS; at += 1) spent.matches += index.match(posts[at]).length;
  const matchedMs = cpuMs();
  for (let at = from; at < from + TURN_POSTS; at += BATCH)
    scorer.plan(deliveries.slice(at, Math.min(at + BATCH, from + TURN_POSTS)));
  spent.matchingMs += matchedMs - startMs;
  spent.scoringMs += cpuMs() - matchedMs;
}

// The first round warms up and is not counted.
for (let round = 0; round <= Number(flags.rounds); round += 1) {
  for (const subject of subjects)
    Object.assign(subject, {
      scorer: subject.openScorer(),
      spent: { matchingMs: 0, scoringMs: 0, matches: 0 },
    });
  for (let from = 0; from < posts.length; from += TURN_POSTS)
    for (const subject of subjects) takeTurn(subject, from);
  for (const { spent, rounds } of subjects) if (round > 0) rounds.push(spent);
}

/** Medians of the rounds; the ratio is that to a single query in the same round. */
function figures(which) {
  return subjects.map(({ rounds }) => {
    const spentMs = median(rounds.map((spent) => spent[which]));
    return {
      perSecond: Math.round((posts.length / spentMs) * 1_000),
      microsecondsPerMessage: (spentMs / posts.length) * 1_000,
      ratioToOne: median(rounds.map((spent, at) => spent[which] / subjects[0].rounds[at][which])),
    };
  });
}

const [matching, scoring] = [figures('matchingMs'), figures('scoringMs')];
const rows = subjects.map(({ count, compileMs, rounds }, at) => ({
  ...{ queries: count, compileMs, matchesPerMessage: rounds[0].matches / posts.length },
  ...{ matching: matching[at], scoring: scoring[at] },
}));

function cells({ perSecond, microsecondsPerMessage, ratioToOne }) {
  const ratio = `${ratioToOne.toFixed(2)}×`;
  return `${String(perSecond).padStart(12)}${microsecondsPerMessage.toFixed(2).padStart(9)}${ratio.padStart(10)}`;
}

if (flags.json) console.log(JSON.stringify(rows, undefined, 2));
else {
  console.log(`${posts.length} posts, median of ${flags.rounds} rounds, one core`);
  console.log(`${''.padEnd(42)}${'matching alone'.padEnd(31)}all that a scorer does`);
  const head = '  messages/s  µs each  against 1';
  console.log(` queries  matches/message  compiled in${head}${head}`);
  for (const row of rows)
    console.log(
      String(row.queries).padStart(8) +
        row.matchesPerMessage.toFixed(3).padStart(17) +
        `${row.compileMs.toFixed(0)} ms`.padStart(13) +
        cells(row.matching) +
        cells(row.scoring),
    );
}
await engines.close();
