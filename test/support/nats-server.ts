/** A real nats-server with JetStream, on a free loopback port and a store of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './ports.ts';
import { removeFolder, tempFolder } from './temp-folder.ts';

const READY_MS_MAX = 60_000;
const READY_LINE = 'Server is ready';
const LOG_CHARS_MAX = 100_000;
const running = new Set<number>();

export interface NatsServerOptions {
  /** Further lines of the server's configuration: `authorization { … }`, `tls { … }`, `max_payload: 2048`. */
  readonly config?: string;
  /** Lines inside `jetstream { }`: `max_file_store: 10MB`. */
  readonly jetstream?: string;
  readonly withoutJetStream?: boolean;
  /** Where JetStream keeps its streams, instead of the server's own folder; it is not removed at the end. */
  readonly storeFolder?: string;
  /** Paths for the configuration to name, made before the server starts: certificates and the like. */
  readonly prepare?: (folder: string) => Promise<string>;
}

export interface NatsServer {
  readonly port: number;
  /** `127.0.0.1:4222`, without a scheme. */
  readonly address: string;
  readonly url: string;
  readonly folder: string;
  /** What the server wrote, for a failing test to show. */
  log(): string;
  /** As a power cut: no farewell to anybody. */
  kill9(): Promise<void>;
  /** Starts again on the same port and store; with other lines of configuration when given. */
  restart(config?: string): Promise<void>;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const folder = await tempFolder('nats');
  const port = await freePort();
  const prepared = (await options.prepare?.(folder)) ?? '';
  const configFile = join(folder, 'nats.conf');
  let child: ChildProcess | undefined;
  let log = '';

  const start = async (config: string): Promise<void> => {
    await writeFile(
      configFile,
      [
        'host: "127.0.0.1"',
        `port: ${port}`,
        options.withoutJetStream === true
          ? ''
          : `jetstream { store_dir: "${options.storeFolder ?? join(folder, 'store')}"\n${options.jetstream ?? ''}\n}`,
        config,
        prepared,
      ].join('\n'),
    );
    child = spawn('nats-server', ['-c', configFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PATH: [process.env.PATH, '/usr/sbin'].join(delimiter) },
    });
    log = '';
    await ready(child, (text) => {
      log = (log + text).slice(-LOG_CHARS_MAX);
      return log;
    });
    await accepts(port);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending?.pid === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, 'close');
    ending.kill(signal);
    await gone;
  };
  const stop = async (): Promise<void> => {
    await end('SIGKILL');
    await removeFolder(folder);
  };

  try {
    await start(options.config ?? '');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    address: `127.0.0.1:${port}`,
    url: `nats://127.0.0.1:${port}`,
    folder,
    log: () => log,
    kill9: () => end('SIGKILL'),
    restart: async (config) => {
      await end('SIGKILL');
      await start(config ?? options.config ?? '');
    },
    stop,
  };
}

/** Process ids of the servers that this process started and has not stopped. */
export function serversRunning(): number[] {
  return [...running];
}

/** Resolves on the server's own word; rejects when it ends instead, with what it wrote. */
async function ready(child: ChildProcess, append: (text: string) => string): Promise<void> {
  const { pid } = child;
  if (pid !== undefined) {
    running.add(pid);
    child.once('close', () => running.delete(pid));
  }
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`nats-server not ready: ${append('')}`)), READY_MS_MAX);
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(late);
      const missing = 'nats-server is not installed; these tests need it: apt-get install nats-server';
      reject(error.code === 'ENOENT' ? new Error(missing) : error);
    });
    child.once('close', (code) => {
      clearTimeout(late);
      reject(new Error(`nats-server ended with ${code}: ${append('')}`));
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (!append(text).includes(READY_LINE)) return;
      clearTimeout(late);
      resolve();
    });
  });
}

/** `Server is ready` is written just before the port listens. */
async function accepts(port: number): Promise<void> {
  for (const deadlineMs = performance.now() + READY_MS_MAX; ; await delay(10)) {
    const socket = createConnection(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    } finally {
      socket.destroy();
    }
  }
}
