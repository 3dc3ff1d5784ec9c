/** Keeps floods out of the log: the first line of a kind is written at once, further ones are summed up and written as
 *  one, no sooner than `INTERVAL_MS` after it. */
import type { Level } from 'pino';

const INTERVAL_MS = 10_000;
/** Kinds remembered at once; further ones are one kind. */
const KINDS_MAX = 1_000;
const FURTHER_KINDS = 'lines of further kinds';
const EXAMPLE_CHARS_MAX = 200;

interface Entry {
  readonly level: Level;
  /** What makes lines one kind. */
  readonly key: string;
  readonly count: number;
  readonly text: string;
  readonly example: string | undefined;
}

interface Held {
  entry: Entry;
  count: number;
  readonly dueMs: number;
}

export interface Digest {
  add(nowMs: number, entry: Entry): void;
  /** Writes the sums that are due, or all of them. */
  flush(nowMs: number, all: boolean): void;
}

export function createDigest(
  write: (level: Level, fields: { count: number; example?: string }, text: string) => void,
): Digest {
  const held = new Map<string, Held>();
  let nextDueMs = Number.POSITIVE_INFINITY;

  const say = ({ level, text, example }: Entry, count: number): void => {
    const shown = example?.slice(0, EXAMPLE_CHARS_MAX);
    write(level, shown === undefined ? { count } : { count, example: shown }, text);
  };

  return {
    add(nowMs, wanted) {
      const full = held.size >= KINDS_MAX && !held.has(wanted.key);
      const entry = full ? { ...wanted, key: FURTHER_KINDS, text: FURTHER_KINDS } : wanted;
      const { key } = entry;
      const known = held.get(key);
      if (known !== undefined) {
        known.count += entry.count;
        known.entry = entry;
        return;
      }
      say(entry, entry.count);
      held.set(key, { entry, count: 0, dueMs: nowMs + INTERVAL_MS });
      nextDueMs = Math.min(nextDueMs, nowMs + INTERVAL_MS);
    },
    flush(nowMs, all) {
      if (!all && nowMs < nextDueMs) return;
      nextDueMs = Number.POSITIVE_INFINITY;
      for (const [key, { entry, count, dueMs }] of held) {
        if (!all && nowMs < dueMs) {
          nextDueMs = Math.min(nextDueMs, dueMs);
          continue;
        }
        held.delete(key);
        if (count === 0) continue;
        say(entry, count);
        if (all) continue;
        // Still coming: the next sum waits for another interval.
        held.set(key, { entry, count: 0, dueMs: nowMs + INTERVAL_MS });
        nextDueMs = Math.min(nextDueMs, nowMs + INTERVAL_MS);
      }
    },
  };
}
