/** The few posts that stand for many: the strongest of each side, ranked so that partial lists merge to the same one. */
import type { EvidencePost } from '../alert/alert.ts';
import type { ScoredMessage } from '../message/message.ts';

/** Posts kept per side, and posts that an alert shows. */
export const EVIDENCE_POSTS_MAX = 5;
const TEXT_CHARS_MAX = 280;

/** A post and its SCORED sequence, which decides between equals. */
export interface RankedPost {
  readonly post: EvidencePost;
  readonly sequence: number;
}

type Rank = Pick<EvidencePost, 'score' | 'followers'>;

/** Puts the post in its place in the list, best first; it is made only when it has one. */
export function keepBest(best: RankedPost[], rank: Rank, sequence: number, make: () => EvidencePost): void {
  const at = placeOf(best, rank, sequence);
  if (at < EVIDENCE_POSTS_MAX) insert(best, at, { post: make(), sequence });
}

/** Puts what is best in one list in its place in the other. */
export function mergeBest(best: RankedPost[], others: readonly RankedPost[]): void {
  for (const other of others) {
    const at = placeOf(best, other.post, other.sequence);
    if (at >= EVIDENCE_POSTS_MAX) return;
    insert(best, at, other);
  }
}

function placeOf(best: readonly RankedPost[], rank: Rank, sequence: number): number {
  let at = best.length;
  for (; at > 0; at--) {
    const above = best[at - 1];
    if (above && compare(above.post, above.sequence, rank, sequence) <= 0) break;
  }
  return at;
}

function insert(best: RankedPost[], at: number, ranked: RankedPost): void {
  best.splice(at, 0, ranked);
  if (best.length > EVIDENCE_POSTS_MAX) best.pop();
}

/** By strength of the score, then by the author's followers, then by who came first. */
function compare(left: Rank, leftSequence: number, right: Rank, rightSequence: number): number {
  return (
    Math.abs(right.score) - Math.abs(left.score) ||
    (right.followers ?? 0) - (left.followers ?? 0) ||
    leftSequence - rightSequence
  );
}

export function evidencePost({
  id,
  time,
  text,
  sentiment,
  author,
  url,
  channel,
}: ScoredMessage): EvidencePost {
  const name = author?.handle ?? author?.name ?? author?.id;
  return {
    id,
    time,
    text: cut(text),
    label: sentiment.label,
    score: sentiment.score,
    ...(name !== undefined && { author: name }),
    ...(author?.followers !== undefined && { followers: author.followers }),
    ...(url !== undefined && { url }),
    channel,
  };
}

/** At most TEXT_CHARS_MAX characters, an ellipsis included, never half of a surrogate pair. */
function cut(text: string): string {
  if (text.length <= TEXT_CHARS_MAX) return text;
  return `${text.slice(0, TEXT_CHARS_MAX - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
