/** What is expected of one signal of one group, learnt pane by pane as the watermark closes them. Rules that watch the same
 *  signal share it. A post that comes after its pane has closed is counted there and not learnt. */
import { Baseline, type BaselineState, type Reading } from '../baseline/baseline.ts';
import type { SeriesKind } from '../baseline/baseline.config.ts';
import type { Series } from '../window/series.ts';
import type { AlertExpectation, Observed } from './alert.ts';
import { expectationOf } from './evidence.ts';
import type { Presence } from './presence.ts';
import type { ObservedField } from './rule.config.ts';

const KINDS: Readonly<Record<ObservedField, SeriesKind>> = {
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

/** A group without a post for this long is forgotten, so that a channel that is gone makes room. */
const FORGET_AFTER_MS = 14 * 86_400_000;

export interface SignalBaselineState {
  readonly signal: ObservedField;
  readonly paneMs: number;
  /** Where the next pane to learn begins; absent before the first post. */
  readonly nextMs?: number;
  readonly lastPostMs: number;
  readonly panes: number;
  readonly reading?: Reading;
  readonly baseline?: BaselineState;
}

export class SignalBaseline {
  readonly signal: ObservedField;
  readonly #series: Series;
  readonly #presence: Presence;
  readonly #latenessMs: number;
  #baseline: Baseline;
  #nextMs: number | undefined;
  /** End of the last pane with a post. */
  #lastPostMs: number;
  #panes: number;
  #reading: Reading | undefined;
  #expectation: AlertExpectation | undefined;

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
    this.#baseline = this.#open(state?.baseline);
    this.#nextMs = state?.nextMs;
    this.#lastPostMs = state?.lastPostMs ?? 0;
    this.#panes = state?.panes ?? 0;
    this.#read(state?.reading);
  }

  /** Before the first post. */
  get isIdle(): boolean {
    return this.#nextMs === undefined;
  }

  /** Of the last closed pane that could be read. */
  get reading(): Reading | undefined {
    return this.#reading;
  }

  get expectation(): AlertExpectation | undefined {
    return this.#expectation;
  }

  /** How long ago the pane of the reading ended, when the last pane closed. */
  get readingAgeMs(): number {
    if (this.#nextMs === undefined || !this.#reading) return Number.POSITIVE_INFINITY;
    return this.#nextMs - this.#reading.timeMs - this.#series.paneMs;
  }

  /** When the next pane closes; infinite while there is none to come. */
  get dueMs(): number {
    if (this.#nextMs === undefined) return Number.POSITIVE_INFINITY;
    const isLost = this.#reading?.reason === 'no_data';
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

  /** Learns the panes that have closed; whether there were any. */
  advance(nowMs: number): boolean {
    const { paneMs } = this.#series;
    let learnt = false;
    while (this.#nextMs !== undefined && this.dueMs <= nowMs) {
      learnt = true;
      const startMs = this.#nextMs;
      const missingUntilMs = this.#presence.missingUntil(startMs);
      if (missingUntilMs === undefined) this.#learn(startMs);
      else this.#read(this.#baseline.observe(startMs, undefined));
      const isOver = missingUntilMs === undefined || missingUntilMs === Number.POSITIVE_INFINITY;
      this.#nextMs = isOver ? startMs + paneMs : Math.max(startMs + paneMs, missingUntilMs);
      if (this.#nextMs - this.#lastPostMs > FORGET_AFTER_MS) this.#forget();
    }
    return learnt;
  }

  toState(): SignalBaselineState {
    const baseline = this.#baseline.snapshot();
    return {
      signal: this.signal,
      paneMs: this.#series.paneMs,
      ...(this.#nextMs !== undefined && { nextMs: this.#nextMs }),
      lastPostMs: this.#lastPostMs,
      panes: this.#panes,
      ...(this.#reading && { reading: this.#reading }),
      ...(baseline && { baseline }),
    };
  }

  /** Shares and means of nothing are unknown, not zero: what was read last stands. */
  #learn(startMs: number): void {
    const pane = this.#series.pane(startMs);
    const observed: Observed | undefined = pane?.observe();
    const posts = observed?.volume ?? 0;
    if (posts > 0) this.#lastPostMs = startMs + this.#series.paneMs;
    if (posts === 0 && KINDS[this.signal] !== 'count') return;
    this.#panes += 1;
    this.#read(this.#baseline.observe(startMs, observed?.[this.signal] ?? 0, Math.max(1, posts)));
  }

  #read(reading: Reading | undefined): void {
    this.#reading = reading;
    const learnt = { panes: this.#panes, paneMs: this.#series.paneMs };
    this.#expectation = reading && expectationOf(this.signal, reading, learnt);
  }

  #forget(): void {
    this.#baseline = this.#open(undefined);
    this.#nextMs = undefined;
    this.#panes = 0;
    this.#read(undefined);
  }

  #open(restored: BaselineState | undefined): Baseline {
    return new Baseline({ kind: KINDS[this.signal], pane: this.#series.paneMs }, restored);
  }
}
