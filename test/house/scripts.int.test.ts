/** Goal: whoever runs a script by hand is told what it takes, and at once what it does not. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startProcess } from '../support/process.ts';

guardAgainstLeaks();

async function run(script: string, args: readonly string[]) {
  const file = fileURLToPath(new URL(`../../scripts/${script}.mjs`, import.meta.url));
  const child = await startProcess(process.execPath, [file, ...args], { missing: 'node' });
  return { ...(await child.exited), stdout: child.stdout(), stderr: child.stderr() };
}

test.each([
  ['fault', 'npm run test:fault -- --seeds 3'],
  ['sim', 'npm run test:sim -- --seeds 10000'],
  ['bench', 'npm run bench -- memory --minutes 10'],
])('%s --help', async (script, said) => {
  const { code, stdout } = await run(script, ['--help']);
  expect([code, stdout]).toEqual([0, expect.stringContaining(said)]);
});

test.each([
  ['fault', ['--sed', '7'], "'--sed'; allowed: --seeds N, --seed N, --messages N, --help"],
  ['fault', ['--seeds', 'three'], '--seeds three: must be a whole number; allowed: --seeds N'],
  ['sim', ['--processes', '0'], '--processes 0: must be above 0; allowed: --seeds N'],
  ['bench', ['nothing'], "there is no 'nothing'; there are: memory, queries, sentiment, trends"],
])('%s %j', async (script, args, said) => {
  const { code, stderr } = await run(script, args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
});
