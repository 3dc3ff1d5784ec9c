/** What is known of a set of posts. Mergeable: sums are integers and every list has a total order, so an aggregate depends
 *  on the posts alone and not on the order or the grouping in which they were added. */
import type { EvidencePost, Observed } from '../alert/alert.ts';
import type { ScoredMessage } from '../message/message.ts';
import { DistinctCounter, hash53, type DistinctState } from './distinct.ts';
import { evidencePost, keepBest, mergeBest, STRONGEST, type RankedPost } from './evidence.ts';
import { SENTIMENT_LABELS, type SentimentLabel } from '../sentiment/engine.port.ts';

/** Scores are summed as whole millionths: floating-point sums would depend on their order. */
const SCORE_UNITS = 1_000_000;
/** So are weights, as thousandths: what a post counts that is like any other. */
export const WEIGHT_UNITS = 1_000;

/** The numbers of a post. */
export interface Counted {
  readonly label: SentimentLabel;
  readonly scoreUnits: number;
  /** In thousandths: 1,000 unless copies count less. */
  readonly weightUnits: number;
  readonly authorHash: number | undefined;
  readonly sequence: number;
}

/** A scored message as aggregates count it, made once and added to several of them. */
export interface Post extends Counted {
  readonly message: ScoredMessage;
  /** The post as evidence, made at most once and only when some list keeps it. */
  readonly evidence: () => EvidencePost;
}

export function postOf(message: ScoredMessage, sequence: number, weightUnits = WEIGHT_UNITS): Post {
  const author = message.author?.id ?? message.author?.handle ?? '';
  let made: EvidencePost | undefined;
  return {
    message,
    sequence,
    label: message.sentiment.label,
    scoreUnits: Math.round(message.sentiment.score * SCORE_UNITS),
    weightUnits,
    authorHash: author === '' ? undefined : hash53(author),
    evidence: () => (made ??= evidencePost(message)),
  };
}

const SIDES = ['negative', 'positive', 'other'] as const;
type Side = (typeof SIDES)[number];

export interface AggregateState {
  /** Weights, and their sum of scores in millionths. */
  readonly counts: Readonly<Record<SentimentLabel, number>>;
  readonly scoreUnits: number;
  /** Absent when each counted as one. */
  readonly messages?: number;
  readonly authors: DistinctState;
  readonly best: Readonly<Record<Side, readonly RankedPost[]>>;
  readonly sequences: readonly [number, number];
}

export class Aggregate {
  /** In thousandths, as is the volume. */
  readonly #counts = { negative: 0, neutral: 0, positive: 0, uncertain: 0 };
  #volume = 0;
  #messages = 0;
  #scoreUnits = 0;
  #authors = new DistinctCounter();
  readonly #best: Record<Side, RankedPost[]> = { negative: [], positive: [], other: [] };
  #firstSequence = Number.POSITIVE_INFINITY;
  #lastSequence = 0;

  add(post: Post): void {
    this.count(post);
    const { message, sequence, label, evidence } = post;
    const side = label === 'negative' || label === 'positive' ? label : 'other';
    const followers = message.author?.followers ?? 0;
    keepBest(this.#best[side], { score: message.sentiment.score, followers }, sequence, evidence);
  }

  /** Counts a post whose text is not at hand: it cannot become evidence. */
  count(post: Counted): void {
    this.#counts[post.label] += post.weightUnits;
    this.#volume += post.weightUnits;
    this.#messages += 1;
    this.#scoreUnits += weighted(post);
    this.see(post);
  }

  /** Takes a post out of the numbers and the evidence, which may then be fewer than there were to choose from. Authors and
   *  sequences, of which nothing can be taken, stay until they are forgotten and all that is left is seen again. */
  takeBack(post: Counted): void {
    const { label, weightUnits, sequence } = post;
    this.#counts[label] -= weightUnits;
    this.#volume -= weightUnits;
    this.#messages -= 1;
    this.#scoreUnits -= weighted(post);
    for (const side of SIDES) {
      const at = this.#best[side].findIndex((ranked) => ranked.sequence === sequence);
      if (at >= 0) this.#best[side].splice(at, 1);
    }
  }

  forgetSeen(): void {
    this.#authors = new DistinctCounter();
    this.#firstSequence = Number.POSITIVE_INFINITY;
    this.#lastSequence = 0;
  }

  see({ authorHash, sequence }: Counted): void {
    if (authorHash !== undefined) this.#authors.add(authorHash);
    this.#cover(sequence, sequence);
  }

  merge(other: Aggregate): void {
    this.#counts.negative += other.#counts.negative;
    this.#counts.neutral += other.#counts.neutral;
    this.#counts.positive += other.#counts.positive;
    this.#counts.uncertain += other.#counts.uncertain;
    this.#volume += other.#volume;
    this.#messages += other.#messages;
    this.#scoreUnits += other.#scoreUnits;
    this.#authors.merge(other.#authors);
    mergeBest(this.#best.negative, other.#best.negative);
    mergeBest(this.#best.positive, other.#best.positive);
    mergeBest(this.#best.other, other.#best.other);
    this.#cover(other.#firstSequence, other.#lastSequence);
  }

  /** How many posts there are, whatever they weigh. */
  get messages(): number {
    return this.#messages;
  }

  /** Shares and means of nothing are 0. */
  observe(): Observed {
    const counts = this.#weights();
    const { negative, positive } = counts;
    const volume = this.#volume / WEIGHT_UNITS;
    const per = (amount: number) => (volume === 0 ? 0 : amount / volume);
    return {
      volume,
      ...counts,
      netSentiment: per(positive - negative),
      negativeShare: per(negative),
      positiveShare: per(positive),
      meanScore: per(this.#scoreUnits) / SCORE_UNITS,
      authors: this.#authors.count,
    };
  }

  /** The strongest posts of the side that dominates, negative or positive (negative when equal), then of the other side,
   *  then of what is neither, until there are five. */
  evidence(): readonly EvidencePost[] {
    const { negative, positive } = this.#counts;
    const sides: readonly Side[] =
      negative >= positive ? ['negative', 'positive', 'other'] : ['positive', 'negative', 'other'];
    return sides.flatMap((side) => this.#best[side].map(({ post }) => post)).slice(0, STRONGEST.postsMax);
  }

  /** The first and the last SCORED sequence counted; 0 and 0 for none. */
  get sequences(): readonly [number, number] {
    return this.#messages === 0 ? [0, 0] : [this.#firstSequence, this.#lastSequence];
  }

  toState(): AggregateState {
    const { negative, positive, other } = this.#best;
    return {
      counts: this.#weights(),
      scoreUnits: this.#scoreUnits,
      ...(this.#messages * WEIGHT_UNITS !== this.#volume && { messages: this.#messages }),
      authors: this.#authors.toState(),
      best: { negative: [...negative], positive: [...positive], other: [...other] },
      sequences: this.sequences,
    };
  }

  static fromState({ counts, scoreUnits, messages, authors, best, sequences }: AggregateState): Aggregate {
    const aggregate = new Aggregate();
    for (const label of SENTIMENT_LABELS) {
      aggregate.#counts[label] = Math.round(counts[label] * WEIGHT_UNITS);
      aggregate.#volume += aggregate.#counts[label];
    }
    aggregate.#messages = messages ?? aggregate.#volume / WEIGHT_UNITS;
    aggregate.#scoreUnits = scoreUnits;
    aggregate.#authors = DistinctCounter.fromState(authors);
    for (const side of SIDES) aggregate.#best[side].push(...best[side]);
    if (sequences[1] > 0) aggregate.#cover(...sequences);
    return aggregate;
  }

  #weights(): Record<SentimentLabel, number> {
    const { negative, neutral, positive, uncertain } = this.#counts;
    return {
      negative: negative / WEIGHT_UNITS,
      neutral: neutral / WEIGHT_UNITS,
      positive: positive / WEIGHT_UNITS,
      uncertain: uncertain / WEIGHT_UNITS,
    };
  }

  #cover(first: number, last: number): void {
    this.#firstSequence = Math.min(this.#firstSequence, first);
    this.#lastSequence = Math.max(this.#lastSequence, last);
  }
}

/** Rounded post by post, so that what is taken back is what was added. */
function weighted({ scoreUnits, weightUnits }: Counted): number {
  return weightUnits === WEIGHT_UNITS ? scoreUnits : Math.round((scoreUnits * weightUnits) / WEIGHT_UNITS);
}
