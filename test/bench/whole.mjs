// A whole Earshot as a process of its own, and its memory.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const LOG_CHARS_MAX = 20_000;

/** `earshot run` with a pipeline, as YAML; resolves with its process and address once it serves. */
export function startEarshot(url, folder, pipeline) {
  const file = join(folder, 'pipeline.yaml');
  writeFileSync(file, pipeline);
  const args = ['run', file, '--bus', url, '--listen', '127.0.0.1:0', '--log-format', 'json'];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  return new Promise((resolve, reject) => {
    let log = '';
    child.stderr.on('data', (data) => {
      log = (log + data).slice(-LOG_CHARS_MAX);
      const address = /serving (http:[^\s"]+)/.exec(log)?.[1];
      if (address) resolve({ rssMb: () => rssMb(child.pid), address, stop: () => (child.kill(), exited) });
    });
    void exited.then((code) => reject(new Error(`earshot ended with ${code}:\n${log}`)));
  });
}

function rssMb(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}
