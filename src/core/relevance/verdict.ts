/** From a probability to a verdict, with the moderators' correction on top and everything that explains it. */
import type { Because } from '../sentiment/engine.port.ts';
import type { RelevanceReading } from './filter/filter.port.ts';
import { logistic, logOddsOf } from './log-odds.ts';
import type { ClassifierConfig } from './relevance.config.ts';

/** `review`: kept, and marked for a person to look at. */
export const VERDICTS = ['keep', 'review', 'drop'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Why a pipeline does not take a message. `unmatched`: its query does not hold; `language`: not one it listens to;
 *  `duplicate`: seen before; `irrelevant`: the filter says so. */
export const DROP_REASONS = ['unmatched', 'language', 'duplicate', 'irrelevant'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** What a filter makes of a message, corrected. */
export interface FilterVerdict {
  readonly verdict: Verdict;
  /** Of being relevant, with the correction, 0 to 1, six decimals. */
  readonly probability: number;
  /** What the model alone says. */
  readonly base: number;
  /** What the marks added to the log-odds, at most `correctionMax` either way. */
  readonly correction: number;
  /** Present when the model alone had said otherwise: what it had said. */
  readonly overruled?: Verdict;
  /** What spoke for and against, the weightiest first; only when asked for. In log-odds of the model alone. */
  readonly because?: readonly Because[];
}

/** Pieces of an explanation that are shown. */
export const BECAUSE_MAX = 5;

type Lines = Pick<ClassifierConfig, 'dropBelow' | 'reviewBelow'>;

function verdictOf(probability: number, { dropBelow, reviewBelow = dropBelow }: Lines): Verdict {
  if (probability < dropBelow) return 'drop';
  return probability < reviewBelow ? 'review' : 'keep';
}

const round = (value: number, digits: number) => Math.round(value * digits) / digits;

/** `correction`, in log-odds, is clamped here: no number of marks moves a message further than `correctionMax`. */
export function judgeReading(
  { probability: base, because }: RelevanceReading,
  config: Lines & Pick<ClassifierConfig, 'correctionMax'>,
  correction = 0,
): FilterVerdict {
  const { correctionMax } = config;
  const clamped = Math.max(-correctionMax, Math.min(correctionMax, correction));
  const probability = clamped === 0 ? base : logistic(logOddsOf(base) + clamped);
  const verdict = verdictOf(probability, config);
  const alone = verdictOf(base, config);
  return {
    verdict,
    probability: round(probability, 1e6),
    base: round(base, 1e6),
    correction: round(clamped, 1e4),
    ...(verdict === alone ? {} : { overruled: alone }),
    ...(because === undefined ? {} : { because: weightiest(because) }),
  };
}

function weightiest(because: readonly Because[]): readonly Because[] {
  return because
    .filter(({ text }) => text !== '')
    .sort((left, right) => Math.abs(right.weight) - Math.abs(left.weight))
    .slice(0, BECAUSE_MAX)
    .map((piece) => ({ ...piece, weight: round(piece.weight, 1e4) }));
}
