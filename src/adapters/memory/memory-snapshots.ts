/** Snapshots that live as long as the process: for the embedded bus, whose streams are gone with it too. */
import {
  GENERATIONS_MAX,
  SnapshotFencedError,
  type SnapshotStore,
} from '../../core/snapshot/snapshot.port.ts';

interface Saved {
  readonly number: number;
  readonly epoch: number;
  readonly bytes: Uint8Array;
}

export function createMemorySnapshotStore({ keysMax = 1_000 } = {}): SnapshotStore {
  /** Newest first. */
  const kept = new Map<string, readonly Saved[]>();
  return {
    description: 'memory (snapshots are gone when the process ends)',
    load: (key) => {
      const generations = (kept.get(key) ?? []).map(({ number, bytes }) => ({
        name: `number ${number}`,
        read: () => Promise.resolve(Uint8Array.from(bytes)),
      }));
      return Promise.resolve(generations);
    },
    save: (key, bytes, epoch) => {
      const before = kept.get(key) ?? [];
      const [newest] = before;
      if (newest && newest.epoch > epoch)
        return Promise.reject(new SnapshotFencedError(key, epoch, newest.epoch));
      if (!newest && kept.size >= keysMax)
        return Promise.reject(
          new Error(`snapshot '${key}' is one key more than the ${keysMax} the memory store holds (keysMax)`),
        );
      const saved = { number: (newest?.number ?? 0) + 1, epoch, bytes: Uint8Array.from(bytes) };
      kept.set(key, [saved, ...before].slice(0, GENERATIONS_MAX));
      return Promise.resolve();
    },
  };
}
