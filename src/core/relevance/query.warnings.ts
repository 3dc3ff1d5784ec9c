/** What is suspicious about a query that can be parsed. Each finding is certain; not every oddity is found. */
import { planOf, type Plan } from './query.plan.ts';
import { neverHold } from './query.search.ts';
import type { Query, QueryLeaf } from './query.ts';

function* leavesOf(plan: Plan): Generator<Extract<Plan, { kind: 'leaf' }>> {
  if (plan.kind === 'leaf') yield plan;
  else for (const child of plan.children) yield* leavesOf(child);
}

/** Whether the plan holds wherever leaves hold of which `isGiven` says so. */
function holdsGiven(plan: Plan, isGiven: (leaf: QueryLeaf, wanted: boolean) => boolean): boolean {
  if (plan.kind === 'leaf') return isGiven(plan.leaf, plan.wanted);
  const holds = (child: Plan) => holdsGiven(child, isGiven);
  return plan.kind === 'all' ? plan.children.every(holds) : plan.children.some(holds);
}

/** What a leaf finds that nearly every message has; undefined for all others. */
function broad(leaf: QueryLeaf): string | undefined {
  if (leaf.kind === 'term') {
    const [first, second] = leaf.parts;
    const isShort = first?.prefix && !second && !first.isMark && first.text.length === 1;
    return isShort ? `every word that begins with '${first.text}'` : undefined;
  }
  if (leaf.kind === 'near') return undefined;
  const { test } = leaf;
  if (test.name === 'kind' && test.value === 'create') return 'every message that is no edit or the like';
  const isAnyNumber = test.name === 'followers' && test.min === 0 && test.max === Infinity;
  return isAnyNumber ? 'every message that tells a number of followers' : undefined;
}

/** Lower-case operators, and leaves so broad that almost any message has them. */
function* slips(
  leaves: readonly { leaf: QueryLeaf; wanted: boolean }[],
  holdsNearlyAlways: boolean,
): Generator<string> {
  for (const { leaf, wanted } of leaves) {
    if (leaf.kind === 'near') continue;
    const { source } = leaf;
    if (/^(?:and|or|not|o?near\/\d+)$/i.test(source))
      yield `takes '${source}' for a word to find: the operator is ${source.toUpperCase()}; if the word is meant, quote it`;
    const found = wanted ? broad(leaf) : undefined;
    if (found === undefined) continue;
    const effect = holdsNearlyAlways ? 'almost every message will match' : 'it hardly narrows the query';
    yield `'${source}' finds ${found}: ${effect}`;
  }
}

/** What can be said of the plan as a whole, the gravest only. */
function verdictOf(query: Query, plan: Plan): string | undefined {
  if (neverHold([plan])) return 'asks for something and forbids it: no message can match';
  if (neverHold([planOf(query.root, false)])) return 'holds for every message';
  if (holdsGiven(plan, (_, wanted) => !wanted))
    return [...leavesOf(plan)].every(({ wanted }) => !wanted)
      ? 'only says what must not be there: almost every message will match'
      : 'holds for messages that have none of its terms: a NOT stands alone beside an OR';
  return undefined;
}

/** Nothing that the query finds is in one of these languages, nor silent about its own. */
function saysOtherLanguages(plan: Plan, languages: readonly string[]): boolean {
  const spoken = ['und', ...languages].map((value): Plan => {
    const leaf: QueryLeaf = { kind: 'field', source: `lang:${value}`, test: { name: 'lang', value } };
    return { kind: 'leaf', leaf, wanted: true };
  });
  return neverHold([plan, { kind: 'any', children: spoken }]);
}

/** For `earshot check`: in plain words, the gravest first; empty when there is nothing to say. `languages`: those that
 *  the pipeline keeps, when it does not keep all. */
export function queryWarnings(query: Query, languages?: readonly string[]): readonly string[] {
  const plan = planOf(query.root);
  const verdict = verdictOf(query, plan);
  const found = verdict === undefined ? [] : [verdict];
  if (verdict === undefined && languages && saysOtherLanguages(plan, languages))
    found.push('only finds messages in languages that listen.languages leaves out: none will be kept');
  const holdsNearlyAlways = holdsGiven(plan, (leaf, wanted) => !wanted || broad(leaf) !== undefined);
  return [...new Set([...found, ...slips([...leavesOf(plan)], holdsNearlyAlways)])];
}
