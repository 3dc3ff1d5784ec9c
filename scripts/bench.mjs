// Builds if needed, then runs the benchmark with the arguments given.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { provision } from './provision.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

provision();
const built = spawnSync(process.execPath, [path('earshot.mjs'), '--version'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (built.status !== 0) process.exit(2);
const bench = spawnSync(process.execPath, [path('../test/bench/bench.mjs'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = bench.status ?? 1;
