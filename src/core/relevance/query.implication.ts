/** What follows from what in queries. Every answer `true` is certain; a `false` may only mean that nothing was found. */
import { isUnder } from './query.address.ts';
import type { FieldTest, QueryLeaf, QueryNear, QueryPart, QueryPlace, QueryTerm } from './query.ts';
import { fits } from './query.terms.ts';

/** A leaf that must hold, or must not. */
export interface Demand {
  readonly leaf: QueryLeaf;
  /** Equal for leaves that ask for the same, however they are written. */
  readonly identity: string;
  /** The same of both sides of a NEAR. */
  readonly left: string;
  readonly right: string;
}

const identityOf = (leaf: QueryLeaf | QueryPlace) =>
  JSON.stringify(leaf, (key, value: unknown) => (key === 'source' || key === 'operator' ? undefined : value));

export function demandOf(leaf: QueryLeaf): Demand {
  const isNear = leaf.kind === 'near';
  return {
    leaf,
    identity: identityOf(leaf),
    left: isNear ? identityOf(leaf.left) : '',
    right: isNear ? identityOf(leaf.right) : '',
  };
}

/** Whether every word that fits the first part fits the second. */
function partImplies(one: QueryPart, other: QueryPart): boolean {
  const isExact = other.written !== undefined;
  const word = isExact ? one.written : one.text;
  if (word === undefined || one.isMark !== other.isMark) return false;
  if (one.wildcard)
    return word === (other.written ?? other.text) && (other.prefix || one.prefix === other.prefix);
  return (other.prefix || !one.prefix) && fits(other, word);
}

/** Whether the parts of `other` follow each other within those of `one`. */
function holdsPhrase(one: QueryTerm, other: QueryTerm): boolean {
  const last = other.parts.length - 1;
  return one.parts.some((_, start) =>
    other.parts.every((wanted, at) => {
      const part = one.parts[start + at];
      return part && partImplies(part, wanted) && (at === last || part.positions === wanted.positions);
    }),
  );
}

function termImplies(one: QueryTerm, other: QueryTerm): boolean {
  // A stretch holds each of its words; but a mark by itself may be one that the source declared, which is no stretch.
  const [wanted, second] = other.parts;
  if (other.otherWordsMax !== undefined) return false;
  if (wanted && !second) return one.parts.some((part) => partImplies(part, wanted));
  return one.otherWordsMax === undefined && holdsPhrase(one, other);
}

/** Whether sides and distance of the first NEAR satisfy the second; each is the leaf of its demand. */
function nearImplies(one: Demand, a: QueryNear, other: Demand, b: QueryNear): boolean {
  if (a.wordsBetweenMax > b.wordsBetweenMax || (b.ordered && !a.ordered)) return false;
  const isSwapped = !b.ordered && one.left === other.right && one.right === other.left;
  return isSwapped || (one.left === other.left && one.right === other.right);
}

const signs = { mention: '@', hashtag: '#' } as const;

function termImpliesField({ parts }: QueryTerm, test: FieldTest): boolean {
  if (test.name !== 'has' || (test.value !== 'mention' && test.value !== 'hashtag')) return false;
  const sign = signs[test.value];
  return parts.some(({ isMark, text }) => isMark && text.startsWith(sign));
}

function fieldImplies(one: FieldTest, other: FieldTest): boolean {
  if (one.name === 'followers')
    return other.name === 'followers' && one.min >= other.min && one.max <= other.max;
  if (!('domain' in one)) return false;
  if ('domain' in other) {
    const isLookedAt = one.name === other.name || one.name === 'link';
    return isLookedAt && isUnder({ host: one.domain, path: one.path }, other.domain, other.path);
  }
  return one.name === 'link' && other.name === 'has' && other.value === 'link';
}

/** Whether every message that holds the first leaf holds the second. */
export function implies(one: Demand, other: Demand): boolean {
  if (one.identity === other.identity) return true;
  const [a, b] = [one.leaf, other.leaf];
  if (a.kind === 'field') return b.kind === 'field' && fieldImplies(a.test, b.test);
  if (a.kind === 'near') return b.kind === 'near' && nearImplies(one, a, other, b);
  if (b.kind === 'field') return termImpliesField(a, b.test);
  return b.kind === 'term' && termImplies(a, b);
}

/** Fields of which a message has at most one. */
const SINGLE: ReadonlySet<FieldTest['name']> = new Set(['lang', 'channel', 'source', 'verified', 'kind']);

/** Whether no message can hold both leaves. */
export function excludes({ leaf: one }: Demand, { leaf: other }: Demand): boolean {
  if (one.kind !== 'field' || other.kind !== 'field') return false;
  const [a, b] = [one.test, other.test];
  if (a.name === 'followers' && b.name === 'followers') return a.max < b.min || b.max < a.min;
  return 'value' in a && 'value' in b && a.name === b.name && SINGLE.has(a.name) && a.value !== b.value;
}
