/** Opens the bus that the settings name, with its streams, its leases and the store of snapshots. */
import { createMemoryBus } from '../adapters/memory/memory-bus.ts';
import { createMemoryLeaseStore } from '../adapters/memory/memory-leases.ts';
import { createMemorySnapshotStore } from '../adapters/memory/memory-snapshots.ts';
import { connectNatsBus } from '../adapters/nats/nats-bus.ts';
import { createFileSnapshotStore } from '../adapters/snapshots/file-snapshots.ts';
import { BusError, type Bus } from '../core/bus/bus.port.ts';
import { STREAMS, streamSpecs } from '../core/bus/streams.ts';
import type { LeaseStore } from '../core/lease/lease.port.ts';
import type { SnapshotStore } from '../core/snapshot/snapshot.port.ts';
import type { LoadedSettings } from './config/settings.ts';

/** The embedded bus keeps little: it is for trying, and shares the process's memory. */
const MEMORY_STORE_BYTES_MAX = 256 * 1_048_576;
const MEMORY_MESSAGES_MAX = 200_000;

export interface OpenBus {
  readonly bus: Bus;
  readonly snapshots: SnapshotStore;
  readonly leases: LeaseStore;
}

/** `ensure` makes the streams and fits their limits; a tool beside a running system leaves those that exist as they are,
 *  and one that only looks makes none. */
type StreamCare = 'ensure' | 'if-missing' | 'none';

/** Rejects with a `BusError`. */
export async function openBus(
  settings: LoadedSettings,
  { streams = 'ensure' }: { readonly streams?: StreamCare } = {},
): Promise<OpenBus> {
  const { natsConfig } = settings;
  const opened: OpenBus = natsConfig
    ? await connectNatsBus(natsConfig)
    : {
        bus: createMemoryBus({ messagesMax: MEMORY_MESSAGES_MAX, duplicateIdsMax: MEMORY_MESSAGES_MAX }),
        snapshots: createMemorySnapshotStore(),
        leases: createMemoryLeaseStore(),
      };
  const { ageMax, auditAgeMax, duplicateWindow, storeBytesMax } = settings.bus;
  const specs = streamSpecs({
    ageMsMax: ageMax,
    auditAgeMsMax: auditAgeMax,
    duplicateWindowMs: duplicateWindow,
    storeBytesMax: natsConfig ? storeBytesMax : Math.min(storeBytesMax, MEMORY_STORE_BYTES_MAX),
  });
  try {
    if (streams === 'ensure' || (streams === 'if-missing' && !(await hasStreams(opened.bus)))) {
      await opened.bus.ensureStreams(specs);
    }
    const { store, folder } = settings.watcher.snapshots;
    return store === 'file' ? { ...opened, snapshots: createFileSnapshotStore(folder) } : opened;
  } catch (error) {
    await opened.bus.close();
    throw error;
  }
}

async function hasStreams(bus: Bus): Promise<boolean> {
  try {
    await bus.streamState(STREAMS.in);
    return true;
  } catch (error) {
    if (error instanceof BusError && error.code === 'BUS_NO_STREAM') return false;
    throw error;
  }
}
