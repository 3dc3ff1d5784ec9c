/** How an engine's scores follow people's ratings, whatever scale these are on. */

export interface RatedScore {
  readonly rating: number;
  readonly score: number;
}

/** Correlations in [-1, 1]; null where one side never varies (so also for a single row): there is nothing to follow. */
export interface RatingEvaluation {
  readonly rows: number;
  /** How close to a line. */
  readonly pearson: number | null;
  /** The same of ranks: how close to rising together; equals share their mean rank. */
  readonly spearman: number | null;
}

/** Throws a RangeError for no rows. */
export function evaluateRatings(rows: readonly RatedScore[]): RatingEvaluation {
  if (rows.length === 0) throw new RangeError('nothing to evaluate: no rows');
  const ratings = rows.map(({ rating }) => rating);
  const scores = rows.map(({ score }) => score);
  return {
    rows: rows.length,
    pearson: pearson(ratings, scores),
    spearman: pearson(ranks(ratings), ranks(scores)),
  };
}

function pearson(a: readonly number[], b: readonly number[]): number | null {
  if (isConstant(a) || isConstant(b)) return null;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, squareA, squareB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const [offA, offB] = [value - meanA, (b[index] ?? meanB) - meanB];
    both += offA * offB;
    squareA += offA * offA;
    squareB += offB * offB;
  }
  const spread = Math.sqrt(squareA) * Math.sqrt(squareB);
  return spread === 0 ? null : Math.min(1, Math.max(-1, both / spread)); // 0: too close together for squares.
}

/** By value, not by variance: that of equal values need not come out as 0. */
function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}

/** From 1. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_value, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const result = new Array<number>(values.length).fill(0);
  for (let start = 0, end = 0; start < order.length; start = end) {
    const value = values[order[start] ?? 0];
    while (end < order.length && values[order[end] ?? 0] === value) end += 1;
    for (const index of order.slice(start, end)) result[index] = (start + 1 + end) / 2;
  }
  return result;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
