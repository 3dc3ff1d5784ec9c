/** Goal: each pipeline has one owner at a time; pipelines spread; owners that end, hang or come late change hands cleanly.
 *  Processes are services that share one store of leases. */
import { BehaviorSubject } from 'rxjs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMemoryLeaseStore } from '../../../src/adapters/memory/memory-leases.ts';
import { startOwnership, type Ownership } from '../../../src/app/services/ownership.service.ts';
import type { OwnershipOptions } from '../../../src/app/services/ownership.service.ts';
import type { Tenure } from '../../../src/app/services/tenure.ts';
import { systemClock } from '../../../src/app/clock.ts';
import { BusError, type BusStatus } from '../../../src/core/bus/bus.port.ts';
import type { LeaseStore } from '../../../src/core/lease/lease.port.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';

const PIPELINES = Array.from({ length: 12 }, (_, index) => `p${index}`);
/** Long enough that a busy machine does not let leases run out. */
const TTL_MS = 4_000;
/** Where it is to run out. */
const SHORT_MS = 200;

let leases: LeaseStore;
let running: Ownership[];
/** What happened, in order: `a begins p0`. */
let log: string[];
/** Who works on what. */
let working: Map<string, string>;

beforeEach(() => {
  leases = createMemoryLeaseStore();
  [running, log] = [[], []];
  working = new Map();
});
afterEach(async () => {
  await Promise.all(running.map((ownership) => ownership.stop()));
});

interface Process {
  readonly ownership: Ownership;
  readonly status: BehaviorSubject<BusStatus>;
  readonly events: TelemetryEvent[];
  readonly tenures: Map<string, Tenure>;
  readonly failures: unknown[];
  /** As SIGSTOP: its clock goes on, nothing it asks for is answered. */
  readonly freeze: () => void;
  readonly thaw: () => void;
}

const UP: BusStatus = { connected: true, detail: '' };

async function start(holder: string, overrides: Partial<OwnershipOptions> = {}): Promise<Process> {
  const status = new BehaviorSubject(UP);
  const events: TelemetryEvent[] = [];
  const tenures = new Map<string, Tenure>();
  const failures: unknown[] = [];
  let frozen = Promise.resolve();
  let thaw: () => void = () => undefined;
  const store = overrides.leases ?? leases;
  const ownership = await startOwnership({
    ...{ pipelines: PIPELINES, holder, ttlMs: TTL_MS, clock: systemClock, status },
    telemetry: (event) => events.push(event),
    begin: (pipeline, tenure) => {
      const other = working.get(pipeline);
      if (other !== undefined) log.push(`${holder} and ${other} both work on ${pipeline}`);
      working.set(pipeline, holder);
      tenures.set(pipeline, tenure);
      log.push(`${holder} begins ${pipeline}`);
      return Promise.resolve({
        stop: ({ save }) => {
          if (working.get(pipeline) === holder) working.delete(pipeline);
          log.push(`${holder} ${save ? 'hands over' : 'abandons'} ${pipeline}`);
          return Promise.resolve();
        },
      });
    },
    onFailure: (error) => failures.push(error),
    ...overrides,
    leases: {
      acquire: (...args) => frozen.then(() => store.acquire(...args)),
      release: (lease) => store.release(lease),
      join: (...args) => {
        const membership = store.join(...args);
        return { leave: () => membership.leave(), others: () => frozen.then(() => membership.others()) };
      },
    },
  });
  running.push(ownership);
  const freeze = () => {
    frozen = new Promise((resolve) => {
      thaw = resolve;
    });
  };
  return { ownership, status, events, tenures, failures, freeze, thaw: () => thaw() };
}

const ownedBy = (holder: string) => [...working].filter(([, who]) => who === holder).map(([what]) => what);
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 });
const collisions = () => log.filter((line) => line.includes('both work'));

test('alone a process owns everything, at once', async () => {
  const { events } = await start('a');
  expect(ownedBy('a').sort()).toEqual(PIPELINES.toSorted());
  expect(events.at(-1)).toEqual({ type: 'ownership', owned: 12, standby: 0 });
});

test('a second one gets its share by hand-over; when it leaves, all goes back; nobody works where another does', async () => {
  await start('a');
  const b = await start('b');
  await eventually(() => {
    expect(ownedBy('b').length).toBeGreaterThan(1);
    expect(ownedBy('a').length + ownedBy('b').length).toBe(12);
  });
  const moved = ownedBy('b');
  for (const pipeline of moved)
    expect(log.indexOf(`a hands over ${pipeline}`)).toBeLessThan(log.indexOf(`b begins ${pipeline}`));
  await b.ownership.stop();
  await eventually(() => expect(ownedBy('a')).toHaveLength(12));
  expect(log.filter((line) => line.includes('abandons'))).toEqual([]);
  expect(collisions()).toEqual([]);
});

test('what a process gives up as it leaves another takes at once, not at its next look', async () => {
  const a = await start('a');
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout'] }); // No look comes.
  await start('b');
  await a.ownership.stop();
  vi.useRealTimers();
  await eventually(() => expect(ownedBy('b')).toHaveLength(12));
  expect(collisions()).toEqual([]);
});

test('each new owner has a greater epoch', async () => {
  const a = await start('a');
  const first = a.tenures.get('p0')?.epoch ?? 0;
  await a.ownership.stop();
  const b = await start('b');
  expect(b.tenures.get('p0')?.epoch).toBeGreaterThan(first);
});

test('one that hangs is not assured any more before another begins, and abandons what it had when it wakes', async () => {
  const a = await start('a', { pipelines: ['p0'], ttlMs: SHORT_MS });
  const tenure = a.tenures.get('p0');
  a.freeze();
  // Not a member that answers: the second one sees only itself.
  const alone: LeaseStore = {
    ...leases,
    join: () => ({ others: () => Promise.resolve([]), leave: () => undefined }),
  };
  let wasAssured: boolean | undefined;
  await start('b', {
    pipelines: ['p0'],
    leases: alone,
    begin: () => {
      wasAssured = tenure?.isAssured();
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
  });
  await eventually(() => expect(wasAssured).toBe(false));
  a.thaw();
  await expect(tenure?.assure()).rejects.toThrow("'p0' has another owner");
  await eventually(() => expect(log.at(-1)).toBe('a abandons p0'));
  expect(a.events).toContainEqual(
    expect.objectContaining({ type: 'lease', outcome: 'lost', pipeline: 'p0' }),
  );
  expect(a.failures).toEqual([]);
});

test('one that hung and that nobody replaced goes on where it was', async () => {
  const { freeze, thaw, tenures, events } = await start('a', { pipelines: ['p0'], ttlMs: SHORT_MS });
  const tenure = tenures.get('p0');
  freeze();
  await eventually(() => expect(tenure?.isAssured()).toBe(false));
  thaw();
  await tenure?.assure();
  expect(tenure?.isAssured()).toBe(true);
  expect(log).toEqual(['a begins p0']);
  expect(events).toContainEqual(expect.objectContaining({ type: 'lease', outcome: 'renewed_late' }));
});

test('a lost connection puts the lease in doubt at once, until it is renewed on the next one', async () => {
  const { status, tenures } = await start('a', { pipelines: ['p0'], ttlMs: 600_000 });
  const tenure = tenures.get('p0');
  expect(tenure?.isAssured()).toBe(true);
  status.next({ connected: false, detail: '' });
  expect(tenure?.isAssured()).toBe(false);
  expect(await tenure?.renew()).toBe(false);
  status.next(UP);
  await tenure?.assure();
  expect(tenure?.isAssured()).toBe(true);
});

test.each([
  ['forward, as after a sleep of the machine', 3_600_000],
  ['backward', -3_600_000],
])('a wall clock that jumps %s never assures for longer than the ttl', async (_how, jumpMs) => {
  let aheadMs = 0;
  const clock = { nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now() };
  const { freeze, thaw, tenures } = await start('a', { pipelines: ['p0'], ttlMs: SHORT_MS, clock });
  const tenure = tenures.get('p0');
  freeze();
  aheadMs = jumpMs;
  if (jumpMs > 0) expect(tenure?.isAssured()).toBe(false);
  await eventually(() => expect(tenure?.isAssured()).toBe(false));
  thaw();
});

test('who is not ready for a pipeline does not keep others from it', async () => {
  await start('a', { pipelines: ['only-a'] });
  await start('b', { pipelines: ['only-b', 'p0'] });
  expect(log).toEqual(['a begins only-a', 'b begins only-b', 'b begins p0']);
});

test('a pipeline that whoever should have it never takes is taken by another after a while', async () => {
  // A member that answers and does nothing else.
  const ghost = leases.join(() => ({ holder: 'ghost', keys: PIPELINES.map((name) => `watcher.${name}`) }));
  await start('a');
  expect(ownedBy('a').length).toBeLessThan(12);
  await eventually(() => {
    for (const pipeline of PIPELINES) expect(log).toContain(`a begins ${pipeline}`);
  });
  ghost.leave();
});

test('where work cannot begin at the start nothing is owned, and the error is told', async () => {
  const begin = (pipeline: string) =>
    pipeline === 'p3'
      ? Promise.reject(new Error('no snapshots'))
      : Promise.resolve({ stop: () => Promise.resolve() });
  await expect(start('a', { begin })).rejects.toThrow('no snapshots');
  await start('b');
  expect(ownedBy('b')).toHaveLength(12);
});

test.each([
  ['that passes is tried again', new BusError('BUS_TIMEOUT', 'no answer', { canRetry: true }), 0],
  ['that does not pass is a failure', new Error('broken'), 1],
])('trouble at a later take-over %s', async (_what, error, failuresMin) => {
  const a = await start('a', { pipelines: ['p0'] });
  let tries = 0;
  const b = await start('b', {
    pipelines: ['p0'],
    begin: (pipeline) => {
      tries++;
      if (tries === 1) return Promise.reject(error);
      log.push(`b begins ${pipeline}`);
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
  });
  await a.ownership.stop();
  await eventually(() => expect(log).toContain('b begins p0'));
  expect(b.failures.length).toBeGreaterThanOrEqual(failuresMin);
});

/** Negative control: the collisions that the tests above look for are seen where leases protect nothing. */
test('control: with leases that everybody gets two work on one pipeline', async () => {
  const generous: LeaseStore = {
    ...leases,
    acquire: (key, holder) => Promise.resolve({ key, holder, epoch: 1 }),
    join: () => ({ others: () => Promise.resolve([]), leave: () => undefined }),
  };
  await start('a', { leases: generous });
  await start('b', { leases: generous });
  expect(collisions()).toHaveLength(12);
});
