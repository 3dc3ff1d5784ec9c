/** Where a watcher keeps its state between lives. */
export interface SnapshotStore {
  /** For people: where snapshots go. */
  readonly description: string;
  load(key: string): Promise<Uint8Array | undefined>;
  /** Replaces what was saved under the key; a reader never sees half of it. */
  save(key: string, bytes: Uint8Array): Promise<void>;
}
