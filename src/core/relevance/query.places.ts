/** Where terms stand in a message. The work is bounded by the words of the text times the parts of the term. */
import type { QueryPart, QueryTerm } from './query.ts';
import type { Reading, Subject } from './query.subject.ts';
import { fits, lengthOf } from './query.terms.ts';

const readingFor = ({ written }: QueryPart, subject: Subject): Reading =>
  written === undefined ? subject.folded : subject.written;

function standsAt(part: QueryPart, { words, marks }: Reading, position: number): boolean {
  return fits(part, part.isMark ? marks.get(position) : words[position]);
}

/** Whether all parts stand there, one behind the other. */
function allStandAt(parts: readonly QueryPart[], reading: Reading, start: number): boolean {
  let position = start;
  for (const part of parts) {
    if (!standsAt(part, reading, position)) return false;
    position += part.positions;
  }
  return true;
}

/** The next position at `from` or behind it where the parts stand one behind the other; -1: none. */
function nextPlace(parts: readonly QueryPart[], reading: Reading, from: number): number {
  const { words } = reading;
  const [first] = parts;
  if (first === undefined) return -1;
  if (first.prefix || first.wildcard || first.isMark) {
    for (let at = from; at < words.length; at += 1) if (allStandAt(parts, reading, at)) return at;
    return -1;
  }
  const word = first.written ?? first.text;
  let at = words.indexOf(word, from);
  while (at !== -1 && parts.length > 1 && !allStandAt(parts, reading, at)) at = words.indexOf(word, at + 1);
  return at;
}

/** The positions at which the parts stand one behind the other, in order. */
export function placesOf(parts: readonly QueryPart[], subject: Subject): number[] {
  const [first] = parts;
  const found: number[] = [];
  if (first === undefined) return found;
  const reading = readingFor(first, subject);
  for (let at = nextPlace(parts, reading, 0); at !== -1; at = nextPlace(parts, reading, at + 1))
    found.push(at);
  return found;
}

/** Whether the term is in the message; a single mark also among those that the source declared. */
export function isFound(term: QueryTerm, subject: Subject): boolean {
  const { parts, otherWordsMax } = term;
  const [first, second] = parts;
  if (first === undefined) return false;
  if (otherWordsMax !== undefined) return isFoundWithin(term, otherWordsMax, subject);
  const reading = readingFor(first, subject);
  if (nextPlace(parts, reading, 0) !== -1) return true;
  return first.isMark && second === undefined && reading.declared.some((mark) => fits(first, mark));
}

/** Whether all parts stand, in any order, in a stretch of the text with at most so many words more than they have. A
 *  part that is written twice must stand twice. */
function isFoundWithin(term: QueryTerm, otherWordsMax: number, subject: Subject): boolean {
  const wanted = new Map<string, { positions: number[]; length: number; count: number; next: number }>();
  for (const part of term.parts) {
    const identity = `${part.written ?? part.text}${part.prefix ? '*' : ''}`;
    const known = wanted.get(identity);
    if (known) known.count += 1;
    else
      wanted.set(identity, {
        positions: placesOf([part], subject),
        length: part.positions,
        count: 1,
        next: 0,
      });
  }
  const stretch = lengthOf(term) + otherWordsMax;
  const each = [...wanted.values()];
  if (each.some(({ positions, count }) => positions.length < count)) return false;
  for (let start = 0; start < subject.folded.words.length; start += 1) {
    let fitting = 0;
    for (const one of each) {
      while ((one.positions[one.next] ?? Infinity) < start) one.next += 1;
      const last = one.positions[one.next + one.count - 1];
      if (last === undefined) return false;
      if (last + one.length <= start + stretch) fitting += 1;
    }
    if (fitting === each.length) return true;
  }
  return false;
}
