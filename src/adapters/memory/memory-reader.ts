/** Reads a stream of the memory bus in order, at the pace of the one who takes. */
import type { BusReader, ReaderSpec, StoredMessage } from '../../core/bus/bus.port.ts';
import type { MemoryStream } from './memory-stream.ts';

const BATCH_MESSAGES_MAX = 250;

export function readMemoryStream(
  stream: MemoryStream,
  spec: ReaderSpec,
  take: (batch: readonly StoredMessage[]) => void | Promise<void>,
): BusReader {
  const fromSequence = spec.from === 'new' ? stream.lastSequence + 1 : spec.from.sequence;
  const cursor = stream.openCursor(fromSequence, spec.filterSubject);
  let stopped = false;
  let wake: (() => void) | undefined;
  let isAtEnd = false;
  const storedUpTo = stream.lastSequence;
  let resolveCaughtUp: () => void = () => undefined;
  const caughtUp = new Promise<void>((resolve) => {
    resolveCaughtUp = resolve;
  });
  const stopListening = stream.onAppend(() => wake?.());

  const run = async (): Promise<void> => {
    try {
      while (!stopped) {
        // A turn of the event loop gathers what is published together, and lets everyone else run between batches.
        await new Promise((resolve) => setImmediate(resolve));
        const batch = stopped ? [] : nextBatch(cursor);
        isAtEnd = false;
        if (batch.length > 0) await take(batch);
        if ((batch.at(-1)?.sequence ?? storedUpTo) >= storedUpTo && !stopped) resolveCaughtUp();
        isAtEnd = batch.length === 0;
        if (isAtEnd && !stopped)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      stopListening();
      stream.closeCursor(cursor);
    }
  };
  const done = run();
  return {
    done,
    caughtUp,
    get pending() {
      return cursor.pending;
    },
    get takenUntilMs() {
      return isAtEnd && cursor.pending === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    },
    stop: async () => {
      stopped = true;
      wake?.();
      await Promise.allSettled([done]); // The failure is `done`'s to tell.
    },
  };
}

function nextBatch(cursor: { take(): StoredMessage | undefined }) {
  const batch: StoredMessage[] = [];
  while (batch.length < BATCH_MESSAGES_MAX) {
    const entry = cursor.take();
    if (entry === undefined) break;
    const { subject, data, headers, sequence, storedAtMs } = entry;
    batch.push({ subject, data, headers, sequence, storedAtMs });
  }
  return batch;
}
