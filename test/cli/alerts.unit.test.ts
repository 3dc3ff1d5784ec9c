/** Goal: what people read, and what a hostile or foreign server can make of it. The verb in this process, against real
 *  servers. */
import { stripVTControlCharacters } from 'node:util';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { HttpServer } from '../../src/adapters/http/server.ts';
import { formatAlerts } from '../../src/cli/alert-tables.ts';
import type { CommandReport } from '../../src/core/notify/command.ts';
import { reportMessage } from '../../src/core/notify/command-codec.ts';
import { decisionMessage } from '../../src/core/notify/decision-codec.ts';
import type { Decision } from '../../src/core/notify/policy.ts';
import type { ShownHistory } from '../../src/cli/alert-history.ts';
import { BusError, type Bus } from '../../src/core/bus/bus.port.ts';
import { addAlerts } from '../../src/cli/verbs/alerts.ts';
import { publishAlert, startServer, watchSkyline } from '../adapters/http/support.ts';
import { anAlert } from '../support/alert.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { runVerb } from './support.ts';

const ALERT = anAlert({
  summary: '60% of 80 posts are \u001b[31mnegative\u001b[0m',
  evidence: {
    over: '5m',
    sequences: [1, 80],
    posts: [
      {
        ...{ id: 'p1', time: 0, text: 'never again\u0007', label: 'negative', score: -0.91, channel: 'chat' },
        ...{ author: 'ann', followers: 12_000, engagement: 340, url: 'https://chat.example/p1' },
        because: [{ text: 'never again', weight: -0.8 }],
      },
    ],
    expectation: {
      ...{ signal: 'volume', observed: 80, expected: 12, low: 4, high: 25, score: 0.98 },
      baseline: 'four weeks of Tuesdays',
    },
    terms: [{ text: '#delay', kind: 'hashtag', share: 0.4, shareBefore: 0.02 }],
    authors: { distinct: 71, topShare: 0.05, evenness: 0.9 },
    clusters: [{ id: 'c', text: 'refund now', count: 12, authors: 3, verdict: 'coordinated' }],
  },
});

let server: HttpServer;
let bus: Bus;
let url = '';
const others: Server[] = [];
beforeAll(async () => {
  const watching = watchSkyline([ALERT]);
  const started = await startServer({}, { watching: () => watching });
  ({ server, bus } = started);
  url = server.address;
  await publishAlert(started.bus, ALERT);
});
afterAll(() => server.close());
afterEach(async () => {
  for (const other of others.splice(0)) {
    other.close();
    await once(other, 'close');
  }
});

const run = (...args: string[]) => runVerb(addAlerts, ['alerts', ...args, '--url', url]);

describe('tables', () => {
  test('list', async () => {
    const { code, stdout } = await run('list');
    const [titles = '', row = ''] = stripVTControlCharacters(stdout).split('\n');
    expect(code).toBe(0);
    expect(titles.split(/ {2,}/)).toEqual(['state', 'severity', 'since (UTC)', 'status', 'summary', 'id']);
    expect(row.split(/ {2,}/)).toEqual(
      [
        ...['firing', 'page', '2026-03-01 10:00:00', 'active'],
        ...['60% of 80 posts are  [31mnegative [0m', ALERT.id],
      ].flatMap((cell) => cell.split(/ {2,}/)),
    );
    expect(stdout).not.toContain('\u001b[31mnegative');
    expect((await run('list', '--state', 'resolved')).stdout).toBe('no alerts\n');
  });

  test.each([
    ['first_notification', 'active'],
    ['digest', 'active'],
    ['kept_for_digest', 'kept_for_digest'],
    ['over_budget', 'over_budget'],
    ['waiting_for_group', 'waiting_for_group'],
  ])('list: an alert on which %s was decided is %s', (decision, shown) => {
    const status = { suppressed: false, reasons: [], silencedBy: [], inhibitedBy: [], decision };
    const [, row = ''] = formatAlerts([{ ...ALERT, status }]).split('\n');
    expect(row.split(/ {2,}/)[3]).toBe(shown);
  });

  test('show tells everything that a person needs to judge it', async () => {
    const { stdout } = await run('show', ALERT.id);
    for (const said of [
      ...[
        ALERT.id,
        'firing (page), held_for',
        '2026-03-01 10:00:00 UTC',
        'volume >= 50 && negativeShare > 0.4',
      ],
      '80 messages by 71 authors over 5m; 60% negative, net sentiment -0.40',
      'volume 80 where 12 is expected (4 to 25), score 0.98; four weeks of Tuesdays',
      ...['#delay 2% → 40%', '71 distinct; the busiest wrote 5%', '12 × by 3 (coordinated): refund now'],
      ...[
        'EARSHOT_SCORED 1 to 80',
        '-0.91',
        'never again',
        '@ann, 12,000 followers',
        'https://chat.example/p1',
      ],
      'because never again -0.80',
    ])
      expect(stdout).toContain(said);
    expect(stdout).not.toContain('\u0007');
  });

  test('history: what alerts did, and between it who was told, or why not', async () => {
    const decide = (reason: Decision['reason'], atMs: number, by?: readonly string[]) =>
      bus.publish(
        decisionMessage('skyline', {
          ...{ kind: 'decision', alert: ALERT.id, rule: ALERT.rule, reason, atMs },
          ...(by && { by }),
        }),
      );
    const atMs = Date.parse('2026-03-01T10:01:00Z');
    await decide('waiting_for_group', atMs);
    await decide('first_notification', atMs + 10_000);
    await publishAlert(bus, { ...ALERT, state: 'resolved', at: '2026-03-01T10:20:00Z' });
    await decide('inhibited', atMs + 60_000, ['skyline/brand/-/2026-03-01T10:01:30.000Z']);
    const lines = stripVTControlCharacters((await run('history')).stdout)
      .trimEnd()
      .split('\n');
    expect(lines.slice(1).map((line) => line.replace(/ {2,}.* /, ' … '))).toEqual([
      `2026-03-01 10:02:00 … ${ALERT.id}`,
      `2026-03-01 10:20:00 … ${ALERT.id}`,
      `2026-03-01 10:01:10 … ${ALERT.id}`,
      `2026-03-01 10:01:00 … ${ALERT.id}`,
      `2026-03-01 10:01:00 … ${ALERT.id}`,
    ]);
    expect(lines.map((line) => line.split(/ {2,}/).slice(1, 3))).toEqual([
      ['what', 'reason'],
      ['not told', 'inhibited (skyline/brand/-/2026-03-01T10:01:30.000Z)'],
      ['resolved', 'held_for'],
      ['told', 'first_notification'],
      ['waits', 'waiting_for_group'],
      ['firing', 'held_for'],
    ]);
    expect(lines.at(-1)).toMatch(/^2026-03-01 10:01:00 +firing +held_for +page /);
    expect((await run('history', '--alert', 'nobody/s/alert')).stdout).toBe('nothing happened\n');
    expect((await run('history')).stderr).toBe('');
    expect((await run('history', '--limit', '2')).stderr).toBe(
      'earshot: there may be older ones: raise --limit (to 500), or say --to\n',
    );
    const { next, ...both } = JSON.parse(
      (await run('history', '--limit', '1', '--json')).stdout,
    ) as ShownHistory;
    expect([next, both.transitions.length, both.decisions.length]).toEqual([5, 0, 1]);
  });

  test('silences and audit', async () => {
    expect((await run('silences')).stdout).toBe('no silences\n');
    expect((await run('audit')).stdout).toBe('nobody did anything\n');
    const ask = ['silence', 'channel=a b', '--for', '90m', '--comment', 'x', '--id', 's', '--no-wait'];
    expect((await run(...ask)).stdout).toBe('silence s in skyline, by local\n');
    expect((await run(...ask)).stdout).toBe('silence s in skyline, by local (asked before: nothing new)\n');
    const [, row = ''] = (await run('audit')).stdout.split('\n');
    expect(row.split(/ {2,}/)).toEqual([
      ...['2026-03-01 10:05:00', 'local', 'silence', 'skyline', 'channel="a b" for 1h30m (s)', 'x'],
      'not yet',
    ]);
  });
});

describe('waits for what comes of it', () => {
  const ack = (id: string, ...more: string[]) => run('ack', ALERT.id, '--id', id, ...more);
  /** The watcher of the pipeline has come to it. */
  const report = (outcome: CommandReport) => bus.publish(reportMessage('skyline', outcome));
  const done = `acknowledge ${ALERT.id}, by local`;

  test.each<[string, CommandReport, number, string]>([
    ['applied', { id: 'a-1', outcome: 'applied' }, 0, `${done}: applied\n`],
    [
      'refused',
      { id: 'a-2', outcome: 'refused', reason: 'already_resolved', detail: 'it resolved at 10:04' },
      1,
      `${done}: refused, already_resolved: it resolved at 10:04\n`,
    ],
  ])('%s, after a while', async (_what, outcome, code, stdout) => {
    const waiting = ack(outcome.id);
    await vi.waitFor(async () => expect((await run('audit')).stdout).toContain('not yet'), {
      timeout: 20_000,
    });
    await report(outcome);
    expect(await waiting).toEqual({ code, stdout, stderr: '' });
    expect(JSON.parse((await ack(outcome.id, '--json')).stdout)).toMatchObject({
      ...{ ...outcome, action: 'acknowledge', by: 'local', duplicate: true },
      outcomeAt: `/api/v1/commands/${outcome.id}`,
    });
  });

  test('not for longer than --wait says: exit 2, and where to see it', async () => {
    const { code, stdout } = await ack('a-3', '--wait', '300ms');
    expect([code, stdout]).toEqual([
      2,
      `${done}: nobody has carried it out yet; it will be, and 'earshot alerts audit' says what comes of it (a-3)\n`,
    ]);
    await report({ id: 'a-3', outcome: 'applied' });
    expect(await ack('a-3')).toMatchObject({
      code: 0,
      stdout: `${done}: applied (asked before: nothing new)\n`,
    });
  });

  test('--no-wait only asks; what is no duration is refused before anything is asked', async () => {
    expect(await ack('a-4', '--no-wait')).toEqual({ code: 0, stdout: `${done}\n`, stderr: '' });
    await expect(ack('a-5', '--wait', 'soon')).rejects.toThrow("--wait: 'soon' is no duration such as 10s");
    expect((await run('audit', '--json')).stdout).not.toContain('a-5');
  });
});

describe('whom it asks', () => {
  async function serve(
    answer: (headers: Record<string, unknown>) => [status: number, body: string, location?: string],
  ) {
    const other = createServer((request, response) => {
      const [status, body, location] = answer(request.headers);
      response
        .writeHead(status, { connection: 'close', ...(location === undefined ? {} : { location }) })
        .end(body);
    });
    others.push(other);
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  }
  const ask = (at: string, ...more: string[]) => runVerb(addAlerts, ['alerts', 'list', '--url', at, ...more]);

  test.each(['history', 'audit'])('%s, its broker being away: what to do', async (verb) => {
    const streamState = () => Promise.reject(new BusError('BUS_TIMEOUT', 'no answer', { canRetry: true }));
    const started = await startServer({}, { bus: { ...bus, streamState } });
    const { code, stderr } = await runVerb(addAlerts, ['alerts', verb, '--url', started.server.address]);
    expect([code, stderr]).toEqual([
      2,
      'earshot: no answer. Earshot runs, but its broker does not answer: see that NATS runs and can be reached from there ' +
        '(/readyz tells), then ask again\n',
    ]);
    await started.server.close();
  });

  test('another program there is told from Earshot', async () => {
    const { code, stderr } = await ask(await serve(() => [200, '<html>hello</html>']));
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('not as Earshot does; is it the right --url?'),
    ]);
  });

  test('a redirect is not followed: it would take the token along', async () => {
    const asked: unknown[] = [];
    const thief = await serve((headers) => {
      asked.push(headers.authorization);
      return [200, '{"alerts":[]}'];
    });
    const folder = await tempFolder('token');
    const file = join(folder, 'token');
    await writeFile(file, 'a-token-of-the-test-0123\n');
    const { code } = await ask(await serve(() => [302, '', `${thief}/api/v1/alerts`]), '--token-file', file);
    expect([code, asked]).toEqual([2, []]);
    // The control: it is sent to whom it is for.
    expect((await ask(thief, '--token-file', file)).code).toBe(0);
    expect(asked).toEqual(['Bearer a-token-of-the-test-0123']);
    await removeFolder(folder);
  });

  test.each([
    ['ftp://host', /is not an address such as/],
    ['http://me:secret@host', /is not an address such as/],
    ['http://host/?token=secret', /is not an address such as/],
  ])('%s is no address', async (at, message) => {
    const refused = await ask(at).catch((error: unknown) => String(error));
    expect(refused).toMatch(message);
    expect(refused).not.toContain('secret');
  });

  test('what other processes watch is said beside the answer', async () => {
    const { stdout, stderr } = await ask(
      await serve(() => [200, '{"alerts":[],"watchedElsewhere":["acme"]}']),
    );
    expect(stdout).toBe('no alerts\n');
    expect(stderr).toContain('not watched by the process that answered, ask the others too: acme');
  });
});
