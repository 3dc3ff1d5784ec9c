/** What is suspicious about a query that can be parsed. Each finding is certain; not every oddity is found. */
import { planOf, type Plan } from './query.plan.ts';
import type { FieldTest, Query, QueryLeaf, QueryPart, QueryPlace } from './query.ts';
import { fits } from './query.terms.ts';

/** What must be so, or must not: what a plan asks for wherever it holds. */
interface Demand {
  readonly leaf: QueryLeaf;
  readonly identity: string;
  readonly wanted: boolean;
}

const identityOf = (leaf: QueryLeaf) =>
  JSON.stringify(leaf, (key, value: unknown) => (key === 'source' ? undefined : value));

/** The parts that are in the text of every message that holds the leaf. */
function partsIn(leaf: QueryPlace | QueryLeaf): readonly QueryPart[] {
  if (leaf.kind === 'near') return [...partsIn(leaf.left), ...partsIn(leaf.right)];
  return leaf.kind === 'term' ? leaf.parts : [];
}

/** Whether every word that fits the first part fits the second. */
function partImplies(one: QueryPart, other: QueryPart): boolean {
  if (one.wildcard || other.written !== undefined || one.isMark !== other.isMark) return false;
  return one.prefix ? other.prefix && fits(other, one.text) : fits(other, one.text);
}

/** Whether every message that holds the first leaf holds the second. */
function implies(one: Demand, other: Demand): boolean {
  if (one.identity === other.identity) return true;
  const { leaf } = other;
  if (leaf.kind === 'term' && leaf.parts.length === 1 && leaf.otherWordsMax === undefined)
    return partsIn(one.leaf).some((part) => leaf.parts.every((wanted) => partImplies(part, wanted)));
  if (leaf.kind !== 'field' || one.leaf.kind !== 'field') return false;
  const [a, b] = [one.leaf.test, leaf.test];
  return a.name === 'followers' && b.name === 'followers' && a.min >= b.min && a.max <= b.max;
}

/** Fields of which a message has at most one. */
const SINGLE: ReadonlySet<FieldTest['name']> = new Set(['lang', 'channel', 'source', 'verified', 'kind']);

/** Whether no message can hold both leaves. */
function excludes({ leaf: one }: Demand, { leaf: other }: Demand): boolean {
  if (one.kind !== 'field' || other.kind !== 'field') return false;
  const [a, b] = [one.test, other.test];
  if (a.name === 'followers' && b.name === 'followers') return a.max < b.min || b.max < a.min;
  return 'value' in a && 'value' in b && a.name === b.name && SINGLE.has(a.name) && a.value !== b.value;
}

function contradicts(one: Demand, other: Demand): boolean {
  if (one.wanted && other.wanted) return excludes(one, other);
  if (!one.wanted && !other.wanted) return false;
  return one.wanted ? implies(one, other) : implies(other, one);
}

/** Whether it is certain that no message can hold the plan. `demands` is what must be so beside it; it is left as it
 *  was. Every leaf is compared once with what is demanded above and beside it. */
function neverHolds(plan: Plan, demands: Demand[]): boolean {
  const before = demands.length;
  const children = plan.kind === 'all' ? plan.children : [plan];
  let never = false;
  for (const child of children) {
    if (child.kind !== 'leaf') continue;
    const demand = { leaf: child.leaf, identity: identityOf(child.leaf), wanted: child.wanted };
    never ||= demands.some((other) => contradicts(demand, other));
    demands.push(demand);
  }
  never ||= children.some(
    (child) =>
      child.kind === 'any' && child.children.every((alternative) => neverHolds(alternative, demands)),
  );
  demands.length = before;
  return never;
}

function* leavesOf(plan: Plan): Generator<Extract<Plan, { kind: 'leaf' }>> {
  if (plan.kind === 'leaf') yield plan;
  else for (const child of plan.children) yield* leavesOf(child);
}

/** Whether the plan holds for a message in which none of its leaves is found. */
function holdsWithoutAny(plan: Plan): boolean {
  if (plan.kind === 'leaf') return !plan.wanted;
  return plan.kind === 'all' ? plan.children.every(holdsWithoutAny) : plan.children.some(holdsWithoutAny);
}

/** Lower-case operators, and prefixes so short that almost any text has such a word. */
function* slips(leaves: readonly { leaf: QueryLeaf; wanted: boolean }[]): Generator<string> {
  for (const { leaf, wanted } of leaves) {
    if (leaf.kind !== 'term') continue;
    const { source, parts } = leaf;
    if (/^(?:and|or|not|o?near\/\d+)$/i.test(source))
      yield `takes '${source}' for a word to find: the operator is ${source.toUpperCase()}; if the word is meant, quote it`;
    const [first, second] = parts;
    if (wanted && first?.prefix && !second && first.text.length === 1)
      yield `'${source}' finds every word that begins with '${first.text}': almost every message will match`;
  }
}

/** For `earshot check`: in plain words, the gravest first; empty when there is nothing to say. */
export function queryWarnings(query: Query): readonly string[] {
  const plan = planOf(query.root);
  const leaves = [...leavesOf(plan)];
  const found: string[] = [];
  if (neverHolds(plan, [])) found.push('asks for something and forbids it: no message can match');
  else if (neverHolds(planOf(query.root, false), [])) found.push('holds for every message');
  else if (leaves.every(({ wanted }) => !wanted))
    found.push('only says what must not be there: almost every message will match');
  else if (holdsWithoutAny(plan))
    found.push('holds for messages that have none of its terms: a NOT stands alone beside an OR');
  return [...new Set([...found, ...slips(leaves)])];
}
