/** One watcher, and the shards and the owner of the same pipeline split, over the same arrivals. */
import {
  createWatcher,
  type Watcher,
  type WatcherOutput,
  type WatcherPipeline,
} from '../../../src/core/alert/watcher.ts';
import type { ShardReport } from '../../../src/core/partition/report.ts';
import { ShardWatcher, type ShardState } from '../../../src/core/partition/shard-watcher.ts';
import type { Arrival } from '../../../src/core/window/watermark.ts';
import { scoredMessage } from '../window/arrivals.ts';

export type Scored = Arrival & { readonly kind: 'scored' };

/** What is done next: by which shard, or by the owner. */
export interface Act {
  readonly kind: 'read' | 'tell' | 'tell_twice' | 'save' | 'crash' | 'tick' | 'hear' | 'owner_crash';
  readonly shard: number;
}

/** Planted faults: what the tests have to notice. */
export interface Faults {
  /** Forgets which entries were taken already. */
  readonly countsTwice?: boolean;
  /** The owner does not wait for its shards. */
  readonly runsAhead?: boolean;
}

interface Shard {
  watcher: ShardWatcher;
  saved: string | undefined;
  epoch: number;
  at: number;
}

/** A message as it is known after a glance. */
function glanced(arrival: Scored): Scored {
  const { id, version, kind, time, channel, source, pipeline, arrival: arrivedMs } = arrival.message;
  const unread = { ...scoredMessage('', 0, { label: 'uncertain', text: '' }), pipeline };
  const message = { ...unread, id, version, kind, time, channel, source, arrival: arrivedMs };
  return { ...arrival, message };
}

export function runOne(pipeline: WatcherPipeline, arrivals: readonly Scored[], endMs: number): Ran {
  const watcher = createWatcher(pipeline);
  const outputs = [...arrivals, { kind: 'tick', atMs: endMs } as const].flatMap((arrival) =>
    watcher.step(arrival),
  );
  return { watcher, outputs };
}

export interface Ran {
  readonly watcher: Watcher;
  readonly outputs: readonly WatcherOutput[];
}

/** Does as told, then what is left to be done. */
export class SplitWorld {
  readonly #pipeline: WatcherPipeline;
  readonly #arrivals: readonly Scored[];
  readonly #shards: readonly Shard[];
  readonly #faults: Faults;
  /** As the stream of parts holds them. */
  readonly #reports: string[] = [];
  #heard = 0;
  #owner: Watcher;
  #ownerSaved: string | undefined;
  #ownerAt = 0;
  /** Said by the owner, with what a life of it that crashed said and the next one says again. */
  #outputs: WatcherOutput[] = [];
  #outputsSaved = 0;

  constructor(pipeline: WatcherPipeline, arrivals: readonly Scored[], shards: number, faults: Faults = {}) {
    this.#pipeline = pipeline;
    this.#arrivals = arrivals;
    this.#faults = faults;
    this.#shards = Array.from({ length: shards }, (_, shard) => ({
      watcher: new ShardWatcher(pipeline, { shard, shards }),
      ...{ saved: undefined, epoch: 1, at: 0 },
    }));
    this.#owner = createWatcher(pipeline, undefined, { shards });
  }

  run(acts: readonly Act[], endMs: number): Ran {
    for (const act of acts) this.#do(act);
    for (const [index, shard] of this.#shards.entries()) {
      while (shard.at < this.#arrivals.length) this.#read(shard);
      shard.watcher.step({ kind: 'tick', atMs: endMs });
      this.#tell(index, 1);
    }
    this.#hear(Number.POSITIVE_INFINITY);
    return { watcher: this.#owner, outputs: this.#outputs };
  }

  #do({ kind, shard: number }: Act): void {
    const index = number % this.#shards.length;
    const shard = this.#shards[index];
    if (!shard) return;
    if (kind === 'read') this.#read(shard);
    else if (kind === 'tell') this.#tell(index, 1);
    else if (kind === 'tell_twice') this.#tell(index, 2);
    else if (kind === 'save') {
      this.#tell(index, 1);
      shard.saved = JSON.stringify(shard.watcher.snapshot());
    } else if (kind === 'crash') this.#crash(index, shard);
    else if (kind === 'tick') {
      const [before, next] = [this.#arrivals[shard.at - 1], this.#arrivals[shard.at]];
      if (before && next)
        shard.watcher.step({ kind: 'tick', atMs: Math.floor((before.storedAtMs + next.storedAtMs) / 2) });
    } else if (kind === 'hear') this.#hear(number);
    else this.#crashOwner();
  }

  #read(shard: Shard): void {
    const arrival = this.#arrivals[shard.at];
    if (!arrival) return;
    shard.watcher.step(shard.watcher.needs(arrival.message) ? arrival : glanced(arrival));
    shard.at += 1;
  }

  /** Of the first arrival that is not counted up to a sequence. */
  #placeAfter(lastSequence: number): number {
    const place = this.#arrivals.findIndex(({ sequence }) => sequence > lastSequence);
    return place < 0 ? this.#arrivals.length : place;
  }

  #reportOf(shard: number, { watcher, epoch }: Shard): string {
    const { lastSequence: sequence, tickMs } = watcher;
    const progress = { shard, shards: this.#shards.length, epoch, sequence, tickMs };
    const report: ShardReport = { ...progress, ...watcher.takeNews() };
    return JSON.stringify(report);
  }

  #tell(index: number, times: number): void {
    const shard = this.#shards[index];
    if (!shard) return;
    const report = this.#reportOf(index, shard);
    for (let time = 0; time < times; time++) this.#reports.push(report);
  }

  /** What it has not told yet comes once its successor has begun. */
  #crash(index: number, shard: Shard): void {
    const late = this.#reportOf(index, shard);
    const shards = this.#shards.length;
    const saved = shard.saved === undefined ? undefined : (JSON.parse(shard.saved) as ShardState);
    shard.watcher = new ShardWatcher(this.#pipeline, { shard: index, shards }, saved);
    shard.epoch += 1;
    shard.at = this.#placeAfter(saved?.lastSequence ?? 0);
    this.#tell(index, 1);
    this.#reports.push(late);
  }

  /** The owner takes so many reports, and then all it may. */
  #hear(reports: number): void {
    for (let heard = 0; heard < reports && this.#heard < this.#reports.length; heard++) {
      const report = JSON.parse(this.#reports[this.#heard] ?? '') as ShardReport;
      this.#heard += 1;
      const entries = this.#faults.countsTwice
        ? report.entries.map((entry) => ({ ...entry, index: entry.index + this.#heard * 1_000 }))
        : report.entries;
      this.#owner.parts?.take({ ...report, entries }, this.#heard);
    }
    const { parts } = this.#owner;
    for (let next = this.#arrivals[this.#ownerAt]; next; next = this.#arrivals[this.#ownerAt]) {
      if (!this.#faults.runsAhead && (parts?.sequence ?? 0) < next.sequence) return;
      this.#outputs.push(...this.#owner.step(glanced(next)));
      this.#ownerAt += 1;
    }
    const tickMs = parts?.tickMs(this.#owner.lastSequence);
    if (tickMs !== undefined) this.#outputs.push(...this.#owner.step({ kind: 'tick', atMs: tickMs }));
  }

  /** Goes on from what was saved the last time, and saves then. */
  #crashOwner(): void {
    const shards = this.#shards.length;
    const saved = this.#ownerSaved;
    const state = saved === undefined ? undefined : (JSON.parse(saved) as ReturnType<Watcher['snapshot']>);
    this.#owner = createWatcher(this.#pipeline, state, { shards });
    this.#ownerAt = this.#placeAfter(state?.lastSequence ?? 0);
    this.#outputs = this.#outputs.slice(0, this.#outputsSaved);
    const { parts } = this.#owner;
    this.#heard = Math.min(...this.#shards.map((_, shard) => parts?.partsSequenceOf(shard) ?? 0));
    this.#hear(3);
    this.#ownerSaved = JSON.stringify(this.#owner.snapshot());
    this.#outputsSaved = this.#outputs.length;
  }
}
