/** Snapshots in a bucket of the object store: two objects a key, of which a save replaces the older one by
 *  compare-and-set. A new one is written beside the old, which goes when the new is whole. */
import { StorageType } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import type { ObjectInfo, ObjectStore } from '@nats-io/obj';
import { errors } from '@nats-io/transport-node';
import { BusError } from '../../core/bus/bus.port.ts';
import { errorText } from '../../core/errors/error-text.ts';
import {
  GENERATIONS_MAX,
  SnapshotFencedError,
  type SnapshotStore,
} from '../../core/snapshot/snapshot.port.ts';
import { API_CODE, apiErrorOf, busError, toBusError } from './nats-errors.ts';
import type { NatsLink } from './nats-link.ts';
import type { NatsConfig } from './nats.config.ts';

const BUCKET = 'EARSHOT_STATE';
/** A snapshot that is replaced while it is read ends without an end; then the newer one is read. */
const READ_ATTEMPTS_MAX = 3;
const UNHEARD = [errors.TimeoutError, errors.NoRespondersError, errors.RequestError, errors.ConnectionError];
/** Another may save between our look and our save; then we look again. */
const SAVE_ATTEMPTS_MAX = 10;

type SnapshotConfig = Pick<NatsConfig, 'storage' | 'replicas' | 'snapshotBytesMax' | 'requestTimeout'>;

interface Slot {
  readonly name: string;
  /** Undefined while nothing was saved in it. */
  readonly info: ObjectInfo | undefined;
}

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
      try {
        const store = await bucket();
        const slots = await slotsOf(store, key);
        return slots.flatMap(({ name, info }) => {
          if (!info) return [];
          const read = () => readWhole(link, store, name, config.requestTimeout);
          return [{ name: `${name} of ${info.mtime}`, read }];
        });
      } catch (error) {
        throw toBusError(error, `loading snapshot '${key}'`);
      }
    },
    save: async (key, bytes, epoch) => {
      for (let attempt = 1; ; attempt++) {
        try {
          await saveOnce(await bucket(), key, bytes, epoch, config.requestTimeout);
          return;
        } catch (error) {
          if (error instanceof SnapshotFencedError) throw error;
          const isOvertaken = apiErrorOf(error)?.err_code === API_CODE.wrongLastSequence;
          if (isOvertaken && attempt < SAVE_ATTEMPTS_MAX) continue;
          throw toBusError(error, `saving snapshot '${key}' of ${bytes.length} bytes`);
        }
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

/** Newest first: a revision is a sequence of the bucket's stream. */
async function slotsOf(store: ObjectStore, key: string): Promise<Slot[]> {
  const names = Array.from({ length: GENERATIONS_MAX }, (_, index) => `${key}#${index}`);
  const slots = await Promise.all(
    names.map(async (name) => ({ name, info: (await store.info(name)) ?? undefined })),
  );
  return slots.sort((left, right) => revisionOf(right) - revisionOf(left));
}

function revisionOf({ info }: Slot): number {
  return info?.revision ?? 0;
}

function epochOf({ info }: Slot): number {
  return Number(info?.metadata?.epoch ?? 0);
}

async function saveOnce(
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
  epoch: number,
  timeoutMs: number,
): Promise<void> {
  const slots = await slotsOf(store, key);
  const savedEpoch = Math.max(...slots.map(epochOf));
  if (savedEpoch > epoch) throw new SnapshotFencedError(key, epoch, savedEpoch);
  const oldest = slots.at(-1);
  if (!oldest) return;
  await store.putBlob({ name: oldest.name, metadata: { epoch: String(epoch) } }, bytes, {
    timeout: timeoutMs,
    previousRevision: revisionOf(oldest),
  });
}

async function readWhole(
  link: NatsLink,
  store: ObjectStore,
  name: string,
  timeoutMs: number,
): Promise<Uint8Array> {
  const what = `reading snapshot ${name}`;
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(link, store, name, timeoutMs);
    } catch (error) {
      if (isUnheard(error)) throw toBusError(error, what);
      if (attempt === READ_ATTEMPTS_MAX)
        throw busError('BUS_STORAGE', `${what}: ${errorText(error)}`, false, error);
    }
  }
}

/** Nobody answered, or not in time. Anything else tells of what is kept. */
function isUnheard(error: unknown): boolean {
  if (error instanceof BusError) return error.canRetry;
  const cause = error instanceof Error ? error.cause : undefined;
  const isOfNetwork = [error, cause].some((one) => UNHEARD.some((kind) => one instanceof kind));
  return isOfNetwork || (apiErrorOf(error)?.code ?? 0) >= 500;
}

async function readOnce(
  link: NatsLink,
  store: ObjectStore,
  name: string,
  timeoutMs: number,
): Promise<Uint8Array> {
  const found = await store.get(name);
  if (found === null) throw busError('BUS_STORAGE', 'it is gone', false);
  found.error.catch(() => undefined); // The reader tells it too.
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
    const came = `${bytes.length} of ${found.info.size} bytes came`;
    const areKept = (await chunksKept(link, found.info)) >= found.info.chunks;
    if (areKept) throw busError('BUS_TIMEOUT', came, true);
    throw busError('BUS_STORAGE', `${came}, no more are kept`, false);
  } finally {
    clearTimeout(late);
  }
}

/** Of the pieces of an object: those that are gone never come, and are not said to be. */
async function chunksKept({ manager }: NatsLink, { nuid }: ObjectInfo): Promise<number> {
  const subject = `$O.${BUCKET}.C.${nuid}`;
  const { state } = await manager.streams.info(`OBJ_${BUCKET}`, { subjects_filter: subject });
  return state.subjects?.[subject] ?? 0;
}
