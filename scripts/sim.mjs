// npm run test:sim -- --seeds 10000 --seed 7: the simulation in full, in as many processes as there are processors. A seed that
// fails says how it is run again; the same seed is the same run, event by event.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    processes: { type: 'string', default: String(availableParallelism()) },
  },
});
for (const [name, value] of Object.entries(values))
  if (!/^\d{1,9}$/.test(value) || (name !== 'seed' && Number(value) === 0)) {
    console.error(`--${name} ${value}: must be a whole number${name === 'seed' ? '' : ' above 0'}`);
    process.exit(2);
  }
const [seeds, first] = [Number(values.seeds), Number(values.seed)];
const processes = Math.min(Number(values.processes), seeds);
const edge = (index) => first + Math.floor((index * seeds) / processes);

/** Resolves with what the test printed of its runs, once it has ended. Seeds that fail are said as they are found. */
function simulate(from, count) {
  const args = ['run', '--project', 'unit', '--disableConsoleIntercept', '--reporter', 'default'];
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const child = spawn(process.execPath, [vitest, ...args, 'test/sim', '--testNamePattern', 'seeds from'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, EARSHOT_SIM_SEED: String(from), EARSHOT_SIM_SEEDS: String(count) },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece) => (text += piece));
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('failed: ')) console.log(line);
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, text })));
}

console.log(`simulation: ${seeds} seeds from ${first}, in ${processes} processes`);
const ends = await Promise.all(
  Array.from({ length: processes }, (_, index) => simulate(edge(index), edge(index + 1) - edge(index))),
);
let [done, longestMs] = [0, 0];
const all = {};
for (const { status, text } of ends) {
  const said = /^simulated (\{.*\})$/m.exec(text)?.[1];
  if (said === undefined || (status !== 0 && !text.includes('\nfailed: '))) console.log(text);
  if (said === undefined) continue;
  const { ms, ...counts } = JSON.parse(said);
  longestMs = Math.max(longestMs, ms);
  done += counts.seeds;
  for (const [name, count] of Object.entries(counts)) all[name] = (all[name] ?? 0) + count;
}
const perMinute = Math.round((done / Math.max(longestMs, 1)) * 60_000);
console.log(
  `${JSON.stringify(all)}\n${done} seeds in ${Math.round(longestMs / 1_000)} s: ${perMinute} seeds a minute`,
);
process.exitCode = ends.every(({ status }) => status === 0) && done === seeds ? 0 : 1;
