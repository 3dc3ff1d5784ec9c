/** Where a watcher keeps its state between lives. */

/** How many snapshots of a key a store keeps: the newest, and the one before it for when the newest is damaged. */
export const GENERATIONS_MAX = 2;

export interface Generation {
  /** For people: which one it is. */
  readonly name: string;
  /** Rejects when it cannot be had whole: with a `BusError` that can be retried when nobody answered, which says nothing about what is
   *  kept, with anything else when it is damaged. */
  read(): Promise<Uint8Array>;
}

export interface SnapshotStore {
  /** For people: where snapshots go. */
  readonly description: string;
  /** What is kept under the key, newest first, at most `GENERATIONS_MAX`. Rejects when the store cannot be reached. */
  load(key: string): Promise<readonly Generation[]>;
  /** Puts the bytes in front of what is kept; a reader never sees half of them. `epoch` is the fencing token of who saves:
   *  rejects with a `SnapshotFencedError`, and keeps nothing, once a greater one has saved under the key. */
  save(key: string, bytes: Uint8Array, epoch: number): Promise<void>;
}

/** Somebody else owns the key by now. */
export class SnapshotFencedError extends Error {
  override readonly name = 'SnapshotFencedError';
  readonly code = 'SNAPSHOT_FENCED';
  readonly canRetry = false;

  constructor(key: string, epoch: number, savedEpoch: number) {
    super(`snapshot '${key}' of epoch ${epoch} is refused: epoch ${savedEpoch} has saved already`);
  }
}
