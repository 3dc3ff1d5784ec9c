/** How well an engine agrees with people. Pure functions of what they said and what it answered. */
import type { Probability, SentimentLabel } from './engine.port.ts';
import { macroRecallInterval, type Interval } from './evaluation.bootstrap.ts';
import {
  accuracyAtCoverage,
  expectedCalibrationError,
  reliabilityBins,
  type CoverageAccuracy,
  type ReliabilityBin,
} from './evaluation.calibration.ts';
import {
  CLASSES,
  classScores,
  macroMeans,
  type ClassScores,
  type SentimentClass,
} from './evaluation.classes.ts';

/** One text: the class people gave it, and the engine's answer. */
export interface JudgedText {
  readonly gold: SentimentClass;
  readonly probability: Probability;
  /** After abstention. Only the confusion matrix and `uncertainShare` look at it. */
  readonly label: SentimentLabel;
}

export interface LabelEvaluation {
  readonly rows: number;
  /** Share of rows whose most probable class is the right one. This and all but the last two disregard abstention. */
  readonly accuracy: number;
  /** Mean recall over the classes that people used: a class without rows has no recall. Also `balanced accuracy`. */
  readonly macroRecall: number;
  /** 95%, bootstrapped. */
  readonly macroRecallInterval: Interval;
  /** Mean F1 over the classes that people used. */
  readonly macroF1: number;
  readonly classes: Readonly<Record<SentimentClass, ClassScores>>;
  /** Top-class confidence against accuracy, in [0, 1]; see `expectedCalibrationError`. */
  readonly calibrationError: number;
  /** Mean squared distance to the right answer over all three classes, in [0, 2] (Brier 1950). */
  readonly brier: number;
  /** Mean of -ln P(right class), in nats; a probability counts as 1e-15 at least, so that one row cannot make it infinite. */
  readonly negativeLogLikelihood: number;
  readonly coverage: readonly CoverageAccuracy[];
  readonly reliability: readonly ReliabilityBin[];
  /** Rows by the class that people gave and the label that the engine gave. */
  readonly confusion: Readonly<Record<SentimentClass, Readonly<Record<SentimentLabel, number>>>>;
  /** Share of rows labelled `uncertain`. */
  readonly uncertainShare: number;
}

const PROBABILITY_MIN = 1e-15;

/** Deterministic. Throws a RangeError for no rows (of nothing there is no accuracy) and for a probability that is no
 *  number. */
export function evaluateLabels(rows: readonly JudgedText[]): LabelEvaluation {
  if (rows.length === 0) throw new RangeError('nothing to evaluate: no rows');
  const answers = rows.map(({ gold, probability }, index) => {
    if (CLASSES.some((name) => !Number.isFinite(probability[name]))) {
      throw new RangeError(`row ${index}: a probability is no number: ${JSON.stringify(probability)}`);
    }
    const predicted = mostProbable(probability);
    return { gold, predicted, confidence: probability[predicted], correct: predicted === gold };
  });
  const reliability = reliabilityBins(answers);
  const classes = classScores(answers);
  return {
    rows: rows.length,
    accuracy: mean(answers, ({ correct }) => (correct ? 1 : 0)),
    ...macroMeans(classes),
    macroRecallInterval: macroRecallInterval(answers),
    classes,
    calibrationError: expectedCalibrationError(reliability),
    brier: mean(rows, brierOf),
    negativeLogLikelihood: mean(
      rows,
      ({ gold, probability }) => -Math.log(Math.max(probability[gold], PROBABILITY_MIN)),
    ),
    coverage: accuracyAtCoverage(answers),
    reliability,
    confusion: confusionOf(rows),
    uncertainShare: mean(rows, ({ label }) => (label === 'uncertain' ? 1 : 0)),
  };
}

/** Of equals the neutral one, then the negative one: as labels are given. */
function mostProbable({ negative, neutral, positive }: Probability): SentimentClass {
  if (neutral >= negative && neutral >= positive) return 'neutral';
  return negative >= positive ? 'negative' : 'positive';
}

function brierOf({ gold, probability }: JudgedText): number {
  return CLASSES.reduce((sum, name) => sum + (probability[name] - (name === gold ? 1 : 0)) ** 2, 0);
}

function confusionOf(rows: readonly JudgedText[]): LabelEvaluation['confusion'] {
  const empty = () => ({ negative: 0, neutral: 0, positive: 0, uncertain: 0 });
  const confusion = { negative: empty(), neutral: empty(), positive: empty() };
  for (const { gold, label } of rows) confusion[gold][label] += 1;
  return confusion;
}

function mean<T>(rows: readonly T[], value: (row: T) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
}
