/** Programs that tests start: stopped by their own handle, nothing left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** Longer than any drain on a busy machine: killed, a process could not say how it ended. */
const STOP_MS_MAX = 40_000;
const running = new Set<number>();

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface TestProcess {
  readonly pid: number;
  /** What it has written so far, to both. */
  output(): string;
  stdout(): string;
  stderr(): string;
  readonly running: boolean;
  readonly exited: Promise<ProcessExit>;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL; resolves when it is gone. */
  stop(): Promise<void>;
}

export interface ProcessOptions {
  /** Says what to install when the program is not there. */
  readonly missing: string;
  /** Instead of the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Process ids of the programs that `startProcess` started and that have not ended. */
export function processesRunning(): number[] {
  return [...running];
}

/** Fails with `missing` in the message when the program is not installed. */
export async function startProcess(
  command: string,
  args: readonly string[],
  { missing, env = process.env }: ProcessOptions,
): Promise<TestProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...env } });
  const written = { output: '', stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      written[name] += chunk;
      written.output += chunk;
    });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = once(child, 'close').then((): ProcessExit => ({
    code: child.exitCode,
    signal: child.signalCode,
  }));
  const forget = () => {
    process.off('exit', kill);
    running.delete(child.pid ?? 0);
  };
  exited.then(forget, forget);
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new Error(`${command} cannot be run; ${missing}`, { cause });
  });
  running.add(child.pid ?? 0);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    output: () => written.output,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    get running() {
      return isRunning();
    },
    exited,
    signal: (name) => void child.kill(name),
    async stop() {
      if (isRunning()) child.kill('SIGTERM');
      const timer = setTimeout(kill, STOP_MS_MAX);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** What happens at all happens within this, also on a machine that is ten times slower: only what hangs fails. */
const UNTIL_MS_MAX = 60_000;

/** Asks until there is an answer; fails with `what` when there is none in time. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
  timeoutMs = UNTIL_MS_MAX,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await check();
    if (answer !== undefined) return answer;
    if (performance.now() > deadlineMs) throw new Error(`timed out after ${timeoutMs} ms: ${what}`);
    await delay(50);
  }
}
