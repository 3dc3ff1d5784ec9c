// npm run bench: the whole scorer against a passthrough on the client library (the limit that JetStream and the client set), against a
// passthrough on the same bus, and against itself with output.batch. They take turns of a quarter of a second, each with a
// broker of its own, so that their ratio holds on a machine whose speed changes. Then how fast what was scored is read one by one
// and from batches; and the latency from publish to scored at half of the scorer's capacity, beside that of the passthrough at the
// same rate. Prints a table; --json prints the figures; --messages N, --rounds N, --engine earshot|natural|wink,
// --pipelines N. With --report it writes the load report (report.md, report.svg, report.json) to --out FOLDER
// (bench-report): the same and latency at four loads, memory (--memory-minutes N), the cost of pipelines, rules and
// WebSocket clients, recovery by backlog. --quick makes it a smoke test of a minute.
import { parseArgs } from 'node:util';
import { withBroker } from './broker.mjs';
import { readBack } from './read-back.mjs';
import { latency } from './load.mjs';
import { makeMessage, seeded } from './messages.mjs';
import { median } from './median.mjs';
import { report } from './report.mjs';
import { measureInTurns } from './turns.mjs';

const { values: flags } = parseArgs({
  options: {
    messages: { type: 'string' },
    rounds: { type: 'string' },
    engine: { type: 'string', default: 'earshot' },
    pipelines: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: 'bench-report' },
    'memory-minutes': { type: 'string' },
  },
});
const total = Number(flags.messages ?? (flags.quick ? 30_000 : 250_000));
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 3));
const say = (text) => {
  if (!flags.json) console.log(text);
};

function row(round, name, { perSecond, cpuSeconds, seconds, cpuMicros, brokerMicros, peakMb }) {
  const busy = ((cpuSeconds / seconds) * 100).toFixed(0).padStart(4);
  return (
    `${String(round + 1).padStart(2)}  ${name.padEnd(12)}${String(Math.round(perSecond)).padStart(8)} msgs/s` +
    `   cpu ${busy} % ${cpuMicros.toFixed(1).padStart(6)} µs/msg, broker ${brokerMicros.toFixed(1).padStart(5)}   peak ${peakMb.toFixed(0).padStart(4)} MB`
  );
}

/** Messages that come alone make batches only where they are gathered. */
const BATCHED = { batch: { gather: true } };
const MEASURED = {
  client: { mode: 'client', group: 'client' },
  passthrough: { mode: 'passthrough', group: 'pass' },
  scorer: { mode: 'scorer', group: 'score' },
  batched: { mode: 'scorer', group: 'batch', output: BATCHED },
};

async function measureRound(round, texts) {
  const names = Object.keys(MEASURED);
  const all = names.map((name) => ({ ...common, ...MEASURED[name] }));
  const isScorer = ({ mode }) => mode === 'scorer';
  const results = await measureInTurns(texts, all, (bus, options) =>
    isScorer(options) ? readBack(bus, `${options.group}-0`) : undefined,
  );
  const measured = Object.fromEntries(names.map((name, at) => [name, results[at]]));
  const { client, passthrough, scorer, batched } = measured;
  const ratio = scorer.perSecond / passthrough.perSecond;
  const clientRatio = scorer.perSecond / client.perSecond;
  const batchedRatio = batched.perSecond / scorer.perSecond;
  for (const name of names) say(row(round, name, measured[name]));
  say(
    `    scorer ${clientRatio.toFixed(2)} of the client, ${ratio.toFixed(2)} of the passthrough on our bus; batched ${batchedRatio.toFixed(2)} of the scorer`,
  );
  const reading = { single: scorer.after, batched: batched.after };
  return { ...measured, ratio, clientRatio, batchedRatio, reading };
}

async function compare(texts) {
  const results = [];
  for (let round = 0; round < rounds; round += 1) results.push(await measureRound(round, texts));
  const middle = (pick) => median(results.map(pick));
  return {
    ...{ total, rounds: results, ratio: middle(({ ratio }) => ratio) },
    clientRatio: middle(({ clientRatio }) => clientRatio),
    clientPerSecond: middle(({ client }) => client.perSecond),
    batchedRatio: middle(({ batchedRatio }) => batchedRatio),
    passthroughPerSecond: middle(({ passthrough }) => passthrough.perSecond),
    capacity: middle(({ scorer }) => scorer.perSecond),
    reading: results.at(-1)?.reading,
  };
}

const random = seeded(1);
const texts = Array.from({ length: total }, (_, index) => makeMessage(random, index, Date.now()));
const bytes = Math.round(texts.reduce((sum, text) => sum + text.length, 0) / total);
const common = { total, engine: flags.engine, pipelines: Number(flags.pipelines) };
const pipelines = `${flags.pipelines} pipeline${flags.pipelines === '1' ? '' : 's'}`;
say(`${total} messages of ${bytes} bytes, ${rounds} round(s), engine ${flags.engine}, ${pipelines}`);
const throughput = { ...(await compare(texts)), bytes, engine: flags.engine };
say(
  `\nratio, median of ${rounds}: ${throughput.clientRatio.toFixed(2)} of the passthrough on the client library, ` +
    `${throughput.ratio.toFixed(2)} of the one on our own, faster bus`,
);
say(`batched, median of ${rounds}: ${throughput.batchedRatio.toFixed(2)} of the scorer one by one`);
for (const [how, { perSecond, messages, stored }] of Object.entries(throughput.reading))
  say(`read ${how.padEnd(8)} ${String(Math.round(perSecond)).padStart(8)} msgs/s: ${messages} in ${stored}`);
if (flags.report) {
  const minutes = Number(flags['memory-minutes'] ?? (flags.quick ? 0.1 : 2));
  const options = { isQuick: flags.quick, minutes, folder: flags.out, say };
  const figures = await report({ texts, common, throughput, ...options });
  if (flags.json) console.log(JSON.stringify(figures, undefined, 2));
} else {
  const perSecond = Math.floor(throughput.capacity / 2);
  const seconds = flags.quick ? 2 : 8;
  const lagOf = (mode) =>
    withBroker([], (bus, url) =>
      latency(bus, { ...common, url }, { perSecond, seconds, name: `lag-${mode}`, mode }),
    );
  const lags = { scorer: await lagOf('scorer'), passthrough: await lagOf('passthrough') };
  say(`publish to scored at ${perSecond}/s, half of capacity, with the publisher on the same machine:`);
  for (const [name, { p50Ms, p99Ms, maxMs }] of Object.entries(lags))
    say(
      `    ${name.padEnd(12)} p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, max ${maxMs.toFixed(1)} ms`,
    );
  if (flags.json) console.log(JSON.stringify({ throughput, latency: lags }, undefined, 2));
}
