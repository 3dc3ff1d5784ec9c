/** Synthetic series with realistic noise: negative binomial counts as a gamma mixture of Poissons. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** A Monday, 00:00 UTC. */
export const START_MS = Date.UTC(2024, 0, 1);

type Random = () => number;

export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Marsaglia and Tsang. */
export function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Knuth's for small means, a rounded normal for large ones. */
export function poisson(random: Random, mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
}

/** Variance = mean + dispersion · mean². */
export function negativeBinomial(random: Random, mean: number, dispersion: number): number {
  return poisson(random, dispersion > 0 ? mean * dispersion * gamma(random, 1 / dispersion) : mean);
}

export interface Traffic {
  /** Mean of a pane at the start. */
  readonly base: number;
  /** Variance = mean + dispersion · mean². */
  readonly dispersion: number;
  /** Variance as a multiple of the mean, instead of a dispersion. */
  readonly varianceToMean?: number;
  /** The mean wanders by a log-normal factor: its correlation from pane to pane, and its deviation in logarithms. */
  readonly wander?: { readonly correlation: number; readonly deviation: number };
  /** Share of panes that are missing. */
  readonly missing?: number;
  /** Amplitude of a day's rhythm, 0 to 1. */
  readonly daily?: number;
  /** Weekends have this share less. */
  readonly weekend?: number;
  /** Factor over the whole series. */
  readonly growth?: number;
}

/** The mean of pane `index` of `count`. */
export function meanOf(
  { base, daily = 0, weekend = 0, growth = 1 }: Traffic,
  { index, count, paneMs }: { index: number; count: number; paneMs: number },
): number {
  const days = (index * paneMs) / DAY_MS;
  const rhythm = 1 + daily * Math.sin(2 * Math.PI * (days - 0.3));
  return base * growth ** (index / count) * rhythm * (Math.floor(days) % 7 >= 5 ? 1 - weekend : 1);
}

/** A factor of mean 1 for each pane. */
function* wandering(random: Random, { wander }: Traffic): Generator<number, never> {
  const { correlation, deviation } = wander ?? { correlation: 0, deviation: 0 };
  let away = 0;
  for (;;) {
    if (deviation > 0)
      away = correlation * away + Math.sqrt(1 - correlation ** 2) * deviation * normal(random);
    yield Math.exp(away - deviation ** 2 / 2);
  }
}

/** Counts, pane after pane; a planted surge multiplies the mean. */
export function* counts(
  traffic: Traffic,
  {
    random,
    days,
    paneMs,
    surge = () => 1,
  }: { random: Random; days: number; paneMs: number; surge?: (index: number) => number },
): Generator<{ timeMs: number; value: number; mean: number }> {
  const count = Math.floor((days * DAY_MS) / paneMs);
  const { varianceToMean, missing = 0 } = traffic;
  const factors = wandering(random, traffic);
  for (let index = 0; index < count; index++) {
    const mean = meanOf(traffic, { index, count, paneMs });
    const now = mean * surge(index) * factors.next().value;
    const dispersion = varianceToMean === undefined ? traffic.dispersion : (varianceToMean - 1) / now;
    const value = negativeBinomial(random, now, dispersion);
    if (missing > 0 && random() < missing) continue;
    yield { timeMs: START_MS + index * paneMs, value, mean };
  }
}
