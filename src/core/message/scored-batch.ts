/** Scored messages that stand together in one message of SCORED: one on each line (NDJSON). */
import { subjects } from '../bus/subjects.ts';

/** Messages of one batch, at most. */
export const BATCH_LINES_MAX = 1_000;
export const BATCH_CONTENT_TYPE = 'application/x-ndjson';

/** Between two sequences there is room for the lines of a batch, in parts that a double holds exactly. */
const PARTS = 1_024;

/** What stands alone under the subject is one line of its own. */
export function linesOf(subject: string, text: string): readonly string[] {
  if (!isBatch(subject)) return [text];
  return text.split('\n').filter((line) => line !== '');
}

/** `earshot.scored.<pipeline>.batch`: a token less than the subject of a single message, so that neither is ever the other. */
export function isBatch(subject: string): boolean {
  return subject.endsWith('.batch') && subject === subjects.scoredBatch(subject.split('.')[2] ?? '');
}

/** A message's place among all of SCORED, as one number. The last of a batch stands at the sequence itself, those before it a
 *  little earlier: so a state that covers up to a whole number covers whole batches, and one taken in the midst of a batch would
 *  read the batch again and pass over what it holds. `behind`: messages of the same batch that follow, below 1,000. */
export function positionOf(sequence: number, behind: number): number {
  return sequence - behind / PARTS;
}

/** The sequence under which what has this position is read. */
export function sequenceOf(position: number): number {
  return Math.ceil(position);
}
