/** How many pages each rule has sent lately. */
import type { PageBudget } from './page-budget.config.ts';
import type { PolicyRule, PolicyState } from './policy-state.ts';

export class PageBudgets {
  readonly #own: ReadonlyMap<string, PageBudget | undefined>;
  readonly #general: PageBudget | undefined;
  /** Event times; never more than a budget's `pages`. */
  readonly #pages = new Map<string, readonly number[]>();

  constructor(
    rules: readonly PolicyRule[],
    general: PageBudget | undefined,
    restored: PolicyState['pages'] = [],
  ) {
    this.#own = new Map(rules.map(({ name, pageBudget }) => [name, pageBudget]));
    this.#general = general;
    for (const [rule, atMs] of restored) if (this.#of(rule)) this.#pages.set(rule, atMs);
  }

  hasRoom(rule: string, nowMs: number): boolean {
    const budget = this.#of(rule);
    return !budget || this.#counted(rule, budget, nowMs).length < budget.pages;
  }

  spend(rule: string, nowMs: number): void {
    const budget = this.#of(rule);
    if (budget) this.#pages.set(rule, [...this.#counted(rule, budget, nowMs), nowMs]);
  }

  toState(): PolicyState['pages'] {
    return [...this.#pages];
  }

  #of(rule: string): PageBudget | undefined {
    return this.#own.get(rule) ?? this.#general;
  }

  #counted(rule: string, { per }: PageBudget, nowMs: number): readonly number[] {
    return (this.#pages.get(rule) ?? []).filter((atMs) => atMs > nowMs - per);
  }
}
