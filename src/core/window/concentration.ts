/** How much of what is said comes from few. */
import type { AuthorConcentration } from '../alert/alert.ts';

/** By author, how many posts. Undefined when there is no author. */
export function concentrationOf(posts: ReadonlyMap<number, number>): AuthorConcentration | undefined {
  if (posts.size === 0) return undefined;
  // Sorted: the sum of an entropy depends on its order.
  const counts = Float64Array.from(posts.values()).sort();
  const total = counts.reduce((sum, count) => sum + count, 0);
  const entropy = counts.reduce((sum, count) => sum - (count / total) * Math.log(count / total), 0);
  const rounded = (value: number) => Math.round(value * 10_000) / 10_000;
  return {
    distinct: posts.size,
    topShare: rounded((counts.at(-1) ?? 0) / total),
    evenness: posts.size === 1 ? 0 : rounded(entropy / Math.log(posts.size)),
  };
}
