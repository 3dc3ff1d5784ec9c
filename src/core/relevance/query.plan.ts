/** A query made ready to run: negation pushed down to the leaves, and the keys without which it cannot hold. */
import type { Key } from './query.frequency.ts';
import type { QueryField, QueryLeaf, QueryNode, QueryPart, QueryPlace } from './query.ts';
import { ANY_LETTER } from './text-tokens.ts';

export type Plan =
  | { readonly kind: 'all' | 'any'; readonly children: readonly Plan[] }
  | { readonly kind: 'leaf'; readonly leaf: QueryLeaf; /** False under a NOT. */ readonly wanted: boolean };

/** By De Morgan, so that NOT stands only at leaves; an `all` holds no `all`, an `any` no `any`. */
export function planOf(node: QueryNode, wanted = true): Plan {
  if (node.kind === 'not') return planOf(node.child, !wanted);
  if (!('children' in node)) return { kind: 'leaf', leaf: node, wanted };
  const kind = (node.kind === 'and') === wanted ? 'all' : 'any';
  const children = node.children
    .map((child) => planOf(child, wanted))
    .flatMap((child) => (child.kind === kind ? child.children : [child]));
  return { kind, children };
}

/** What a text must hold to hold the part; undefined when that cannot be looked up. */
export function keyOf({ text, prefix, wildcard, isMark }: QueryPart): Key | undefined {
  if (!wildcard) return { kind: prefix ? 'beginning' : 'whole', text };
  const head = text.slice(0, text.indexOf(ANY_LETTER));
  return head.length === (isMark ? 1 : 0) ? undefined : { kind: 'beginning', text: head };
}

/** How much it costs to file a query under these keys: how often a message is expected to hold one of them. */
export type CostOf = (keys: readonly Key[]) => number;

type Keys = readonly Key[];

function cheapest(several: readonly (Keys | undefined)[], costOf: CostOf): Keys | undefined {
  const known = several.filter((keys) => keys !== undefined);
  if (known.length < 2) return known[0];
  return known.map((keys) => ({ keys, cost: costOf(keys) })).reduce((a, b) => (b.cost < a.cost ? b : a)).keys;
}

/** Together the keys of all of them, when each has some. */
function together(several: readonly (Keys | undefined)[]): Keys | undefined {
  const known = several.filter((keys) => keys !== undefined);
  return known.length === several.length ? known.flat() : undefined;
}

function keysOfPlace(place: QueryPlace, costOf: CostOf): Keys | undefined {
  if (place.kind === 'or') return together(place.children.map((child) => keysOfPlace(child, costOf)));
  return keysOfLeaf(place, costOf);
}

function keysOfLeaf(leaf: QueryLeaf, costOf: CostOf): Keys | undefined {
  if (leaf.kind === 'near')
    return cheapest([keysOfPlace(leaf.left, costOf), keysOfPlace(leaf.right, costOf)], costOf);
  if (leaf.kind === 'term') {
    const keys = leaf.parts.map(keyOf);
    return cheapest(
      keys.map((key) => key && [key]),
      costOf,
    );
  }
  const keys = keyOfField(leaf);
  return keys.length > 0 ? keys : undefined;
}

/** Every key that the plan asks for, also the ones it could do without. */
export function* keysIn(plan: Plan): Generator<Key> {
  if (plan.kind !== 'leaf') for (const child of plan.children) yield* keysIn(child);
  else if (plan.wanted) yield* keysInLeaf(plan.leaf);
}

function* keysInLeaf(leaf: QueryLeaf | QueryPlace): Generator<Key> {
  if (leaf.kind === 'or') for (const child of leaf.children) yield* keysInLeaf(child);
  else if (leaf.kind === 'near') {
    yield* keysInLeaf(leaf.left);
    yield* keysInLeaf(leaf.right);
  } else if (leaf.kind === 'term') yield* leaf.parts.map(keyOf).filter((key) => key !== undefined);
  else yield* keyOfField(leaf);
}

/** None for what is not looked up. */
export function keyOfField({ test }: QueryField): Key[] {
  if (test.name === 'followers') return [];
  const value = 'domain' in test ? test.domain : test.value;
  return [{ kind: 'field', name: test.name, value, text: `${test.name}:${value}` }];
}

/** Keys of which at least one is in every message that the plan holds for, the rarest that will do; undefined when it
 *  can hold without any. */
export function requiredKeys(plan: Plan, costOf: CostOf): Keys | undefined {
  if (plan.kind === 'leaf') return plan.wanted ? keysOfLeaf(plan.leaf, costOf) : undefined;
  const ofChildren = plan.children.map((child) => requiredKeys(child, costOf));
  return plan.kind === 'any' ? together(ofChildren) : cheapest(ofChildren, costOf);
}
