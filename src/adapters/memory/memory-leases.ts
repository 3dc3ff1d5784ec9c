/** Leases within a process: for the embedded bus, which nobody else reaches. */
import { nextEpoch } from '../../core/lease/holders.ts';
import type { Lease, LeaseStore, Member } from '../../core/lease/lease.port.ts';

interface Held {
  readonly lease: Lease;
  /** Of the monotonic clock; undefined once released. */
  readonly expiresAtMs: number | undefined;
}

export function createMemoryLeaseStore(): LeaseStore {
  const held = new Map<string, Held>();
  const members = new Map<() => Member, (() => void) | undefined>();
  return {
    acquire: (key, holder, ttlMs) => {
      const nowMs = performance.now();
      const before = held.get(key);
      const isHeld = before?.expiresAtMs !== undefined && before.expiresAtMs > nowMs;
      const isOurs = before?.expiresAtMs !== undefined && before.lease.holder === holder;
      if (isHeld && !isOurs) return Promise.resolve(undefined);
      const epoch = isOurs ? before.lease.epoch : nextEpoch(before?.lease.epoch ?? 0, Date.now());
      const lease = { key, epoch, holder };
      held.set(key, { lease, expiresAtMs: nowMs + ttlMs });
      return Promise.resolve(lease);
    },
    release: (lease) => {
      const now = held.get(lease.key)?.lease;
      if (now?.holder !== lease.holder || now.epoch !== lease.epoch) return Promise.resolve();
      held.set(lease.key, { lease, expiresAtMs: undefined });
      for (const [self, onReleased] of members) if (self().holder !== lease.holder) onReleased?.();
      return Promise.resolve();
    },
    join: (self, onReleased) => {
      members.set(self, onReleased);
      return {
        others: () => Promise.resolve([...members.keys()].filter((one) => one !== self).map((one) => one())),
        leave: () => void members.delete(self),
      };
    },
  };
}
