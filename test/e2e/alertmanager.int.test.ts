/** Goal: what Earshot's own API says fires is what `amtool` says fires, through a restart of Alertmanager and to the end; and why
 *  people are told, or not, stands in the log, the metrics and the API alike. Real processes all. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alert } from '../../src/core/alert/alert.ts';
import { startAlertmanager, type Alertmanager } from '../support/alertmanager.ts';
import { startEarshot, writePipeline, writeSettings } from '../support/earshot.ts';
import type { RunningEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer, type NatsServer } from '../support/nats-server.ts';
import { connectUser, type NatsUser } from '../support/nats-user.ts';
import { until } from '../support/process.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

const CHANNELS = ['chat', 'mail', 'web'];

let folder = '';
let nats: NatsServer;
let user: NatsUser;
let receiver: Receiver;
let alertmanager: Alertmanager;
let earshot: RunningEarshot;

beforeAll(async () => {
  folder = await tempFolder('alertmanager-e2e');
  receiver = await startReceiver((_request, response) => response.end());
  alertmanager = await startAlertmanager(receiver.url);
  const over = `over: 10m, groupBy: [channel]`;
  const pipeline = await writePipeline(
    folder,
    [
      'window: { pane: 1s, allowedLateness: 0s }',
      'alerts:',
      `  - { name: surge, when: 'volume >= 1', ${over}, severity: page }`,
      `  - { name: kept, when: 'volume >= 1', over: 3s, keepFiringFor: 1h, mode: shadow }`,
      `  - { name: tried, when: 'volume >= 1', ${over}, severity: page, mode: shadow }`,
      'notify: { groupWait: 0s, groupInterval: 1s }',
      'sinks:',
      `  - alertmanager: { url: '${alertmanager.url}', resendEvery: 1s, allowTo: [127.0.0.1/32] }`,
    ].join('\n'),
  );
  nats = await startNatsServer();
  user = await connectUser(nats.url);
  earshot = await startEarshot([
    pipeline,
    '--bus',
    nats.url,
    '--config',
    await writeSettings(folder, 'log: { level: info }'),
  ]);
  for (const channel of CHANNELS)
    await user.publish(
      `earshot.in.test.${channel}`,
      JSON.stringify({ id: channel, text: 'an awful #acme', author: { id: 'a' } }),
    );
});
afterAll(async () => {
  await earshot.stop();
  await user.close();
  await nats.stop();
  await alertmanager.stop();
  await receiver.close();
  await removeFolder(folder);
});

interface Shown extends Alert {
  readonly status: { readonly suppressed: boolean; readonly reasons: string[]; readonly decision?: string };
}
const fromApi = async (): Promise<readonly Shown[]> =>
  (await earshot.json<{ alerts: Shown[] }>('/api/v1/alerts')).alerts;

/** What fires and is told, as each of them says. */
const ours = async () =>
  (await fromApi())
    .filter(({ state, status }) => state === 'firing' && !status.suppressed)
    .map(({ id, rule, pipeline, severity, group, startsAt, summary }) => ({
      ...{ id, rule, pipeline, severity, channel: group.channel, startsMs: Date.parse(startsAt), summary },
    }))
    .sort(byId);
const theirs = async () =>
  (await alertmanager.amtool())
    .map(({ labels: { alertname: rule, pipeline, severity, channel }, annotations, startsAt }) => ({
      ...{ id: annotations.alert_id ?? '', rule, pipeline, severity, channel },
      ...{ startsMs: Date.parse(startsAt), summary: annotations.summary },
    }))
    .sort(byId);
const byId = (left: { id: string }, right: { id: string }) => left.id.localeCompare(right.id);

/** With the first resend at the latest: until then an alert begins for Alertmanager when it was told of it. */
const bothSay = (count: number) =>
  until(`Alertmanager has ${count}, since when they fire`, async () => {
    const [have, want] = [await theirs(), await ours()];
    const begun = (alerts: readonly { startsMs: number }[]) => alerts.map(({ startsMs }) => startsMs).join();
    return want.length === count && begun(have) === begun(want) ? true : undefined;
  });

test('amtool and the API name the same alerts; one that is only tried is not told', async () => {
  await bothSay(CHANNELS.length);
  expect(await theirs()).toEqual(await ours());
  expect((await ours()).map(({ channel }) => channel)).toEqual(CHANNELS);
});

test('an Alertmanager that was restarted and has forgotten has them again', async () => {
  await alertmanager.restart({ empty: true });
  await bothSay(CHANNELS.length);
  expect(await theirs()).toEqual(await ours());
});

test.each([
  ['surge', 'first_notification', { suppressed: false, reasons: [] }],
  ['tried', 'shadow', { suppressed: true, reasons: ['shadow'] }],
])('%s: the reason %s is in the log, the metrics and the API', async (rule, decision, status) => {
  const alerts = (await fromApi()).filter((alert) => alert.rule === rule);
  expect(alerts).toHaveLength(CHANNELS.length);
  for (const alert of alerts) {
    expect(alert).toMatchObject({ state: 'firing', reason: 'condition_met', stays: 'still_firing', status });
    expect(alert.status.decision).toBe(decision);
    expect(earshot.logged(`alert firing: acme/${rule}: `)).toContainEqual(
      expect.objectContaining({ id: alert.id, reason: alert.reason }),
    );
    expect(earshot.logged(`notify ${decision}: acme/${rule}`)).toContainEqual(
      expect.objectContaining({ id: alert.id }),
    );
  }
  const metrics = await earshot.metrics();
  const of = { pipeline: 'acme', rule };
  const entered = { ...of, state: 'firing', reason: 'condition_met' };
  expect(metrics.sum('earshot_alert_transitions_total', entered)).toBe(CHANNELS.length);
  expect(metrics.sum('earshot_notify_decisions_total', { ...of, reason: decision })).toBe(CHANNELS.length);
});

test('why an alert goes on, too', async () => {
  const kept = await until('its condition has ended', async () =>
    (await fromApi()).find(({ rule, stays }) => rule === 'kept' && stays === 'held_by_keep_firing'),
  );
  expect(kept).toMatchObject({ state: 'firing', reason: 'condition_met' });
  expect(earshot.logged('alert held_by_keep_firing: acme/kept')).toEqual([
    expect.objectContaining({ id: kept.id }),
  ]);
  const held = { pipeline: 'acme', rule: 'kept', reason: 'held_by_keep_firing' };
  expect((await earshot.metrics()).sum('earshot_alert_stays_total', held)).toBe(1);
});

test('what is over for one is over for the other', async () => {
  await user.publish('earshot.in.test.mail', JSON.stringify({ id: 'mail', kind: 'delete' }));
  await bothSay(CHANNELS.length - 1);
  expect(await theirs()).toEqual(await ours());
  const ended = (await fromApi()).filter(({ rule, state }) => rule === 'surge' && state === 'resolved');
  expect(ended).toMatchObject([{ group: { channel: 'mail' }, reason: 'retracted' }]);
});
