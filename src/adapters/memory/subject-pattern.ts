/** NATS subject patterns, compiled once: the memory bus matches every message against a few of them. */
import { subjectMatches } from '../../core/bus/subjects.ts';

export type SubjectTest = (subject: string) => boolean;

/** Most patterns are `prefix.>`, and a prefix test is ten times cheaper than one by tokens. */
export function subjectTest(pattern: string): SubjectTest {
  if (!/[*>]/.test(pattern)) return (subject) => subject === pattern;
  const prefix = pattern.slice(0, -1);
  if (pattern.endsWith('.>') && !/[*>]/.test(prefix))
    return (subject) => subject.length > prefix.length && subject.startsWith(prefix);
  return (subject) => subjectMatches(pattern, subject);
}

/** Whether one subject can fall under both patterns; the broker lets no two streams take the same subject. */
export function subjectsOverlap(left: string, right: string): boolean {
  const a = left.split('.');
  const b = right.split('.');
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [x, y] = [a[index], b[index]];
    if (x === '>' || y === '>') return true;
    if (x !== '*' && y !== '*' && x !== y) return false;
  }
  return a.length === b.length;
}

/** A subject to publish to: tokens without wildcards or white space. */
export function isPublishable(subject: string): boolean {
  return /^[^\s.*>]+(?:\.[^\s.*>]+){0,63}$/.test(subject);
}
