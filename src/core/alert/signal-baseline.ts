/** What is expected of one signal of one group, learnt pane by pane as the watermark closes them. Rules that watch the same
 *  signal share it. What changes a pane that was learnt, while it is kept, is learnt anew. */
import type { Reading } from '../baseline/reading.ts';
import type { SeriesKind } from '../baseline/baseline.config.ts';
import type { Series } from '../window/series.ts';
import type { AlertExpectation, Observed } from './alert.ts';
import { expectationOf } from './evidence.ts';
import { LearntPanes, type LearntPane, type LearntPanesState } from './learnt-panes.ts';
import type { Presence } from './presence.ts';
import type { ObservedField } from './rule.config.ts';

/** What kind of series each number makes. */
export const SIGNAL_KINDS: Readonly<Record<ObservedField, SeriesKind>> = {
  volume: 'count',
  negative: 'count',
  neutral: 'count',
  positive: 'count',
  uncertain: 'count',
  netSentiment: 'value',
  negativeShare: 'share',
  positiveShare: 'share',
  meanScore: 'value',
  authors: 'count',
};

/** What only grows while a pane is open. Authors are estimated when they are many, and an estimate may fall. */
const GROWING: ReadonlySet<ObservedField> = new Set([
  'volume',
  'negative',
  'neutral',
  'positive',
  'uncertain',
]);

/** A group without a post for this long is forgotten, so that a channel that is gone makes room. */
const FORGET_AFTER_MS = 14 * 86_400_000;

export interface SignalBaselineState extends LearntPanesState {
  readonly signal: ObservedField;
  readonly paneMs: number;
  /** Where the next pane to learn begins; absent before the first post. */
  readonly nextMs?: number;
  readonly lastPostMs: number;
  /** How many were learnt. */
  readonly count: number;
  readonly isStale: boolean;
}

export class SignalBaseline {
  readonly signal: ObservedField;
  readonly #series: Series;
  readonly #presence: Presence;
  readonly #latenessMs: number;
  #learnt: LearntPanes;
  #nextMs: number | undefined;
  /** End of the last pane with a post. */
  #lastPostMs: number;
  #count: number;
  /** A pane that was learnt has changed. */
  #isStale: boolean;

  constructor(
    signal: ObservedField,
    source: { series: Series; presence: Presence; latenessMs: number },
    restored?: SignalBaselineState,
  ) {
    const state = restored?.paneMs === source.series.paneMs ? restored : undefined;
    this.signal = signal;
    this.#series = source.series;
    this.#presence = source.presence;
    this.#latenessMs = source.latenessMs;
    this.#learnt = this.#open(state);
    this.#nextMs = state?.nextMs;
    this.#lastPostMs = state?.lastPostMs ?? 0;
    this.#count = state?.count ?? 0;
    this.#isStale = state?.isStale ?? false;
  }

  get paneMs(): number {
    return this.#series.paneMs;
  }

  /** Before the first post. */
  get isIdle(): boolean {
    return this.#nextMs === undefined;
  }

  /** Of the last closed pane that could be read. */
  get reading(): Reading | undefined {
    return this.#learnt.reading;
  }

  /** Of the pane that is learnt next, when what it counts already is unusually much: it can only become more. A whole pane
   *  is expected of it, so that it is told early and never in vain, unless posts are taken back or a backlog is read. */
  get earlyReading(): Reading | undefined {
    if (this.#nextMs === undefined || !GROWING.has(this.signal)) return undefined;
    const count = this.#series.pane(this.#nextMs)?.observe()[this.signal] ?? 0;
    if (count === 0 || this.#presence.missingUntil(this.#nextMs) !== undefined) return undefined;
    return this.#learnt.preview(this.#nextMs, count);
  }

  /** What an alert shows of a reading. */
  expectationOf(reading: Reading | undefined): AlertExpectation | undefined {
    const learnt = { panes: this.#count, paneMs: this.#series.paneMs };
    return reading && expectationOf(this.signal, reading, learnt);
  }

  /** How long ago the pane of the reading ended, when the last pane closed. */
  get readingAgeMs(): number {
    const { reading } = this.#learnt;
    if (this.#nextMs === undefined || !reading) return Number.POSITIVE_INFINITY;
    return this.#nextMs - reading.timeMs - this.#series.paneMs;
  }

  /** When the next pane closes; infinite while there is none to come. */
  get dueMs(): number {
    if (this.#nextMs === undefined) return Number.POSITIVE_INFINITY;
    const isLost = this.reading?.reason === 'no_data';
    if (isLost && this.#presence.missingUntil(this.#nextMs) === Number.POSITIVE_INFINITY)
      return Number.POSITIVE_INFINITY;
    return this.#nextMs + this.#series.paneMs + this.#latenessMs;
  }

  /** A post has come: the series begins with the pane it is now. */
  begin(nowMs: number): void {
    if (this.#nextMs !== undefined) return;
    this.#nextMs = this.#series.startOf(nowMs);
    this.#lastPostMs = this.#nextMs;
  }

  /** A pane has changed. */
  touch(timeMs: number): void {
    if (this.#nextMs !== undefined && timeMs < this.#nextMs) this.#isStale = true;
  }

  /** Learns the panes that have closed, and anew those that have changed; whether there were any. */
  advance(nowMs: number): boolean {
    const { paneMs } = this.#series;
    let learnt = this.#isStale;
    if (this.#isStale) this.#learnt.relearn((startMs) => this.#pane(startMs, nowMs));
    this.#isStale = false;
    while (this.#nextMs !== undefined && this.dueMs <= nowMs) {
      learnt = true;
      const startMs = this.#nextMs;
      const missingUntilMs = this.#presence.missingUntil(startMs);
      if (missingUntilMs === undefined) this.#learn(startMs);
      else this.#learnt.learn([startMs, null, 1]);
      const isOver = missingUntilMs === undefined || missingUntilMs === Number.POSITIVE_INFINITY;
      this.#nextMs = isOver ? startMs + paneMs : Math.max(startMs + paneMs, missingUntilMs);
      if (this.#nextMs - this.#lastPostMs > FORGET_AFTER_MS) this.#forget();
    }
    return learnt;
  }

  toState(): SignalBaselineState {
    return {
      signal: this.signal,
      paneMs: this.#series.paneMs,
      ...(this.#nextMs !== undefined && { nextMs: this.#nextMs }),
      lastPostMs: this.#lastPostMs,
      count: this.#count,
      isStale: this.#isStale,
      ...this.#learnt.toState(),
    };
  }

  /** Shares and means of nothing are unknown, not zero: what was read last stands. */
  #learn(startMs: number): void {
    const posts = this.#series.pane(startMs)?.messages ?? 0;
    if (posts > 0) this.#lastPostMs = startMs + this.#series.paneMs;
    if (posts === 0 && SIGNAL_KINDS[this.signal] !== 'count') return;
    this.#count += 1;
    this.#learnt.learn(this.#valueOf(startMs));
  }

  /** Undefined when it is not kept any more. A share or mean of nothing stays what it was. */
  #pane(startMs: number, nowMs: number): LearntPane | undefined {
    if (!this.#series.keeps(startMs, nowMs)) return undefined;
    const posts = this.#series.pane(startMs)?.messages ?? 0;
    return posts === 0 && SIGNAL_KINDS[this.signal] !== 'count' ? undefined : this.#valueOf(startMs);
  }

  #valueOf(startMs: number): LearntPane {
    const observed: Observed | undefined = this.#series.pane(startMs)?.observe();
    return [startMs, observed?.[this.signal] ?? 0, Math.max(1, observed?.volume ?? 0)];
  }

  #forget(): void {
    this.#learnt = this.#open(undefined);
    this.#nextMs = undefined;
    this.#count = 0;
  }

  #open(restored: LearntPanesState | undefined): LearntPanes {
    return new LearntPanes({ kind: SIGNAL_KINDS[this.signal], pane: this.#series.paneMs }, restored);
  }
}
