/** Goal: the whole road, as a user's programs see it: what is published on NATS comes out scored, dropped or dead, is
 *  counted on /metrics, is fed to WebSocket clients, routed to queues, and rings the webhook. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Alert } from '../../src/core/alert/alert.ts';
import type { Notification } from '../../src/core/notify/notification.ts';
import type { ScoredMessage } from '../../src/core/message/message.ts';
import { startEarshot, writePipeline } from '../support/earshot.ts';
import type { RunningEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { connectUser } from '../support/nats-user.ts';
import type { SeenMessage } from '../support/nats-user.ts';
import { until } from '../support/process.ts';
import { promtool } from '../support/promtool.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

const SECRET = 'a webhook secret of the test';
const PIPELINE = (webhook: string) => `
window: { pane: 1s, allowedLateness: 0s }
routes:
  - { queue: urgent, when: 'label == "negative" && author.followers >= 10000' }
alerts:
  - { name: surge, when: 'volume >= 20 && negativeShare > 0.5', over: 4s, groupBy: [channel], severity: page }
notify: { groupWait: 0s, groupInterval: 1s }
sinks:
  - webhook: { url: '${webhook}', allowTo: ['127.0.0.1/32'], secret: '\${EARSHOT_WEBHOOK_SECRET}' }`;

/** What a user sends, and what must become of it. Ids that no message can have are told by the text of the dead letter. */
const TEXTS = {
  negative: 'terrible awful #acme, I hate it',
  positive: 'wonderful lovely #acme, I love it',
  neutral: 'the #acme shop is on Elm Street',
};
type Sent = Readonly<Record<string, unknown>> & { readonly id: string };
const some = (count: number, kind: string, make: (id: string) => Omit<Sent, 'id'>): Sent[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${kind}-${index}`, ...make(`${kind}-${index}`) }));
const SINGLES: readonly Sent[] = [
  ...some(30, 'negative', () => ({ text: TEXTS.negative })),
  ...some(5, 'positive', () => ({ text: TEXTS.positive })),
  ...some(2, 'reach', () => ({ text: TEXTS.negative, author: { id: 'big', followers: 20_000 } })),
  ...some(3, 'silent', () => ({ text: TEXTS.neutral, rating: 5, time: new Date().toISOString() })),
];
const BATCHES = [1, 2, 3].map((batch) =>
  some(20, `batch-${batch}`, () => ({ text: TEXTS.neutral, lang: 'en' })),
);
const EVENTS = some(4, 'event', () => ({ text: TEXTS.neutral }));
const IRRELEVANT = some(7, 'irrelevant', () => ({ text: 'nothing to do with it' }));
const SPANISH = some(3, 'spanish', () => ({ text: 'hola #acme', lang: 'es' }));
const POISON = {
  'not json at all': 'invalid_json',
  '{"text":"no id #acme"}': 'missing_id',
  '  ': 'empty',
} as const;

describe('a message on its road', () => {
  let folder = '';
  let earshot: RunningEarshot;
  let scored: SeenMessage[] = [];
  let dropped: SeenMessage[] = [];
  let dead: SeenMessage[] = [];
  let routed: SeenMessage[] = [];
  const hooks: { headers: Record<string, string>; body: string }[] = [];
  const frames: Record<string, { type: string; data: ScoredMessage & Alert }[]> = {};
  const ends: (() => Promise<unknown>)[] = [];
  let acknowledged: string[] = [];

  async function startWebhook(): Promise<string> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        hooks.push({
          headers: request.headers as Record<string, string>,
          body: Buffer.concat(chunks).toString(),
        });
        response.writeHead(204, { connection: 'close' }).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(async () => {
      server.close();
      await once(server, 'close');
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  }

  async function openFeed(name: string, query: string): Promise<void> {
    const socket = new WebSocket(`${earshot.address.replace('http', 'ws')}/ws${query}`);
    const list: (typeof frames)[string] = [];
    frames[name] = list;
    socket.on('message', (frame: Buffer) => list.push(...(JSON.parse(frame.toString()) as typeof list)));
    await once(socket, 'open');
    ends.push(async () => {
      socket.close();
      await once(socket, 'close');
    });
  }

  beforeAll(async () => {
    folder = await tempFolder('road');
    const nats = await startNatsServer();
    ends.push(() => nats.stop());
    const webhook = await startWebhook();
    const file = await writePipeline(folder, PIPELINE(webhook));
    const env = { EARSHOT_WEBHOOK_SECRET: SECRET };
    earshot = await startEarshot([file, '--bus', nats.url], { env });
    ends.push(() => earshot.stop());
    for (const [name, query] of Object.entries({
      all: '',
      negative: '?type=scored&label=negative',
      event: '?channel=event&type=scored',
      alerts: '?type=alert&pipeline=acme',
    }))
      await openFeed(name, query);
    const user = await connectUser(nats.url);
    ends.push(() => user.close());

    const send = async (
      sent: readonly Sent[],
      channel: string,
      data: string,
      headers?: Record<string, string>,
    ) => {
      await user.publish(`earshot.in.test.${channel}`, data, headers ? { headers } : {});
      acknowledged.push(...sent.map(({ id }) => id));
    };
    acknowledged = [];
    for (const one of [...SINGLES, ...IRRELEVANT, ...SPANISH]) await send([one], 'chat', JSON.stringify(one));
    for (const batch of BATCHES) {
      await send(batch, 'bulk', batch.map((one) => JSON.stringify(one)).join('\n'));
    }
    for (const [index, { id, ...data }] of EVENTS.entries()) {
      const attributes = { specversion: '1.0', id, type: 'com.example.post', source: '/example' };
      const body = JSON.stringify(index % 2 === 0 ? { ...attributes, data } : data);
      const binary = Object.entries(attributes).map(([key, value]) => [`ce-${key}`, value]);
      await send([{ id }], 'event', body, {
        'content-type': index % 2 === 0 ? 'application/cloudevents+json' : 'application/json',
        ...(index % 2 === 0 ? {} : (Object.fromEntries(binary) as Record<string, string>)),
      });
    }
    for (const bytes of Object.keys(POISON)) await send([], 'chat', bytes);
    // The same message twice, by a producer that does not know about message ids.
    await send([], 'chat', JSON.stringify(SINGLES[0]));

    const expected = acknowledged.length + Object.keys(POISON).length + 1;
    await until('everything has come out', async () => {
      [scored, dropped, dead] = await Promise.all([
        user.readAll('EARSHOT_SCORED'),
        user.readAll('EARSHOT_DROPPED'),
        user.readAll('EARSHOT_DEAD'),
      ]);
      return scored.length + dropped.length + dead.length >= expected ? true : undefined;
    });
    routed = await until('both are routed', async () => {
      const found = await user.readAll('EARSHOT_ROUTE');
      return found.length >= 2 ? found : undefined;
    });
    await until('the alert has resolved', () => (hooks.length >= 2 ? true : undefined));
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    await removeFolder(folder);
  });

  const ids = (messages: readonly SeenMessage[]) => messages.map((message) => message.json<Sent>().id).sort();

  test('every id that the broker confirmed comes out, once, and where it belongs', () => {
    const relevant = [...SINGLES, ...BATCHES.flat(), ...EVENTS].map(({ id }) => id);
    expect(ids(scored)).toEqual(relevant.sort());
    expect(ids(dropped)).toEqual(
      [...IRRELEVANT, ...SPANISH, { id: 'negative-0' }].map(({ id }) => id).sort(),
    );
    expect([...ids(scored), ...ids(dropped)].filter((id) => id !== 'negative-0').sort()).toEqual(
      acknowledged.filter((id) => id !== 'negative-0').sort(),
    );
    const reasons = dropped.map(({ subject }) => subject.slice('earshot.dropped.'.length));
    expect(new Set(reasons)).toEqual(new Set(['all.unmatched', 'acme.language', 'acme.duplicate']));
  });

  test('poison becomes a dead letter: its bytes, its reason and where it stood', () => {
    const letters = dead.map(({ text, subject, headers }) => [text, subject, headers['earshot-reason']]);
    const expected = Object.entries(POISON).map(([bytes, reason]) => [
      bytes,
      `earshot.dead.${reason}`,
      reason,
    ]);
    expect(letters.sort()).toEqual(expected.sort());
    for (const { headers } of dead) {
      expect(headers['earshot-subject']).toBe('earshot.in.test.chat');
      expect(Number(headers['earshot-sequence'])).toBeGreaterThan(0);
      expect(headers['earshot-detail']).not.toBe('');
    }
  });

  test('a scored message has the fields of the contract', () => {
    const [reach] = scored.filter((one) => one.json<Sent>().id === 'reach-0');
    expect(reach?.subject).toBe('earshot.scored.acme.chat.negative');
    const message = reach?.json<ScoredMessage>();
    expect(message).toMatchObject({
      ...{ id: 'reach-0', kind: 'create', channel: 'chat', source: 'test', text: TEXTS.negative },
      ...{ author: { id: 'big', followers: 20_000 }, pipeline: 'acme', routes: ['urgent'] },
      relevance: { matched: ['#acme'] },
      sentiment: { label: 'negative', engine: 'earshot' },
    });
    expect(message?.version).toEqual(expect.any(String));
    const { score = 0, probability = { negative: 0, neutral: 0, positive: 0 } } = message?.sentiment ?? {};
    expect(score).toBeLessThan(0);
    expect(probability.negative + probability.neutral + probability.positive).toBeCloseTo(1, 3);
    // Published without a time: it is the broker's.
    expect(message?.time).toBe(message?.arrival);
    expect(Math.abs(Date.now() - (message?.arrival ?? 0))).toBeLessThan(60_000);
    const [silent] = scored.filter((one) => one.json<Sent>().id === 'silent-0');
    expect(silent?.json<ScoredMessage>().extra).toEqual({ rating: 5 });
  });

  test('labels stand in the subject', () => {
    const wrong = scored.filter(
      (one) => !one.subject.endsWith(`.${one.json<ScoredMessage>().sentiment.label}`),
    );
    expect(wrong).toEqual([]);
  });

  test('what a route wants is also in its queue', () => {
    expect(ids(routed)).toEqual(['reach-0', 'reach-1']);
    expect(new Set(routed.map(({ subject }) => subject))).toEqual(new Set(['earshot.route.acme.urgent']));
  });

  test('/metrics counts what was sent, and promtool likes it', async () => {
    const delivered = { sink: 'webhook', outcome: 'delivered' };
    // The receiver has an answer out before Earshot has counted it.
    const metrics = await until('both deliveries are counted', async () => {
      const scraped = await earshot.metrics();
      return scraped.sum('earshot_notifications_total', delivered) >= 2 ? scraped : undefined;
    });
    const labels = (label: string) =>
      metrics.sum('earshot_scored_messages_total', { pipeline: 'acme', label });
    const dropsFor = (reason: string) => metrics.sum('earshot_dropped_messages_total', { reason });
    const deadFor = (reason: string) => metrics.sum('earshot_dead_messages_total', { reason });
    const deliveries =
      SINGLES.length + IRRELEVANT.length + SPANISH.length + BATCHES.length + EVENTS.length + 3 + 1;
    expect({
      deliveries: metrics.sum('earshot_received_deliveries_total'),
      ...{ negative: labels('negative'), positive: labels('positive'), neutral: labels('neutral') },
      ...{
        unmatched: dropsFor('unmatched'),
        language: dropsFor('language'),
        duplicate: dropsFor('duplicate'),
      },
      ...{ invalid: deadFor('invalid_json'), anonymous: deadFor('missing_id'), empty: deadFor('empty') },
      routed: metrics.sum('earshot_routed_messages_total', { pipeline: 'acme', queue: 'urgent' }),
      observed: metrics.sum('earshot_sentiment_score_count', { pipeline: 'acme' }),
      delivered: metrics.sum('earshot_notifications_total', delivered),
    }).toEqual({
      ...{ deliveries, negative: 32, positive: 5, neutral: 67, unmatched: 7, language: 3, duplicate: 1 },
      ...{ invalid: 1, anonymous: 1, empty: 1, routed: 2, observed: 104, delivered: 2 },
    });
    const checked = promtool(['check', 'metrics'], metrics.text);
    expect(checked).toEqual({ status: 0, output: '' });
  });

  test('the HTTP API says how it is', async () => {
    expect((await earshot.get('/readyz')).status).toBe(200);
    expect(await earshot.json('/api/v1/status')).toMatchObject({
      roles: ['score', 'watch'],
      bus: { durable: true, connected: true },
      feedClients: 4,
      pipelines: [{ name: 'acme', rules: ['surge'], position: { pending: 0 } }],
    });
    const { alerts } = await earshot.json<{ alerts: Alert[] }>('/api/v1/alerts?rule=surge&state=resolved');
    expect(alerts).toMatchObject([
      { pipeline: 'acme', rule: 'surge', state: 'resolved', group: { channel: 'chat' } },
    ]);
    expect(await earshot.json('/api/v1/alerts?state=firing')).toEqual({ alerts: [] });
    expect((await earshot.get('/api/v1/alerts?rule=other')).status).toBe(400);
  });

  test('WebSocket clients get what they asked for', async () => {
    const fed = (name: string) =>
      frames[name]?.filter(({ type }) => type === 'scored').map(({ data }) => data.id);
    const negative = SINGLES.filter(({ text }) => text === TEXTS.negative).map(({ id }) => id);
    const expected = { all: scored.length, negative: negative.length, event: EVENTS.length };
    for (const [name, count] of Object.entries(expected))
      await until(`the feed '${name}' has it all`, () =>
        (fed(name)?.length ?? 0) >= count ? true : undefined,
      );
    await until('both alerts are fed', () => ((frames.alerts?.length ?? 0) >= 2 ? true : undefined));
    expect(fed('all')?.sort()).toEqual(ids(scored));
    expect(fed('negative')?.sort()).toEqual(negative.sort());
    expect(fed('event')?.sort()).toEqual(EVENTS.map(({ id }) => id));
    expect(frames.alerts?.map(({ type, data }) => [type, data.rule, data.state])).toEqual([
      ['alert', 'surge', 'firing'],
      ['alert', 'surge', 'resolved'],
    ]);
  });

  test('the webhook gets firing, then resolved, signed', () => {
    const verifier = new Webhook(Buffer.from(SECRET), { format: 'raw' });
    const bodies = hooks.map(
      ({ headers, body }) => verifier.verify(body, headers) as { type: string; data: Notification },
    );
    expect(bodies.map(({ type }) => type)).toEqual(['alert.firing', 'alert.resolved']);
    const [fired, resolved] = bodies.map(({ data }) => data.alerts[0]);
    expect(fired?.id).toBe(resolved?.id);
    expect(bodies[0]?.data.id).not.toBe(bodies[1]?.data.id);
    expect(fired?.evidence.posts.length).toBeGreaterThan(0);
    // Negative control: another body under the same signature.
    const { headers = {}, body = '' } = hooks[0] ?? {};
    expect(() => verifier.verify(body.replace('firing', 'resolved'), headers)).toThrow();
  });
});
