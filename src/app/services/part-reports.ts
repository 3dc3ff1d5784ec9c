/** What the shards of a split pipeline tell its owner, on the stream of parts: written by a shard in the time of its lease, read by the
 *  owner into the parts that it sums. */
import type { PartsIntake } from '../../core/alert/watcher-contract.ts';
import type { ShardReport } from '../../core/partition/report.ts';
import type { ShardPlace } from '../../core/partition/shard-of.ts';
import type { Bus, BusReader, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { readStored } from './read-stored.ts';

/** Characters of the entries in one report; one entry may be longer. */
const REPORT_CHARS_MAX = 262_144;
/** Entries of a shard that wait for the others; further ones stay in the stream. */
const WAITING_ENTRIES_MAX = 20_000;

/** One report, or several where there is much to tell: only the last says how far the shard has come. */
export function reportsOf(report: ShardReport, before: Pick<ShardReport, 'sequence' | 'tickMs'>): string[] {
  const { ended, views, entries: all, ...head } = report;
  const write = (rest: Partial<ShardReport>, entries: readonly string[]) =>
    `${JSON.stringify({ ...head, ...rest }).slice(0, -1)},"entries":[${entries.join(',')}]}`;
  const reports: string[] = [];
  let entries: string[] = [];
  let chars = 0;
  for (const entry of all) {
    const text = JSON.stringify(entry);
    if (chars > 0 && chars + text.length > REPORT_CHARS_MAX) {
      reports.push(write({ ...before, ended: [] }, entries));
      [entries, chars] = [[], 0];
    }
    entries.push(text);
    chars += text.length;
  }
  reports.push(write({ ended, ...(views && { views }) }, entries));
  return reports;
}

/** What stands on the subject of a shard after this place of PARTS, by whomever. Rejects when the stream cannot be asked. */
export async function readReports(
  {
    bus,
    pipeline,
    place,
  }: { readonly bus: Bus; readonly pipeline: { readonly name: string }; readonly place: ShardPlace },
  fromSequence: number,
): Promise<ShardReport[]> {
  const { lastSequence } = await bus.streamState(STREAMS.parts);
  const from = { sequence: fromSequence > lastSequence ? 1 : fromSequence + 1 };
  const reports: ShardReport[] = [];
  const decoder = new TextDecoder();
  const spec = { stream: STREAMS.parts, filterSubject: subjects.part(pipeline.name, place), from };
  await readStored(bus, spec, (batch) => {
    for (const { data } of batch) {
      const report = parseReport(decoder.decode(data), place);
      if (report) reports.push(report);
    }
  });
  return reports;
}

interface PartReaderOptions {
  readonly bus: Bus;
  readonly pipeline: { readonly name: string; readonly watch: { readonly shards: number } };
  readonly parts: PartsIntake;
  readonly telemetry: Telemetry;
  readonly onFailure: (error: unknown) => void;
}

/** Reads each shard's reports, no faster than the owner can use them. */
export class PartReader {
  readonly #options: PartReaderOptions;
  readonly #readers: BusReader[] = [];
  readonly #decoder = new TextDecoder();
  #isStopped = false;
  /** The place of SCORED that the owner wants to read up to. */
  #wanted = 0;
  #wake: () => void = () => undefined;
  #changed: Promise<void>;

  private constructor(options: PartReaderOptions) {
    this.#options = options;
    this.#changed = this.#nextChange();
  }

  /** Rejects when the stream cannot be asked. */
  static async open(options: PartReaderOptions): Promise<PartReader> {
    const { bus, pipeline, parts, onFailure } = options;
    const { lastSequence } = await bus.streamState(STREAMS.parts);
    const reader = new PartReader(options);
    const { shards } = pipeline.watch;
    for (let shard = 0; shard < shards; shard++) {
      const known = parts.partsSequenceOf(shard);
      const spec = {
        stream: STREAMS.parts,
        filterSubject: subjects.part(pipeline.name, { shard, shards }),
        from: { sequence: known > lastSequence ? 1 : known + 1 }, // One that ends before was made anew.
      };
      const one = bus.read(spec, (batch) => reader.#take({ shard, shards }, batch));
      one.done.catch(onFailure);
      reader.#readers.push(one);
    }
    return reader;
  }

  /** Resolves with true once every shard has told what follows from SCORED up to here, with false when it is stopped before. */
  async covers(sequence: number): Promise<boolean> {
    this.#wanted = sequence;
    this.moved();
    while (!this.#isStopped && this.#options.parts.sequence < sequence) await this.#changed;
    return !this.#isStopped;
  }

  /** The owner has gone on: there is room for more. */
  moved(): void {
    this.#wake();
    this.#changed = this.#nextChange();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.moved();
    await Promise.all(this.#readers.map((reader) => reader.stop()));
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #take(place: ShardPlace, batch: readonly StoredMessage[]): Promise<void> {
    const { pipeline, parts, telemetry } = this.#options;
    for (const { data, sequence } of batch) {
      const report = parseReport(this.#decoder.decode(data), place);
      const outcome = report ? parts.take(report, sequence) : 'unreadable';
      if (outcome !== 'taken')
        telemetry({ type: 'limit_reached', limit: `part_${outcome}`, pipeline: pipeline.name, count: 1 });
    }
    this.moved();
    // What the owner waits for itself is never kept waiting.
    const isFull = () =>
      parts.waitingOf(place.shard) > WAITING_ENTRIES_MAX && parts.sequenceOf(place.shard) >= this.#wanted;
    while (!this.#isStopped && isFull()) await this.#changed;
  }
}

/** What stands on a subject of parts is ours, but anyone may publish there. */
function parseReport(text: string, { shard, shards }: ShardPlace): ShardReport | undefined {
  try {
    const value = JSON.parse(text) as Partial<ShardReport> | null;
    const sound =
      value?.shard === shard &&
      value.shards === shards &&
      [value.epoch, value.sequence].every(Number.isSafeInteger) &&
      (value.tickMs === null || Number.isFinite(value.tickMs)) &&
      Array.isArray(value.entries) &&
      Array.isArray(value.ended);
    return sound ? (value as ShardReport) : undefined;
  } catch {
    return undefined;
  }
}
