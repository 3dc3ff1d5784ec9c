/** Prometheus itself, for tests: on a free loopback port, with a store in a temporary folder. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { startProcess, until } from './process.ts';
import { removeFolder, tempFolder } from './temp-folder.ts';

export interface ScrapeTarget {
  /** `127.0.0.1:8377`. */
  readonly address: string;
  readonly token?: string;
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusServer {
  readonly url: string;
  /** An instant query that answers with a vector or a scalar; fails with Prometheus' own words on a bad expression. */
  query(expr: string): Promise<Sample[]>;
  /** Resolves when every target has been scraped since the call. */
  scraped(): Promise<void>;
  stop(): Promise<void>;
}

interface QueryAnswer {
  readonly status: 'success' | 'error';
  readonly error?: string;
  readonly data?:
    | {
        readonly resultType: 'vector';
        readonly result: readonly { metric: Record<string, string>; value: [number, string] }[];
      }
    | { readonly resultType: 'scalar'; readonly result: [number, string] };
}

interface TargetsAnswer {
  readonly data: {
    readonly activeTargets: readonly { health: string; lastScrape: string; lastError: string }[];
  };
}

/** Scrapes every target once a second, as job `earshot`. */
export async function startPrometheus(targets: readonly ScrapeTarget[]): Promise<PrometheusServer> {
  const folder = await tempFolder('prometheus');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const jobs = targets.map(({ address, token }, index) => ({
    job_name: `earshot${index === 0 ? '' : `-${index + 1}`}`,
    static_configs: [{ targets: [address] }],
    ...(token === undefined ? {} : { authorization: { credentials: token } }),
  }));
  const config = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: jobs };
  // JSON is YAML.
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const server = await startProcess('prometheus', args, {
    missing: 'install it: apt-get install prometheus',
  }).catch(async (error: unknown) => {
    await removeFolder(folder);
    throw error;
  });
  const stop = async () => {
    await server.stop();
    await removeFolder(folder);
  };
  await until('prometheus is ready', async () => {
    if (!server.running) throw new Error(`prometheus ended:\n${server.output()}`);
    const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
    return answer?.ok === true ? true : undefined;
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { url, query: (expr) => query(url, expr), scraped: () => scraped(url), stop };
}

async function query(url: string, expr: string): Promise<Sample[]> {
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: expr }),
  });
  const { error, data } = (await response.json()) as QueryAnswer;
  if (data === undefined) throw new Error(`prometheus refused ${expr}: ${error ?? response.statusText}`);
  if (data.resultType === 'scalar') return [{ labels: {}, value: Number(data.result[1]) }];
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

async function scraped(url: string): Promise<void> {
  const sinceMs = Date.now();
  let lastErrors: string[] = [];
  await until('every target was scraped', async () => {
    const response = await fetch(`${url}/api/v1/targets?state=active`);
    const { activeTargets } = ((await response.json()) as TargetsAnswer).data;
    lastErrors = activeTargets.flatMap(({ lastError }) => lastError || []);
    // A scrape may be late on a busy machine; the next one comes a second later.
    const isFresh = ({ health, lastScrape }: (typeof activeTargets)[number]) =>
      health === 'up' && Date.parse(lastScrape) > sinceMs;
    return activeTargets.length > 0 && activeTargets.every(isFresh) ? true : undefined;
  }).catch((cause: unknown) => {
    throw new Error(`a target cannot be scraped: ${lastErrors.join('; ')}`, { cause });
  });
}
