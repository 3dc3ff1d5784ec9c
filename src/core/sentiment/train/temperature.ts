/** Calibration: one number that the logits are divided by (Guo et al., "On calibration of modern neural networks", 2017). It
 *  changes no answer, only how sure it is. Fitted with classes weighted alike: the share of classes shifts between a data set
 *  and a stream, and biases fitted to the one are wrong for the other. */
import type { ClassIndex } from './corpus.ts';

const TEMPERATURE_MIN = 0.1;
const TEMPERATURE_MAX = 10;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const ROUNDS = 60;

/** Minimizes the mean negative log-likelihood; `logits` holds three numbers for each label. Golden-section search over the
 *  logarithm, where the loss has one minimum. */
export function fitTemperature(logits: Float64Array, labels: readonly ClassIndex[]): number {
  const counts = [0, 0, 0];
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  const loss = (temperature: number) =>
    labels.reduce<number>((sum, label, index) => {
      const [low = 0, middle = 0, high = 0] = Array.from(logits.subarray(index * 3, index * 3 + 3));
      const highest = Math.max(low, middle, high);
      const total = [low, middle, high].reduce(
        (all, logit) => all + Math.exp((logit - highest) / temperature),
        0,
      );
      const own = ((logits[index * 3 + label] ?? 0) - highest) / temperature - Math.log(total);
      return sum - own / (counts[label] ?? 1);
    }, 0);
  let [low, high] = [Math.log(TEMPERATURE_MIN), Math.log(TEMPERATURE_MAX)];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    if (loss(Math.exp(left)) < loss(Math.exp(right))) high = right;
    else low = left;
  }
  return Math.exp((low + high) / 2);
}
