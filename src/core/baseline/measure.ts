/** What differs between counts, shares and other values: how a deviation is measured, which tail noise alone has, how a factor
 *  of the season applies, and what an outlier may teach. */
import type { SeriesKind } from './baseline.config.ts';
import type { Sum } from './sliding-sum.ts';
import { lnBetaBinomialTail, lnNegativeBinomialTail } from './tails.ts';

export type Side = 'up' | 'down';

export interface Measure {
  /** 0 when a sum is as expected, larger the further above it. Comparable over time within one series. */
  deviation(sum: Sum): number;
  /** What a sum is divided by to be a value of the series: counts add up, shares are of posts, other values are means. */
  parts(sum: Sum): number;
  /** The value of one observation that deviates that much from `expected`. */
  valueAt(expected: number, deviation: number, posts: number): number;
  /** ln of the probability that noise alone goes so far; 0 when there is no model of the noise. */
  lnTail(sum: Sum, side: Side): number;
  /** Level and season together; `season` is a factor of counts, a difference of the others. */
  withSeason(level: number, season: number): number;
  withoutSeason(value: number, season: number): number;
  /** The season that a sum shows against what was expected without it. */
  seasonOf(sum: Sum): number;
  /** The value drawn in towards what was expected, for learning: what was just flagged must not become normal. */
  tame(value: number, expected: number, posts: number): number;
  /** Learns how noisy the series is, from a tame value. `rate` in (0, 1]. */
  learn(value: number, expected: number, posts: number, rate: number): void;
  /** Level on the scale on which trends are straight lines, and back. */
  toTrend(level: number): number;
  fromTrend(level: number, change: number): number;
  readonly state: NoiseState;
}

/** Exponentially weighted: dispersion = excess / base. */
export interface NoiseState {
  readonly excess: number;
  readonly base: number;
}

export const NO_SEASON: Readonly<Record<SeriesKind, number>> = { count: 1, share: 0, value: 0 };

export function createMeasure(kind: SeriesKind, restored: NoiseState = { excess: 0, base: 0 }): Measure {
  if (kind === 'count') return new CountMeasure(restored);
  return kind === 'share' ? new ShareMeasure(restored) : new ValueMeasure(restored);
}

const clamp = (value: number, min: number, max: number) => Math.min(max, Math.max(min, value));

/** Counts: negative binomial noise; deviations on the scale that makes its variance even, between the square root of few and
 *  the logarithm of many. */
class CountMeasure implements Measure {
  /** Dispersion of the scale (not of the noise, which is learnt). Plateau 0.05 to 0.5. */
  static readonly #SCALE = 0.2;
  /** Fewer than this are never expected: a first mention after weeks of silence has a finite surprise. */
  static readonly #EXPECTED_MIN = 0.02;
  /** Dispersion believed before there are data, and how much mean² of data outweighs it. */
  static readonly #PRIOR = { dispersion: 0.2, weight: 0.02 };
  /** A value teaches no more than this many times the expected one. Plateau 2 to 20. */
  static readonly #TAME = 3;
  #excess: number;
  #base: number;

  constructor({ excess, base }: NoiseState) {
    this.#excess = excess;
    this.#base = base;
  }

  get state(): NoiseState {
    return { excess: this.#excess, base: this.#base };
  }

  /** Variance = mean + dispersion · mean². */
  get #dispersion(): number {
    const { dispersion, weight } = CountMeasure.#PRIOR;
    return clamp((this.#excess + dispersion * weight) / (this.#base + weight), 0.001, 5);
  }

  parts(): number {
    return 1;
  }

  static #stabilized(count: number): number {
    return 2 * Math.asinh(Math.sqrt(CountMeasure.#SCALE * (count + 0.375)));
  }

  deviation({ observed, expected }: Sum): number {
    return CountMeasure.#stabilized(observed) - CountMeasure.#stabilized(Math.max(0, expected));
  }

  valueAt(expected: number, deviation: number): number {
    const scaled = Math.max(0, CountMeasure.#stabilized(expected) + deviation) / 2;
    return Math.max(0, Math.sinh(scaled) ** 2 / CountMeasure.#SCALE - 0.375);
  }

  /** Panes taken as independent: the sum of n negative binomials has an n-th of the dispersion. */
  lnTail({ observed, expected, panes }: Sum, side: Side): number {
    const mean = Math.max(CountMeasure.#EXPECTED_MIN, expected);
    const dispersion = this.#dispersion / Math.max(1, panes);
    return lnNegativeBinomialTail(observed, { mean, dispersion, side });
  }

  withSeason(level: number, season: number): number {
    return level * season;
  }

  withoutSeason(value: number, season: number): number {
    return value / Math.max(0.01, season);
  }

  seasonOf({ observed, expected }: Sum): number {
    return (observed + 0.5) / (expected + 0.5);
  }

  tame(value: number, expected: number): number {
    return Math.min(value, CountMeasure.#TAME * (expected + 1));
  }

  learn(value: number, expected: number, _posts: number, rate: number): void {
    this.#excess += rate * ((value - expected) ** 2 - expected - this.#excess);
    this.#base += rate * (expected ** 2 - this.#base);
  }

  toTrend(level: number): number {
    return Math.log(level + 1e-3);
  }

  fromTrend(level: number, change: number): number {
    return level * Math.exp(clamp(change, -0.7, 0.7));
  }
}

/** Any real value: deviations in robust standard deviations; no tail is assumed, the series' own extremes decide. */
class ValueMeasure implements Measure {
  /** A value teaches no more than so many standard deviations. */
  static readonly #TAME = 4;
  /** Mean absolute deviation to standard deviation, of a normal distribution. */
  static readonly #TO_DEVIATION = 1.2533;
  #excess: number;
  #base: number;

  constructor({ excess, base }: NoiseState) {
    this.#excess = excess;
    this.#base = base;
  }

  get state(): NoiseState {
    return { excess: this.#excess, base: this.#base };
  }

  #deviationOf(level: number): number {
    const learnt = this.#base > 0 ? (ValueMeasure.#TO_DEVIATION * this.#excess) / this.#base : 0;
    return Math.max(learnt, 1e-3 * Math.abs(level), 1e-9); // A constant series has no noise to measure by.
  }

  parts({ panes }: Sum): number {
    return Math.max(1, panes);
  }

  /** Of the mean over the window, with fewer panes worth less. */
  deviation({ observed, expected, panes }: Sum): number {
    if (panes === 0) return 0;
    return (observed - expected) / (panes * this.#deviationOf(expected / panes));
  }

  valueAt(expected: number, deviation: number, _posts: number): number {
    return expected + deviation * this.#deviationOf(expected);
  }

  lnTail(): number {
    return Number.NEGATIVE_INFINITY;
  }

  withSeason(level: number, season: number): number {
    return level + season;
  }

  withoutSeason(value: number, season: number): number {
    return value - season;
  }

  seasonOf({ observed, expected, panes }: Sum): number {
    return panes === 0 ? 0 : (observed - expected) / panes;
  }

  tame(value: number, expected: number): number {
    if (this.#base === 0) return value;
    const reach = ValueMeasure.#TAME * this.#deviationOf(expected);
    return clamp(value, expected - reach, expected + reach);
  }

  learn(value: number, expected: number, _posts: number, rate: number): void {
    this.#excess += rate * (Math.abs(value - expected) - this.#excess);
    this.#base += rate * (1 - this.#base);
  }

  toTrend(level: number): number {
    return level;
  }

  fromTrend(level: number, change: number): number {
    return level + change;
  }
}

/** Shares of a known number of posts: beta-binomial noise; a share of few posts counts for little. */
class ShareMeasure implements Measure {
  /** As many posts as expected are mixed in: 1 of 1 is no news. */
  static readonly #MIXED_IN = 10;
  static readonly #PRIOR = { correlation: 0.02, weight: 0.2 };
  static readonly #TAME = 4;
  static readonly #TRIALS_MAX = 5_000;
  #excess: number;
  #base: number;

  constructor({ excess, base }: NoiseState) {
    this.#excess = excess;
    this.#base = base;
  }

  get state(): NoiseState {
    return { excess: this.#excess, base: this.#base };
  }

  /** Variance of a share = mean (1 - mean) (1/posts + correlation), nearly. */
  get #correlation(): number {
    const { correlation, weight } = ShareMeasure.#PRIOR;
    return clamp((this.#excess + correlation * weight) / (this.#base + weight), 1e-4, 0.9);
  }

  parts({ posts }: Sum): number {
    return Math.max(1, posts);
  }

  static #stabilized(share: number): number {
    return 2 * Math.asin(Math.sqrt(clamp(share, 0, 1)));
  }

  deviation({ observed, expected, posts }: Sum): number {
    if (posts <= 0) return 0;
    const usual = expected / posts;
    const mixed = (observed + usual * ShareMeasure.#MIXED_IN) / (posts + ShareMeasure.#MIXED_IN);
    return ShareMeasure.#stabilized(mixed) - ShareMeasure.#stabilized(usual);
  }

  valueAt(expected: number, deviation: number, posts: number): number {
    const angle = clamp(ShareMeasure.#stabilized(expected) + deviation, 0, Math.PI);
    const mixed = Math.sin(angle / 2) ** 2;
    const weight = Math.max(posts, 1);
    return clamp(expected + ((mixed - expected) * (weight + ShareMeasure.#MIXED_IN)) / weight, 0, 1);
  }

  /** Panes taken as independent, as with counts. Beyond `#TRIALS_MAX` posts the share decides, not their number. */
  lnTail({ observed, expected, posts, panes }: Sum, side: Side): number {
    if (posts < 1) return 0;
    const mean = clamp(expected / posts, 1e-3, 1 - 1e-3);
    const trials = Math.min(posts, ShareMeasure.#TRIALS_MAX);
    const correlation = this.#correlation / Math.max(1, panes);
    return lnBetaBinomialTail((observed / posts) * trials, { trials, mean, correlation, side });
  }

  withSeason(level: number, season: number): number {
    return clamp(level + season, 1e-3, 1 - 1e-3);
  }

  withoutSeason(value: number, season: number): number {
    return clamp(value - season, 0, 1);
  }

  seasonOf({ observed, expected, posts }: Sum): number {
    return (observed - expected) / (posts + ShareMeasure.#MIXED_IN);
  }

  tame(value: number, expected: number, posts: number): number {
    const variance = expected * (1 - expected) * (1 / Math.max(1, posts) + this.#correlation);
    const reach = ShareMeasure.#TAME * Math.sqrt(variance);
    return clamp(value, expected - reach, expected + reach);
  }

  learn(value: number, expected: number, posts: number, rate: number): void {
    const binomial = expected * (1 - expected);
    this.#excess += rate * ((value - expected) ** 2 - binomial / Math.max(1, posts) - this.#excess);
    this.#base += rate * (binomial - this.#base);
  }

  toTrend(level: number): number {
    return level;
  }

  fromTrend(level: number, change: number): number {
    return clamp(level + change, 1e-3, 1 - 1e-3);
  }
}
