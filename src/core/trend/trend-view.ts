/** A trend as others see it, its title and its examples. */
import type { SentimentLabel } from '../sentiment/engine.port.ts';
import type { Spread } from './score.ts';
import type { Hash } from './hash.ts';
import type { RecentPost } from './recent-posts.ts';
import type { TermKind } from './trend.config.ts';

export const TREND_STATES = ['rising', 'peak', 'fading', 'over'] as const;
export type TrendState = (typeof TREND_STATES)[number];

/** Why a trend is over: its score fell, nobody wrote of it for `span`, a stronger one took its place, or too few of its
 *  posts were left. */
export type TrendEnd = 'faded' | 'silent' | 'displaced' | 'retracted';

export interface TrendTerm {
  readonly key: number;
  readonly hash: Hash;
  readonly kind: TermKind;
  /** Folded. */
  readonly text: string;
  /** The most common spelling. */
  spelling: string;
  score: number;
  peakScore: number;
  /** Posts that hold it, since the trend began. */
  posts: number;
  /** Of all posts, at its peak and as expected then: 0 to 1. */
  share: number;
  shareBefore: number;
}

export interface TrendExample {
  readonly id: string;
  readonly text: string;
  readonly timeMs: number;
  readonly author?: string;
  readonly url?: string;
  readonly label?: SentimentLabel;
  readonly score?: number;
  /** How many of the trend's terms it holds. */
  readonly terms: number;
}

export type SentimentCounts = Readonly<Record<SentimentLabel, number>>;

/** A trend as of now. */
export interface TrendView {
  readonly id: string;
  readonly pipeline: string;
  readonly channel: string;
  readonly title: string;
  readonly kind: TermKind;
  /** Most surprising first. */
  readonly terms: readonly Pick<TrendTerm, 'text' | 'kind' | 'score' | 'share' | 'shareBefore'>[];
  readonly state: TrendState;
  /** When it was first seen to trend, and the first post that made it so. */
  readonly startMs: number;
  readonly onsetMs: number;
  readonly peakMs: number;
  /** When it was seen to be over. */
  readonly endMs: number | undefined;
  /** Of a trend that is over. */
  readonly reason?: TrendEnd;
  /** Now, and at the peak: about standard deviations above what is expected. */
  readonly score: number;
  readonly peakScore: number;
  /** Posts at the peak, within the span that surprised most, and how many were expected of it. */
  readonly observed: number;
  readonly expected: number;
  readonly spread: Spread;
  /** Its place among the channel's trends at its peak. */
  readonly rank: number;
  /** All posts, those of them with a text of their own, and who wrote any. */
  readonly messages: number;
  readonly texts: number;
  readonly authors: number;
  /** Of the posts whose sentiment is known. */
  readonly sentiment: SentimentCounts | undefined;
  /** Sum of their sentiment scores in whole millionths. */
  readonly scoreUnits: number;
  /** First and last place in the stream of its posts, where known. */
  readonly sequences: readonly [number, number] | undefined;
  readonly examples: readonly TrendExample[];
}

/** Scores are summed as whole millionths: floating-point sums would depend on their order. */
export const SCORE_UNITS = 1_000_000;
export const EXAMPLES_MAX = 5;
/** A phrase says more than its words, when most of the posts hold it. */
const PHRASE_SHARE_MIN = 0.6;

/** What is both surprising and in many of the posts; a phrase rather than a word of it. */
export function titleOf(terms: readonly TrendTerm[]): TrendTerm | undefined {
  const named = terms.filter(({ kind }) => kind !== 'link' && kind !== 'media');
  const worth = ({ peakScore, posts }: TrendTerm) => peakScore * Math.log1p(posts);
  const [lead] = (named.length > 0 ? [...named] : [...terms]).sort((a, b) => worth(b) - worth(a));
  if (lead?.kind !== 'keyword') return lead;
  const phrases = named.filter(
    ({ kind, text, posts }) =>
      kind === 'phrase' && text.split(' ').includes(lead.text) && posts >= PHRASE_SHARE_MIN * lead.posts,
  );
  return phrases.sort((a, b) => b.posts - a.posts || b.text.length - a.text.length)[0] ?? lead;
}

/** The first of the posts that hold the most of its terms. */
export function withExample(
  examples: readonly TrendExample[],
  { id, text, timeMs, author, url, label, score }: RecentPost,
  terms: number,
): readonly TrendExample[] {
  const others = examples.filter((other) => other.id !== id);
  if (others.length >= EXAMPLES_MAX && (others.at(-1)?.terms ?? 0) >= terms) return examples;
  const example: TrendExample = {
    id,
    text,
    timeMs,
    ...(author === undefined ? {} : { author }),
    ...(url === undefined ? {} : { url }),
    ...(label === undefined ? {} : { label }),
    ...(score === undefined ? {} : { score }),
    terms,
  };
  const at = others.findIndex((other) => other.terms < terms);
  const sorted = at < 0 ? [...others, example] : [...others.slice(0, at), example, ...others.slice(at)];
  return sorted.slice(0, EXAMPLES_MAX);
}
