/** The score of a reading: how sure its direction is, and how strong its words are. People rate both: over rated tweets the two
 *  follow them better together than either alone. */
import { movable } from '../explanation.ts';
import type { Intensity } from './intensity.ts';

/** Flatter than the probabilities, which are near 1 long before a text is as strong as texts get. */
const SCORE_TEMPERATURE = 1.5;
/** Of the score, where the lexicons are for the language of the text. */
const INTENSITY_WEIGHT = 1 / 3;
const NEARLY_ZERO = 1e-9;

export interface Score {
  /** In (-1, 1), of the sign of the margin: the logit of positive less that of negative. */
  value: number;
  /** What a unit of the margin adds to it, and a unit of the sum of valences. */
  perMargin: number;
  perValence: number;
}
const score: Score = { value: 0, perMargin: 0, perValence: 0 };

/** Valid until the next one. */
export function scoreReading(
  logits: ArrayLike<number>,
  intensity: Readonly<Intensity> | undefined,
): Readonly<Score> {
  const negative = (logits[0] ?? 0) / SCORE_TEMPERATURE;
  const neutral = (logits[1] ?? 0) / SCORE_TEMPERATURE;
  const positive = (logits[2] ?? 0) / SCORE_TEMPERATURE;
  const highest = Math.max(negative, neutral, positive);
  const low = Math.exp(negative - highest);
  const high = Math.exp(positive - highest);
  const all = low + Math.exp(neutral - highest) + high;
  const weight = intensity === undefined ? 1 : 1 - INTENSITY_WEIGHT;
  const sure = (weight * (high - low)) / all;
  const margin = (logits[2] ?? 0) - (logits[0] ?? 0);
  // At a margin of zero the slope there.
  score.perMargin =
    Math.abs(margin) < NEARLY_ZERO ? (weight * high) / all / SCORE_TEMPERATURE : sure / margin;
  const strong = intensity === undefined ? 0 : movable(sure, INTENSITY_WEIGHT * intensity.value);
  score.perValence = intensity === undefined || strong === 0 ? 0 : strong / intensity.sum;
  score.value = sure + strong;
  return score;
}
