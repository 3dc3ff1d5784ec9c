/** How far a figure could lie off because of which texts happened to be in the set. */
import { mulberry32 } from '../random/mulberry32.ts';
import { CLASSES, type ClassAnswer } from './evaluation.classes.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 200;
const SEED = 20_170_402;

/** 95% of the macro-recalls of 200 sets drawn from these answers with replacement lie within (percentile bootstrap, Efron
 *  and Tibshirani 1993). Always the same for the same answers, in any order. At least one answer; a drawn set that lacks a class is
 *  averaged over the classes it has. */
export function macroRecallInterval(answers: readonly ClassAnswer[]): Interval {
  const classes = CLASSES.length;
  const cells = Uint8Array.from(
    answers,
    ({ gold, predicted }) => CLASSES.indexOf(gold) * classes + CLASSES.indexOf(predicted),
  ).sort(); // So that the order of the answers does not matter.
  const random = mulberry32(SEED);
  const drawn = new Uint32Array(classes * classes);
  const recalls = Array.from({ length: RESAMPLES }, () => {
    drawn.fill(0);
    for (let n = cells.length; n > 0; n--) {
      const cell = cells[(random() * cells.length) | 0] ?? 0;
      drawn[cell] = (drawn[cell] ?? 0) + 1;
    }
    return macroRecallOf(drawn, classes);
  }).sort((a, b) => a - b);
  return { low: quantile(recalls, 0.025), high: quantile(recalls, 0.975) };
}

/** `counts` is the confusion matrix, row by row. */
function macroRecallOf(counts: Uint32Array, classes: number): number {
  let [sum, present] = [0, 0];
  for (let gold = 0; gold < classes; gold++) {
    const row = counts.subarray(gold * classes, (gold + 1) * classes);
    const rows = row.reduce((total, count) => total + count, 0);
    if (rows === 0) continue;
    sum += (row[gold] ?? 0) / rows;
    present += 1;
  }
  return sum / present;
}

/** Between neighbours linearly; `sorted` rises and is not empty. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return below + (above - below) * (at - Math.floor(at));
}
