/** How surprising it is that a term is written this often now. */
import type { Usage } from './sketch.ts';

/** Sums over all posts of a channel, as of now. */
export interface Totals {
  readonly burst: number;
  readonly span: number;
  /** Of the past: without what is in `span`. */
  readonly past: number;
}

/** What is known of a term before it was met: as if it had been in `posts × share` of so many posts. */
export interface Prior {
  readonly posts: number;
  /** 0 to 1. */
  readonly share: number;
}

/** Posts that stand for what is usual before anything is known; they weigh less as the past grows. */
export const PRIOR_POSTS = 500;
/** No term is expected in a lesser share of posts: what keeps rare words quiet. */
export const PRIOR_SHARE_MIN = 0.001;
/** How far the prior is believed follows from what was seen: `PRIOR_POSTS`, but no more than these times the posts within
 *  `span` and the past posts without the term. In a new channel a term may be in every post because that is what the channel is
 *  about: five of the first five are no news, fifty within hours are, and so are three after ten posts without it. Span 1 and 2
 *  find the same events; without 50 and 200 too, with 1.6 and 2.9 times as many false trends in first days. */
const TRUST_PER_POST = { span: 2, without: 20 };
/** Past posts with a term that stand for its being spread evenly: how crowded it is shows after some more. */
const CROWD_PRIOR = 100;
/** Even what is spread evenly varies a little more than by chance. */
const DISPERSION_MIN = 0.1;

/** Posts within the span from which on more of them cost: each brings terms that may be high by chance. */
const FREE_POSTS = 20;

export interface Burst {
  /** Signed root of the deviance, less what chance would give among so many posts: about standard deviations above (or
   *  below) what is expected, as in a small stream. */
  readonly score: number;
  /** Posts within the span that surprises most. */
  readonly observed: number;
  readonly expected: number;
  readonly spread: Spread;
}

/** How much the observed number usually varies, and among how many posts it was looked for. */
export interface Spread {
  /** Of the negative binomial: variance = mean + dispersion × mean². */
  readonly dispersion: number;
  /** All posts of the span that surprises most. */
  readonly posts: number;
  /** Posts that chance had to bring something. */
  readonly among: number;
}

/** The greater of two surprises, over `burst` and over `span`. The expected number is the term's share of past posts times
 *  the posts there are now, so that a busy hour is no news; what is observed is taken for negative binomial, whose
 *  dispersion adds how little is known of the share and how much the term usually comes in crowds. */
export function burstOf(usage: Usage, totals: Totals, prior: Prior): Burst {
  const without = Math.max(0, totals.past - usage.past);
  const trust = 1 + TRUST_PER_POST.span * totals.span + TRUST_PER_POST.without * without;
  const posts = Math.min(prior.posts, trust);
  const shape = posts * prior.share;
  const share = (usage.past + shape) / (totals.past + posts);
  const uncertainty = 1 / (usage.past + shape);
  const dispersion = (crowd: number) => {
    const seen = (crowd + CROWD_PRIOR * share) / (usage.past + CROWD_PRIOR);
    return uncertainty + Math.max(DISPERSION_MIN, seen / share - 1);
  };
  const [inBurst, inSpan] = [dispersion(usage.burstCrowd), dispersion(usage.spanCrowd)];
  const short = surprise(usage.burst, share * totals.burst, inBurst);
  const long = surprise(usage.span, share * totals.span, inSpan);
  const among = totals.span;
  const isShort = short > long;
  const all = isShort ? totals.burst : totals.span;
  return {
    score: amongMany(isShort ? short : long, among),
    observed: isShort ? usage.burst : usage.span,
    expected: share * all,
    spread: { dispersion: isShort ? inBurst : inSpan, posts: all, among },
  };
}

/** The more is looked at, the more is surprising by chance: n times as many posts have n times as many, which a deviance
 *  higher by 2 ln n makes up for. */
function amongMany(score: number, posts: number): number {
  if (score <= 0 || posts <= FREE_POSTS) return score;
  return Math.sqrt(Math.max(0, score * score - 2 * Math.log(posts / FREE_POSTS)));
}

/** Signed root of the negative binomial deviance of `observed` against a mean, variance `mean + dispersion × mean²`. */
export function surprise(observed: number, mean: number, dispersion: number): number {
  const size = 1 / dispersion;
  const fit = observed > 0 ? observed * Math.log(observed / mean) : 0;
  const deviance = 2 * (fit - (observed + size) * Math.log((observed + size) / (mean + size)));
  return Math.sign(observed - mean) * Math.sqrt(Math.max(0, deviance));
}

/** Halvings of an interval until it is as narrow as anybody looks. */
const HALVINGS = 40;

/** The number of posts from which on a term would have this score. */
export function usualMax(expected: number, { dispersion, posts, among }: Spread, scoreMin: number): number {
  const needed = Math.sqrt(scoreMin ** 2 + 2 * Math.log(Math.max(1, among / FREE_POSTS)));
  let low = expected;
  let high = Math.max(2 * expected, posts, 1);
  while (surprise(high, expected, dispersion) < needed && high < 1e9) high *= 2;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (surprise(middle, expected, dispersion) < needed) low = middle;
    else high = middle;
  }
  return high;
}

/** Looks a week at which chance may bring a score this high; chosen so that 3.75 stands for 0.65 false trends a week, as
 *  measured on half a year of brand tweets (0.2 to 1.1 by brand). */
const LOOKS_PER_WEEK = 6_900;

/** On the scale of anomaly scores: 1 / (1 + alarms a week that a threshold here would raise), 0 to 1. Rough: it follows the
 *  tail of a normal distribution through one measured point. */
export function alarmScore(score: number): number {
  return 1 / (1 + LOOKS_PER_WEEK * normalTail(score));
}

/** P(Z > z) for z ≥ 0, within 1% (Borjesson and Sundberg 1979). */
function normalTail(z: number): number {
  if (z <= 0) return 0.5;
  const density = Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
  return density / (0.661 * z + 0.339 * Math.sqrt(z * z + 5.51));
}
