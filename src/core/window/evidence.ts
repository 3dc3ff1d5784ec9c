/** The few posts that stand for many: the strongest of each side, ranked so that partial lists merge to the same one. */
import type { EvidencePost } from '../alert/alert.ts';
import type { ScoredMessage } from '../message/message.ts';

const TEXT_CHARS_MAX = 280;

/** A post and its SCORED sequence, which decides between equals. */
export interface RankedPost {
  readonly post: EvidencePost;
  readonly sequence: number;
}

type Rank = Pick<EvidencePost, 'score' | 'followers' | 'engagement'>;

/** Which posts a list keeps, and how many. */
export interface Ranking {
  readonly postsMax: number;
  /** Below 0 when the left one ranks higher. */
  readonly order: (left: Rank, right: Rank) => number;
}

/** By strength of the score, then by the author's followers. */
export const STRONGEST: Ranking = {
  postsMax: 5,
  order: (left, right) =>
    Math.abs(right.score) - Math.abs(left.score) || (right.followers ?? 0) - (left.followers ?? 0),
};

export const MOST_ENGAGED: Ranking = {
  postsMax: 2,
  order: (left, right) => (right.engagement ?? 0) - (left.engagement ?? 0),
};

/** Puts the post in its place in the list, best first; it is made only when it has one. */
export function keepBest(
  best: RankedPost[],
  rank: Rank,
  sequence: number,
  make: () => EvidencePost,
  ranking: Ranking = STRONGEST,
): void {
  const at = placeOf(best, rank, sequence, ranking);
  if (at < ranking.postsMax) insert(best, at, { post: make(), sequence }, ranking);
}

/** Puts what is best in one list in its place in the other. */
export function mergeBest(best: RankedPost[], others: readonly RankedPost[], ranking = STRONGEST): void {
  for (const other of others) {
    const at = placeOf(best, other.post, other.sequence, ranking);
    if (at >= ranking.postsMax) return;
    insert(best, at, other, ranking);
  }
}

/** Between equals, who came first. */
function placeOf(best: readonly RankedPost[], rank: Rank, sequence: number, { order }: Ranking): number {
  let at = best.length;
  for (; at > 0; at--) {
    const above = best[at - 1];
    if (above && (order(above.post, rank) || above.sequence - sequence) <= 0) break;
  }
  return at;
}

function insert(best: RankedPost[], at: number, ranked: RankedPost, { postsMax }: Ranking): void {
  best.splice(at, 0, ranked);
  if (best.length > postsMax) best.pop();
}

export function evidencePost(message: ScoredMessage): EvidencePost {
  const { id, time, text, sentiment, author, url, channel, lang } = message;
  const name = author?.handle ?? author?.name ?? author?.id;
  const engagement = engagementOf(message);
  return {
    id,
    time,
    text: cutText(text),
    label: sentiment.label,
    score: sentiment.score,
    ...(name !== undefined && { author: name }),
    ...(author?.followers !== undefined && { followers: author.followers }),
    ...(url !== undefined && { url }),
    channel,
    ...(lang !== undefined && { lang }),
    ...(engagement > 0 && { engagement }),
  };
}

/** Likes, reposts, replies and quotes together. */
export function engagementOf({ engagement }: Pick<ScoredMessage, 'engagement'>): number {
  const { likes = 0, reposts = 0, replies = 0, quotes = 0 } = engagement ?? {};
  return likes + reposts + replies + quotes;
}

/** At most TEXT_CHARS_MAX characters, an ellipsis included, never half of a surrogate pair. */
export function cutText(text: string): string {
  if (text.length <= TEXT_CHARS_MAX) return text;
  return `${text.slice(0, TEXT_CHARS_MAX - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
