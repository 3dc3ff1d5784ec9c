// Builds if needed, then runs the benchmark with the arguments given: `npm run bench -- queries` runs
// test/bench/queries.bench.mjs; without such a name first, the scorer's.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { headOf } from './options.mjs';
import { provision } from './provision.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

const [first = '', ...rest] = process.argv.slice(2);
const benches = readdirSync(path('../test/bench')).filter((name) => /^(?:\w+\.)?bench\.mjs$/.test(name));
if (process.argv.includes('--help')) {
  console.log(benches.map((name) => headOf(path(`../test/bench/${name}`))).join('\n\n'));
  process.exit(0);
}
const isNamed = /^[a-z]+$/.test(first);
if (isNamed && !benches.includes(`${first}.bench.mjs`)) {
  const known = benches.flatMap((name) => /^(\w+)\.bench\.mjs$/.exec(name)?.[1] ?? []);
  console.error(
    `bench: there is no '${first}'; there are: ${known.join(', ')}, and without a name the scorer's`,
  );
  process.exit(2);
}
provision();
const built = spawnSync(process.execPath, [path('earshot.mjs'), '--version'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (built.status !== 0) process.exit(2);
const args = isNamed
  ? [path(`../test/bench/${first}.bench.mjs`), ...rest]
  : [path('../test/bench/bench.mjs'), first, ...rest];
const bench = spawnSync(process.execPath, args.filter(Boolean), { stdio: 'inherit' });
process.exitCode = bench.status ?? 1;
