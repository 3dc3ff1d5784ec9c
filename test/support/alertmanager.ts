/** Alertmanager itself, for tests: on a free loopback port, with a store in a temporary folder. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ports.ts';
import { startProcess, until, type TestProcess } from './process.ts';
import { removeFolder, tempFolder } from './temp-folder.ts';

const run = promisify(execFile);
const MISSING = 'install it: apt-get install prometheus-alertmanager';

/** An alert as `amtool alert query -o json` shows it. */
export interface SeenAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly status: { readonly state: string };
}

export interface Alertmanager {
  readonly url: string;
  /** What fires, by the command-line tool that operators use. */
  amtool(): Promise<SeenAlert[]>;
  /** As a power cut. */
  kill9(): Promise<void>;
  /** Starts again on the same port; with `empty` it has forgotten what it had sent. */
  restart(options?: { readonly empty?: boolean }): Promise<void>;
  stop(): Promise<void>;
}

/** Groups by pipeline and rule, and sends each group to `receiverUrl`. */
export async function startAlertmanager(receiverUrl: string): Promise<Alertmanager> {
  const folder = await tempFolder('alertmanager');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = {
    route: {
      ...{ receiver: 'test', group_by: ['pipeline', 'alertname'], group_wait: '1s', group_interval: '1s' },
      repeat_interval: '1h',
    },
    receivers: [{ name: 'test', webhook_configs: [{ url: receiverUrl }] }],
  };
  // JSON is YAML.
  await writeFile(join(folder, 'alertmanager.yml'), JSON.stringify(config));
  let server: TestProcess | undefined;
  let lives = 0;
  const kill9 = async () => {
    server?.signal('SIGKILL');
    await server?.exited;
  };
  const start = async (store: string) => {
    const started = await startProcess(
      'prometheus-alertmanager',
      [
        `--config.file=${join(folder, 'alertmanager.yml')}`,
        `--storage.path=${join(folder, store)}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ],
      { missing: MISSING },
    );
    server = started;
    await until('alertmanager is ready', async () => {
      if (!started.running) throw new Error(`alertmanager ended:\n${started.output()}`);
      const answer = await fetch(`${url}/-/ready`, { headers: { connection: 'close' } }).catch(
        () => undefined,
      );
      return answer?.ok === true ? true : undefined;
    });
  };
  const stop = async () => {
    await server?.stop();
    await removeFolder(folder);
  };
  await start('data').catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    url,
    kill9,
    stop,
    async amtool() {
      const { stdout } = await run('amtool', [`--alertmanager.url=${url}`, '-o', 'json', 'alert', 'query']);
      return JSON.parse(stdout) as SeenAlert[];
    },
    async restart({ empty = false } = {}) {
      await kill9();
      if (empty) lives += 1;
      await start(`data${lives === 0 ? '' : lives}`);
    },
  };
}
