/** Goal: tails are those of an oracle that multiplies probabilities one by one, without gamma or beta functions. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lnBetaBinomialTail, lnGamma, lnNegativeBinomialTail } from '../../../src/core/baseline/tails.ts';

/** Sums of probabilities given as logarithms. */
function lnSum(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  return largest === -Infinity
    ? -Infinity
    : largest + Math.log(logs.reduce((sum, ln) => sum + Math.exp(ln - largest), 0));
}

function negativeBinomialLogs(mean: number, dispersion: number, upTo: number): number[] {
  const size = 1 / dispersion;
  const logs = [size * Math.log(size / (size + mean))];
  for (let k = 0; k < upTo; k++) {
    logs.push((logs[k] ?? 0) + Math.log(((k + size) / (k + 1)) * (mean / (size + mean))));
  }
  return logs;
}

function betaBinomialLogs(trials: number, mean: number, correlation: number): number[] {
  const strength = 1 / correlation - 1;
  const [a, b] = [mean * strength, (1 - mean) * strength];
  let none = 0;
  for (let i = 0; i < trials; i++) none += Math.log((b + i) / (a + b + i));
  const logs = [none];
  for (let k = 0; k < trials; k++) {
    logs.push((logs[k] ?? 0) + Math.log(((trials - k) * (k + a)) / ((k + 1) * (trials - k - 1 + b))));
  }
  return logs;
}

const near = (actual: number, oracle: number) =>
  Math.abs(actual - oracle) <= 1e-7 * Math.max(1, Math.abs(oracle));

test('negative binomial: both tails, from certain to 10^-100', () => {
  const mean = fc.double({ min: 0.02, max: 60, noNaN: true });
  const dispersion = fc.double({ min: 0.01, max: 3, noNaN: true });
  fc.assert(
    fc.property(mean, dispersion, fc.nat(400), (m, d, count) => {
      const logs = negativeBinomialLogs(m, d, count + 20_000);
      const up = lnNegativeBinomialTail(count, { mean: m, dispersion: d, side: 'up' });
      const down = lnNegativeBinomialTail(count, { mean: m, dispersion: d, side: 'down' });
      expect(near(up, lnSum(logs.slice(count)))).toBe(true);
      expect(near(down, lnSum(logs.slice(0, count + 1)))).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('beta-binomial: both tails', () => {
  const mean = fc.double({ min: 0.01, max: 0.99, noNaN: true });
  const correlation = fc.double({ min: 0.001, max: 0.8, noNaN: true });
  fc.assert(
    fc.property(mean, correlation, fc.integer({ min: 1, max: 300 }), fc.nat(300), (m, rho, trials, some) => {
      const count = some % (trials + 1);
      const logs = betaBinomialLogs(trials, m, rho);
      const up = lnBetaBinomialTail(count, { trials, mean: m, correlation: rho, side: 'up' });
      const down = lnBetaBinomialTail(count, { trials, mean: m, correlation: rho, side: 'down' });
      expect(near(up, lnSum(logs.slice(count)))).toBe(true);
      expect(near(down, lnSum(logs.slice(0, count + 1)))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('lnGamma of whole numbers is the logarithm of a factorial', () => {
  let factorial = 0;
  for (let n = 1; n <= 300; n++) {
    expect(near(lnGamma(n), factorial)).toBe(true);
    factorial += Math.log(n);
  }
});

test('negative control: the oracle notices a Poisson tail', () => {
  const logs = negativeBinomialLogs(5, 1, 20_000);
  const poissonLike = lnNegativeBinomialTail(20, { mean: 5, dispersion: 1e-6, side: 'up' });
  expect(near(poissonLike, lnSum(logs.slice(20)))).toBe(false);
});
