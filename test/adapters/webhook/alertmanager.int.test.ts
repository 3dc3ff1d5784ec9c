/** Goal: a real Alertmanager takes what is sent, groups it, sees it resolved, and has it again after a restart; `amtool`,
 *  which operators use, shows what Earshot said. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAlertmanagerSink } from '../../../src/adapters/webhook/alertmanager-sink.ts';
import { startNotifier, type Notifier } from '../../../src/app/services/notifier.service.ts';
import type { Alert } from '../../../src/core/alert/alert.ts';
import type { AlertmanagerSinkConfig } from '../../../src/core/alert/sink.config.ts';
import type { AlertSink } from '../../../src/core/alert/sink.port.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { anAlert } from '../../support/alert.ts';
import { startAlertmanager, type Alertmanager } from '../../support/alertmanager.ts';
import { memoryBus } from '../../support/bus.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { aNotification } from '../../support/notification.ts';
import { until } from '../../support/process.ts';
import { startReceiver, type Receiver } from '../../support/receiver.ts';

guardAgainstLeaks();

let receiver: Receiver;
let alertmanager: Alertmanager;
beforeAll(async () => {
  receiver = await startReceiver((_request, response) => response.end());
  alertmanager = await startAlertmanager(receiver.url);
});
afterAll(async () => {
  await alertmanager.stop();
  await receiver.close();
});

/** A message that Alertmanager sent on. */
interface Group {
  readonly status: 'firing' | 'resolved';
  readonly commonLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

/** Of the rule, in the order they came: state and channel of each alert. */
const groups = (rule: string): string[][] =>
  receiver.received
    .map(({ body }) => JSON.parse(body) as Group)
    .filter(({ commonLabels }) => commonLabels.alertname === rule)
    .map(({ alerts }) => alerts.map(({ status, labels }) => `${status} ${labels.channel}`).sort());

const config = (more: Partial<AlertmanagerSinkConfig> = {}): AlertmanagerSinkConfig => ({
  ...{ url: alertmanager.url, headers: {}, resendEvery: 60_000, allowTo: ['127.0.0.1'], timeout: 20_000 },
  ...{ giveUpAfter: 60_000, giveUpRefusedAfter: 60_000, setAsideAfter: 60_000 },
  ...{ alertUrl: 'https://earshot.example/alerts/{id}' },
  ...more,
});

/** It began a quarter of an hour ago, as alerts with a `for`, or read after an outage, do. */
const began = () => new Date(Date.now() - 900_000).toISOString();
const alertOf = (rule: string, channel: string, overrides: Partial<Alert> = {}): Alert =>
  anAlert({
    ...{ id: `skyline/${rule}/${channel}`, rule, group: { channel }, startsAt: began(), at: began() },
    ...overrides,
  });
const resolved = (alert: Alert): Alert => ({ ...alert, state: 'resolved', endsAt: new Date().toISOString() });
const seen = async (rule: string) =>
  (await alertmanager.amtool()).filter(({ labels }) => labels.alertname === rule);

describe('what is delivered', () => {
  let sink: AlertSink;
  beforeEach(() => {
    sink = createAlertmanagerSink(config());
  });
  afterEach(() => sink.close());

  test('amtool sees labels, annotations with evidence, the end well beyond the resend, and the link', async () => {
    const alert = alertOf('shown', 'chat', { group: { channel: 'chat', 'a-b': 'Größe', severity: 'x' } });
    expect(await sink.deliver(aNotification({ alerts: [alert] }))).toEqual({ outcome: 'delivered' });
    const [found, ...others] = await seen('shown');
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      labels: {
        ...{ alertname: 'shown', pipeline: 'skyline', severity: 'page', channel: 'chat', a_b: 'Größe' },
        group_severity: 'x',
      },
      annotations: {
        ...{ summary: '60% of 80 posts are negative', alert_id: 'skyline/shown/chat' },
        description: expect.stringContaining('80 posts by 71 authors, 48 negative') as string,
      },
      generatorURL: 'https://earshot.example/alerts/skyline%2Fshown%2Fchat',
      status: { state: 'active' },
    });
    expect(Date.parse(found?.endsAt ?? '') - Date.now()).toBeGreaterThan(3 * 60_000);
    // Told again, it says when it truly began.
    expect(await sink.refresh?.send([alert])).toEqual({ outcome: 'delivered' });
    expect(Date.parse((await seen('shown'))[0]?.startsAt ?? '')).toBe(Date.parse(alert.startsAt));
  });

  test('alerts of one notification come as one group, and resolve', async () => {
    const alerts = ['chat', 'event', 'forum', 'mail', 'shop'].map((channel) => alertOf('grouped', channel));
    await sink.deliver(aNotification({ alerts }));
    await until('the group is sent on', () => (groups('grouped').length > 0 ? true : undefined));
    expect(groups('grouped')).toEqual([
      ['firing chat', 'firing event', 'firing forum', 'firing mail', 'firing shop'],
    ]);
    await sink.deliver(aNotification({ status: 'resolved', alerts: alerts.map(resolved) }));
    expect(await seen('grouped')).toEqual([]);
    await until('the resolved are sent on', () => (groups('grouped').length > 1 ? true : undefined));
    expect(groups('grouped')[1]).toEqual([
      ...['resolved chat', 'resolved event', 'resolved forum', 'resolved mail', 'resolved shop'],
    ]);
  });

  test('of two lives of one rule and group the one that fires counts, in any order', async () => {
    const past = resolved(alertOf('again', 'chat', { id: 'past' }));
    const present = alertOf('again', 'chat', { id: 'present' });
    for (const alerts of [
      [present, past],
      [past, present],
    ]) {
      await sink.refresh?.send(alerts);
      expect((await seen('again')).map(({ annotations }) => annotations.alert_id)).toEqual(['present']);
    }
  });

  test('event time ahead of the clock neither holds a resolved alert open nor is refused', async () => {
    const ahead = new Date(Date.now() + 3_600_000).toISOString();
    const alert = alertOf('ahead', 'chat', { startsAt: ahead });
    expect(await sink.deliver(aNotification({ alerts: [alert] }))).toEqual({ outcome: 'delivered' });
    expect(await seen('ahead')).toHaveLength(1);
    const over = { ...alert, state: 'resolved', endsAt: ahead } as const;
    expect(await sink.deliver(aNotification({ status: 'resolved', alerts: [over] }))).toEqual({
      outcome: 'delivered',
    });
    expect(await seen('ahead')).toEqual([]);
  });

  test('what Alertmanager cannot take is refused with its own words', async () => {
    const nameless = alertOf('', 'chat', { group: {}, pipeline: '', severity: '' as Alert['severity'] });
    expect(await sink.deliver(aNotification({ alerts: [nameless] }))).toMatchObject({
      ...{ outcome: 'refused', detail: expect.stringContaining('HTTP 400') as string },
    });
  });
});

describe('told again', () => {
  let bus: Bus;
  let notifier: Notifier | undefined;
  let events: TelemetryEvent[];
  let told: Alert[];
  beforeEach(async () => {
    bus = await memoryBus();
    [events, told] = [[], []];
  });
  afterEach(async () => {
    await notifier?.stop();
    await bus.close();
  });
  const start = (resendEvery: number) => {
    notifier = startNotifier({
      ...{ bus, sink: createAlertmanagerSink(config({ resendEvery })), pipeline: 'skyline' },
      ...{
        durable: 'sink-am',
        giveUpAfterMs: 60_000,
        giveUpRefusedAfterMs: 60_000,
        setAsideAfterMs: 60_000,
        random: () => 0,
        told: () => told,
      },
      telemetry: (event) => events.push(event),
      clock: { nowMs: Date.now, monotonicMs: () => performance.now() },
      onFailure: (error) => expect.fail(String(error)),
    });
  };

  test('at once when we start', async () => {
    told = [alertOf('started', 'chat')];
    start(3_600_000);
    await until('it is there', async () => ((await seen('started')).length > 0 ? true : undefined));
  });

  test('an Alertmanager that is restarted while it fires has it again, and sees it resolve', async () => {
    const alert = alertOf('restart', 'chat');
    told = [alert];
    start(1_500); // It ends four times as late: an Alertmanager that waits for us longer calls it resolved.
    await until('it is sent on', () => (groups('restart').length === 1 ? true : undefined));
    await alertmanager.kill9();
    await until('the failure is counted', () => (events.length > 0 ? true : undefined));
    expect(events[0]).toMatchObject({ type: 'notification', sink: 'alertmanager', outcome: 'retried' });
    await alertmanager.restart({ empty: true });
    await until('it is there again', async () => ((await seen('restart')).length > 0 ? true : undefined));
    await until('it is sent on again', () => (groups('restart').length === 2 ? true : undefined));
    told = [resolved(alert)];
    await until('it is sent on as resolved', () => (groups('restart').length === 3 ? true : undefined));
    expect(groups('restart')).toEqual([['firing chat'], ['firing chat'], ['resolved chat']]);
    expect(await seen('restart')).toEqual([]);
  });

  test('it goes on firing beyond the first end; untold, it ends by itself', async () => {
    told = [alertOf('kept', 'chat')];
    start(500);
    const first = await until('it is there', async () => (await seen('kept'))[0]);
    await until('its end moves', async () => {
      const [now] = await seen('kept');
      return Date.parse(now?.endsAt ?? '') > Date.parse(first.endsAt) ? true : undefined;
    });
    told = [];
    await until('it ended', async () => ((await seen('kept')).length === 0 ? true : undefined));
  });
});
