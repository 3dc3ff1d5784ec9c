/** Goal: each scored message counts once and each alert is published once, through restarts, garbage and a store that fails. */
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sha256 } from '../../../src/adapters/crypto/sha256.ts';
import { createMemorySnapshotStore } from '../../../src/adapters/memory/memory-snapshots.ts';
import {
  startWatcher,
  type WatcherService,
  type WatcherServiceOptions,
} from '../../../src/app/services/watcher.service.ts';
import { BusError, type Bus } from '../../../src/core/bus/bus.port.ts';
import { streamSpecs, STREAMS } from '../../../src/core/bus/streams.ts';
import { openSnapshot, sealSnapshot, type SnapshotHead } from '../../../src/core/snapshot/envelope.ts';
import type { SnapshotStore } from '../../../src/core/snapshot/snapshot.port.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import type { Alert } from '../../../src/core/alert/alert.ts';
import { WATCHER_STATE_VERSION } from '../../../src/core/alert/watcher-state.ts';
import { memoryBus, stored, withPublish } from '../../support/bus.ts';
import { configOf } from '../../support/pipelines.ts';
import { aTenure } from '../../support/tenure.ts';
import { scoredMessage } from '../../core/window/arrivals.ts';

const KEY = 'watcher.p';
const rule = { name: 'surge', when: 'volume >= 3', over: '1m', for: '5s' };
const pipeline = configOf({ name: 'p', alerts: [rule], window: { pane: '10s', allowedLateness: '0s' } });

let bus: Bus;
let snapshots: SnapshotStore;
let events: TelemetryEvent[];
let alerts: Alert[];
let watcher: WatcherService | undefined;
/** Added to the broker's clock and to ours. */
let aheadMs: number;

beforeEach(async () => {
  bus = await memoryBus();
  bus.nowMs = () => Date.now() + aheadMs;
  snapshots = createMemorySnapshotStore();
  [events, alerts, aheadMs] = [[], [], 0];
});
afterEach(async () => {
  await stop();
  watcher = undefined;
  await bus.close();
});

async function start(overrides: Partial<WatcherServiceOptions> = {}): Promise<WatcherService> {
  watcher = await startWatcher({
    ...{ bus, snapshots, snapshotEveryMs: 3_600_000, pipeline, tenure: aTenure() },
    telemetry: (event) => events.push(event),
    clock: { nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now() + aheadMs },
    onScored: () => undefined,
    onAlert: (alert) => alerts.push(alert),
    ...overrides,
  });
  return watcher;
}

const stop = async () => watcher?.stop({ save: true });

/** Posts at these seconds from a minute ago; only what is published to the stream counts, so the clock may stand still. */
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
async function publish(...seconds: number[]): Promise<void> {
  for (const second of seconds) {
    const message = scoredMessage(`post-${second}`, startMs + second * 1_000);
    await bus.publish({ subject: 'earshot.scored.p.x.negative', data: JSON.stringify(message) });
  }
}

const counted = (sequence: number) =>
  vi.waitFor(() => expect(watcher?.position().sequence).toBe(sequence), { timeout: 20_000, interval: 5 });
/** Of alerts and notifications; why people were told, or not, stands beside them. */
const states = async () =>
  (await stored(bus, 'events'))
    .map(({ subject }) => subject)
    .filter((subject) => !subject.startsWith('earshot.decision.'));
const snapshotEvents = () => events.flatMap((event) => (event.type === 'snapshot' ? [event] : []));
const saved = async () => {
  const [newest] = await snapshots.load(KEY);
  const wanted = { pipeline: 'p', stateVersion: WATCHER_STATE_VERSION };
  const opened = newest && openSnapshot(await newest.read(), wanted, sha256);
  return opened?.ok ? opened.head : undefined;
};
/** A snapshot of an owner before us. */
const sealed = (state: string, head: Partial<SnapshotHead> = {}) =>
  sealSnapshot(
    {
      ...{ pipeline: 'p', stateVersion: WATCHER_STATE_VERSION, sequence: 0, eventsSequence: 0, epoch: 0 },
      ...head,
    },
    gzipSync(state),
    sha256,
  );

test('alerts are published pending, firing and resolved, each under its subject with an id of its own', async () => {
  await start();
  await publish(0, 1, 2, 10);
  await counted(4);
  expect(await states()).toEqual(['earshot.alert.p.surge.pending', 'earshot.alert.p.surge.firing']);
  aheadMs = 300_000; // Nothing more comes: event time goes on with the broker's clock.
  await vi.waitFor(() => expect(alerts.at(-1)?.state).toBe('resolved'), { timeout: 20_000, interval: 20 });
  const everything = await stored(bus, 'events');
  const published = everything.filter(({ subject }) => subject.startsWith('earshot.alert.'));
  expect(published.map(({ headers }) => headers?.['nats-msg-id']?.split('#')[1])).toEqual([
    'pending',
    'firing',
    'resolved',
  ]);
  expect(published.map(({ data }) => JSON.parse(new TextDecoder().decode(data)) as Alert)).toEqual(alerts);
  expect(new Set(alerts.map(({ id }) => id)).size).toBe(1);
  // Told once, with the state it has by now.
  const told = everything.filter(({ subject }) => subject === 'earshot.notify.p');
  expect(told.map(({ data }) => JSON.parse(new TextDecoder().decode(data)) as object)).toMatchObject([
    { reason: 'first_notification', status: 'firing', alerts: [{ rule: 'surge' }] },
  ]);
  expect(events.filter(({ type }) => type === 'alerts_active').at(-1)).toMatchObject({
    rule: 'surge',
    firing: 0,
    pending: 0,
  });
});

test('event time stands still until what is stored has been read, however long that takes to begin', async () => {
  await start();
  await publish(0);
  await counted(1);
  await stop();
  await publish(1, 2, 10);
  aheadMs = 300_000; // By now all of it would be late.
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const read = bus.read.bind(bus);
  bus.read = (spec, take) =>
    read(spec, async (batch) => {
      if (spec.stream === STREAMS.scored) await gate;
      await take(batch);
    });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    await start();
    aheadMs += 60_000; // Connected long enough for ticks.
    await vi.advanceTimersByTimeAsync(2_000);
  } finally {
    vi.useRealTimers();
  }
  open();
  await counted(4);
  expect(await states()).toEqual(['earshot.alert.p.surge.pending', 'earshot.alert.p.surge.firing']);
});

test('a restart from a snapshot neither repeats nor forgets', async () => {
  await start();
  await publish(0, 1, 2, 3);
  await counted(4);
  expect(alerts.map(({ state }) => state)).toEqual(['pending']);
  await stop();
  await publish(10); // While nobody watches.
  const again = await start();
  await counted(5);
  expect(alerts.map(({ state }) => state)).toEqual(['pending', 'firing']);
  expect(again.alerts().map(({ state, observed }) => [state, observed.volume])).toEqual([['firing', 4]]);
  expect(snapshotEvents().map(({ outcome }) => outcome)).toEqual(
    expect.arrayContaining(['absent', 'loaded']),
  );
  expect(await states()).toHaveLength(2);
});

test('a life without a snapshot is lived again: the broker holds its alerts already', async () => {
  await start({ snapshots: createMemorySnapshotStore() });
  await publish(0, 1, 2, 10);
  await counted(4);
  await stop();
  await start({ snapshots: createMemorySnapshotStore() });
  await counted(4);
  expect(alerts.map(({ state }) => state)).toEqual(['pending', 'firing', 'pending', 'firing']);
  expect(await states()).toHaveLength(2);
});

const sound = { ...scoredMessage('x', startMs) };
test.each<[string, string]>([
  ['no JSON', 'garbage'],
  ['null', 'null'],
  ['of another pipeline', JSON.stringify({ ...sound, pipeline: 'q' })],
  ['without a label', JSON.stringify({ ...sound, sentiment: { score: 0.5 } })],
  ['an unknown label', JSON.stringify({ ...sound, sentiment: { label: 'angry', score: 0.5 } })],
  ['a score beyond 1', JSON.stringify({ ...sound, sentiment: { label: 'positive', score: 1e300 } })],
  ['an unknown kind', JSON.stringify({ ...sound, kind: 'poem' })],
  ['a time that no date can have', JSON.stringify({ ...sound, time: 1e300 })],
  ['a time in words', JSON.stringify({ ...sound, time: 'now' })],
  ['no text', JSON.stringify({ ...sound, text: undefined })],
  ['an author that is no object', JSON.stringify({ ...sound, author: 'me' })],
  ['an author with an id that is no text', JSON.stringify({ ...sound, author: { id: 5 } })],
])('garbage on a scored subject is counted and skipped: %s', async (_what, data) => {
  const service = await start();
  service.failed.catch((error: unknown) => expect.fail(String(error)));
  await publish(0, 1);
  await bus.publish({ subject: 'earshot.scored.p.x.negative', data });
  await publish(2, 3);
  await counted(5);
  expect(events.filter(({ type }) => type === 'dead')).toEqual([
    { type: 'dead', reason: 'not_scored', messages: 1, example: 'earshot.scored.p.x.negative' },
  ]);
  expect(alerts).toMatchObject([{ state: 'pending', observed: { volume: 3 } }]);
});

test.each<[string, Uint8Array, RegExp]>([
  ['bytes that are no snapshot', new Uint8Array([1, 2, 3]), /too few/],
  ['a snapshot that is no state', sealed('{"version":1,'), /JSON/],
  ['another version', sealed('{}', { stateVersion: 99 }), /version 99/],
  ['a stream made anew', sealed('{}', { sequence: 500 }), /sequence 500.*made anew/],
])(
  'a snapshot that cannot be used is refused with its reason, and everything is counted anew: %s',
  async (_what, bytes, why) => {
    await snapshots.save(KEY, bytes, 0);
    await publish(0, 1, 2, 3);
    await start();
    await counted(4);
    const [refused, absent] = snapshotEvents();
    expect(refused).toMatchObject({ outcome: 'refused', pipeline: 'p' });
    expect(absent).toMatchObject({
      outcome: 'absent',
      detail: expect.stringContaining('none can be used') as string,
    });
    expect(refused?.detail).toMatch(why);
    expect(alerts.map(({ state }) => state)).toEqual(['pending']);
  },
);

test('a store that fails is told, and the stream goes on', async () => {
  const down: SnapshotStore = { ...snapshots, save: () => Promise.reject(new Error('the store is down')) };
  await start({ snapshots: down });
  await publish(0, 1, 2, 3, 10);
  await counted(5);
  await vi.waitFor(() => expect(alerts.map(({ state }) => state)).toEqual(['pending', 'firing']), {
    timeout: 20_000,
  });
  expect(snapshotEvents().at(-1)).toEqual({
    type: 'snapshot',
    pipeline: 'p',
    outcome: 'failed',
    detail: 'the store is down',
  });
});

test('the state is saved now and then without an alert, and only when there is something new', async () => {
  await start({ snapshotEveryMs: 20 });
  await publish(0);
  await vi.waitFor(async () => expect(await saved()).toMatchObject({ sequence: 1 }), { timeout: 20_000 });
  await stop();
  // The first one puts our epoch on what is kept.
  expect(snapshotEvents().filter(({ outcome }) => outcome === 'saved')).toHaveLength(2);
});

test('an alert that cannot be published ends the watcher, and its state is not saved: the next life raises it again', async () => {
  const refusing = withPublish(bus, () =>
    Promise.reject(new BusError('BUS_STORAGE', 'the disk is full', { canRetry: false })),
  );
  const service = await start({ bus: refusing });
  await publish(0, 1, 2, 3);
  await expect(service.failed).rejects.toThrow('the disk is full');
  await service.stop({ save: true });
  expect(await saved()).toMatchObject({ sequence: 0 });
  await start();
  await counted(4);
  expect(await states()).toEqual(['earshot.alert.p.surge.pending']);
});

test('an alert that hangs holds the snapshot back', async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  await start({
    bus: withPublish(bus, (message, real) => gate.then(() => real(message))),
    snapshotEveryMs: 10,
  });
  await publish(0, 1, 2, 3);
  await counted(4);
  await new Promise((resolve) => setTimeout(resolve, 50)); // Five snapshots were due.
  expect(await saved()).toMatchObject({ sequence: 0 });
  release();
  await vi.waitFor(async () => expect(await saved()).toMatchObject({ sequence: 4 }), { timeout: 20_000 });
});

test('the channels and the position are told', async () => {
  const service = await start();
  await publish(0, 1, 3);
  await counted(3);
  expect(service.views()).toMatchObject([{ channel: 'x', observed: { volume: 3 } }]);
  expect(service.position()).toEqual({ sequence: 3, pending: 0 });
  expect(service.watermarkMs()).toBe(startMs + 3_000);
});

describe('of two generations', () => {
  /** Two lives: snapshots that cover 2 and 4 of the stream; the newer one is then damaged. */
  async function twoLives(damage: (bytes: Uint8Array) => Uint8Array): Promise<SnapshotStore> {
    const store = createMemorySnapshotStore();
    let lastBytes = new Uint8Array();
    const watched: SnapshotStore = {
      ...store,
      save: (key, bytes, epoch) => {
        lastBytes = Uint8Array.from(bytes);
        return store.save(key, bytes, epoch);
      },
    };
    await start({ snapshots: watched, tenure: aTenure(1) });
    await publish(0, 1);
    await counted(2);
    await stop();
    const older = lastBytes;
    await start({ snapshots: watched, tenure: aTenure(2) });
    await publish(2, 10);
    await counted(4);
    await stop();
    const rebuilt = createMemorySnapshotStore();
    await rebuilt.save(KEY, older, 1);
    await rebuilt.save(KEY, damage(lastBytes), 2);
    return rebuilt;
  }

  test.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    [
      'a flipped bit',
      (bytes) => bytes.map((byte, at) => (at === bytes.length - 5 ? byte ^ 1 : byte)),
      /checksum/,
    ],
    ['cut in half', (bytes) => bytes.slice(0, bytes.length / 2), /checksum/],
    ['nothing in it', () => new Uint8Array(), /too few/],
    ['of a newer program', (bytes) => bytes.map((byte, at) => (at === 7 ? 2 : byte)), /version 2/],
  ])(
    'the newest with %s is refused, the one before is used, nothing is lost or counted twice',
    async (_what, damage, why) => {
      const damaged = await twoLives(damage);
      events.length = 0;
      const again = await start({ snapshots: damaged, tenure: aTenure(3) });
      await counted(4);
      expect(snapshotEvents().slice(0, 2)).toMatchObject([
        { outcome: 'refused', detail: expect.stringMatching(why) as string },
        {
          outcome: 'loaded',
          detail: expect.stringMatching(/the one before the newest; covers EARSHOT_SCORED up to 2/) as string,
        },
      ]);
      expect(again.views()).toMatchObject([{ channel: 'x', observed: { volume: 4 } }]);
      expect(await states()).toEqual(['earshot.alert.p.surge.pending', 'earshot.alert.p.surge.firing']);
    },
  );

  test('control: a sound newest is the one that is used', async () => {
    const sound = await twoLives((bytes) => bytes);
    events.length = 0;
    await start({ snapshots: sound, tenure: aTenure(3) });
    expect(snapshotEvents()[0]).toMatchObject({
      outcome: 'loaded',
      detail: expect.stringContaining('up to 4') as string,
    });
  });
});

describe('a snapshot that nobody answers for', () => {
  /** The newest of two answers for the first time after so many questions. */
  async function silentFor(questions: number): Promise<SnapshotStore> {
    const store = createMemorySnapshotStore();
    for (const epoch of [1, 2]) {
      await start({ snapshots: store, tenure: aTenure(epoch) });
      await publish(epoch);
      await counted(epoch);
      await stop();
    }
    events.length = 0;
    let asked = 0;
    const silent = () => Promise.reject(new BusError('BUS_TIMEOUT', 'nobody answered', { canRetry: true }));
    return {
      ...store,
      load: async (key) => {
        const [newest, ...older] = await store.load(key);
        return newest
          ? [{ ...newest, read: () => (asked++ < questions ? silent() : newest.read()) }, ...older]
          : [];
      },
    };
  }

  test('is asked for again, and used when it comes', async () => {
    await start({ snapshots: await silentFor(2) });
    await counted(2);
    expect(snapshotEvents()[0]).toMatchObject({
      outcome: 'loaded',
      detail: expect.stringContaining('up to 2') as string,
    });
  });

  test('is neither damaged nor absent: the watcher does not begin, and can later', async () => {
    const snapshots = await silentFor(3);
    await expect(start({ snapshots })).rejects.toMatchObject({ code: 'BUS_TIMEOUT', canRetry: true });
    expect(snapshotEvents()).toEqual([]);
    await start({ snapshots });
    expect(snapshotEvents()[0]).toMatchObject({ outcome: 'loaded' });
  });
});

test('what an earlier life published is not published again, however long ago: the broker need not know its id', async () => {
  await bus.close();
  bus = await memoryBus();
  // A duplicate window of a moment.
  await bus.ensureStreams(streamSpecs({ duplicateWindowMs: 1 }));
  for (let life = 1; life <= 3; life++) {
    await start({ snapshots: createMemorySnapshotStore(), tenure: aTenure(life) });
    if (life === 1) await publish(0, 1, 2, 10);
    await counted(4);
    await vi.waitFor(() => expect(alerts).toHaveLength(2 * life), { timeout: 20_000 });
    await stop();
    await new Promise((resolve) => setTimeout(resolve, 5)); // The window passes.
  }
  expect(await states()).toEqual(['earshot.alert.p.surge.pending', 'earshot.alert.p.surge.firing']);
});

test('control: without looking at what is published a life without a snapshot repeats it', async () => {
  await bus.ensureStreams(streamSpecs({ duplicateWindowMs: 1 }));
  const blind = new Proxy(bus, {
    get(target, key) {
      if (key === 'read')
        return (spec: Parameters<Bus['read']>[0], take: Parameters<Bus['read']>[1]) =>
          target.read(spec.stream === 'EARSHOT_EVENTS' ? { ...spec, from: 'new' } : spec, take);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  for (let life = 1; life <= 2; life++) {
    await start({ bus: blind, snapshots: createMemorySnapshotStore(), tenure: aTenure(life) });
    if (life === 1) await publish(0, 1, 2, 10);
    await counted(4);
    await vi.waitFor(() => expect(alerts).toHaveLength(2 * life), { timeout: 20_000 });
    await stop();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(await states()).toHaveLength(4);
});

describe('killed after it told people and before it saved that, and away for two days while the alert ended', () => {
  const prompt = configOf({
    ...{ name: 'p', alerts: [{ ...rule, for: '0s' }], window: { pane: '10s', allowedLateness: '0s' } },
    notify: { groupWait: '0s' },
  });
  const told = async () => {
    const all = (await stored(bus, 'events')).filter(({ subject }) => subject === 'earshot.notify.p');
    return all.map(({ data }) => (JSON.parse(new TextDecoder().decode(data)) as { status: string }).status);
  };
  /** Keeps what a life saves as it begins. */
  const firstOnly = (): SnapshotStore => {
    let saves = 0;
    return {
      ...snapshots,
      save: (...all) => (saves++ === 0 ? snapshots.save(...all) : Promise.reject(new Error('killed'))),
    };
  };
  const live = async (): Promise<void> => {
    await start({ pipeline: prompt, snapshots: firstOnly() });
    await publish(0, 1, 2, 10);
    await vi.waitFor(async () => expect(await told()).toEqual(['firing']), { timeout: 20_000, interval: 20 });
    await watcher?.stop({ save: false });
    aheadMs = 2 * 86_400_000;
  };

  test('it tells the end', async () => {
    await live();
    await start({ pipeline: prompt });
    await vi.waitFor(async () => expect(await told()).toEqual(['firing', 'resolved']), { timeout: 20_000 });
  });

  test('also when the next life is killed as it begins', async () => {
    await live();
    await start({ pipeline: prompt, snapshots: firstOnly() });
    await watcher?.stop({ save: false });
    aheadMs *= 2;
    await start({ pipeline: prompt });
    await vi.waitFor(async () => expect(await told()).toEqual(['firing', 'resolved']), { timeout: 20_000 });
  });
});

test('a gap that retention left before the covered sequence is told', async () => {
  const source = createMemorySnapshotStore();
  await start({ snapshots: source });
  await publish(0, 1);
  await counted(2);
  await stop();
  const [scored] = streamSpecs().filter(({ name }) => name === 'EARSHOT_SCORED');
  if (!scored) throw new Error('no such stream');
  await publish(2, 3, 4, 5, 6);
  await bus.ensureStreams([{ ...scored, bytesMax: 1_500 }]); // Drops the oldest.
  const { firstSequence } = await bus.streamState('EARSHOT_SCORED');
  expect(firstSequence).toBeGreaterThan(3);
  await start({ snapshots: source, tenure: aTenure(2) });
  expect(events.filter(({ type }) => type === 'scored_gap')).toEqual([
    { type: 'scored_gap', pipeline: 'p', fromSequence: 3, toSequence: firstSequence - 1 },
  ]);
  await counted(7);
});

test('how long it took to catch up is told, once', async () => {
  await publish(0, 1, 2, 3);
  await start();
  await counted(4);
  const recovered = () => events.filter(({ type }) => type === 'recovered');
  await vi.waitFor(() => expect(recovered()).toHaveLength(1), { timeout: 20_000 });
  expect(recovered()[0]).toMatchObject({ pipeline: 'p', fromSequence: 1, toSequence: 4 });
  expect(recovered()[0]).toHaveProperty('seconds', expect.any(Number));
  await publish(4);
  await counted(5);
  expect(recovered()).toHaveLength(1);
});

describe('once its pipeline has another owner', () => {
  test('nothing more is published, nothing saved', async () => {
    const tenure = aTenure(1);
    const service = await start({ tenure });
    await publish(0, 1);
    await counted(2);
    tenure.lose();
    await publish(2, 10);
    await expect(service.failed).rejects.toThrow('lost by the test');
    await service.stop({ save: false });
    expect(await states()).toEqual([]);
    expect(await saved()).toMatchObject({ sequence: 0 });
  });

  test('control: with the pipeline still its own the same messages are published and saved', async () => {
    const service = await start({ tenure: aTenure(1) });
    await publish(0, 1, 2, 10);
    await counted(4);
    await service.stop({ save: true });
    expect(await states()).toHaveLength(2);
    expect(await saved()).toMatchObject({ sequence: 4 });
  });

  test('the store refuses its state too, and says whose it is', async () => {
    await snapshots.save(KEY, sealed('{}'), 9);
    const service = await start({ tenure: aTenure(5) });
    await publish(0);
    await counted(1);
    await service.stop({ save: true });
    expect(snapshotEvents().at(-1)).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('epoch 9 has saved') as string,
    });
  });

  test('stopped without saving it neither publishes nor saves what waits', async () => {
    const service = await start();
    await publish(0, 1, 2, 3);
    await service.stop({ save: false });
    expect(await states()).toEqual([]);
    expect(await saved()).toMatchObject({ sequence: 0 });
  });
});
