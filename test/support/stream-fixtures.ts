/** What suites about the buses themselves share: a stream, a collector, the comparison of two ledgers. */
import type { StreamSpec } from '../../src/core/bus/bus.port.ts';

/** A stream that takes `<name>.>`, with ample limits. */
export function streamSpec(name: string, change: Partial<StreamSpec> = {}): StreamSpec {
  return {
    name,
    subjects: [`${name}.>`],
    ageMsMax: 3_600_000,
    bytesMax: 64 * 1_048_576,
    messageBytesMax: 65_536,
    duplicateWindowMs: 60_000,
    ...change,
  };
}

/** Collects what is received; its promises resolve when that is enough. */
export class Collector<T> {
  readonly items: T[] = [];
  #waiting: { isEnough: () => boolean; resolve: () => void }[] = [];

  readonly add = (batch: readonly T[]): void => {
    this.items.push(...batch);
    for (const { isEnough, resolve } of this.#waiting) if (isEnough()) resolve();
    this.#waiting = this.#waiting.filter(({ isEnough }) => !isEnough());
  };

  async count(count: number): Promise<readonly T[]> {
    await this.until(() => this.items.length >= count);
    return this.items;
  }

  async until(isEnough: () => boolean): Promise<void> {
    if (isEnough()) return;
    await new Promise<void>((resolve) => this.#waiting.push({ isEnough, resolve }));
  }
}

/** How what was confirmed and what is stored differ: both empty, or something was lost or came twice. */
export function compareLedgers(
  confirmed: Iterable<string>,
  stored: Iterable<string>,
): { lost: string[]; twice: string[] } {
  const counts = new Map<string, number>();
  for (const entry of stored) counts.set(entry, (counts.get(entry) ?? 0) + 1);
  return {
    lost: [...confirmed].filter((entry) => !counts.has(entry)),
    twice: [...counts].filter(([, count]) => count > 1).map(([entry]) => entry),
  };
}
