/** Compares what came out with what had to: each message once, each pane as planned, each alert with its end. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { sha256 } from '../../src/adapters/crypto/sha256.ts';
import { connectNatsBus } from '../../src/adapters/nats/nats-bus.ts';
import { natsConfig } from '../../src/adapters/nats/nats.config.ts';
import type { Alert } from '../../src/core/alert/alert.ts';
import { WATCHER_STATE_VERSION, type WatcherState } from '../../src/core/alert/watcher-state.ts';
import { openSnapshot } from '../../src/core/snapshot/envelope.ts';
import { linesOf } from '../support/ledger.ts';
import type { NatsUser, SeenMessage } from '../support/nats-user.ts';
import { until } from '../support/process.ts';
import { paneKey, type Outcome, type PaneCounts, type Plan } from './plan.ts';

const COUNTED_MS_MAX = 300_000;

export interface Audit {
  /** Confirmed, and not in the stream where it belongs. */
  readonly lost: readonly string[];
  /** More than once in the stream where it belongs. */
  readonly twice: readonly string[];
  /** In a stream where it does not belong. */
  readonly astray: readonly string[];
  /** By outcome, everything that the streams hold. */
  readonly stored: Readonly<Record<Outcome, number>>;
}

interface Entry {
  readonly key: string;
  readonly outcome: Outcome;
}

export async function auditStreams(user: NatsUser, plan: Plan, confirmed: Iterable<string>): Promise<Audit> {
  const stored = { scored: 0, dropped: 0, dead: 0 };
  const counts = new Map<string, number>();
  const astray: string[] = [];
  for (const outcome of ['scored', 'dropped', 'dead'] as const)
    for (const { text, subject } of await readEach(user, `EARSHOT_${outcome.toUpperCase()}`)) {
      stored[outcome] += 1;
      const { key } = entryOf(outcome, text);
      // A copy that the source sent is dropped as such, in whatever number they came.
      if (subject.endsWith('.duplicate') && plan.outcomes.get(key) === 'scored') continue;
      if (plan.outcomes.get(key) === outcome) counts.set(key, (counts.get(key) ?? 0) + 1);
      else astray.push(`${key} on ${subject}`);
    }
  return {
    lost: [...confirmed].filter((key) => !counts.has(key)),
    twice: [...counts].filter(([, count]) => count > 1).map(([key]) => key),
    astray,
    stored,
  };
}

/** Those of a batch one by one. */
async function readEach(user: NatsUser, stream: string): Promise<Pick<SeenMessage, 'text' | 'subject'>[]> {
  const all = await readStream(user, stream);
  return all.flatMap((seen) => linesOf(seen).map((text) => ({ text, subject: seen.subject })));
}

/** Again where nobody answers: a cluster that lost a node may elect for a while. */
function readStream(user: NatsUser, stream: string): Promise<SeenMessage[]> {
  return until(`reading ${stream}`, () => user.readAll(stream).catch(() => undefined), COUNTED_MS_MAX);
}

function entryOf(outcome: Outcome, text: string): Entry {
  const id = /"(m\d+)"/.exec(text)?.[1] ?? `no id: ${text}`;
  const kind = outcome === 'dead' ? 'create' : (JSON.parse(text) as { readonly kind?: string }).kind;
  return { key: kind === 'edit' || kind === 'delete' ? `${id}/${kind}` : id, outcome };
}

/** The panes by channel that the watcher's newest snapshot holds, once it covers all that SCORED holds. */
export async function countedPanes(url: string): Promise<Map<string, PaneCounts>> {
  const { bus, snapshots } = await connectNatsBus(natsConfig.parse({ servers: url.split(',') }));
  try {
    return await until(
      'the watcher has counted all',
      async () => {
        const scored = await bus.streamState('EARSHOT_SCORED').catch(() => undefined);
        const [newest] = await snapshots.load('watcher.acme').catch(() => []);
        if (!newest || !scored) return undefined;
        const bytes = await newest.read().catch(() => new Uint8Array()); // Being replaced.
        const opened = openSnapshot(bytes, { pipeline: 'acme', stateVersion: WATCHER_STATE_VERSION }, sha256);
        if (!opened.ok || opened.head.sequence < scored.lastSequence) return undefined;
        const state = await promisify(gunzip)(opened.payload);
        return panesOf(JSON.parse(state.toString('utf8')) as WatcherState);
      },
      COUNTED_MS_MAX,
    );
  } finally {
    await bus.close();
  }
}

export function panesOf({ groups }: WatcherState): Map<string, PaneCounts> {
  const panes = new Map<string, PaneCounts>();
  for (const { channel, series } of groups)
    for (const { startMs, aggregate } of channel === undefined ? [] : (series[0]?.panes ?? [])) {
      const { negative, neutral, positive, uncertain } = aggregate.counts;
      const volume = negative + neutral + positive + uncertain;
      if (volume > 0) panes.set(paneKey(channel ?? '', startMs), { volume, negative });
    }
  return panes;
}

/** `c1 2026-…: 12 of which 5 negative; expected 11 of which 5`. */
export function comparePanes(
  counted: ReadonlyMap<string, PaneCounts>,
  expected: ReadonlyMap<string, PaneCounts>,
): string[] {
  const none = { volume: 0, negative: 0 };
  const said = ({ volume, negative }: PaneCounts) => `${volume} of which ${negative} negative`;
  return [...new Set([...expected.keys(), ...counted.keys()])].toSorted().flatMap((key) => {
    const [have, want] = [said(counted.get(key) ?? none), said(expected.get(key) ?? none)];
    return have === want ? [] : [`${key}: ${have}; expected ${want}`];
  });
}

async function readAlerts(user: NatsUser): Promise<Alert[]> {
  return (await user.readAll('EARSHOT_EVENTS', 'earshot.alert.>')).map((one) => one.json<Alert>());
}

/** Notifications that EVENTS holds more than once. */
export async function repeatedNotifications(user: NatsUser): Promise<string[]> {
  const ids = (await user.readAll('EARSHOT_EVENTS', 'earshot.notify.>')).map(
    (one) => one.json<{ readonly id: string }>().id,
  );
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

/** Resolves with all alerts once each that fired has resolved. */
export function untilResolved(user: NatsUser): Promise<Alert[]> {
  return until(
    'every alert is over',
    async () => {
      const alerts = await readAlerts(user).catch(() => []);
      const open = (id: string) => !alerts.some((other) => other.id === id && other.state === 'resolved');
      return alerts.length > 0 && !alerts.some(({ id }) => open(id)) ? alerts : undefined;
    },
    COUNTED_MS_MAX,
  );
}

/** One firing and one resolved for each alert; one alert for each surge, none for a calm channel. */
export function judgeAlerts(alerts: readonly Alert[], { surges }: Plan): string[] {
  const wrong: string[] = [];
  const channels = new Map<string, number>();
  for (const id of new Set(alerts.map((alert) => alert.id))) {
    const life = alerts.filter((alert) => alert.id === id).map(({ state }) => state);
    if (life.join(' ') !== 'firing resolved') wrong.push(`${id}: ${life.join(' ')}`);
    const channel = alerts.find((alert) => alert.id === id)?.group.channel ?? '';
    channels.set(channel, (channels.get(channel) ?? 0) + 1);
  }
  for (const channel of surges)
    if (channels.get(channel) !== 1) wrong.push(`${channel}: ${channels.get(channel) ?? 0} alerts`);
  for (const channel of channels.keys()) if (channel.startsWith('calm')) wrong.push(`${channel}: an alert`);
  return wrong;
}
