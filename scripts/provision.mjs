// Makes sure that what the tests need beyond `npm ci` is there: the servers that integration tests start (installed on Debian
// as root, else named), and onnxruntime-node, which is an optional peer dependency because of its size.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Program to the Debian package that holds it. */
const NEEDED = {
  'nats-server': 'nats-server',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  amtool: 'prometheus-alertmanager',
  openssl: 'openssl',
};

/** The smallest version with `release`: 33 MB packed, no install script. Later ones have 70 MB and more, and their scripts
 *  may download CUDA libraries. */
const RUNTIME = 'onnxruntime-node@1.16.3';

const root = fileURLToPath(new URL('..', import.meta.url));

function find(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function refuse(message, failed) {
  console.error(message);
  console.log(`0 passed, ${failed} failed`);
  process.exit(2);
}

const missing = () => Object.keys(NEEDED).filter((program) => !find(program));

/** Exits with 2 when something is missing and cannot be installed: nothing is skipped silently. */
export function provisionServers() {
  let absent = missing();
  if (absent.length === 0) return;
  const packages = [...new Set(absent.map((program) => NEEDED[program]))];
  const canInstall = process.getuid?.() === 0 && find('apt-get');
  if (canInstall) {
    console.error(`installing ${packages.join(', ')} for the tests…`);
    // RUNLEVEL=1 keeps the packages' own services from starting.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const apt = (...args) => spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    apt('-qq', 'update');
    apt('-qq', 'install', '-y', '--no-install-recommends', ...packages);
    absent = missing();
    if (absent.length === 0) return;
  }
  refuse(
    `The tests need ${absent.join(', ')}, which ${absent.length === 1 ? 'is' : 'are'} not on this machine` +
      (canInstall
        ? ' and could not be installed.'
        : `. On Debian, as root: apt-get install ${packages.join(' ')}`),
    absent.length,
  );
}

const hasRuntime = () => existsSync(join(root, 'node_modules', 'onnxruntime-node', 'package.json'));

/** Leaves package.json, the lock file and every other package as they are. Without --save-prod npm takes the optional peer
 *  for one that nobody asked for, and installs nothing. */
function provisionRuntime() {
  if (hasRuntime()) return;
  const args = ['install', '--no-save', '--save-prod', '--no-package-lock', '--ignore-scripts', RUNTIME];
  console.error(`installing ${RUNTIME} for the tests…`);
  spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (hasRuntime()) return;
  refuse(`The tests need onnxruntime-node, which could not be installed by: npm ${args.join(' ')}`, 1);
}

/** Exits with 2 when something is missing and cannot be installed: nothing is skipped silently. */
export function provision() {
  provisionServers();
  provisionRuntime();
}

const self = fileURLToPath(import.meta.url);
/** A check for `verify`: the network is waited for while something else is done. */
export const RUNTIME_CHECK = ['runtime', process.execPath, self];
if (process.argv[1] === self) provisionRuntime();
