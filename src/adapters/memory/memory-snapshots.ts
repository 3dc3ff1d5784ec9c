/** Snapshots that live as long as the process: for the embedded bus, whose streams are gone with it too. */
import type { SnapshotStore } from '../../core/snapshot/snapshot.port.ts';

export function createMemorySnapshotStore({ keysMax = 1_000 } = {}): SnapshotStore {
  const saved = new Map<string, Uint8Array>();
  return {
    description: 'memory (snapshots are gone when the process ends)',
    load: (key) => {
      const bytes = saved.get(key);
      return Promise.resolve(bytes === undefined ? undefined : Uint8Array.from(bytes));
    },
    save: (key, bytes) => {
      if (!saved.has(key) && saved.size >= keysMax)
        return Promise.reject(
          new Error(`snapshot '${key}' is one key more than the ${keysMax} the memory store holds (keysMax)`),
        );
      saved.set(key, Uint8Array.from(bytes));
      return Promise.resolve();
    },
  };
}
