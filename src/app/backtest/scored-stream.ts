/** What a pipeline's SCORED stream holds of a span of storage time. */
import type { Bus, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import { readScored } from '../services/parse-scored.ts';
import type { BacktestSource, SourceBatch, SourceItem } from './source.port.ts';

export interface StreamSpan {
  /** Nothing stored before is read; all that the stream holds when absent. */
  readonly fromMs?: number;
  /** Nothing stored later is read. Not in the future: what is stored while reading goes on is not of the span. */
  readonly toMs: number;
}

export function scoredStream(bus: Bus, pipeline: string, { fromMs, toMs }: StreamSpan): BacktestSource {
  return {
    description: `${STREAMS.scored} of ${bus.description}`,
    endMs: toMs,
    async read(take) {
      const state = await bus.streamState(STREAMS.scored);
      if (state.messages === 0) return;
      const first = fromMs === undefined ? state.firstSequence : await firstSequenceAt(bus, fromMs, state);
      const length = Math.max(1, state.lastSequence - first + 1);
      await readUntil(bus, { pipeline, fromSequence: first, toMs }, async (batch) => {
        const share = Math.min(1, ((batch.at(-1)?.sequence ?? first) - first + 1) / length);
        await take({ ...parse(batch, pipeline), share });
      });
    },
  };
}

function parse(batch: readonly StoredMessage[], pipeline: string): Omit<SourceBatch, 'share'> {
  const items: SourceItem[] = [];
  let skipped = 0;
  for (const stored of batch) {
    const { arrivals, unreadable } = readScored(stored, pipeline);
    items.push(...arrivals);
    skipped += unreadable;
  }
  return { items, skipped: { not_scored: skipped } };
}

/** Resolves at the first message stored after `toMs`, or when all is read that was stored as reading began. */
async function readUntil(
  bus: Bus,
  { pipeline, fromSequence, toMs }: { pipeline: string; fromSequence: number; toMs: number },
  take: (batch: readonly StoredMessage[]) => Promise<void>,
): Promise<void> {
  let reachEnd: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    reachEnd = resolve;
  });
  let isOver = false;
  const filterSubject = subjects.scoredOf(pipeline);
  const reader = bus.read(
    { stream: STREAMS.scored, filterSubject, from: { sequence: fromSequence } },
    async (batch) => {
      if (isOver) return;
      const inSpan = batch.filter(({ storedAtMs }) => storedAtMs <= toMs);
      if (inSpan.length > 0) await take(inSpan);
      if (inSpan.length === batch.length) return;
      isOver = true;
      reachEnd();
    },
  );
  try {
    await Promise.race([end, reader.caughtUp, reader.done]);
  } finally {
    await reader.stop();
  }
}

/** The first sequence stored at this time or later: storage times never fall along a stream. */
async function firstSequenceAt(
  bus: Bus,
  atMs: number,
  { firstSequence, lastSequence }: { firstSequence: number; lastSequence: number },
): Promise<number> {
  let [low, high] = [firstSequence, lastSequence + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await messageFrom(bus, middle);
    if (found && found.storedAtMs < atMs) low = Math.max(middle, found.sequence) + 1;
    else high = middle;
  }
  return low;
}

/** The first message that is still there from this sequence on. */
async function messageFrom(bus: Bus, sequence: number): Promise<StoredMessage | undefined> {
  let found: StoredMessage | undefined;
  let resolveFound: () => void = () => undefined;
  const isFound = new Promise<void>((resolve) => {
    resolveFound = resolve;
  });
  const reader = bus.read({ stream: STREAMS.scored, from: { sequence } }, ([first]) => {
    found ??= first;
    resolveFound();
  });
  try {
    await Promise.race([isFound, reader.caughtUp, reader.done]);
  } finally {
    await reader.stop();
  }
  return found;
}
