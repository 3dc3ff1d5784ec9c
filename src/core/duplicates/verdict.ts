/** Whether a cluster of copies is people who pass something on, or accounts that act as one. No sign is enough alone:
 *  each gives points, and only clusters of some size are judged. docs/duplicates.md says where the thresholds come from. */

export type ClusterVerdict = 'organic' | 'coordinated';

/** What a verdict looks at; shares are 0 to 1. */
export interface ClusterSigns {
  readonly copies: number;
  readonly words: number;
  /** Authors that are told apart; messages without an author are not among them. */
  readonly authors: number;
  readonly topAuthorShare: number;
  /** Of postings, those by authors who posted it more than once, at different times. */
  readonly repeatedShare: number;
  readonly botShare: number;
  /** Of authors, those that wrote nothing else in this stream. */
  readonly strangersShare: number;
  /** Of those who write in their own words, the share that had written before. */
  readonly knownShare: number;
  /** Of authors, those that all copied one and the same other text before. */
  readonly ringShare: number;
  /** Authors who speak of it in words of their own, for each author who copies. */
  readonly voicesShare: number;
  /** Whether they were looked for. */
  readonly isWatched: boolean;
  /** Copies of the first hour for each of the busiest. */
  readonly earlyShare: number;
  /** Copies of that busiest hour. */
  readonly busiestHour: number;
  /** Standard deviation of the last pauses between copies over their mean: 1 for independent people, 0 for a clock. */
  readonly pauseVariation: number;
  readonly pauses: number;
}

/** One thing that counted. `points` above 0 speak for coordination. */
export interface ClusterReason {
  readonly reason: keyof typeof CLUSTER_REASONS;
  readonly value: number;
  readonly threshold: number;
  readonly points: number;
}

/** What the reasons mean. */
export const CLUSTER_REASONS = {
  few_copies: 'Too few copies for a judgement.',
  short_text: 'Too few words to be told from what anyone would write.',
  repeated: 'The same accounts post it again and again.',
  concentrated: 'One account posts a large part of it.',
  bots: 'Accounts that say they are bots post much of it.',
  strangers: 'Nearly none of its accounts ever wrote anything else here, where others do.',
  ring: 'Its accounts copied another text together before.',
  alone: 'Nobody speaks of it in words of their own.',
  late: 'It does not spread from its beginning: what comes in the first hour is little against the busiest one.',
  regular: 'It comes by the clock.',
  voices: 'Many speak of it in words of their own.',
} as const;

const WORDS_MIN = 5;
/** Shares of fewer authors say little. */
const AUTHORS_MIN = 20;
const PAUSES_MIN = 30;
/** A handful an hour has no busiest one. */
const BUSIEST_HOUR_MIN = 20;
/** In a stream where nearly everyone writes once, a stranger is nothing strange, */
const KNOWN_SHARE_MIN = 0.2;
/** unless so many known accounts were to be expected among them, */
const KNOWN_EXPECTED_MIN = 10;
/** and no more came than this part of what was expected (of 10 expected by chance at most 2: 0.003, Poisson). */
const KNOWN_PART_MAX = 0.25;

interface Sign {
  readonly reason: keyof typeof CLUSTER_REASONS;
  readonly of: Exclude<keyof ClusterSigns, 'isWatched'>;
  readonly when: 'least' | 'most';
  readonly threshold: number;
  readonly points: number;
  readonly applies?: (signs: ClusterSigns) => boolean;
}

const enoughAuthors = ({ authors }: ClusterSigns) => authors >= AUTHORS_MIN;

function knownAreMissing({ authors, knownShare, strangersShare }: ClusterSigns): boolean {
  if (knownShare >= KNOWN_SHARE_MIN) return true;
  const isExpected = authors * knownShare >= KNOWN_EXPECTED_MIN;
  return isExpected && 1 - strangersShare <= KNOWN_PART_MAX * knownShare;
}

const SIGNS: readonly Sign[] = [
  { reason: 'repeated', of: 'repeatedShare', when: 'least', threshold: 0.5, points: 2 },
  { reason: 'concentrated', of: 'topAuthorShare', when: 'least', threshold: 0.25, points: 1 },
  { reason: 'bots', of: 'botShare', when: 'least', threshold: 0.5, points: 1 },
  {
    reason: 'strangers', of: 'strangersShare', when: 'least', threshold: 0.95, points: 1,
    applies: (signs) => enoughAuthors(signs) && knownAreMissing(signs),
  },
  { reason: 'ring', of: 'ringShare', when: 'least', threshold: 0.3, points: 1, applies: enoughAuthors },
  {
    reason: 'alone', of: 'voicesShare', when: 'most', threshold: 0.05, points: 1,
    applies: ({ isWatched }) => isWatched,
  },
  {
    reason: 'late', of: 'earlyShare', when: 'most', threshold: 0.25, points: 1,
    applies: ({ busiestHour }) => busiestHour >= BUSIEST_HOUR_MIN,
  },
  {
    reason: 'regular', of: 'pauseVariation', when: 'most', threshold: 0.35, points: 1,
    applies: ({ pauses }) => pauses >= PAUSES_MIN,
  },
  { reason: 'voices', of: 'voicesShare', when: 'least', threshold: 0.3, points: -1 },
]; // prettier-ignore

/** Everything that counted, for and against; never empty for a cluster that is too small or too short. */
export function judgeCluster(
  signs: ClusterSigns,
  { copiesMin, pointsMin }: { readonly copiesMin: number; readonly pointsMin: number },
): { readonly verdict: ClusterVerdict; readonly reasons: readonly ClusterReason[] } {
  const { copies, words } = signs;
  if (copies < copiesMin) return organic('few_copies', copies, copiesMin);
  if (words < WORDS_MIN) return organic('short_text', words, WORDS_MIN);
  const reasons: ClusterReason[] = [];
  let points = 0;
  for (const sign of SIGNS) {
    if (sign.applies?.(signs) === false) continue;
    const value = signs[sign.of];
    if (sign.when === 'least' ? value < sign.threshold : value > sign.threshold) continue;
    points += sign.points;
    const { reason, threshold } = sign;
    reasons.push({ reason, value: Math.round(value * 1_000) / 1_000, threshold, points: sign.points });
  }
  return { verdict: points >= pointsMin ? 'coordinated' : 'organic', reasons };
}

function organic(reason: ClusterReason['reason'], value: number, threshold: number) {
  return { verdict: 'organic' as const, reasons: [{ reason, value, threshold, points: 0 }] };
}
