// npm run bench -- queries: what a message costs as the number of listening queries grows, in turns within one run, on one
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

/** Deliveries that a scorer plans together. */
const BATCH = 32;
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
  subjects.push({ count, index, openScorer, compileMs, matchingMs: [], scoringMs: [], matches: 0 });
}

function match({ index }) {
  let matches = 0;
  for (const post of posts) matches += index.match(post).length;
  return matches;
}

/** A new scorer has heard nothing before: no post is a duplicate. */
function score(scorer) {
  for (let from = 0; from < deliveries.length; from += BATCH)
    scorer.plan(deliveries.slice(from, from + BATCH));
}

// The first round warms up and is not counted.
for (let round = 0; round <= Number(flags.rounds); round += 1)
  for (const subject of subjects) {
    const startMs = cpuMs();
    subject.matches = match(subject);
    const matchedMs = cpuMs();
    const scorer = subject.openScorer();
    const openedMs = cpuMs();
    score(scorer);
    if (round === 0) continue;
    subject.matchingMs.push(matchedMs - startMs);
    subject.scoringMs.push(cpuMs() - openedMs);
  }

/** Of the best round, and against that of a single query. */
function figures(which) {
  return subjects.map(({ [which]: spentMs }) => {
    const bestMs = Math.min(...spentMs);
    return {
      perSecond: Math.round((posts.length / bestMs) * 1_000),
      microsecondsPerMessage: (bestMs / posts.length) * 1_000,
      ratioToOne: bestMs / Math.min(...subjects[0][which]),
    };
  });
}

const [matching, scoring] = [figures('matchingMs'), figures('scoringMs')];
const rows = subjects.map(({ count, compileMs, matches }, at) => ({
  ...{ queries: count, compileMs, matchesPerMessage: matches / posts.length },
  ...{ matching: matching[at], scoring: scoring[at] },
}));

function cells({ perSecond, microsecondsPerMessage, ratioToOne }) {
  const ratio = `${ratioToOne.toFixed(2)}×`;
  return `${String(perSecond).padStart(12)}${microsecondsPerMessage.toFixed(2).padStart(9)}${ratio.padStart(10)}`;
}

if (flags.json) console.log(JSON.stringify(rows, undefined, 2));
else {
  console.log(`${posts.length} posts, best of ${flags.rounds} rounds, one core`);
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
