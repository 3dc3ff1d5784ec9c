/** Probability and its logarithm of odds. */

/** Further off, a probability cannot be told from 0 or 1. */
const LOG_ODDS_MAX = 16;
/** A model that is this sure is as sure as can be said: log-odds of ±13.8. */
const PROBABILITY_MIN = 1e-6;

export const boundedLogOdds = (logOdds: number): number =>
  Math.max(-LOG_ODDS_MAX, Math.min(LOG_ODDS_MAX, logOdds));

export const logistic = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

export function logOddsOf(probability: number): number {
  const inside = Math.min(1 - PROBABILITY_MIN, Math.max(PROBABILITY_MIN, probability));
  return Math.log(inside / (1 - inside));
}
