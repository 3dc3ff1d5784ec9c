/** Programs that tests start: stopped by their own handle, nothing left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const STOP_MS_MAX = 5_000;

export interface TestProcess {
  readonly pid: number;
  /** What it has written so far. */
  output(): string;
  readonly running: boolean;
  /** SIGTERM, then SIGKILL; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Fails with `missing` in the message when the program is not installed. */
export async function startProcess(
  command: string,
  args: readonly string[],
  { missing }: { missing: string },
): Promise<TestProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = once(child, 'close').finally(() => process.off('exit', kill));
  exited.catch(() => undefined);
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new Error(`${command} cannot be run; ${missing}`, { cause });
  });
  const running = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    output: () => output,
    get running() {
      return running();
    },
    async stop() {
      if (running()) child.kill('SIGTERM');
      const timer = setTimeout(kill, STOP_MS_MAX);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Asks until there is an answer; fails with `what` when there is none in time. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 20_000,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await check();
    if (answer !== undefined) return answer;
    if (performance.now() > deadlineMs) throw new Error(`timed out after ${timeoutMs} ms: ${what}`);
    await delay(50);
  }
}
