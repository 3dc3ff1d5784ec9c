/** Reads what a stream holds now, to its end. */
import type { Bus, ReaderSpec, StoredMessage } from '../../core/bus/bus.port.ts';

/** Resolves when all is taken that was stored as reading began. Rejects when the stream cannot be read, or `take` throws. */
export async function readStored(
  bus: Pick<Bus, 'read'>,
  spec: ReaderSpec,
  take: (batch: readonly StoredMessage[]) => void,
): Promise<void> {
  const reader = bus.read(spec, take);
  try {
    await Promise.race([reader.caughtUp, reader.done]);
  } finally {
    await reader.stop();
  }
}
