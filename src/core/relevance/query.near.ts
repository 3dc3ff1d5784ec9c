/** NEAR and ONEAR: two places of a text with few words between them. */
import { MESSAGE_LIMITS } from '../message/limits.ts';
import { placesOf } from './query.places.ts';
import { QUERY_LIMITS, type QueryNear, type QueryPlace, type QueryTerm } from './query.ts';
import type { Subject } from './query.subject.ts';
import { lengthOf } from './query.terms.ts';

/** A stretch of the text, both positions inclusive, and what stands there. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly what: QueryTerm | { readonly near: QueryNear; readonly left: Place; readonly right: Place };
}

/** What of the NEAR was found, as a query without alternatives; undefined when it does not hold. */
export function foundNear(near: QueryNear, subject: Subject): string | undefined {
  const [found] = placesOfNear(near, subject, 1);
  return found && said(found);
}

function said({ what }: Place): string {
  if ('kind' in what) return what.source;
  const { near, left, right } = what;
  return `${said(left)} ${near.operator} ${near.right.kind === 'near' ? `(${said(right)})` : said(right)}`;
}

/** Every stretch once where the place stands. */
function allPlaces(place: QueryPlace, subject: Subject): readonly Place[] {
  if (place.kind === 'term') return placesOfTerm(place, subject);
  if (place.kind === 'near') return distinct([placesOfNear(place, subject, QUERY_LIMITS.nearPairsMax)]);
  return distinct(place.children.map((child) => allPlaces(child, subject)));
}

function placesOfTerm(term: QueryTerm, subject: Subject): Place[] {
  const length = lengthOf(term);
  return placesOf(term.parts, subject).map((start) => ({ start, end: start + length - 1, what: term }));
}

function distinct(several: readonly (readonly Place[])[]): Place[] {
  const seen = new Set<number>();
  const places: Place[] = [];
  for (const some of several)
    for (const place of some) {
      const before = seen.size;
      if (seen.add(place.start * MESSAGE_LIMITS.textCharsMax + place.end).size > before) places.push(place);
    }
  return places;
}

/** Where both sides stand near each other, of the first `pairsMax` pairs. */
function placesOfNear(near: QueryNear, subject: Subject, pairsMax: number): Place[] {
  const found: Place[] = [];
  const left = allPlaces(near.left, subject);
  const right = left.length === 0 ? left : allPlaces(near.right, subject);
  eachNeighbours(left, right, near.wordsBetweenMax, (a, b) => {
    found.push({ start: a.start, end: b.end, what: { near, left: a, right: b } });
    return found.length < pairsMax;
  });
  if (near.ordered || found.length === pairsMax) return found;
  eachNeighbours(right, left, near.wordsBetweenMax, (b, a) => {
    found.push({ start: b.start, end: a.end, what: { near, left: a, right: b } });
    return found.length < pairsMax;
  });
  return found;
}

function sortedBy(key: 'start' | 'end', places: readonly Place[]): readonly Place[] {
  const isSorted = places.every((place, at) => at === 0 || (places[at - 1]?.[key] ?? 0) <= place[key]);
  return isSorted ? places : [...places].sort((a, b) => a[key] - b[key]);
}

/** Visits every pair of which the second begins behind the first, with at most so many words between them, until told
 *  to stop. The work grows with the places and with the pairs that are visited. */
function eachNeighbours(
  firsts: readonly Place[],
  seconds: readonly Place[],
  wordsBetweenMax: number,
  visit: (first: Place, second: Place) => boolean,
): void {
  const byEnd = sortedBy('end', firsts);
  let before = 0; // How many of the firsts end before the second.
  for (const second of sortedBy('start', seconds)) {
    while ((byEnd[before]?.end ?? Infinity) < second.start) before += 1;
    for (let index = before - 1; index >= 0; index -= 1) {
      const first = byEnd[index];
      if (first === undefined || second.start - first.end - 1 > wordsBetweenMax) break;
      if (!visit(first, second)) return;
    }
  }
}
