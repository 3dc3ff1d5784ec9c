/** What models of other sets say, as features of the main model. They are linear in the same features as it is, so that they
 *  vanish into its weights when training is over: nothing of them is computed for a message. */
import type { Examples } from './examples.ts';
import { addWeights, logitsOf, zeros, type LinearWeights } from './linear.ts';

export interface AuxiliaryModel {
  readonly weights: LinearWeights;
  readonly twoClasses: boolean;
}

/** Combinations of an auxiliary model's logits: how much of each class's logit. */
const POLARITY = [[-0.5, 0, 0.5]];
const CENTERED = [
  [4 / 9, -2 / 9, -2 / 9],
  [-2 / 9, 4 / 9, -2 / 9],
  [-2 / 9, -2 / 9, 4 / 9],
];

const combinationsOf = ({ twoClasses }: AuxiliaryModel) => (twoClasses ? POLARITY : CENTERED);

/** Numbers that a model with neutral texts, or without, adds to an example. */
export const auxiliaryWidth = (twoClasses: boolean): number => (twoClasses ? POLARITY : CENTERED).length;

/** Writes the features into the room that examples keep for them, at their end. */
export function fillAuxiliary(examples: Examples, models: readonly AuxiliaryModel[]): void {
  const { count, width, numbers } = examples;
  // All logits first: they must not see what is written here.
  const logits = models.map(({ weights }) => logitsOf(weights, examples));
  let at = width - models.reduce((sum, model) => sum + combinationsOf(model).length, 0);
  for (const [index, model] of models.entries()) {
    for (const combination of combinationsOf(model)) {
      for (let example = 0; example < count; example += 1) {
        const value = combination.reduce(
          (sum, part, k) => sum + part * (logits[index]?.[example * 3 + k] ?? 0),
          0,
        );
        numbers[example * width + at] = value;
      }
      at += 1;
    }
  }
}

/** The main model with the auxiliary ones in it: the same logits without the auxiliary numbers. */
export function fold(main: LinearWeights, models: readonly AuxiliaryModel[], bits: number): LinearWeights {
  const width = main.numbers.length / 3;
  const folded = zeros(bits, width);
  addWeights(folded, main, 1);
  let at = width - models.reduce((sum, model) => sum + combinationsOf(model).length, 0);
  for (const model of models) {
    for (const combination of combinationsOf(model)) {
      const factors = main.numbers.slice(at * 3, at * 3 + 3);
      addCombination(folded, model.weights, combination, factors);
      folded.numbers.fill(0, at * 3, at * 3 + 3);
      at += 1;
    }
  }
  return folded;
}

/** Adds to each class its factor times the combination of the part's classes. */
function addCombination(
  sum: LinearWeights,
  part: LinearWeights,
  combination: readonly number[],
  factors: Float32Array,
): void {
  const [low = 0, middle = 0, high = 0] = combination;
  for (const name of ['buckets', 'numbers', 'bias'] as const) {
    const [into, from] = [sum[name], part[name]];
    for (let at = 0; at < from.length; at += 3) {
      const value = low * (from[at] ?? 0) + middle * (from[at + 1] ?? 0) + high * (from[at + 2] ?? 0);
      if (value === 0) continue;
      for (let index = 0; index < 3; index += 1) {
        into[at + index] = (into[at + index] ?? 0) + value * (factors[index] ?? 0);
      }
    }
  }
}
