/** The command as a shell meets it: a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const EARSHOT = fileURLToPath(new URL('../../scripts/earshot.mjs', import.meta.url));
const ENV = { PATH: process.env.PATH, NO_COLOR: '1' };

/** Runs `earshot <verb>` to its end. */
export const shellOf =
  (verb: string) =>
  async (args: readonly string[], input = '') => {
    const child = spawn(process.execPath, [EARSHOT, verb, ...args], {
      env: ENV,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdin.end(input);
    await once(child, 'close');
    return { code: child.exitCode, stdout, stderr: stderr.replace('earshot: building…\n', '') };
  };
