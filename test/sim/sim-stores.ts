/** Leases and snapshots as programs reach them over a simulated network: each question takes its time, and may get lost with its
 *  answer. The rules by which a lease is free are those of the adapter for NATS, but that absence is not asked for. */
import { createMemorySnapshotStore } from '../../src/adapters/memory/memory-snapshots.ts';
import { BusError } from '../../src/core/bus/bus.port.ts';
import type { Clock } from '../../src/core/clock/clock.port.ts';
import { nextEpoch } from '../../src/core/lease/holders.ts';
import type { Lease, LeaseStore, Member } from '../../src/core/lease/lease.port.ts';
import type { SnapshotStore } from '../../src/core/snapshot/snapshot.port.ts';
import type { SimBus, SimClient } from './sim-bus.ts';
import { NOBODY, type Simulation } from './simulation.ts';

const ANSWER_MS_MAX = 1_000;
const MEMBERS_MS_MAX = 250;
const CONFLICTS_MAX = 3;

interface LeaseRecord {
  /** Empty once released. */
  readonly holder: string;
  readonly epoch: number;
  readonly ttlMs: number;
  readonly revision: number;
  /** How often it changed hands. */
  readonly changes: number;
}

type LeaseWish = Pick<LeaseRecord, 'holder' | 'epoch' | 'ttlMs'>;

interface Joined {
  readonly self: () => Member;
  readonly onReleased: (() => void) | undefined;
}

/** What the broker keeps. */
export class SimStores {
  readonly leases = new Map<string, LeaseRecord>();
  readonly members = new Map<SimClient, Joined>();
  readonly snapshots: SnapshotStore;

  constructor(snapshots = createMemorySnapshotStore()) {
    this.snapshots = snapshots;
  }
}

/** A program, its connection and its clock. */
export interface StoreUser {
  readonly sim: Simulation;
  readonly bus: SimBus;
  readonly program: SimClient;
  readonly clock: Clock;
}

/** What is asked of the broker, and answered in time or not at all. */
function ask<T>({ sim, bus, program }: StoreUser, work: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new BusError('BUS_TIMEOUT', 'nobody answered', { canRetry: true }));
    const waits = sim.after(ANSWER_MS_MAX, late, program);
    bus.cross(NOBODY, () => {
      const answer = Promise.resolve(work());
      answer.catch(() => undefined); // Which gets lost like any other.
      bus.cross(program, () => {
        waits.isOff = true;
        resolve(answer);
      });
    });
  });
}

export function simSnapshots({ snapshots }: SimStores, user: StoreUser): SnapshotStore {
  return {
    description: 'simulated',
    load: async (key) => {
      const generations = await ask(user, () => snapshots.load(key));
      return generations.map((one) => ({ name: one.name, read: () => ask(user, () => one.read()) }));
    },
    save: (key, bytes, epoch) => ask(user, () => snapshots.save(key, bytes, epoch)),
  };
}

export function simLeases(stores: SimStores, user: StoreUser): LeaseStore {
  const sights = new Map<string, { readonly revision: number; readonly sinceMs: number }>();
  const recordOf = (key: string) => ask(user, () => stores.leases.get(key));
  /** Compare and set. */
  const put = (key: string, before: LeaseRecord | undefined, record: LeaseWish) =>
    ask(user, () => {
      const revision = stores.leases.get(key)?.revision ?? 0;
      if (revision !== (before?.revision ?? 0)) return false;
      const changes = (before?.changes ?? -1) + (record.epoch === before?.epoch ? 0 : 1);
      stores.leases.set(key, { ...record, revision: revision + 1, changes });
      return true;
    });
  const isFree = (key: string, { holder, revision, ttlMs }: LeaseRecord) => {
    if (holder === '') return true;
    const nowMs = user.clock.monotonicMs();
    const known = sights.get(key);
    if (known?.revision === revision) return nowMs - known.sinceMs >= ttlMs;
    sights.set(key, { revision, sinceMs: nowMs });
    return false;
  };
  return {
    acquire: async (key, holder, ttlMs) => {
      for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts += 1) {
        const record = await recordOf(key);
        const isOurs = record?.holder === holder;
        if (record && !isOurs && !isFree(key, record)) return undefined;
        const epoch = isOurs ? record.epoch : nextEpoch(record?.epoch ?? 0, user.clock.nowMs());
        if (await put(key, record, { holder, epoch, ttlMs })) return { key, holder, epoch };
      }
      return undefined;
    },
    release: async ({ key, holder, epoch }: Lease) => {
      const record = await recordOf(key);
      if (record?.holder !== holder || record.epoch !== epoch) return;
      if (await put(key, record, { ...record, holder: '' })) sayReleased(stores, user);
    },
    join: (self, onReleased) => {
      stores.members.set(user.program, { self, onReleased });
      return {
        others: () => othersOf(stores, user),
        leave: () => void stores.members.delete(user.program),
      };
    },
  };
}

/** To whom the network carries it. */
function sayReleased({ members }: SimStores, { bus, program }: StoreUser): void {
  bus.cross(NOBODY, () => {
    for (const [other, { onReleased }] of members)
      if (other !== program && onReleased) bus.cross(other, onReleased);
  });
}

/** Those who answer in time. */
async function othersOf(
  { members }: SimStores,
  { sim, bus, program }: StoreUser,
): Promise<readonly Member[]> {
  const answers: Member[] = [];
  bus.cross(NOBODY, () => {
    const nowMs = sim.clock.nowMs();
    for (const [other, { self }] of members)
      if (other !== program && !other.isDead && Math.max(other.stillUntilMs, other.heldUntilMs) <= nowMs)
        bus.cross(program, () => void answers.push(self()));
  });
  await sim.sleep(MEMBERS_MS_MAX, program);
  return [...answers];
}
