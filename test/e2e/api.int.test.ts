/** Goal: what a moderator does on the command line stands in the audit with who and when, whoever is asked; and the history
 *  shows what alerts did. A real process, a real broker, tokens with roles. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alert } from '../../src/core/alert/alert.ts';
import type { AlertCommand } from '../../src/core/notify/command.ts';
import { runEarshot, startEarshot, writePipeline, writeSettings } from '../support/earshot.ts';
import type { RunningEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer } from '../support/nats-server.ts';
import type { NatsServer } from '../support/nats-server.ts';
import { connectUser } from '../support/nats-user.ts';
import type { NatsUser } from '../support/nats-user.ts';
import { until } from '../support/process.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

const MODERATOR = 'a-token-of-the-moderator';
const VIEWER = 'a-token-of-the-wall-board';

let folder = '';
let nats: NatsServer;
let user: NatsUser;
let earshot: RunningEarshot;
/** The same pipeline in another process, which does not watch it. */
let standby: RunningEarshot;

beforeAll(async () => {
  folder = await tempFolder('api');
  await writeFile(join(folder, 'viewer.token'), `${VIEWER}\n`);
  const rule = `{ name: any, when: 'volume >= 1', over: 10m, groupBy: [channel], severity: page }`;
  const pipeline = await writePipeline(
    folder,
    `window: { pane: 1s, allowedLateness: 0s }\nalerts: [${rule}]`,
  );
  const tokens =
    `http:\n  tokens:\n    - { name: mia, role: moderator, token: '\${MIAS_TOKEN}' }\n` +
    `    - { name: wall, role: viewer, tokenFile: '${join(folder, 'viewer.token')}' }`;
  const settings = await writeSettings(folder, tokens);
  nats = await startNatsServer();
  user = await connectUser(nats.url);
  const args = [pipeline, '--bus', nats.url, '--config', settings];
  const env = { MIAS_TOKEN: MODERATOR };
  earshot = await startEarshot(args, { env });
  standby = await startEarshot([...args, '--role', 'score'], { env });
  const message = { id: 'm1', text: 'an awful #acme', author: { id: 'a' } };
  await user.publish('earshot.in.test.chat', JSON.stringify(message));
  await until('it fires', async () => (await list()).find(({ state }) => state === 'firing'));
});
afterAll(async () => {
  await earshot.stop();
  await standby.stop();
  await user.close();
  await nats.stop();
  await removeFolder(folder);
});

const alerts = (args: readonly string[], { token = MODERATOR, at = earshot.address } = {}) =>
  runEarshot(['alerts', ...args], { EARSHOT_URL: at, EARSHOT_TOKEN: token, NO_COLOR: '1' });

async function list(): Promise<Alert[]> {
  const response = await earshot.get('/api/v1/alerts', { authorization: `Bearer ${VIEWER}` });
  return ((await response.json()) as { alerts: Alert[] }).alerts;
}
const statusOf = async (id = '') => {
  const { stdout } = await alerts(['show', id, '--json']);
  return (JSON.parse(stdout) as { status: { suppressed: boolean; reasons: string[] } }).status;
};
const commands = async () => {
  const stored = await user.readAll('EARSHOT_AUDIT', 'earshot.command.>');
  return stored.map((message) => ({
    ...message.json<AlertCommand>(),
    msgId: message.headers['nats-msg-id'],
  }));
};

test('an alert is listed, and shown with its evidence', async () => {
  const [alert] = await list();
  const listed = await alerts(['list', '--state', 'firing']);
  expect([listed.code, listed.stderr]).toEqual([0, '']);
  expect(listed.stdout).toContain(alert?.id);
  const shown = await alerts(['show', alert?.id ?? '']);
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  expect(shown.stdout).toContain('an awful #acme');
  expect(shown.stdout).toContain('EARSHOT_SCORED 1 to 1');
  const asJson = await alerts(['show', alert?.id ?? '', '--json'], { token: VIEWER });
  expect(JSON.parse(asJson.stdout)).toMatchObject({ id: alert?.id, evidence: { sequences: [1, 1] } });
});

test('acknowledged by one process, silenced by another: both are in the audit, with who and when', async () => {
  const [alert] = await list();
  const sinceMs = Date.now();
  const ack = await alerts(['ack', alert?.id ?? '', '--comment', 'I see to it']);
  expect([ack.code, ack.stderr]).toEqual([0, '']);
  expect(ack.stdout).toBe(`acknowledge ${alert?.id}, by mia: applied\n`);
  const silence = await alerts(
    ['silence', 'channel=chat', 'rule=~"an.*"', '--for', '2h', '--comment', 'an outage', '--id', 's-1'],
    { at: standby.address },
  );
  expect([silence.code, silence.stderr]).toEqual([0, '']);
  expect(silence.stdout).toBe('silence s-1 in acme, by mia: applied\n');

  const stored = await commands();
  expect(stored).toMatchObject([
    { action: 'acknowledge', by: 'mia', alert: alert?.id, comment: 'I see to it', pipeline: 'acme' },
    { action: 'silence', by: 'mia', id: 's-1', comment: 'an outage', pipeline: 'acme' },
  ]);
  for (const { id, msgId, atMs } of stored) {
    expect(msgId).toBe(id);
    expect(atMs).toBeGreaterThanOrEqual(sinceMs);
    expect(atMs).toBeLessThanOrEqual(Date.now());
  }
  // The process that watches has applied them, that was waited for; a silence begins with its next tick.
  await expect
    .poll(() => statusOf(alert?.id))
    .toMatchObject({
      ...{ suppressed: true, reasons: ['silenced', 'acknowledged'], silencedBy: ['s-1'] },
      acknowledgedBy: { by: 'mia', comment: 'I see to it' },
    });
  const silences = await alerts(['silences'], { token: VIEWER });
  expect(silences.stdout.split('\n')[1]).toMatch(/^active +acme +channel=chat .* mia +an outage +s-1$/);

  const audit = await alerts(['audit'], { token: VIEWER, at: standby.address });
  expect(audit.code).toBe(0);
  expect(audit.stdout.split('\n')[1]).toMatch(
    /mia +silence +acme +channel=chat rule=~"?an\.\*"? for 2h \(s-1\) +an outage/,
  );
  expect(audit.stdout.split('\n')[2]).toMatch(/mia +acknowledge +acme .* I see to it/);
});

test('what came over HTTP is what came over the command line: an end to both', async () => {
  const [alert] = await list();
  expect((await alerts(['unack', alert?.id ?? ''])).code).toBe(0);
  expect((await alerts(['unsilence', 's-1'], { at: standby.address })).code).toBe(0);
  expect((await commands()).slice(2)).toMatchObject([
    { action: 'unacknowledge', alert: alert?.id },
    { action: 'unsilence', silence: 's-1' },
  ]);
  await expect.poll(() => statusOf(alert?.id)).toMatchObject({ suppressed: false });
});

test('what is refused says so, to whoever is asked, and in the audit', async () => {
  const [alert] = await list();
  const asked = await alerts(['unack', alert?.id ?? '', '--id', 'too-late', '--json', '--no-wait']);
  const { outcomeAt } = JSON.parse(asked.stdout) as { outcomeAt: string };
  expect([asked.code, outcomeAt]).toEqual([0, '/api/v1/commands/too-late']);
  const refused = await until('its outcome', async () => {
    const response = await standby.get(outcomeAt, { authorization: `Bearer ${VIEWER}` });
    const answer = (await response.json()) as { outcome: string | null };
    return answer.outcome === null ? undefined : answer;
  });
  expect(refused).toMatchObject({
    ...{ id: 'too-late', action: 'unacknowledge', by: 'mia', alert: alert?.id },
    ...{ outcome: 'refused', reason: 'not_acknowledged' },
    detail: `nobody acknowledged alert '${alert?.id}'`,
  });
  const waited = await alerts(['unack', alert?.id ?? '', '--id', 'too-late']);
  expect([waited.code, waited.stdout]).toEqual([
    1,
    `unacknowledge ${alert?.id}, by mia: refused, not_acknowledged: nobody acknowledged alert '${alert?.id}' (asked before: nothing new)\n`,
  ]);
  const [, first, second] = (await alerts(['audit'])).stdout.split('\n');
  expect(first).toMatch(/mia +unacknowledge .* refused: not_acknowledged$/);
  expect(second).toMatch(/mia +unsilence .* applied$/);
});

test('a viewer is refused, and nothing is stored', async () => {
  const [alert] = await list();
  const before = await commands();
  for (const args of [
    ['ack', alert?.id ?? ''],
    ['silence', 'channel=chat', '--for', '2h', '--comment', 'x'],
  ]) {
    const { code, stdout, stderr } = await alerts(args, { token: VIEWER });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain("'wall' is a viewer");
    expect(stderr).not.toContain(VIEWER);
  }
  expect(await commands()).toEqual(before);
});

test('history: each transition, newest first', async () => {
  const transitions = await user.readAll('EARSHOT_EVENTS', 'earshot.alert.>');
  const expected = transitions.map((message) => message.json<Alert>()).map(({ id, state }) => [id, state]);
  const { code, stdout } = await alerts(['history', '--from', '1h', '--rule', 'any', '--json']);
  const { transitions: shown } = JSON.parse(stdout) as { transitions: Alert[] };
  expect(code).toBe(0);
  expect(shown.map(({ id, state }) => [id, state])).toEqual(expected.reverse());
  expect(expected.length).toBeGreaterThan(0);
});

test('why somebody was not told is in the history, with the silence and with who acknowledged', async () => {
  const [alert] = await list();
  const { code, stdout } = await alerts(['history', '--alert', alert?.id ?? ''], { token: VIEWER });
  expect(code).toBe(0);
  expect(stdout).toMatch(/ not told +silenced \(s-1\) +\S+\n/);
  expect(stdout).toMatch(/ not told +acknowledged \(mia\) +\S+\n/);
  expect(stdout).toMatch(/ firing +condition_met +page .*\n$/s);
  // What is decided meanwhile stands in the later answer.
  await until('both say the same', async () => {
    const here = await alerts(['history', '--alert', alert?.id ?? '']);
    const elsewhere = await alerts(['history', '--alert', alert?.id ?? ''], { at: standby.address });
    return elsewhere.stdout === here.stdout || undefined;
  });
});

test.each<
  [what: string, args: string[], options: { token?: string; at?: string }, code: number, said: RegExp]
>([
  ['a wrong token', ['list'], { token: 'not-a-token-at-all' }, 2, /no such token.*EARSHOT_TOKEN/],
  [
    'nobody there',
    ['list'],
    { at: 'http://127.0.0.1:9' },
    2,
    /no answer from http:\/\/127\.0\.0\.1:9.*--url/,
  ],
  ['no URL', ['list'], { at: 'localhost' }, 2, /--url: 'localhost' is not an address/],
  ['no such alert', ['ack', 'acme/any/x/y'], {}, 1, /no alert 'acme\/any\/x\/y'/],
  ['no such silence', ['unsilence', 'x'], {}, 1, /no silence 'x'/],
  ['a wrong matcher', ['silence', 'chanel=x', '--for', '1h', '--comment', 'x'], {}, 2, /no label 'chanel'/],
  ['no end', ['silence', 'rule=x', '--comment', 'x'], {}, 2, /say how long: --for 2h/],
  ['no comment', ['silence', 'rule=x', '--for', '1h'], {}, 2, /--comment/],
  ['an unknown rule', ['history', '--rule', 'x'], {}, 2, /rule 'x' is unknown; allowed: any/],
])('%s: %j', async (_what, args, options, code, said) => {
  const outcome = await alerts(args, options);
  expect(outcome.stderr).toMatch(said);
  expect(outcome.stderr).not.toMatch(/\n\s+at /);
  expect([outcome.code, outcome.stdout]).toEqual([code, '']);
});
