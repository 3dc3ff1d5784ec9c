/** Probability and its logarithm of odds. */

/** Further off, a probability cannot be told from 0 or 1. */
const LOG_ODDS_MAX = 16;

export const boundedLogOdds = (logOdds: number): number =>
  Math.max(-LOG_ODDS_MAX, Math.min(LOG_ODDS_MAX, logOdds));

export const logistic = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));
