// npm run test:sim -- --seeds 10000 --seed 7: the simulations in full, in as many processes as there are processors. A seed that
// fails says how it is run again; the same seed is the same run, event by event.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { wholeNumbers } from './options.mjs';

const values = wholeNumbers(
  import.meta.url,
  { seeds: '10000', seed: String(Date.now() % 1_000_000), processes: String(availableParallelism()) },
  ['seeds', 'processes'],
);
const [seeds, first] = [Number(values.seeds), Number(values.seed)];
const processes = Math.min(Number(values.processes), seeds);
const edge = (index) => first + Math.floor((index * seeds) / processes);

/** Resolves with what the test printed of its runs, once it has ended. Seeds that fail are said as they are found. */
function simulate(from, count) {
  const args = [
    'run',
    '--project',
    'unit',
    '--disableConsoleIntercept',
    '--no-file-parallelism',
    '--reporter',
    'default',
  ];
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
/** By simulation: what its runs counted in all processes, and the time of the slowest. */
const all = new Map();
for (const { status, text } of ends) {
  const said = [...text.matchAll(/^simulated (\{.*\})$/gm)].map(([, json]) => JSON.parse(json));
  if (said.length === 0 || (status !== 0 && !text.includes('\nfailed: '))) console.log(text);
  for (const { name, ms, ...counts } of said) {
    const sum = all.get(name) ?? { ms: 1 };
    sum.ms = Math.max(sum.ms, ms);
    for (const [what, count] of Object.entries(counts)) sum[what] = (sum[what] ?? 0) + count;
    all.set(name, sum);
  }
}
for (const [name, { ms, ...counts }] of all) {
  const perMinute = Math.round((counts.seeds / ms) * 60_000);
  console.log(
    `${name}: ${JSON.stringify(counts)}\n${counts.seeds} seeds in ${Math.round(ms / 1_000)} s: ${perMinute} seeds a minute`,
  );
}
const areDone = all.size > 0 && [...all.values()].every((counts) => counts.seeds === seeds);
process.exitCode = ends.every(({ status }) => status === 0) && areDone ? 0 : 1;
