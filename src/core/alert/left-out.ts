/** What limits left out, told once: of counters that only grow, by how much they have grown. */
export interface LimitOutput {
  readonly kind: 'limit';
  readonly limit: string;
  readonly count: number;
}

const NOTHING: readonly LimitOutput[] = [];

export class LeftOut<Limit extends string> {
  readonly #prefix: string;
  #told: Partial<Readonly<Record<Limit, number>>> = {};

  /** Limits are named `prefix.limit`. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Since it was last asked. It is asked with every message, of which most meet no limit. */
  since(now: Readonly<Record<Limit, number>>): readonly LimitOutput[] {
    const before = this.#told;
    this.#told = now;
    let outputs: LimitOutput[] | undefined;
    for (const limit of Object.keys(now) as Limit[]) {
      const count = now[limit] - (before[limit] ?? 0);
      if (count > 0) (outputs ??= []).push({ kind: 'limit', limit: `${this.#prefix}.${limit}`, count });
    }
    return outputs ?? NOTHING;
  }
}
