/** Goal: an alert is there a moment after its condition holds, once, and goes by itself; restarts and crashes neither
 *  repeat nor lose it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Alert } from '../../src/core/alert/alert.ts';
import { startEarshot, writeSettings } from '../support/earshot.ts';
import type { RunningEarshot } from '../support/earshot.ts';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { startNatsServer } from '../support/nats-server.ts';
import type { NatsServer } from '../support/nats-server.ts';
import { connectUser } from '../support/nats-user.ts';
import type { NatsUser } from '../support/nats-user.ts';
import { until } from '../support/process.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

/** Names of pipelines that hear the same, and how they count. */
const PIPELINES = {
  long: { pane: '10s', paneMs: 10_000, over: '1m' },
  short: { pane: '1s', paneMs: 1_000, over: '5s' },
} as const;
type Name = keyof typeof PIPELINES;
const VOLUME_MIN = 20;

let folder = '';
const files: string[] = [];
let settings = '';
let nats: NatsServer;
let user: NatsUser;
let earshot: RunningEarshot;
const announced: { alert: Alert; atMs: number }[] = [];

beforeAll(async () => {
  folder = await tempFolder('alert');
  for (const [name, { pane, over }] of Object.entries(PIPELINES)) {
    const file = join(folder, `${name}.yaml`);
    const when = `volume >= ${VOLUME_MIN} && negativeShare > 0.5`;
    const rule = `{ name: surge, when: '${when}', over: ${over}, severity: page }`;
    await writeFile(
      file,
      `name: ${name}\nlisten: { query: acme }\nwindow: { pane: ${pane}, allowedLateness: 500ms }\nalerts: [${rule}]\n`,
    );
    files.push(file);
  }
  settings = await writeSettings(folder);
  nats = await startNatsServer();
  user = await connectUser(nats.url);
  await user.listen('earshot.alert.>', (message) => {
    announced.push({ alert: message.json<Alert>(), atMs: Date.now() });
  });
  earshot = await start();
});
afterAll(async () => {
  await earshot.stop();
  await user.close();
  await nats.stop();
  await removeFolder(folder);
});

const start = () => startEarshot([...files, '--config', settings, '--bus', nats.url]);

let published = 0;
/** Negative messages that say when they are written: now, all at one moment, so that they leave a window together. */
async function publish(count: number): Promise<void> {
  const time = Date.now();
  for (let index = 0; index < count; index += 1) {
    published += 1;
    const message = {
      id: `m${published}`,
      time,
      text: 'terrible awful acme',
      author: { id: `a${index}` },
    };
    await user.publish('earshot.in.test.chat', JSON.stringify(message));
  }
}

interface Status {
  readonly pipelines: readonly {
    readonly name: Name;
    readonly watermark: string | null;
    readonly channels: readonly { readonly observed: { readonly volume: number } }[];
  }[];
}

/** Everything published is counted, and event time has gone past it: what had to be raised has been raised. */
async function judged(sinceMs = Date.now()): Promise<void> {
  await until('event time has passed', async () => {
    const { pipelines } = await earshot.json<Status>('/api/v1/status');
    const passed = ({ watermark }: Status['pipelines'][number]) => Date.parse(watermark ?? '') > sinceMs;
    return pipelines.every(passed) ? true : undefined;
  });
}

const states = async (name: Name) => {
  const stored = await user.readAll('EARSHOT_EVENTS', `earshot.alert.${name}.>`);
  return stored.map((message) => message.json<Alert>()).map(({ id, state }) => [id, state]);
};
const firstFiring = (name: Name) =>
  announced.find(({ alert }) => alert.pipeline === name && alert.state === 'firing');

test('nineteen messages do not fire', async () => {
  await publish(VOLUME_MIN - 1);
  await judged();
  expect(announced).toEqual([]);
});

test('the twentieth fires, within a pane and a second', async () => {
  // The short one has forgotten the nineteen, or is about to: it gets its own.
  await publish(VOLUME_MIN);
  const publishedAtMs = Date.now();
  for (const name of ['short', 'long'] as const) {
    const { alert, atMs } = await until(`${name} fires`, () => firstFiring(name));
    process.stdout.write(`${name} fired after ${atMs - publishedAtMs} ms\n`);
    // By the clock of its windows: how long a busy machine takes to get there is its own affair.
    expect(Date.parse(alert.at) - publishedAtMs, `${name}: milliseconds until it fired`).toBeLessThan(
      PIPELINES[name].paneMs + 1_000,
    );
    expect(alert).toMatchObject({ rule: 'surge', severity: 'page', state: 'firing' });
    expect(alert.observed.volume).toBeGreaterThanOrEqual(VOLUME_MIN);
    expect(alert.observed.negativeShare).toBe(1);
    expect(alert.evidence.posts[0]?.text).toBe('terrible awful acme');
  }
});

test('it is not repeated while it holds: not after more messages, nor a restart, nor a crash', async () => {
  const id = firstFiring('long')?.alert.id;
  await publish(5);
  await judged();
  expect(await states('long')).toEqual([[id, 'firing']]);

  expect(await earshot.stop()).toEqual({ code: 0, signal: null });
  earshot = await start();
  await publish(1);
  await judged();
  expect(await states('long')).toEqual([[id, 'firing']]);

  await publish(3); // Counted after the last snapshot.
  await earshot.kill9();
  await publish(3); // While nobody listens.
  earshot = await start();
  await judged();
  expect(await states('long')).toEqual([[id, 'firing']]);
  expect(await earshot.json('/api/v1/alerts?state=firing&pipeline=long')).toMatchObject({ alerts: [{ id }] });
  // Through all this every message counted, and once: also those that the dead process had in hand.
  const volume = await until('every message is counted', async () => {
    const { pipelines } = await earshot.json<Status>('/api/v1/status');
    const counted = pipelines.find(({ name }) => name === 'long')?.channels[0]?.observed.volume ?? 0;
    return counted >= published ? counted : undefined;
  });
  expect(volume).toBe(published);
  expect(await states('long')).toEqual([[id, 'firing']]);
});

test('it resolves by itself when the messages stop, once', async () => {
  await until('short has resolved', () => announced.find(({ alert }) => alert.state === 'resolved'));
  await judged();
  const id = firstFiring('short')?.alert.id;
  expect(await states('short')).toEqual([
    [id, 'firing'],
    [id, 'resolved'],
  ]);
  const [resolved] = announced.filter(({ alert }) => alert.state === 'resolved');
  expect(resolved?.alert).toMatchObject({ pipeline: 'short', reason: 'condition_ended' });
  expect(Date.parse(resolved?.alert.endsAt ?? '')).toBeGreaterThan(
    Date.parse(resolved?.alert.startsAt ?? ''),
  );
});
