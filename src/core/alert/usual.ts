/** What a threshold rule's number usually is, for people who are told that it is more: mean and variance over the spans before, each
 *  looked at once, without those in which the rule alerted. Small enough for every group. It decides nothing; rules that decide by what
 *  is expected have a baseline. */
import type { SeriesKind } from '../baseline/baseline.config.ts';
import { formatDuration } from '../config/fields.ts';
import type { AlertExpectation, Observed } from './alert.ts';
import type { ObservedField } from './rule.config.ts';
import type { ThresholdRule } from './rules.ts';
import { SIGNAL_KINDS } from './signal-baseline.ts';

/** Spans that are remembered: older ones fade. */
const SPANS_MAX = 288;
/** Nothing is said of fewer. */
const SPANS_MIN = 12;
/** Standard deviations from the mean between which three of four spans lie at least, however they are distributed (Chebyshev). */
const USUAL_DEVIATIONS = 2;
/** No number varies less: of counts their mean, as counts of independent posts do. */
const VARIANCE_MIN = { count: 0.25, other: 0.0025 } as const;
const BOUNDS: Readonly<Record<SeriesKind, readonly [number, number]>> = {
  count: [0, Number.POSITIVE_INFINITY],
  share: [0, 1],
  value: [-1, 1],
};
const WEEK_MS = 7 * 86_400_000;

/** Plain JSON. */
export interface UsualState {
  readonly rule: string;
  readonly definition: string;
  readonly mean: number;
  readonly variance: number;
  readonly spans: number;
  /** When the next span ends: epoch milliseconds. */
  readonly nextMs: number;
  /** What was seen last; absent where nothing can be said of no posts. */
  readonly last?: number;
  readonly isAlerting: boolean;
}

export class Usual {
  readonly #rule: ThresholdRule;
  readonly #signal: ObservedField;
  #mean: number;
  #variance: number;
  #spans: number;
  #nextMs: number | undefined;
  #last: number | undefined;
  #isAlerting: boolean;

  constructor(rule: ThresholdRule, signal: ObservedField, restored?: UsualState) {
    this.#rule = rule;
    this.#signal = signal;
    this.#mean = restored?.mean ?? 0;
    this.#variance = restored?.variance ?? 0;
    this.#spans = restored?.spans ?? 0;
    this.#nextMs = restored?.nextMs;
    this.#last = restored?.last;
    this.#isAlerting = restored?.isAlerting ?? false;
  }

  /** Called at each evaluation: what is seen stands until the next one. Spans end at multiples of their length. */
  see(observed: Observed, nowMs: number): void {
    const { over } = this.#rule.config;
    if (this.#nextMs !== undefined && nowMs >= this.#nextMs) {
      const ended = Math.floor((nowMs - this.#nextMs) / over) + 1;
      if (!this.#isAlerting && this.#last !== undefined) this.#learn(this.#last, Math.min(ended, SPANS_MAX));
      this.#nextMs += ended * over;
    }
    this.#nextMs ??= (Math.floor(nowMs / over) + 1) * over;
    this.#last = this.#isCount || observed.volume > 0 ? observed[this.#signal] : undefined;
  }

  /** Whether what was seen last is part of an alert. */
  alerts(isAlerting: boolean): void {
    this.#isAlerting = isAlerting;
  }

  /** Undefined until enough is known. */
  expectationOf(observed: Observed): AlertExpectation | undefined {
    if (this.#spans < SPANS_MIN) return undefined;
    const { over } = this.#rule.config;
    const [signal, expected] = [this.#signal, this.#mean];
    const varianceMin = this.#isCount ? Math.max(VARIANCE_MIN.count, expected) : VARIANCE_MIN.other;
    const deviation = Math.sqrt(Math.max(this.#variance, varianceMin));
    const value = observed[signal];
    const [least, most] = BOUNDS[SIGNAL_KINDS[signal]];
    // Tails that fall like those of a Laplace distribution, heavier than a normal one's.
    const share = Math.exp((-Math.SQRT2 * Math.abs(value - expected)) / deviation) / 2;
    const spans = this.#spans === SPANS_MAX ? `the last ${SPANS_MAX}` : `${this.#spans}`;
    return {
      ...{ signal, over: formatDuration(over), observed: value, expected },
      low: Math.max(least, expected - USUAL_DEVIATIONS * deviation),
      high: Math.min(most, expected + USUAL_DEVIATIONS * deviation),
      score: 1 / (1 + (WEEK_MS / over) * share),
      baseline: `mean of ${spans} spans of ${formatDuration(over)} in which the rule did not alert`,
    };
  }

  toState(): UsualState | undefined {
    if (this.#nextMs === undefined) return undefined;
    const { config, definition } = this.#rule;
    return {
      ...{ rule: config.name, definition, mean: this.#mean, variance: this.#variance, spans: this.#spans },
      ...{ nextMs: this.#nextMs, isAlerting: this.#isAlerting },
      ...(this.#last !== undefined && { last: this.#last }),
    };
  }

  get #isCount(): boolean {
    return SIGNAL_KINDS[this.#signal] === 'count';
  }

  /** Exponentially weighted (Finch, Incremental calculation of weighted mean and variance, 2009); of the first ones alike. */
  #learn(value: number, times: number): void {
    for (let time = 0; time < times; time += 1) {
      this.#spans = Math.min(this.#spans + 1, SPANS_MAX);
      const weight = 1 / this.#spans;
      const difference = value - this.#mean;
      this.#mean += weight * difference;
      this.#variance = (1 - weight) * (this.#variance + weight * difference * difference);
    }
  }
}
