/** Prometheus' own checker of expositions, rules and configuration. */
import { spawnSync } from 'node:child_process';

export function promtool(args: readonly string[], input = ''): { status: number | null; output: string } {
  const run = spawnSync('promtool', args, { input, encoding: 'utf8' });
  if (run.error)
    throw new Error('promtool cannot be run; install it: apt-get install prometheus', { cause: run.error });
  return { status: run.status, output: run.stdout + run.stderr };
}
