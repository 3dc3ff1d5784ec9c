/** Earshot as a user runs it: a process with a command line, an environment and a port. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseExposition, type Exposition } from './exposition.ts';
import { startProcess, until, type ProcessExit, type TestProcess } from './process.ts';

const inCheckout = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const LAUNCHER = inCheckout('scripts/earshot.mjs');
const PROGRAM = inCheckout('dist/cli/main.js');
const MISSING = 'run: npm ci';
const FINISH_MS_MAX = 120_000;

type Environment = Readonly<Record<string, string>>;

/** Nothing of the tester's own environment but what programs need. */
function environment(env: Environment): Environment {
  return { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env };
}

/** Builds the program when a source is newer than it. */
export async function buildEarshot(): Promise<void> {
  const built = await startProcess(process.execPath, [LAUNCHER, '--version'], { missing: MISSING });
  const { code } = await built.exited;
  if (code !== 0) throw new Error(`earshot does not build:\n${built.output()}`);
}

export interface Finished extends ProcessExit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line to its end. */
export async function runEarshot(args: readonly string[], env: Environment = {}): Promise<Finished> {
  const child = await spawnEarshot(args, env);
  const late = setTimeout(() => child.signal('SIGKILL'), FINISH_MS_MAX);
  const exit = await child.exited;
  clearTimeout(late);
  return { ...exit, stdout: child.stdout(), stderr: child.stderr() };
}

/** A command that goes on until it is told to stop: `tail`, `start`. */
export function spawnEarshot(
  args: readonly string[],
  env: Environment = {},
  program = PROGRAM,
): Promise<TestProcess> {
  return startProcess(process.execPath, [program, ...args], { missing: MISSING, env: environment(env) });
}

/** As `npm start` and a checkout's `npm run earshot` do it. */
export function launchEarshot(args: readonly string[], env: Environment = {}): Promise<TestProcess> {
  return startProcess(process.execPath, [LAUNCHER, ...args], { missing: MISSING, env: environment(env) });
}

interface LogLine {
  readonly level: string | number;
  readonly msg: string;
  readonly detail?: string;
}

export interface RunningEarshot {
  readonly process: TestProcess;
  /** `http://127.0.0.1:40123`. */
  readonly address: string;
  /** The lines of its log with this in their message. */
  logged(text: string): LogLine[];
  /** As a power cut. */
  kill9(): Promise<void>;
  /** SIGTERM; answers with how it went. */
  stop(): Promise<ProcessExit>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  json<T>(path: string): Promise<T>;
  metrics(): Promise<Exposition>;
}

/** `earshot run` on a free port; resolves when it says that it has started. */
export async function startEarshot(
  args: readonly string[],
  {
    env = {},
    listen = '127.0.0.1:0',
    program,
  }: { readonly env?: Environment; readonly listen?: string; readonly program?: string } = {},
): Promise<RunningEarshot> {
  const command = ['run', ...args, '--listen', listen, '--log-format', 'json'];
  const child = await spawnEarshot(command, env, program);
  const logged = (text: string) => logLines(child.stderr()).filter(({ msg }) => msg.includes(text));
  const address = await until('earshot has started', () => {
    if (!child.running) throw new Error(`earshot ended:\n${child.output()}`);
    return /serving (http\S+)/.exec(logged('started: ')[0]?.msg ?? '')?.[1];
  }).catch(async (error: unknown) => {
    await child.stop();
    throw new Error(`earshot did not start:\n${child.output()}`, { cause: error });
  });
  const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${address}${path}`, { headers: { connection: 'close', ...headers } });
  return {
    process: child,
    address,
    logged,
    get,
    async kill9() {
      child.signal('SIGKILL');
      await child.exited;
    },
    async stop() {
      await child.stop();
      return child.exited;
    },
    async json<T>(path: string) {
      return (await (await get(path)).json()) as T;
    },
    async metrics() {
      return parseExposition(await (await get('/metrics')).text());
    },
  };
}

function logLines(stderr: string): LogLine[] {
  return stderr
    .split('\n')
    .slice(0, -1) // The last one may be half written.
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

/** A pipeline named `acme` that listens for #acme, in the folder; `more` is YAML of further top-level keys. */
export async function writePipeline(folder: string, more = '', query = '#acme'): Promise<string> {
  const file = join(folder, 'acme.yaml');
  await writeFile(file, `name: acme\nlisten: { query: '${query}', languages: [en] }\n${more}\n`);
  return file;
}

/** Settings for tests of faults: what a dead worker had in hand is delivered again after a second. */
export async function writeSettings(
  folder: string,
  more = '',
  bus = 'duplicateWindow: 2m',
  scorer = 'ackWait: 1s',
): Promise<string> {
  const file = join(folder, 'settings.yaml');
  await writeFile(
    file,
    `scorer: { ${scorer} }\nbus: { ${bus}, nats: { reconnectWait: 100ms, ackTimeout: 1s } }\n${more}\n`,
  );
  return file;
}
