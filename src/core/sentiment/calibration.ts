/** From an engine's raw score to three probabilities: a multinomial logistic of two features,
 *  x = s / sqrt(s² + softness) in (-1, 1), VADER's normalization (Hutto and Gilbert, 2014), and |x|. */
import type { Probability } from './engine.port.ts';

/** Weights of one class. */
interface ClassWeights {
  readonly bias: number;
  readonly signed: number;
  readonly absolute: number;
}

export interface Calibration {
  /** In the square of the raw score's unit; half of x's range lies within sqrt(softness / 3) of zero. */
  readonly softness: number;
  readonly negative: ClassWeights;
  readonly neutral: ClassWeights;
  readonly positive: ClassWeights;
}

/** `rawScore` is any finite number. */
export function calibrate(rawScore: number, calibration: Calibration): Probability {
  const x = rawScore / Math.sqrt(rawScore * rawScore + calibration.softness);
  const likelihood = ({ bias, signed, absolute }: ClassWeights) =>
    Math.exp(bias + signed * x + absolute * Math.abs(x));
  const negative = likelihood(calibration.negative);
  const neutral = likelihood(calibration.neutral);
  const positive = likelihood(calibration.positive);
  const sum = negative + neutral + positive;
  return { negative: negative / sum, neutral: neutral / sum, positive: positive / sum };
}
