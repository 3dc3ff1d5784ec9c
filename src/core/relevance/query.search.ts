/** Whether any message can hold a plan: alternatives are tried in turn until one contradicts nothing. */
import { demandOf, excludes, implies, type Demand } from './query.implication.ts';
import { planOf, type Plan } from './query.plan.ts';
import type { QueryLeaf } from './query.ts';

/** Pairs of leaves that a search compares; then it gives up. A query of 500 terms in a row takes 125,000 at most. */
const COMPARISONS_MAX = 150_000;

/** Plans that must hold beside each other, as a list that shares its ends. */
interface Pending {
  readonly plan: Plan;
  readonly next: Pending | undefined;
}

const before = (plans: readonly Plan[], next: Pending | undefined): Pending | undefined =>
  plans.reduceRight<Pending | undefined>((rest, plan) => ({ plan, next: rest }), next);

/** What a leaf that holds makes hold beside it: both sides of a NEAR. */
const besides = (leaf: QueryLeaf): readonly Plan[] =>
  leaf.kind === 'near' ? [planOf(leaf.left), planOf(leaf.right)] : [];

class Search {
  readonly #wanted: Demand[] = [];
  readonly #unwanted: Demand[] = [];
  #comparisons = 0;

  canHold(pending: Pending | undefined): boolean {
    if (!pending || this.#comparisons > COMPARISONS_MAX) return true;
    const { plan, next } = pending;
    if (plan.kind === 'any') return plan.children.some((child) => this.canHold({ plan: child, next }));
    if (plan.kind === 'leaf') return this.#canHoldLeaf(plan.leaf, plan.wanted, next);
    // Leaves first: what contradicts them need not be searched.
    const leaves = plan.children.filter(({ kind }) => kind === 'leaf');
    const groups = plan.children.filter(({ kind }) => kind !== 'leaf');
    return this.canHold(before(leaves, before(groups, next)));
  }

  #canHoldLeaf(leaf: QueryLeaf, wanted: boolean, next: Pending | undefined): boolean {
    const demand = demandOf(leaf);
    if (this.#contradicts(demand, wanted)) return false;
    const demands = wanted ? this.#wanted : this.#unwanted;
    demands.push(demand);
    const can = this.canHold(wanted ? before(besides(leaf), next) : next);
    demands.pop();
    return can;
  }

  #contradicts(demand: Demand, wanted: boolean): boolean {
    this.#comparisons += this.#wanted.length + (wanted ? this.#unwanted.length : 0);
    if (!wanted) return this.#wanted.some((other) => implies(other, demand));
    return (
      this.#wanted.some((other) => excludes(other, demand)) ||
      this.#unwanted.some((other) => implies(demand, other))
    );
  }
}

/** Whether it is certain that no message can hold the plans together. */
export function neverHold(plans: readonly Plan[]): boolean {
  return !new Search().canHold(before(plans, undefined));
}
