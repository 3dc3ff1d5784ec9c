/** What every store of leases must do; each adapter's suite runs it with its own way to open one. Ttls are short: they run on
 *  the real clock. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LeaseStore } from '../../src/core/lease/lease.port.ts';
import { until } from '../support/process.ts';

export interface LeaseFixture {
  readonly store: LeaseStore;
  /** The same leases, seen by another process where there can be one. */
  readonly other: LeaseStore;
  dispose(): Promise<void>;
}

const LONG_MS = 60_000;
const SHORT_MS = 300;

export function leasesContract(name: string, open: () => Promise<LeaseFixture>): void {
  describe(`leases contract: ${name}`, () => {
    let fixture: LeaseFixture;
    let keys = 0;
    const freshKey = () => `watcher.lease-${keys++}`;
    beforeAll(async () => {
      fixture = await open();
    });
    afterAll(() => fixture.dispose());

    test('is taken, renewed under the same epoch, and refused to another', async () => {
      const { store, other } = fixture;
      const key = freshKey();
      const lease = await store.acquire(key, 'a', LONG_MS);
      expect(lease).toEqual({ key, holder: 'a', epoch: expect.any(Number) as number });
      expect(await other.acquire(key, 'b', LONG_MS)).toBeUndefined();
      expect(await store.acquire(key, 'a', LONG_MS)).toEqual(lease);
    });

    test('once released another has it at once, under a greater epoch, and the release of the first does no harm', async () => {
      const { store, other } = fixture;
      const key = freshKey();
      const first = await store.acquire(key, 'a', LONG_MS);
      if (!first) throw new Error('the first one is refused');
      await store.release(first);
      const second = await other.acquire(key, 'b', LONG_MS);
      expect(second?.epoch).toBeGreaterThan(first.epoch);
      await store.release(first);
      expect(await store.acquire(key, 'a', LONG_MS)).toBeUndefined();
    });

    test('a holder that has released and takes again has a greater epoch: somebody may have been there between', async () => {
      const { store } = fixture;
      const key = freshKey();
      const first = await store.acquire(key, 'a', LONG_MS);
      if (!first) throw new Error('the first one is refused');
      await store.release(first);
      expect((await store.acquire(key, 'a', LONG_MS))?.epoch).toBeGreaterThan(first.epoch);
    });

    test('not renewed for its ttl it is free, not before', async () => {
      const { store, other } = fixture;
      const key = freshKey();
      const askedMs = performance.now();
      const first = await store.acquire(key, 'a', SHORT_MS);
      const second = await until('it is free', () => other.acquire(key, 'b', LONG_MS));
      expect(performance.now() - askedMs).toBeGreaterThan(SHORT_MS * 0.9);
      expect(second.epoch).toBeGreaterThan(first?.epoch ?? 0);
      expect(await store.acquire(key, 'a', SHORT_MS)).toBeUndefined();
    });

    test('renewed in time it is never free', async () => {
      const { store, other } = fixture;
      let key = freshKey();
      let [beganMs, renewedMs] = [performance.now(), Number.POSITIVE_INFINITY];
      while (performance.now() - beganMs < 3 * SHORT_MS) {
        const askedMs = performance.now();
        const ours = await store.acquire(key, 'a', SHORT_MS);
        const theirs = await other.acquire(key, 'b', SHORT_MS);
        if (performance.now() - Math.min(askedMs, renewedMs) < SHORT_MS * 0.9) {
          expect([ours?.holder, theirs]).toEqual(['a', undefined]);
          renewedMs = askedMs;
        } else {
          // This process stood still for too long: that was not in time.
          key = freshKey();
          [beganMs, renewedMs] = [performance.now(), Number.POSITIVE_INFINITY];
        }
      }
    });

    test('of ten that ask at once one gets it', async () => {
      const { store, other } = fixture;
      for (let round = 0; round < 5; round++) {
        const key = freshKey();
        const holders = Array.from({ length: 10 }, (_, index) => `holder-${index}`);
        const taken = await Promise.all(
          holders.map((holder, index) => (index % 2 ? store : other).acquire(key, holder, LONG_MS)),
        );
        expect(taken.filter((lease) => lease !== undefined)).toHaveLength(1);
      }
    });

    test('members see each other, not themselves, until they leave', async () => {
      const { store, other } = fixture;
      const [a, b] = [
        { holder: 'a', keys: ['x', 'y'] },
        { holder: 'b', keys: ['y'] },
      ];
      const [first, second] = [store.join(() => a), other.join(() => b)];
      const seen = await until('they see each other', async () => {
        const [byFirst, bySecond] = [await first.others(), await second.others()];
        return byFirst.length && bySecond.length ? { byFirst, bySecond } : undefined;
      });
      expect(seen).toEqual({ byFirst: [b], bySecond: [a] });
      first.leave();
      await until('it has left', async () => ((await second.others()).length === 0 ? true : undefined));
      second.leave();
    });

    test('members hear that another gives a lease up; not that they do, nor of one that was not theirs to give', async () => {
      const { store, other } = fixture;
      const heard = { a: 0, b: 0 };
      const [first, second] = [
        store.join(
          () => ({ holder: 'a', keys: [] }),
          () => (heard.a += 1),
        ),
        other.join(
          () => ({ holder: 'b', keys: [] }),
          () => (heard.b += 1),
        ),
      ];
      await until('they see each other', async () =>
        (await first.others()).length && (await second.others()).length ? true : undefined,
      );
      const lease = await store.acquire(freshKey(), 'a', LONG_MS);
      if (!lease) throw new Error('it is refused');
      await store.release({ ...lease, epoch: lease.epoch - 1 });
      await store.release(lease);
      await until('the other has heard it', () => (heard.b > 0 ? true : undefined));
      const back = await other.acquire(lease.key, 'b', LONG_MS);
      if (!back) throw new Error('it is refused');
      await other.release(back);
      await until('the first has heard it', () => (heard.a > 0 ? true : undefined));
      expect(heard).toEqual({ a: 1, b: 1 });
      first.leave();
      second.leave();
    });
  });
}
