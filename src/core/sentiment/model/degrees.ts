/** Words of degree ("very", "pretty", "fucking") lean one way by themselves, as the texts did in which they were learned. Before a
 *  word that leans the other way they make it stronger or weaker, and do not take from it: what they add by themselves against it
 *  does not count. */
import type { Scan } from './analysis.ts';
import { meanValenceAt } from './dense.ts';
import { FLOATS, MEANING, OWN, type Records } from './records.ts';
import { DEGREE, ENDS_CLAUSE, EXPLETIVE, KNOWN, NEGATOR, STRONGER_BEFORE, VALUED } from './traits.ts';

/** A text whose logits are summed up. */
interface Weighed {
  readonly scan: Scan;
  readonly records: Records;
  readonly lexicons: number;
  /** What hashed features, and what meanings, are multiplied with. */
  readonly damping: number;
  readonly meaningScale: number;
}

/** Tokens behind a word of degree among which that is which it belongs to. */
const REACH = 2;
const EXPLETIVE_REACH = 3;

const WEIGHED = DEGREE | STRONGER_BEFORE;

/** Takes from the logits what words of degree add against what they belong to, from both ends alike. */
export function weighDegrees(text: Weighed, logits: Float64Array): void {
  const { count, traits } = text.scan;
  let against = 0;
  for (let index = 0; index < count; index += 1)
    if (((traits[index] ?? 0) & WEIGHED) !== 0) against += marginAgainst(text, index);
  if (against === 0) return;
  logits[0] = (logits[0] ?? 0) + against / 2;
  logits[2] = (logits[2] ?? 0) - against / 2;
}

/** What token `index` adds to the margin by itself, where it is of degree and that does not count; else 0. */
export function marginAgainst(
  { scan, records, lexicons, damping, meaningScale }: Weighed,
  index: number,
): number {
  const { traits, ids, negated } = scan;
  const trait = traits[index] ?? 0;
  if ((trait & WEIGHED) === 0 || (trait & VALUED) !== 0 || negated[index] === 1) return 0;
  const direction =
    (trait & STRONGER_BEFORE) === 0
      ? directionBehind(scan, index, lexicons)
      : directionBefore(scan, index, lexicons);
  if (direction === 0) return 0;
  const { floats } = records;
  const at = (ids[index] ?? 0) * FLOATS;
  let margin = ((floats[at + OWN + 2] ?? 0) - (floats[at + OWN] ?? 0)) * damping;
  if ((trait & KNOWN) !== 0)
    margin += ((floats[at + MEANING + 2] ?? 0) - (floats[at + MEANING] ?? 0)) * meaningScale;
  return margin * direction < 0 ? margin : 0;
}

/** Of the word before: positive, negative, or 0 where it has no valence. */
const directionBefore = (scan: Scan, index: number, lexicons: number): number =>
  index === 0 || ((scan.traits[index - 1] ?? 0) & VALUED) === 0
    ? 0
    : Math.sign(meanValenceAt(scan, index - 1, lexicons));

/** Of the next word with a valence: positive, negative, or 0 where none is near. */
function directionBehind(scan: Scan, index: number, lexicons: number): number {
  const reach = ((scan.traits[index] ?? 0) & EXPLETIVE) === 0 ? REACH : EXPLETIVE_REACH;
  const last = Math.min(index + reach, scan.count - 1);
  for (let at = index + 1; at <= last; at += 1) {
    const trait = scan.traits[at] ?? 0;
    if ((trait & (ENDS_CLAUSE | NEGATOR)) !== 0) return 0;
    if ((trait & VALUED) !== 0) return Math.sign(meanValenceAt(scan, at, lexicons));
  }
  return 0;
}
