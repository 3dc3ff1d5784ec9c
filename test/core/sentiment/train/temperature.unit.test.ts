/** Goal: the temperature that labels were drawn with is found again. */
import { describe, expect, test } from 'vitest';
import type { ClassIndex } from '../../../../src/core/sentiment/train/corpus.ts';
import { fitTemperature } from '../../../../src/core/sentiment/train/temperature.ts';
import { seededRandom } from '../../../support/random.ts';

function drawn(temperature: number, count: number, shift = 0) {
  const random = seededRandom(5);
  const logits = new Float64Array(count * 3).map(() => 6 * (random() - 0.5));
  for (let at = 0; at < logits.length; at += 3) logits[at] = (logits[at] ?? 0) + shift;
  const labels = Array.from({ length: count }, (_, index): ClassIndex => {
    const shares = Array.from(logits.slice(index * 3, index * 3 + 3), (logit) =>
      Math.exp(logit / temperature),
    );
    let left = random() * shares.reduce((sum, share) => sum + share, 0);
    const found = shares.findIndex((share) => (left -= share) < 0);
    return (found === -1 ? 2 : found) as ClassIndex;
  });
  return { logits, labels };
}

describe('is found', () => {
  test.each([0.4, 1, 2.5])('%d', (temperature) => {
    const { logits, labels } = drawn(temperature, 4_000);
    const found = fitTemperature(logits, labels);
    expect(Math.abs(Math.log(found / temperature))).toBeLessThan(0.1);
  });
});

test('is the best on a grid', () => {
  const { logits, labels } = drawn(1.7, 1_500, 0.8);
  const counts = [0, 1, 2].map((label) => labels.filter((own) => own === label).length);
  const loss = (temperature: number) =>
    labels.reduce<number>((sum, label, index) => {
      const scaled = Array.from(logits.slice(index * 3, index * 3 + 3), (logit) => logit / temperature);
      const total = Math.log(scaled.reduce((all, logit) => all + Math.exp(logit), 0));
      return sum + (total - (scaled[label] ?? 0)) / (counts[label] ?? 1);
    }, 0);
  const found = loss(fitTemperature(logits, labels));
  for (let temperature = 0.1; temperature < 10; temperature *= 1.05)
    expect(found).toBeLessThanOrEqual(loss(temperature) + 1e-9);
});

test('is bounded where every label is right, or every one wrong', () => {
  const logits = Float64Array.of(5, 0, 0, 0, 5, 0, 0, 0, 5);
  expect(fitTemperature(logits, [0, 1, 2])).toBeLessThan(0.2);
  expect(fitTemperature(logits, [1, 2, 0])).toBeCloseTo(10, 3);
});

test('huge logits are no trouble', () => {
  expect(Number.isFinite(fitTemperature(Float64Array.of(5_000, 0, -5_000, -5_000, 0, 5_000), [0, 0]))).toBe(
    true,
  );
});
