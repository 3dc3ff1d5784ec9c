/** A query made ready to run: negation pushed down to the terms, and the terms without which it cannot hold. */
import type { QueryNode, QueryTerm } from './query.ts';

export type Plan =
  | { readonly kind: 'all' | 'any'; readonly children: readonly Plan[] }
  | { readonly kind: 'term'; readonly term: QueryTerm; /** False under a NOT. */ readonly wanted: boolean };

/** By De Morgan, so that NOT stands only at terms. */
export function planOf(node: QueryNode, wanted = true): Plan {
  if (node.kind === 'term') return { kind: 'term', term: node, wanted };
  if (node.kind === 'not') return planOf(node.child, !wanted);
  const kind = (node.kind === 'and') === wanted ? 'all' : 'any';
  return { kind, children: node.children.map((child) => planOf(child, wanted)) };
}

/** A text of which a message must hold at least one, as a whole word or mark or as the beginning of one. */
export interface Key {
  readonly text: string;
  readonly prefix: boolean;
}

/** A guess at how often a key occurs, for choosing among several: longer is rarer. */
const frequencyOf = (key: Key) => 0.5 ** (key.text.length - (key.prefix ? 1 : 0));
const frequencyOfAny = (keys: readonly Key[]) => keys.reduce((sum, key) => sum + frequencyOf(key), 0);

function keyOfTerm({ parts, prefix }: QueryTerm): Key {
  const keys = parts.map((part, index) => ({
    text: part.text,
    prefix: prefix && index === parts.length - 1,
  }));
  return keys.reduce((rarest, key) => (frequencyOf(key) < frequencyOf(rarest) ? key : rarest));
}

/** Keys of which at least one is in every message that the plan holds for; undefined when it can hold without any. */
export function requiredKeys(plan: Plan): readonly Key[] | undefined {
  if (plan.kind === 'term') return plan.wanted ? [keyOfTerm(plan.term)] : undefined;
  const ofChildren = plan.children.map(requiredKeys);
  const known = ofChildren.filter((keys) => keys !== undefined);
  if (plan.kind === 'any') return known.length === ofChildren.length ? known.flat() : undefined;
  if (known.length === 0) return undefined;
  return known.reduce((rarest, keys) => (frequencyOfAny(keys) < frequencyOfAny(rarest) ? keys : rarest));
}
