/** What is known of a set of posts. Mergeable: sums are integers and every list has a total order, so an aggregate depends
 *  on the posts alone and not on the order or the grouping in which they were added. */
import type { EvidencePost, Observed } from '../alert/alert.ts';
import type { ScoredMessage } from '../message/message.ts';
import { DistinctCounter, hash53, type DistinctState } from './distinct.ts';
import { EVIDENCE_POSTS_MAX, evidencePost, keepBest, mergeBest, type RankedPost } from './evidence.ts';
import type { SentimentLabel } from '../sentiment/engine.port.ts';

/** Scores are summed as whole millionths: floating-point sums would depend on their order. */
const SCORE_UNITS = 1_000_000;

/** A scored message as aggregates count it, made once and added to several of them. */
export interface Post {
  readonly message: ScoredMessage;
  readonly sequence: number;
  readonly scoreUnits: number;
  readonly authorHash: number | undefined;
  /** The post as evidence, made at most once and only when some list keeps it. */
  readonly evidence: () => EvidencePost;
}

export function postOf(message: ScoredMessage, sequence: number): Post {
  const author = message.author?.id ?? message.author?.handle ?? '';
  let made: EvidencePost | undefined;
  return {
    message,
    sequence,
    scoreUnits: Math.round(message.sentiment.score * SCORE_UNITS),
    authorHash: author === '' ? undefined : hash53(author),
    evidence: () => (made ??= evidencePost(message)),
  };
}

type Side = 'negative' | 'positive' | 'other';

export interface AggregateState {
  readonly counts: Readonly<Record<SentimentLabel, number>>;
  readonly scoreUnits: number;
  readonly authors: DistinctState;
  readonly best: Readonly<Record<Side, readonly RankedPost[]>>;
  readonly sequences: readonly [number, number];
}

export class Aggregate {
  readonly #counts = { negative: 0, neutral: 0, positive: 0, uncertain: 0 };
  #volume = 0;
  #scoreUnits = 0;
  #authors = new DistinctCounter();
  readonly #best: Record<Side, RankedPost[]> = { negative: [], positive: [], other: [] };
  #firstSequence = Number.POSITIVE_INFINITY;
  #lastSequence = 0;

  add({ message, sequence, scoreUnits, authorHash, evidence }: Post): void {
    const { label, score } = message.sentiment;
    this.#counts[label] += 1;
    this.#volume += 1;
    this.#scoreUnits += scoreUnits;
    if (authorHash !== undefined) this.#authors.add(authorHash);
    const side = label === 'negative' || label === 'positive' ? label : 'other';
    const followers = message.author?.followers ?? 0;
    keepBest(this.#best[side], { score, followers }, sequence, evidence);
    this.#cover(sequence, sequence);
  }

  merge(other: Aggregate): void {
    this.#counts.negative += other.#counts.negative;
    this.#counts.neutral += other.#counts.neutral;
    this.#counts.positive += other.#counts.positive;
    this.#counts.uncertain += other.#counts.uncertain;
    this.#volume += other.#volume;
    this.#scoreUnits += other.#scoreUnits;
    this.#authors.merge(other.#authors);
    mergeBest(this.#best.negative, other.#best.negative);
    mergeBest(this.#best.positive, other.#best.positive);
    mergeBest(this.#best.other, other.#best.other);
    this.#cover(other.#firstSequence, other.#lastSequence);
  }

  get volume(): number {
    return this.#volume;
  }

  /** Shares and means of nothing are 0. */
  observe(): Observed {
    const { negative, neutral, positive, uncertain } = this.#counts;
    const per = (amount: number) => (this.#volume === 0 ? 0 : amount / this.#volume);
    return {
      volume: this.#volume,
      negative,
      neutral,
      positive,
      uncertain,
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
    return sides.flatMap((side) => this.#best[side].map(({ post }) => post)).slice(0, EVIDENCE_POSTS_MAX);
  }

  /** The first and the last SCORED sequence counted; 0 and 0 for none. */
  get sequences(): readonly [number, number] {
    return this.#volume === 0 ? [0, 0] : [this.#firstSequence, this.#lastSequence];
  }

  toState(): AggregateState {
    const { negative, positive, other } = this.#best;
    return {
      counts: { ...this.#counts },
      scoreUnits: this.#scoreUnits,
      authors: this.#authors.toState(),
      best: { negative: [...negative], positive: [...positive], other: [...other] },
      sequences: this.sequences,
    };
  }

  static fromState({ counts, scoreUnits, authors, best, sequences }: AggregateState): Aggregate {
    const aggregate = new Aggregate();
    Object.assign(aggregate.#counts, counts);
    aggregate.#volume = counts.negative + counts.neutral + counts.positive + counts.uncertain;
    aggregate.#scoreUnits = scoreUnits;
    aggregate.#authors = DistinctCounter.fromState(authors);
    for (const side of ['negative', 'positive', 'other'] as const) aggregate.#best[side].push(...best[side]);
    if (aggregate.#volume > 0) aggregate.#cover(...sequences);
    return aggregate;
  }

  #cover(first: number, last: number): void {
    this.#firstSequence = Math.min(this.#firstSequence, first);
    this.#lastSequence = Math.max(this.#lastSequence, last);
  }
}
