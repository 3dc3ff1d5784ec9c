/** Upper and lower tails of overdispersed counts, as natural logarithms: a surge may be as rare as 10^-200. */

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** ln Γ(x) for x > 0, relative error 1e-14 (Lanczos, g = 7, n = 9). */
export function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] ?? 0) / (x + i - 1);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

function lnBeta(a: number, b: number): number {
  return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
}

const STEPS_MAX = 10_000;
const TINY = 1e-300;

/** ln I_x(a, b), the regularized incomplete beta function (Numerical Recipes 6.4, modified Lentz). */
function lnRegularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return Number.NEGATIVE_INFINITY;
  if (x >= 1) return 0;
  const lnFront = a * Math.log(x) + b * Math.log1p(-x) - lnBeta(a, b);
  if (x < (a + 1) / (a + b + 2)) return Math.min(0, lnFront + Math.log(betaFraction(x, a, b) / a));
  const complement = Math.exp(lnFront) * (betaFraction(1 - x, b, a) / b);
  return complement >= 1 ? Number.NEGATIVE_INFINITY : Math.log1p(-complement);
}

function betaFraction(x: number, a: number, b: number): number {
  const away = (value: number) => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= STEPS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-13) break;
  }
  return h;
}

/** Negative binomial with variance mean + dispersion · mean²: ln P(Y ≥ count) `up`, ln P(Y ≤ count) `down`. `count` may be
 *  fractional (it interpolates); mean > 0, dispersion > 0. */
export function lnNegativeBinomialTail(
  count: number,
  { mean, dispersion, side }: { mean: number; dispersion: number; side: 'up' | 'down' },
): number {
  const size = 1 / dispersion;
  const p = mean / (size + mean);
  if (side === 'down')
    return count < 0 ? Number.NEGATIVE_INFINITY : lnRegularizedBeta(1 - p, size, count + 1);
  return count <= 0 ? 0 : lnRegularizedBeta(p, count, size);
}

/** Beta-binomial, where the chance of each of `trials` varies around `mean` with intra-class correlation `correlation`:
 *  ln P(K ≥ count) `up`, ln P(K ≤ count) `down`. 0 < mean < 1, 0 < correlation < 1; counts are rounded. */
export function lnBetaBinomialTail(
  count: number,
  {
    trials,
    mean,
    correlation,
    side,
  }: { trials: number; mean: number; correlation: number; side: 'up' | 'down' },
): number {
  const n = Math.round(trials);
  const up = side === 'up';
  // P(K ≤ k) of successes is P(n - K ≥ n - k) of failures.
  const from = Math.max(0, up ? Math.round(count) : n - Math.round(count));
  const chance = up ? mean : 1 - mean;
  if (from === 0) return 0;
  if (from > n) return Number.NEGATIVE_INFINITY;
  const strength = 1 / correlation - 1;
  const [a, b] = [chance * strength, (1 - chance) * strength];
  const lnFirst =
    lnGamma(n + 1) -
    lnGamma(from + 1) -
    lnGamma(n - from + 1) +
    lnBeta(from + a, n - from + b) -
    lnBeta(a, b);
  let [term, sum] = [1, 1];
  for (let k = from; k < n && k - from < STEPS_MAX; k++) {
    term *= ((n - k) * (k + a)) / ((k + 1) * (n - k - 1 + b));
    sum += term;
    if (term < sum * 1e-15) break;
  }
  return Math.min(0, lnFirst + Math.log(sum));
}
