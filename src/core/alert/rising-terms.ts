/** What posts speak of more than before: terms of a sample of the span's posts, held against a sample of those before it.
 *  Read when there is an alert to show, so that a message costs nothing. */
import { compareText } from '../order/compare-text.ts';
import type { RankedPost } from '../window/evidence.ts';
import type { SampledPost } from '../window/pane-evidence.ts';
import { termsOf, type Term } from '../trend/terms.ts';
import type { TermKind } from '../trend/trend.config.ts';
import type { RisingTerm } from './alert.ts';

export const RISING_TERMS_MAX = 5;
const KINDS: ReadonlySet<TermKind> = new Set(['hashtag', 'cashtag', 'keyword']);
/** With fewer posts from before, nothing is known of what is usual. */
export const BEFORE_POSTS_MIN = 10;
/** A term of fewer of the sampled posts is chance. */
const POSTS_MIN = 3;
/** Standard deviations of the difference between two samples: hundreds of terms are looked at. */
const SURE_FROM = 3;

export interface Rising {
  readonly terms: readonly RisingTerm[];
  /** Those who hold most of them, first to last; none twice, and no two of one text. */
  readonly typical: readonly RankedPost[];
}

interface Count {
  readonly term: Term;
  posts: number;
  weight: number;
}

export function risingTerms(
  span: readonly SampledPost[],
  before: readonly RankedPost[],
  typicalMax: number,
): Rising {
  if (before.length < BEFORE_POSTS_MIN || span.length < POSTS_MIN) return { terms: [], typical: [] };
  const all = span.map((sampled) => ({ sampled, terms: termsOf(sampled.post, KINDS).terms }));
  const total = span.reduce((sum, { stands }) => sum + stands, 0);
  const counts = new Map<string, Count>();
  for (const { sampled, terms } of all) {
    for (const term of terms) {
      const count = counts.get(idOf(term)) ?? { term, posts: 0, weight: 0 };
      counts.set(idOf(term), count);
      count.posts += 1;
      count.weight += sampled.stands;
    }
  }
  const usual = usage(before);
  const rising = [...counts.values()]
    .filter(({ posts }) => posts >= POSTS_MIN)
    .map(({ term, weight }) => ({ term, share: weight / total, shareBefore: usual(term) }))
    .filter(({ share, shareBefore }) => isRise(share, span.length, shareBefore, before.length))
    .sort(
      (left, right) =>
        right.share - right.shareBefore - (left.share - left.shareBefore) ||
        compareText(idOf(left.term), idOf(right.term)),
    );
  const terms = rising
    .filter(
      ({ term: { key } }) => !rising.some(({ term }) => term.key === `#${key}` || term.key === `$${key}`),
    )
    .slice(0, RISING_TERMS_MAX);
  const worth = new Map(terms.map(({ term, share, shareBefore }) => [idOf(term), share - shareBefore]));
  const ranked = all
    .map(({ sampled, terms: own }) => ({
      sampled,
      worth: own.reduce((sum, term) => sum + (worth.get(idOf(term)) ?? 0), 0),
    }))
    .filter((one) => one.worth > 0)
    .sort((left, right) => right.worth - left.worth || left.sampled.sequence - right.sampled.sequence);
  return {
    terms: terms.map(({ term: { spelling, kind }, share, shareBefore }) => ({
      text: spelling,
      kind,
      share: rounded(share),
      shareBefore: rounded(shareBefore),
    })),
    typical: distinctTexts(ranked.map(({ sampled }) => sampled)).slice(0, typicalMax),
  };
}

/** The share of the posts before that held a term. */
function usage(before: readonly RankedPost[]): (term: Term) => number {
  const posts = new Map<string, number>();
  for (const { post } of before)
    for (const term of termsOf(post, KINDS).terms) posts.set(idOf(term), (posts.get(idOf(term)) ?? 0) + 1);
  return (term) => (posts.get(idOf(term)) ?? 0) / before.length;
}

/** Whether two samples of one share would seldom differ so much. */
function isRise(share: number, posts: number, shareBefore: number, postsBefore: number): boolean {
  const pooled = (share * posts + shareBefore * postsBefore) / (posts + postsBefore);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / posts + 1 / postsBefore));
  return share - shareBefore > SURE_FROM * deviation;
}

function distinctTexts(posts: readonly SampledPost[]): SampledPost[] {
  const texts = new Set<string>();
  return posts.filter(({ post: { text } }) => !texts.has(text) && texts.add(text));
}

function idOf({ kind, key }: Term): string {
  return `${kind} ${key}`;
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
