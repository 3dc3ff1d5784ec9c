/** Remembers which stream position first used a key, for the last `keysMax` to twice `keysMax` keys: two generations,
 *  the older dropped whole when the younger is full, so that a look-up costs one or two map reads and nothing is swept. */
export interface RecentKeys {
  /** True when the key belongs to another position: a second copy. The same position asking again is a redelivery. */
  isDuplicate(key: string, position: number): boolean;
}

export function createRecentKeys({ keysMax }: { readonly keysMax: number }): RecentKeys {
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  return {
    isDuplicate(key, position) {
      const first = young.get(key) ?? old.get(key);
      if (first !== undefined) return first !== position;
      if (young.size >= keysMax) {
        old = young;
        young = new Map();
      }
      young.set(key, position);
      return false;
    },
  };
}
