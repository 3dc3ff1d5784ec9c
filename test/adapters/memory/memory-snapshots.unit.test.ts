/** Goal: snapshots in memory keep the contract, in bounded room. */
import { expect, test } from 'vitest';
import { createMemorySnapshotStore } from '../../../src/adapters/memory/memory-snapshots.ts';
import { snapshotsContract } from '../snapshots.contract.ts';

snapshotsContract('memory', () => {
  const store = createMemorySnapshotStore();
  return Promise.resolve({ store, other: store, dispose: () => Promise.resolve() });
});

test('one key more than it holds is refused by name; known keys still save', async () => {
  const store = createMemorySnapshotStore({ keysMax: 1 });
  await store.save('a', Buffer.from('1'), 1);
  await store.save('a', Buffer.from('2'), 1);
  await expect(store.save('b', Buffer.from('3'), 1)).rejects.toThrow(/'b'.*keysMax/);
});
