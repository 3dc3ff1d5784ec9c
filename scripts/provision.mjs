// Makes sure that the servers the integration tests start are there: installs them on Debian as root, else names them.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Program to the Debian package that holds it. */
const NEEDED = {
  'nats-server': 'nats-server',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  openssl: 'openssl',
};

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

const missing = () => Object.keys(NEEDED).filter((program) => !find(program));

/** Exits with 2 when something is missing and cannot be installed: nothing is skipped silently. */
export function provision() {
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
  console.error(
    `The tests need ${absent.join(', ')}, which ${absent.length === 1 ? 'is' : 'are'} not on this machine` +
      (canInstall
        ? ' and could not be installed.'
        : `. On Debian, as root: apt-get install ${packages.join(' ')}`),
  );
  console.log(`0 passed, ${absent.length} failed`);
  process.exit(2);
}
