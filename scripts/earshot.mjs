// Runs the CLI from a checkout: builds first if a source is newer than the build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Not the compiler's own: that stays old when a change needs no output.
const stamp = join(root, 'dist', '.built');

function newestMs(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestMs(path) : statSync(path).mtimeMs);
  }
  return newest;
}

const configs = ['package.json', 'tsconfig.json', 'tsconfig.build.json'];
const sourcesMs = Math.max(
  newestMs(join(root, 'src')),
  ...configs.map((file) => statSync(join(root, file)).mtimeMs),
);

if (!existsSync(stamp) || statSync(stamp).mtimeMs < sourcesMs) {
  if (!existsSync(join(root, 'node_modules', 'typescript'))) {
    console.error('earshot: the dependencies are not installed; run: npm ci');
    process.exit(2);
  }
  console.error('earshot: building…');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // Types are checked by `npm run types`: whoever only wants it to run waits for a third of the time.
  const args = [tsc, '-p', join(root, 'tsconfig.build.json'), '--noCheck'];
  const built = spawnSync(process.execPath, args, { stdio: ['ignore', 2, 2] });
  if (built.status !== 0) process.exit(2);
  writeFileSync(stamp, '');
}

await import(join(root, 'dist', 'cli', 'main.js'));
