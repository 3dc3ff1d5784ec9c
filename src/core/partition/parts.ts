/** The owner's side of a split pipeline: takes what the shards tell, in whatever order it comes and however often, and gives it
 *  on at its moment of event time: panes are summed into the group of all channels, what rules by channel said is passed on.
 *
 *  All shards and the owner read the same stream with the same clocks, so that a moment of event time is the same place in the
 *  stream to all of them. */
import type { Alert } from '../alert/alert.ts';
import type { Group } from '../alert/group.ts';
import type { CellOutput } from '../alert/life.ts';
import type { ChannelView } from '../alert/channel-view.ts';
import type { Witness } from '../alert/witness.ts';
import { compareText } from '../order/compare-text.ts';
import { Series, type SeriesSpec, type SeriesState } from '../window/series.ts';
import { EVALUATION_STEP_MS } from '../window/watermark.ts';
import {
  isBehind,
  NO_ENTRY,
  type Entry,
  type EntryPlace,
  type PanePart,
  type ShardReport,
} from './report.ts';

export interface PartState {
  readonly epoch: number;
  /** The last entry that was given on. */
  readonly given: EntryPlace;
  /** Up to this place of PARTS nothing needs to be read again. */
  readonly partsSequence: number;
  readonly sequence: number;
  readonly tickMs: number | null;
  readonly series: readonly SeriesState[];
}

export interface PartsState {
  readonly parts: readonly PartState[];
  /** Of rules by channel, pending and firing. */
  readonly alerts: readonly Alert[];
  /** How alerts of rules that are gone end, at their time. */
  readonly ended: readonly Alert[];
}

/** How far the reports of a shard go. */
interface Progress {
  readonly epoch: number;
  readonly sequence: number;
  /** What followed from ticks is told up to `tickMs`, when all up to `tickedSequence` has been read. */
  readonly tickMs: number | null;
  readonly tickedSequence: number;
}

/** An entry to give on, with the place of its report in PARTS and how far those before it go: another life of the owner reads the
 *  report again, and has to hear it. */
interface Waiting {
  readonly entry: Entry;
  readonly partsSequence: number;
  readonly before: Progress;
}

interface Part {
  progress: Progress;
  given: EntryPlace;
  taken: EntryPlace;
  readonly waiting: Waiting[];
  partsSequence: number;
  readonly series: readonly Series[];
  views: readonly ChannelView[];
}

interface PartsOptions {
  readonly shards: number;
  readonly specs: readonly SeriesSpec[];
  /** The group of all channels. */
  readonly whole: () => Group;
  readonly witness: Witness;
}

export class Parts {
  readonly #options: PartsOptions;
  readonly #parts: readonly Part[];
  readonly #alerts: Map<string, Alert>;
  #ended: readonly Alert[];

  constructor(options: PartsOptions, restored?: PartsState) {
    this.#options = options;
    this.#parts = Array.from({ length: options.shards }, (_, shard) =>
      partOf(options, restored?.parts[shard]),
    );
    this.#alerts = new Map(restored?.alerts.map((alert) => [alert.id, alert]));
    this.#ended = restored?.ended ?? [];
  }

  /** `partsSequence`: its place in PARTS. A report of an earlier holder of the shard, or of another number of shards, is not heard. */
  take(report: ShardReport, partsSequence: number): 'taken' | 'fenced' {
    const part = this.#parts[report.shard];
    if (!part || report.shards !== this.#options.shards || report.epoch < part.progress.epoch)
      return 'fenced';
    const before = part.progress;
    for (const entry of report.entries) {
      if (!isBehind(entry, part.taken)) continue;
      part.taken = { atMs: entry.atMs, index: entry.index };
      part.waiting.push({ entry, partsSequence, before });
    }
    if (report.ended.length > 0) this.#ended = [...this.#ended, ...report.ended];
    part.partsSequence = Math.max(part.partsSequence, partsSequence);
    part.progress = progressAfter(before, report);
    if (report.views) part.views = report.views;
    return 'taken';
  }

  /** Up to this place of SCORED every shard has told what follows. */
  get sequence(): number {
    return Math.min(...this.#parts.map(({ progress }) => progress.sequence));
  }

  sequenceOf(shard: number): number {
    return this.#parts[shard]?.progress.sequence ?? 0;
  }

  /** Up to when every shard has told what follows from the clock, for one who has read up to this place of SCORED; undefined when
   *  a message is to be read first. */
  tickMs(sequence: number): number | undefined {
    let least = Number.POSITIVE_INFINITY;
    for (const { tickMs, tickedSequence } of this.#parts.map(({ progress }) => progress)) {
      if (tickMs === null || tickedSequence > sequence) return undefined;
      least = Math.min(least, tickMs);
    }
    return least;
  }

  /** Entries of a shard that wait to be given on. */
  waitingOf(shard: number): number {
    return this.#parts[shard]?.waiting.length ?? 0;
  }

  /** Up to where PARTS need not be read again for a shard. */
  partsSequenceOf(shard: number): number {
    const part = this.#parts[shard];
    return part ? settledSequence(part) : 0;
  }

  /** The next moment at which there is something to evaluate or to pass on. */
  get dueMs(): number {
    let due = this.#ended.reduce(
      (least, { at }) => Math.min(least, Date.parse(at)),
      Number.POSITIVE_INFINITY,
    );
    for (const { waiting } of this.#parts) {
      const entry = waiting[0]?.entry;
      if (entry)
        due = Math.min(due, entry.told.kind === 'cell' ? entry.atMs : entry.atMs + EVALUATION_STEP_MS);
    }
    return due;
  }

  /** Sums what was counted before this moment, and answers what rules by channel said up to it, by channel. */
  advance(nowMs: number): readonly CellOutput[] {
    const cells: { readonly atMs: number; readonly channel: string; readonly output: CellOutput }[] = [];
    for (const part of this.#parts) {
      let given = 0;
      for (const { entry } of part.waiting) {
        const { told, atMs, index } = entry;
        if (atMs > nowMs || (atMs === nowMs && told.kind !== 'cell')) break;
        given += 1;
        part.given = { atMs, index };
        if (told.kind === 'cell') cells.push({ atMs, channel: told.channel, output: told.output });
        else if (told.kind === 'pane') this.#sum(part, told.pane, atMs);
        else if (told.kind === 'seen') this.#options.witness.merge(told);
        else this.#options.whole().mergeTakenBack(told);
      }
      part.waiting.splice(0, given);
    }
    cells.sort((left, right) => left.atMs - right.atMs || compareText(left.channel, right.channel));
    const outputs = cells.map(({ output }) => output);
    for (const output of outputs) if (output.kind === 'transition') this.#note(output.alert);
    return this.#ended.length === 0 ? outputs : [...outputs, ...this.#end(nowMs)];
  }

  retire(nowMs: number): void {
    for (const { series } of this.#parts) for (const one of series) one.retire(nowMs);
  }

  /** Of rules by channel, pending and firing. */
  alerts(): readonly Alert[] {
    return [...this.#alerts.values()];
  }

  /** Of each channel, busiest first, as they were told last. */
  views(): readonly ChannelView[] {
    return this.#parts
      .flatMap(({ views }) => views)
      .sort(
        (left, right) =>
          right.observed.volume - left.observed.volume || compareText(left.channel, right.channel),
      );
  }

  toState(): PartsState {
    return {
      parts: this.#parts.map((part) => {
        const { epoch, sequence, tickMs } = part.waiting[0]?.before ?? part.progress;
        const series = part.series.map((one) => one.toState());
        return { epoch, sequence, tickMs, given: part.given, partsSequence: settledSequence(part), series };
      }),
      alerts: this.alerts(),
      ended: this.#ended,
    };
  }

  #sum(part: Part, pane: PanePart, atMs: number): void {
    const own = seriesOf(part, pane.paneMs);
    if (!own) return; // Of a rule that is gone.
    if (pane.how === 'added') {
      own.merge(pane, atMs);
      this.#options.whole().merge(pane, atMs);
      return;
    }
    own.replace(pane.startMs, [pane]);
    const all = this.#parts.flatMap((one) => seriesOf(one, pane.paneMs)?.paneState(pane.startMs) ?? []);
    this.#options.whole().replace(pane, all, atMs);
  }

  /** All that was said of them before has been passed on by then; told twice, they end once. */
  #end(nowMs: number): readonly CellOutput[] {
    const due = this.#ended.filter(({ at }) => Date.parse(at) <= nowMs);
    this.#ended = this.#ended.filter(({ at }) => Date.parse(at) > nowMs);
    return due.flatMap((alert): CellOutput[] =>
      this.#alerts.delete(alert.id) ? [{ kind: 'transition', alert }] : [],
    );
  }

  #note(alert: Alert): void {
    if (alert.state === 'pending' || alert.state === 'firing') this.#alerts.set(alert.id, alert);
    else this.#alerts.delete(alert.id);
  }
}

function partOf({ specs }: PartsOptions, restored: PartState | undefined): Part {
  const given = restored?.given ?? NO_ENTRY;
  const { epoch, sequence, tickMs } = restored ?? { epoch: 0, sequence: 0, tickMs: null };
  return {
    progress: { epoch, sequence, tickMs, tickedSequence: sequence },
    given,
    taken: given,
    waiting: [],
    partsSequence: restored?.partsSequence ?? 0,
    series: specs.map((spec) => {
      const known = restored?.series.find(({ paneMs }) => paneMs === spec.paneMs);
      return new Series({ ...spec, oversMs: [] }, known);
    }),
    views: [],
  };
}

function progressAfter(before: Progress, { epoch, sequence, tickMs }: ShardReport): Progress {
  const ticked =
    tickMs !== null && tickMs > (before.tickMs ?? Number.NEGATIVE_INFINITY)
      ? { tickMs, tickedSequence: sequence }
      : { tickMs: before.tickMs, tickedSequence: before.tickedSequence };
  return { epoch, sequence: Math.max(before.sequence, sequence), ...ticked };
}

function settledSequence({ waiting, partsSequence }: Part): number {
  const oldest = waiting[0];
  return oldest ? oldest.partsSequence - 1 : partsSequence;
}

function seriesOf({ series }: Part, paneMs: number): Series | undefined {
  return series.find((one) => one.paneMs === paneMs);
}
