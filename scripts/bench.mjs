// Builds if needed, then runs the benchmark with the arguments given: `npm run bench -- queries` runs
// test/bench/queries.bench.mjs; without such a name first, the scorer's.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { provision } from './provision.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

provision();
const built = spawnSync(process.execPath, [path('earshot.mjs'), '--version'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (built.status !== 0) process.exit(2);
const [first = '', ...rest] = process.argv.slice(2);
const section = /^[a-z]+$/.test(first) ? path(`../test/bench/${first}.bench.mjs`) : undefined;
if (section !== undefined && !existsSync(section)) {
  console.error(`bench: there is no ${section}`);
  process.exit(2);
}
const args = section === undefined ? [path('../test/bench/bench.mjs'), first, ...rest] : [section, ...rest];
const bench = spawnSync(process.execPath, args.filter(Boolean), { stdio: 'inherit' });
process.exitCode = bench.status ?? 1;
