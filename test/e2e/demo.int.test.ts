/** Goal: the first things that a newcomer does work as the README says: the demo, a replay of their own file, a tail. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchEarshot, runEarshot, spawnEarshot, startEarshot, writePipeline } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer } from '../support/nats-server.ts';
import type { NatsServer } from '../support/nats-server.ts';
import { until } from '../support/process.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

/** Where Earshot serves when it is not told. */
const DEFAULT_PORT = 8377;

let folder = '';
let nats: NatsServer;
beforeAll(async () => {
  folder = await tempFolder('demo');
  nats = await startNatsServer();
});
afterAll(async () => {
  await nats.stop();
  await removeFolder(folder);
});

describe('npm start', () => {
  test('the demo tells its story and ends', async () => {
    const demo = await launchEarshot(['start', '--once', '--speed', '600', '--listen', '127.0.0.1:0']);
    const { code } = await demo.exited;
    const stdout = demo.stdout();
    expect({ code, stderr: demo.stderr() }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('The demo has played') as string,
    });
    expect(stdout).toMatch(/^FIRING \(page\) demo\/negative-surge at /m);
    expect(stdout).toMatch(/^RESOLVED demo\/negative-surge at /m);
    expect(stdout).toMatch(/^FIRING \(ticket\) demo\/unhappy-channel, channel \w+ at /m);
    // Below the alert, a post behind it: its score, its text and who wrote it.
    expect(stdout).toMatch(/^FIRING .*\n.*\n {4,}-\d\.\d\d {2}\S.* {2}@\w+/m);
    const total = (what: string) =>
      [...stdout.matchAll(new RegExp(` +(\\d+) ${what}`, 'g'))].reduce((sum, [, n]) => sum + Number(n), 0);
    expect([total('scored'), total('dropped'), total('dead')]).toEqual([668, 39, 2]);
  });

  test('its port in use: it takes another one and says so', async () => {
    const server = createServer();
    server.listen(DEFAULT_PORT, '127.0.0.1');
    // Whoever has the port already will do as well.
    await once(server, 'listening').catch(() => undefined);
    try {
      const demo = await spawnEarshot(['start', '--speed', '60']);
      const address = await until('it says where it serves', () => {
        if (!demo.running) throw new Error(demo.output());
        return /metrics (http:\S+)\/metrics/.exec(demo.stderr())?.[1];
      });
      expect(demo.stderr()).toContain(
        `127.0.0.1:${DEFAULT_PORT} is already in use; taking a free port instead`,
      );
      expect(new URL(address).port).not.toBe(String(DEFAULT_PORT));
      expect((await fetch(`${address}/readyz`, { headers: { connection: 'close' } })).status).toBe(200);
      await demo.stop();
      expect(await demo.exited).toEqual({ code: 0, signal: null });
    } finally {
      server.close();
    }
  });
});

describe('a file of one’s own', () => {
  const COLUMNS = 'id=tweet_id,time=ts_ms,text=text,author=user_hash,tag=brand,lang=lang';
  const ROWS = [
    ['1', '1764000000000', 'lovely #acme', 'u1', 'acme', 'en'],
    // One tweet that names two brands stands in two rows.
    ['1', '1764000000000', 'lovely #acme', 'u1', 'bcorp', 'en'],
    ['2', '1764000001000', '"terrible #acme', 'u2', 'acme', 'en'],
    ['3', '1764000002000', 'nothing to do with it', 'u3', 'other', 'en'],
    ['4', '1764000003000', 'hola #acme', 'u4', 'acme', 'es'],
    ['', '1764000004000', 'no id #acme', 'u5', 'acme', 'en'],
    ['6', 'yesterday', 'when was that #acme', 'u6', 'acme', 'en'],
    ['7', '1764000006000', 'so-so', 'u7', 'acme', 'en'],
  ];

  test('a gzipped TSV through a real broker: every row is scored, dropped or dead', async () => {
    const file = join(folder, 'tweets.tsv.gz');
    const header = ['tweet_id', 'ts_ms', 'text', 'user_hash', 'brand', 'lang'];
    await writeFile(file, gzipSync([header, ...ROWS].map((row) => `${row.join('\t')}\n`).join('')));
    const earshot = await startEarshot([await writePipeline(folder), '--bus', nats.url]);
    const tail = await spawnEarshot(['tail', 'scored', '--from', 'start', '--json', '--bus', nats.url]);

    const replayed = await runEarshot(
      ['replay', file, '--bus', nats.url, '--columns', COLUMNS, '--channel', 'tweets', '--json'],
      {},
    );
    expect(replayed.code).toBe(0);
    expect(JSON.parse(replayed.stdout)).toMatchObject({
      rows: ROWS.length,
      published: ROWS.length,
      aborted: false,
    });

    const counts = await until('every row has come out', async () => {
      const metrics = await earshot.metrics();
      const count = (name: string, reason?: string) =>
        metrics.sum(`earshot_${name}_messages_total`, reason === undefined ? {} : { reason });
      const [scored, dropped, dead] = [count('scored'), count('dropped'), count('dead')];
      if (scored + dropped + dead < ROWS.length) return undefined;
      const reasons = ['unmatched', 'language', 'duplicate'].map((reason) => [
        reason,
        count('dropped', reason),
      ]);
      return { scored, dropped, dead, ...(Object.fromEntries(reasons) as Record<string, number>) };
    });
    expect(counts.scored + counts.dropped + counts.dead).toBe(ROWS.length);
    // The second row of tweet 1 is the same message; a pipeline of the other brand would take that one.
    expect(counts).toEqual({ scored: 3, dropped: 3, dead: 2, unmatched: 1, language: 1, duplicate: 1 });

    const lines = await until('tail shows them', () => {
      const shown = tail.stdout().trimEnd().split('\n');
      return tail.stdout() !== '' && shown.length >= counts.scored ? shown : undefined;
    });
    await tail.stop();
    expect(await tail.exited).toEqual({ code: 0, signal: null });
    const shown = lines.map(
      (line) =>
        JSON.parse(line) as { subject: string; sequence: number; data: { id: string; tags: string[] } },
    );
    expect(shown.map(({ data: { id, tags } }) => `${id} ${tags.join('+')}`).sort()).toEqual([
      '1 acme',
      '2 acme',
      '7 acme',
    ]);
    expect(shown[0]?.subject).toBe('earshot.scored.acme.tweets.positive');
    await earshot.stop();
  });
});
