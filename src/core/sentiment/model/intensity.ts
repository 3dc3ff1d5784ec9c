/** How strong people find what a text says. Probabilities say how sure its direction is: that of "good" is nearly as sure as that
 *  of "amazing". The lexicons hold what raters said of words, and the rules of VADER (Hutto and Gilbert, 2014) what degrees,
 *  capitals, negations, contrasts and marks make of it. */
import type { Scan } from './analysis.ts';
import { isTurned, NEGATION, valuedOf } from './dense.ts';
import { EMOJI, HAPPY, isShout, SAD } from './traits.ts';

/** What counts of a valence before a contrasting word, and behind it. */
const BEFORE_CONTRAST = 0.5;
const BEHIND_CONTRAST = 1.5;
/** An exclamation mark adds this much in the direction of the words; those after the fourth add nothing. */
const EXCLAMATION = 0.292;
const EXCLAMATIONS_MAX = 4;

/** Of the sum to (-1, 1), as VADER has it with 15 for valences of one lexicon; means over several are smaller. */
const NORMALIZATION = 8;

/** No negation is meant for a face: "no school today :)". */
const FACE = EMOJI | HAPPY | SAD;

export interface Intensity {
  /** In (-1, 1). */
  readonly value: number;
  /** The sum of valences that it was made from, marks included. */
  readonly sum: number;
}

const intensity = { value: 0, sum: 0 };

/** Valid until the next text. `parts`: to each token's number is added what it adds to the sum. */
export function intensityOf(scan: Scan, lexicons: number, parts?: Float64Array): Readonly<Intensity> {
  const { count, traits, contrast, starts, ends } = scan;
  let sum = 0;
  let exclamations = 0;
  for (let index = 0; index < count; index += 1)
    if (isShout(traits[index] ?? 0)) exclamations += (ends[index] ?? 0) - (starts[index] ?? 0);
  const valued = valuedOf(scan, lexicons);
  for (let place = 0; place < valued.count; place += 1) {
    const index = valued.indexes[place] ?? 0;
    let valence = valued.means[index] ?? 0;
    if (((traits[index] ?? 0) & FACE) !== 0 && isTurned(scan, index)) valence /= NEGATION;
    if (contrast >= 0) valence *= index < contrast ? BEFORE_CONTRAST : BEHIND_CONTRAST;
    if (parts !== undefined) parts[index] = (parts[index] ?? 0) + valence;
    sum += valence;
  }
  if (exclamations > 0 && sum !== 0) {
    const each = (Math.sign(sum) * EXCLAMATION * Math.min(exclamations, EXCLAMATIONS_MAX)) / exclamations;
    sum += each * exclamations;
    if (parts !== undefined) shareMarks(scan, each, parts);
  }
  intensity.sum = sum;
  intensity.value = sum / Math.sqrt(sum * sum + NORMALIZATION);
  return intensity;
}

function shareMarks({ count, traits, starts, ends }: Scan, each: number, parts: Float64Array): void {
  for (let index = 0; index < count; index += 1) {
    if (!isShout(traits[index] ?? 0)) continue;
    parts[index] = (parts[index] ?? 0) + each * ((ends[index] ?? 0) - (starts[index] ?? 0));
  }
}
