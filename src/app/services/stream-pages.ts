/** Reads a stream from its end backwards, a page at a time, with a bound on what one page may cost. */
import type { Page, PageQuery, Stored } from '../../adapters/http/api.ts';
import { RequestError } from '../../adapters/http/errors.ts';
import type { Bus, StoredMessage } from '../../core/bus/bus.port.ts';

/** Sequences that one page looks through; beyond, the next page goes on. */
const PAGE_SEQUENCES_MAX = 200_000;
/** A page is read from parts of the stream, each larger than the one behind it. */
const PART_SEQUENCES_MIN = 512;
const PART_GROWTH = 4;
const PAGE_MS_MAX = 8_000;
/** Pages that are read at once. */
const PAGES_AT_ONCE_MAX = 8;

export interface PageSource<T> {
  readonly stream: string;
  readonly filterSubject: string;
  /** What is undefined is passed over. */
  readonly read: (message: StoredMessage) => T | undefined;
}

export class StreamPages {
  readonly #bus: Bus;
  #open = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Newest first. Rejects with a `RequestError` when too many pages are read, or the broker does not answer in time. */
  async page<T>(source: PageSource<T>, query: Pick<PageQuery, 'before' | 'limit'>): Promise<Page<T>> {
    return this.#counted((late) => this.#read(source, query, late));
  }

  /** What stands from a sequence on, the last `keep` of it, oldest first. */
  async since<T>(source: PageSource<T>, sequence: number, keep: number): Promise<readonly Stored<T>[]> {
    return this.#counted((late) =>
      this.#part(source, { start: sequence, end: Number.POSITIVE_INFINITY }, keep, late),
    );
  }

  async #counted<T>(read: (late: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#open >= PAGES_AT_ONCE_MAX)
      throw unavailable(`${PAGES_AT_ONCE_MAX} requests read from the streams already; try again in a moment`);
    this.#open += 1;
    const late = AbortSignal.timeout(PAGE_MS_MAX);
    try {
      return await orLate(read(late), late);
    } finally {
      this.#open -= 1;
    }
  }

  async #read<T>(
    source: PageSource<T>,
    { before = Number.POSITIVE_INFINITY, limit }: Pick<PageQuery, 'before' | 'limit'>,
    late: AbortSignal,
  ): Promise<Page<T>> {
    const { messages, firstSequence, lastSequence } = await this.#bus.streamState(source.stream);
    const entries: Stored<T>[] = [];
    let end = Math.min(before, lastSequence + 1);
    const lowest = Math.max(firstSequence, end - PAGE_SEQUENCES_MAX);
    for (let part = PART_SEQUENCES_MIN; messages > 0 && end > lowest; part *= PART_GROWTH) {
      const start = Math.max(lowest, end - part);
      const wanted = limit - entries.length;
      const found = await this.#part(source, { start, end }, wanted + 1, late);
      entries.push(...found.slice(-wanted).reverse());
      if (found.length > wanted) return { entries, next: entries.at(-1)?.sequence };
      end = start;
      if (entries.length === limit) break;
    }
    return { entries, next: messages > 0 && end > firstSequence ? end : undefined };
  }

  /** The last `keep` of the part, oldest first. */
  async #part<T>(
    { stream, filterSubject, read }: PageSource<T>,
    { start, end }: { readonly start: number; readonly end: number },
    keep: number,
    late: AbortSignal,
  ): Promise<Stored<T>[]> {
    const found: Stored<T>[] = [];
    let reachEnd: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      reachEnd = resolve;
    });
    const reader = this.#bus.read({ stream, filterSubject, from: { sequence: start } }, (batch) => {
      for (const message of batch) {
        const { sequence, storedAtMs } = message;
        if (sequence >= end) return reachEnd();
        const value = read(message);
        if (value === undefined) continue;
        found.push({ sequence, storedAtMs, value });
        if (found.length > keep) found.shift();
      }
    });
    try {
      await orLate(Promise.race([ended, reader.caughtUp, reader.done]), late);
      return found;
    } finally {
      await reader.stop();
    }
  }
}

function orLate<T>(work: Promise<T>, late: AbortSignal): Promise<T> {
  work.catch(() => undefined); // What fails after the time is up is no news.
  return new Promise((resolve, reject) => {
    const give = () => reject(unavailable(`the broker did not answer within ${PAGE_MS_MAX} ms`));
    if (late.aborted) return give();
    late.addEventListener('abort', give, { once: true });
    work.then(resolve, reject);
  });
}

function unavailable(message: string): RequestError {
  return new RequestError(503, 'UNAVAILABLE', message);
}
