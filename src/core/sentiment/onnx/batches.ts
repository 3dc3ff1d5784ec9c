/** Which texts go through the model together. */

export interface BatchLimits {
  /** Rows times the longest row, padding included. A longer text goes alone. */
  readonly tokensPerRunMax: number;
  readonly textsPerRunMax: number;
}

/** Indices of the texts, shortest first, so that little is padded. `lengths` in tokens, at least 1 each. */
export function planBatches(lengths: readonly number[], limits: BatchLimits): number[][] {
  const byLength = lengths.map((_, index) => index).sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0));
  const batches: number[][] = [];
  let open: number[] = [];
  for (const index of byLength) {
    const rows = open.length + 1;
    if (
      open.length > 0 &&
      (rows > limits.textsPerRunMax || rows * (lengths[index] ?? 0) > limits.tokensPerRunMax)
    ) {
      batches.push(open);
      open = [];
    }
    open.push(index);
  }
  if (open.length > 0) batches.push(open);
  return batches;
}
