/** Goal: what a running Earshot raises and what a backtest of its SCORED stream says afterwards are the same alerts, word for
 *  word: thresholds, anomalies and trends, idle time and stragglers, across a restart. A shadow rule is recorded and nobody
 *  hears of it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alert } from '../../src/core/alert/alert.ts';
import type { Notification } from '../../src/core/notify/notification.ts';
import type { BacktestReport } from '../../src/app/backtest/report.ts';
import { runEarshot, startEarshot, writeSettings } from '../support/earshot.ts';
import type { RunningEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer } from '../support/nats-server.ts';
import type { NatsServer } from '../support/nats-server.ts';
import { connectUser } from '../support/nats-user.ts';
import type { NatsUser } from '../support/nats-user.ts';
import { until } from '../support/process.ts';
import { seededRandom } from '../support/random.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Long ago: between messages of history the clock says nothing, in silence it does. */
const START_MS = Date.UTC(2026, 0, 5);
const HISTORY_MS = 72 * HOUR_MS;
const NOW_MS = START_MS + HISTORY_MS + HOUR_MS;
const WORDS = 'coffee train garden music winter recipe stadium printer'.split(' ');

const RULES = {
  /** Seconds: what the clock of the silence decides. */
  fast: `window: { pane: 1s, allowedLateness: 500ms }
alerts:
  - { name: surge, when: 'volume >= 10 && negativeShare > 0.5', over: 4s, groupBy: [channel], severity: page }
  - { name: slow, when: 'volume >= 10', over: 4s, for: 2s, keepFiringFor: 2s, cooldown: 1s }
  - { name: quiet, when: 'volume >= 10 && negativeShare > 0.5', over: 4s, severity: page, mode: shadow }`,
  /** Hours: what is learnt from history. */
  slow: `window: { pane: 5m }
trends: { burst: 1h, authorsMin: 4 }
alerts:
  - { name: volume, anomaly: { signal: volume, direction: up, sensitivity: sensitive }, over: 15m }
  - { name: anger, anomaly: { signal: negativeShare, direction: up, sensitivity: sensitive }, over: 15m, groupBy: [channel] }
  - { name: trending, trend: { warmUp: 6h }, severity: notify }
  - { name: many, when: 'volume >= 60', over: 1h, for: 10m, keepFiringFor: 20m }`,
} as const;
type Name = keyof typeof RULES;
const NAMES = Object.keys(RULES) as Name[];

let folder = '';
let settings = '';
let nats: NatsServer;
let user: NatsUser;
let earshot: RunningEarshot;
let receiver: Receiver;
const fileOf = (name: Name) => join(folder, `${name}.yaml`);
const start = () => startEarshot([...NAMES.map(fileOf), '--config', settings, '--bus', nats.url]);

beforeAll(async () => {
  folder = await tempFolder('backtest');
  receiver = await startReceiver((_request, response) => void response.writeHead(204).end());
  const sink = `sinks: [{ webhook: { url: '${receiver.url}', allowTo: [127.0.0.0/8] } }]`;
  for (const name of NAMES) {
    const notify = `notify: { groupWait: 0s, groupInterval: 1s }`;
    const head = `name: ${name}\nlisten: { query: acme }\nsentiment: { engine: natural }\n`;
    await writeFile(fileOf(name), `${head}${RULES[name]}\n${notify}\n${sink}\n`);
  }
  settings = await writeSettings(folder);
  nats = await startNatsServer();
  user = await connectUser(nats.url);
  earshot = await start();
});
afterAll(async () => {
  await earshot.stop();
  await user.close();
  await receiver.close();
  await nats.stop();
  await removeFolder(folder);
});

let published = 0;
async function publish(timeMs: number, text: string, channel = 'chat'): Promise<void> {
  published += 1;
  const message = {
    id: `m${published}`,
    time: timeMs,
    text: `acme ${text}`,
    author: { id: `a${published % 97}` },
  };
  await user.publish(`earshot.in.test.${channel}`, JSON.stringify(message));
}

/** Three days of everyday posts, and then an hour in which many write angrily of one thing. */
async function publishHistory(): Promise<void> {
  const random = seededRandom(7);
  const word = () => WORDS[Math.floor(random() * WORDS.length)] ?? '';
  /** One of a language large enough that no two people say the same. */
  const own = () => Array.from({ length: 6 }, () => 'abcdefghij'[Math.floor(random() * 10)]).join('');
  const posts = Array.from({ length: 1_000 }, () => ({
    atMs: Math.floor(random() * (HISTORY_MS + HOUR_MS)),
    text: `${word()} and ${word()}, ${random() < 0.2 ? 'awful' : 'nice'} as ever ${Math.floor(random() * 1e6)}`,
    channel: random() < 0.7 ? 'chat' : 'forum',
  }));
  const burst = Array.from({ length: 120 }, () => ({
    atMs: HISTORY_MS + Math.floor(random() * 0.8 * HOUR_MS),
    text: `terrible zeppelin delay ${own()} ${own()} ${own()} ${own()} ${own()}`,
    channel: 'chat',
  }));
  const all = [...posts, ...burst].sort((left, right) => left.atMs - right.atMs);
  for (const { atMs, text, channel } of all) await publish(START_MS + atMs, text, channel);
}

async function liveAlerts(name: Name): Promise<Alert[]> {
  const stored = await user.readAll('EARSHOT_EVENTS', `earshot.alert.${name}.>`);
  return stored.map((message) => message.json<Alert>());
}

async function untilLive(what: string, isThere: (alerts: readonly Alert[]) => boolean): Promise<void> {
  await until(what, async () => (isThere(await liveAlerts('fast')) ? true : undefined)).catch(
    async (cause: unknown) => {
      const status = await (await earshot.get('/api/v1/status')).text();
      throw new Error(`${what}: not yet; ${status}\n${earshot.process.stderr().slice(-4_000)}`, { cause });
    },
  );
}

/** What comes of it later is a matter of the clock; how long a busy machine takes to read so much is not. */
async function untilScored(count: number): Promise<void> {
  await until('all is scored', async () => {
    const scored = await user.readAll('EARSHOT_SCORED', 'earshot.scored.fast.>');
    return scored.length >= count ? true : undefined;
  });
}

const resolvedOf = (rule: string) => (alerts: readonly Alert[]) =>
  alerts.filter((alert) => alert.rule === rule && alert.state === 'resolved').length;

async function backtestOf(name: Name, ...more: string[]) {
  const out = join(folder, `${name}.ndjson`);
  const args = ['backtest', fileOf(name), '--bus', nats.url, '--json', '--transitions', out, ...more];
  const { code, stdout, stderr } = await runEarshot(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = (await readFile(out, 'utf8')).split('\n').filter((line) => line !== '');
  return {
    report: JSON.parse(stdout) as BacktestReport,
    alerts: lines.map((line) => JSON.parse(line) as Alert),
  };
}

/** Between the two surges, and after everything: moments of the broker's clock. */
let betweenAt = '';
let stoppedAt = '';

test('a life of history, bursts, silences, stragglers and a restart', async () => {
  await publishHistory();
  for (let at = 0; at < 30; at += 1) await publish(NOW_MS + at * 50, 'terrible awful');
  await untilScored(1_150);
  await untilLive('the first surge is over in the silence', (alerts) => resolvedOf('slow')(alerts) === 1);
  // Written in the first surge, arriving after it: as of its time they would have kept it alive.
  for (let at = 0; at < 20; at += 1) await publish(NOW_MS + 2_000 + at * 10, 'terrible straggler');
  await untilScored(1_170);
  await earshot.stop();
  betweenAt = new Date().toISOString();
  earshot = await start();
  for (let at = 0; at < 30; at += 1)
    await publish(NOW_MS + 10 * MINUTE_MS + at * 20, 'horrible again', 'forum');
  await untilLive('the second is over', (alerts) => resolvedOf('slow')(alerts) === 2);
  expect(resolvedOf('surge')(await liveAlerts('fast'))).toBeGreaterThanOrEqual(2);
});

test('a shadow rule is served and published, and no sink hears of it', async () => {
  const { alerts } = await earshot.json<{ alerts: Alert[] }>('/api/v1/alerts?rule=quiet');
  expect(alerts.length).toBeGreaterThan(0);
  expect(new Set(alerts.map(({ mode }) => mode))).toEqual(new Set(['shadow']));
  const states = (await liveAlerts('fast')).filter(({ rule }) => rule === 'quiet').map(({ state }) => state);
  expect(states).toEqual(['firing', 'resolved', 'firing', 'resolved']);
  await until('the webhook hears of the surge', () =>
    receiver.received.some(({ body }) => body.includes('surge')) ? true : undefined,
  );
  const told = await user.readAll('EARSHOT_EVENTS', 'earshot.notify.>');
  expect(told.length).toBeGreaterThan(0);
  for (const text of [...told.map(({ text }) => text), ...receiver.received.map(({ body }) => body)])
    expect(text).not.toContain('"quiet"');
  const metrics = await (await earshot.get('/metrics')).text();
  expect(metrics).toMatch(
    /earshot_notify_decisions_total\{pipeline="fast",rule="quiet",reason="shadow"\} [1-9]/,
  );
});

test.each(NAMES)('%s: the backtest says what was said live, word for word', async (name) => {
  if (stoppedAt === '') {
    await earshot.stop();
    stoppedAt = new Date().toISOString();
  }
  const live = await liveAlerts(name);
  const { report, alerts } = await backtestOf(name, '--to', stoppedAt);
  expect(alerts).toEqual(live);
  const rules = new Set(live.filter(({ state }) => state === 'firing').map(({ rule }) => rule));
  expect(rules).toEqual(new Set(report.rules.map(({ rule }) => rule))); // Each rule had its alert.
  const told = (await user.readAll('EARSHOT_EVENTS', `earshot.notify.${name}`)).map((message) =>
    message.json<Notification>(),
  );
  for (const { rule, alerts: fired, sent } of report.rules) {
    expect([rule, fired]).toEqual([
      rule,
      live.filter((one) => one.rule === rule && one.state === 'firing').length,
    ]);
    const tellsOfIt = ({ alerts: all }: Notification) => all.some((one) => one.rule === rule);
    const notifications = Object.values(sent).reduce((sum, count) => sum + count, 0);
    expect([rule, notifications]).toEqual([rule, told.filter(tellsOfIt).length]);
  }
});

test('--from: what was stored before warms up, as far as it is asked for', async () => {
  const live = await liveAlerts('fast');
  const whole = await backtestOf('fast', '--from', betweenAt, '--to', stoppedAt);
  expect(whole.alerts).toEqual(live);
  expect(whole.report.messages).toMatchObject({ warmUp: 1_170, reported: 30 });
  expect(whole.report.rules.map(({ rule, alerts }) => [rule, alerts])).toEqual([
    ['surge', 1],
    ['slow', 1],
    ['quiet', 1],
  ]);
  const alone = await backtestOf('fast', '--from', betweenAt, '--to', stoppedAt, '--warm-up', '0ms');
  expect(alone.report.messages).toMatchObject({ warmUp: 0, reported: 30 });
  // What rose is not known without what was before; when it fired is.
  const when = (alerts: readonly Alert[]) => alerts.map(({ id, state, at }) => [id, state, at]);
  expect(when(alone.alerts)).toEqual(when(live.slice(-alone.alerts.length)));
  expect(new Set(alone.alerts.map(({ rule }) => rule))).toEqual(new Set(['surge', 'slow', 'quiet']));
});

test('negative control: as of event time alone, without the time of storage, it is another life', async () => {
  const stored = await user.readAll('EARSHOT_SCORED', 'earshot.scored.fast.>');
  const input = join(folder, 'scored.ndjson');
  await writeFile(input, stored.map(({ text }) => `${text}\n`).join(''));
  const { alerts } = await backtestOf('fast', '--input', input);
  const live = await liveAlerts('fast');
  expect(alerts.map(({ id, state }) => [id, state])).not.toEqual(live.map(({ id, state }) => [id, state]));
});
