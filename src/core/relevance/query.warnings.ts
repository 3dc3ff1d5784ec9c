/** What is suspicious about a query that can be parsed. Each finding is certain; not every oddity is found. */
import { planOf, type Plan } from './query.plan.ts';
import type { Query, QueryTerm } from './query.ts';

const identityOf = ({ parts, prefix }: QueryTerm) =>
  JSON.stringify([prefix, ...parts.map((part) => part.text)]);

function* termsOf(plan: Plan): Generator<{ term: QueryTerm; wanted: boolean }> {
  if (plan.kind === 'term') yield plan;
  else for (const child of plan.children) yield* termsOf(child);
}

/** Whether the plan has the same value for every message: `all` with a term and its negation never holds, `any` always. */
function isConstant(plan: Plan, value: boolean): boolean {
  if (plan.kind === 'term') return false;
  const deciding = plan.kind === (value ? 'any' : 'all');
  if (!deciding) return plan.children.every((child) => isConstant(child, value));
  if (plan.children.some((child) => isConstant(child, value))) return true;
  const seen = new Map<string, boolean>();
  for (const child of plan.children) {
    if (child.kind !== 'term') continue;
    const identity = identityOf(child.term);
    if (seen.get(identity) === !child.wanted) return true;
    seen.set(identity, child.wanted);
  }
  return false;
}

/** Whether the plan holds for a message in which none of its terms is found. */
function holdsWithoutTerms(plan: Plan): boolean {
  if (plan.kind === 'term') return !plan.wanted;
  return plan.kind === 'all' ? plan.children.every(holdsWithoutTerms) : plan.children.some(holdsWithoutTerms);
}

/** For `earshot check`: in plain words, the gravest first; empty when there is nothing to say. */
export function queryWarnings(query: Query): readonly string[] {
  const plan = planOf(query.root);
  const terms = [...termsOf(plan)];
  const found: string[] = [];
  if (isConstant(plan, false)) found.push('asks for a term and forbids it: no message can match');
  else if (isConstant(plan, true)) found.push('holds for every message');
  else if (terms.every(({ wanted }) => !wanted))
    found.push('only says what must not be there: almost every message will match');
  else if (holdsWithoutTerms(plan))
    found.push('holds for messages that have none of its terms: a NOT stands alone beside an OR');
  for (const word of new Set(terms.map(({ term }) => term.source)))
    if (word === 'and' || word === 'or' || word === 'not')
      found.push(
        `takes '${word}' for a word to find: the operator is ${word.toUpperCase()}; if the word is meant, quote it`,
      );
  return found;
}
