/** How well a filter agrees with people. Pure functions of what they said and what it answered. */
import { expectedCalibrationError, reliabilityBins } from '../../sentiment/evaluation.calibration.ts';

/** One text: what people say, and the probability of being relevant. */
export interface JudgedText {
  readonly relevant: boolean;
  readonly probability: number;
}

/** Shares in [0, 1]; null where there is nothing to take a share of. */
export interface SideScores {
  readonly texts: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

export interface FilterEvaluation {
  readonly texts: number;
  readonly accuracy: number;
  readonly relevant: SideScores;
  readonly irrelevant: SideScores;
  /** Probability that an irrelevant text looks less relevant than a relevant one; null without texts of both kinds. */
  readonly rocAuc: number | null;
  /** Mean precision over the irrelevant texts found, the surest first (average precision). */
  readonly prAuc: number | null;
  /** ECE over 15 bins of the probability of the answer given. */
  readonly calibrationError: number;
}

/** A text counts as relevant from a probability of 0.5. Deterministic. Throws a RangeError for no texts, and for a probability
 *  that is no number. */
export function evaluateFilter(texts: readonly JudgedText[]): FilterEvaluation {
  if (texts.length === 0) throw new RangeError('nothing to evaluate: no texts');
  for (const [index, { probability }] of texts.entries()) {
    if (!Number.isFinite(probability))
      throw new RangeError(`text ${index}: ${probability} is no probability`);
  }
  const answers = texts.map(({ relevant, probability }) => {
    const predicted = probability >= 0.5;
    return {
      relevant,
      predicted,
      correct: predicted === relevant,
      confidence: Math.max(probability, 1 - probability),
    };
  });
  return {
    texts: texts.length,
    accuracy: answers.filter(({ correct }) => correct).length / texts.length,
    relevant: sideScores(answers, true),
    irrelevant: sideScores(answers, false),
    ...ranked(texts),
    calibrationError: expectedCalibrationError(reliabilityBins(answers)),
  };
}

function sideScores(
  answers: readonly { readonly relevant: boolean; readonly predicted: boolean }[],
  side: boolean,
): SideScores {
  const texts = answers.filter(({ relevant }) => relevant === side).length;
  const predicted = answers.filter((answer) => answer.predicted === side).length;
  const right = answers.filter((answer) => answer.predicted === side && answer.relevant === side).length;
  const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  return {
    texts,
    precision: share(right, predicted),
    recall: share(right, texts),
    f1: share(2 * right, texts + predicted),
  };
}

/** Equal probabilities share their places: the order of texts does not matter. */
function ranked(texts: readonly JudgedText[]): Pick<FilterEvaluation, 'rocAuc' | 'prAuc'> {
  const groups = new Map<number, [relevant: number, irrelevant: number]>();
  for (const { relevant, probability } of texts) {
    const group = groups.get(probability) ?? [0, 0];
    groups.set(probability, group);
    group[relevant ? 0 : 1] += 1;
  }
  const irrelevantAll = texts.filter(({ relevant }) => !relevant).length;
  const relevantAll = texts.length - irrelevantAll;
  if (irrelevantAll === 0 || relevantAll === 0) return { rocAuc: null, prAuc: null };
  let [found, wrong, pairs, precision] = [0, 0, 0, 0];
  for (const [, [relevant, irrelevant]] of [...groups].sort(([a], [b]) => a - b)) {
    pairs += irrelevant * (relevantAll - wrong - relevant / 2);
    found += irrelevant;
    wrong += relevant;
    precision += irrelevant * (found / (found + wrong));
  }
  return { rocAuc: pairs / (irrelevantAll * relevantAll), prAuc: precision / irrelevantAll };
}
