/** What every store of snapshots must do; each adapter's suite runs it with its own way to open one. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SnapshotFencedError, type SnapshotStore } from '../../src/core/snapshot/snapshot.port.ts';

export interface SnapshotFixture {
  readonly store: SnapshotStore;
  /** The same snapshots, seen by another process where there can be one. */
  readonly other: SnapshotStore;
  dispose(): Promise<void>;
}

/** Of each generation, newest first; short enough to be compared in an assertion. */
export async function digests(store: SnapshotStore, key: string): Promise<string[]> {
  const generations = await store.load(key);
  return Promise.all(generations.map(async (generation) => digest(await generation.read())));
}

export function digest(bytes: Uint8Array): string {
  return `${bytes.length} bytes ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
}

export function snapshotsContract(name: string, open: () => Promise<SnapshotFixture>): void {
  describe(`snapshots contract: ${name}`, () => {
    let fixture: SnapshotFixture;
    let keys = 0;
    const freshKey = () => `watcher.key-${keys++}`;
    beforeAll(async () => {
      fixture = await open();
    });
    afterAll(() => fixture.dispose());

    test('a key never saved has none', async () => {
      expect(await fixture.store.load(freshKey())).toEqual([]);
    });

    test.each([0, 1, 131_072, 131_073, 1_000_000])('%i bytes come back to another', async (size) => {
      const [key, bytes] = [freshKey(), randomBytes(size)];
      await fixture.store.save(key, bytes, 1);
      expect(await digests(fixture.other, key)).toEqual([digest(bytes)]);
    });

    test('the newest and the one before are kept, newest first, each with a name', async () => {
      const key = freshKey();
      const all = [10, 20, 30, 40, 50].map((size) => randomBytes(size));
      for (const [index, bytes] of all.entries()) {
        await fixture.store.save(key, bytes, 1);
        const kept = all.slice(Math.max(0, index - 1), index + 1).toReversed();
        expect(await digests(fixture.other, key)).toEqual(kept.map(digest));
      }
      const names = (await fixture.store.load(key)).map((generation) => generation.name);
      expect(new Set(names).size).toBe(2);
      expect(names.every((one) => one.length > 0)).toBe(true);
    });

    test('an older epoch is refused and changes nothing; the same and a newer one are taken', async () => {
      const key = freshKey();
      const [first, second, late, third] = [1, 2, 3, 4].map((size) => randomBytes(size)) as [
        Buffer,
        Buffer,
        Buffer,
        Buffer,
      ];
      await fixture.store.save(key, first, 5);
      await fixture.other.save(key, second, 6);
      const refused = fixture.store.save(key, late, 5);
      await expect(refused).rejects.toThrow(SnapshotFencedError);
      await expect(refused).rejects.toThrow(`'${key}' of epoch 5 is refused: epoch 6 has saved`);
      expect(await digests(fixture.store, key)).toEqual([digest(second), digest(first)]);
      await fixture.other.save(key, third, 6);
      expect(await digests(fixture.store, key)).toEqual([digest(third), digest(second)]);
    });

    test('epochs as large as times are compared as numbers', async () => {
      const key = freshKey();
      await fixture.store.save(key, randomBytes(3), 999_999_999_999);
      await fixture.store.save(key, randomBytes(3), 1_800_000_000_000);
      await expect(fixture.store.save(key, randomBytes(3), 999_999_999_999)).rejects.toThrow(
        SnapshotFencedError,
      );
    });

    test('keys do not mix, whatever they hold', async () => {
      const odd = ['a', 'a@1', 'a b', 'a/b', 'a/../b', 'a#0', 'a%20b', 'ä'];
      for (const key of odd) await fixture.store.save(key, Buffer.from(`of ${key}`), 1);
      for (const key of odd)
        expect(await digests(fixture.other, key)).toEqual([digest(Buffer.from(`of ${key}`))]);
    });

    test('what the caller does with its bytes afterwards changes nothing', async () => {
      const [key, bytes] = [freshKey(), Buffer.from('as saved')];
      await fixture.store.save(key, bytes, 1);
      bytes.fill(0);
      const [generation] = await fixture.store.load(key);
      (await generation?.read())?.fill(1);
      expect(await digests(fixture.store, key)).toEqual([digest(Buffer.from('as saved'))]);
    });

    test('of two owners that save at once, the later epoch ends up newest and whole', async () => {
      const key = freshKey();
      const last = randomBytes(200_000);
      await fixture.store.save(key, randomBytes(200_000), 1);
      const older = async () => {
        for (let round = 0; round < 5; round++)
          await fixture.other.save(key, randomBytes(100_000), 1).catch(() => undefined);
      };
      const newer = async () => {
        for (let round = 0; round < 3; round++) await fixture.store.save(key, randomBytes(200_000), 2);
        await fixture.store.save(key, last, 2);
      };
      await Promise.all([older(), newer()]);
      expect((await digests(fixture.other, key))[0]).toBe(digest(last));
      await expect(fixture.other.save(key, randomBytes(1), 1)).rejects.toThrow(SnapshotFencedError);
    });
  });
}
