/** A cache of what was asked for lately: two generations, the older forgotten whole when the younger is full. No bookkeeping
 *  for a hit, unlike a list in order of use. */

export interface Recent<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
}

/** Holds `size` entries at least, twice as many at most. */
export function createRecent<T>(size: number): Recent<T> {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  const set = (key: string, value: T) => {
    if (young.size >= size) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  };
  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const older = old.get(key);
      if (older !== undefined) set(key, older);
      return older;
    },
    set,
  };
}
