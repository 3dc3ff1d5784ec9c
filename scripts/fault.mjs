// npm run test:fault -- --seeds 3 --seed 7 --messages 30000: the fault suite in full. Every seed draws its own messages and
// its own schedule of faults; a seed that fails is run again with --seeds 1 --seed <it>.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { wholeNumbers } from './options.mjs';

const values = wholeNumbers(
  import.meta.url,
  { seeds: '3', seed: String(Date.now() % 1_000_000), messages: '30000' },
  ['seeds', 'messages'],
);
// Here, where nothing waits for it: on a busy machine it takes minutes.
const build = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('earshot.mjs', import.meta.url)), '--version'],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
if (build.status !== 0) process.exit(2);
console.log(`fault suite: ${values.seeds} seeds from ${values.seed}, ${values.messages} messages each`);
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--project', 'int', '--disableConsoleIntercept', 'test/fault'],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      EARSHOT_FAULT_SEEDS: values.seeds,
      EARSHOT_FAULT_SEED: values.seed,
      EARSHOT_FAULT_MESSAGES: values.messages,
    },
  },
);
process.exitCode = status ?? 1;
