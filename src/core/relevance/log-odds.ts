/** From a probability to its log-odds; back again by `logistic` of filter/log-odds.ts. */

/** A model that is this sure is as sure as can be said: log-odds of ±13.8. */
const PROBABILITY_MIN = 1e-6;

export function logOddsOf(probability: number): number {
  const inside = Math.min(1 - PROBABILITY_MIN, Math.max(PROBABILITY_MIN, probability));
  return Math.log(inside / (1 - inside));
}
