/** Snapshots in a bucket of the object store. A new one is written beside the old, which goes when the new is whole. */
import { StorageType } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import type { ObjectStore } from '@nats-io/obj';
import type { SnapshotStore } from '../../core/snapshot/snapshot.port.ts';
import { busError, toBusError } from './nats-errors.ts';
import type { NatsLink } from './nats-link.ts';
import type { NatsConfig } from './nats.config.ts';

const BUCKET = 'EARSHOT_STATE';
/** A snapshot that is replaced while it is read ends without an end; then the newer one is read. */
const LOAD_ATTEMPTS_MAX = 3;

type SnapshotConfig = Pick<NatsConfig, 'storage' | 'replicas' | 'snapshotBytesMax' | 'requestTimeout'>;

export function createNatsSnapshotStore(link: NatsLink, config: SnapshotConfig): SnapshotStore {
  let opened: Promise<ObjectStore> | undefined;
  const bucket = (): Promise<ObjectStore> => {
    opened ??= openBucket(link, config).catch((error: unknown) => {
      opened = undefined; // The next call tries again.
      throw error;
    });
    return opened;
  };
  return {
    description: `NATS object store ${BUCKET}`,
    load: async (key) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await loadOnce(await bucket(), key, config.requestTimeout);
        } catch (error) {
          if (attempt === LOAD_ATTEMPTS_MAX) throw toBusError(error, `loading snapshot '${key}'`);
        }
      }
    },
    save: async (key, bytes) => {
      try {
        await (await bucket()).putBlob({ name: key }, bytes, { timeout: config.requestTimeout });
      } catch (error) {
        throw toBusError(error, `saving snapshot '${key}' of ${bytes.length} bytes`);
      }
    },
  };
}

async function openBucket(link: NatsLink, config: SnapshotConfig): Promise<ObjectStore> {
  const { manager } = link;
  const store = await new Objm(manager.jetstream()).create(BUCKET, {
    storage: config.storage === 'file' ? StorageType.File : StorageType.Memory,
    replicas: config.replicas,
    max_bytes: config.snapshotBytesMax,
  });
  const { streamInfo } = await store.status();
  if (streamInfo.config.max_bytes !== config.snapshotBytesMax)
    await manager.streams.update(streamInfo.config.name, {
      ...streamInfo.config,
      max_bytes: config.snapshotBytesMax,
    });
  return store;
}

async function loadOnce(store: ObjectStore, key: string, timeoutMs: number): Promise<Uint8Array | undefined> {
  const found = await store.get(key);
  if (found === null) return undefined;
  const reader = found.data.getReader();
  const late = setTimeout(() => void reader.cancel(), timeoutMs);
  try {
    const chunks: Uint8Array[] = [];
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      chunks.push(part.value);
      late.refresh();
    }
    const bytes = Buffer.concat(chunks);
    if (bytes.length === found.info.size) return bytes;
    throw busError('BUS_TIMEOUT', `${bytes.length} of ${found.info.size} bytes came`, true);
  } finally {
    clearTimeout(late);
  }
}
