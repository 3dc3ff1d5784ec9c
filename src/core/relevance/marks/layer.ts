/** What moderators' marks add to a filter: a logistic regression on top of the model's own log-odds, learned one mark after
 *  the other. A function of the marks that it holds and of nothing else, so that whoever reads the same marks has the same
 *  layer; and small: a mark that leaves (the stream let go of it, or there are too many) is forgotten as if never made. */
import { logistic, logOddsOf } from '../log-odds.ts';
import { BUCKETS, type MarkFeatures } from './features.ts';

export const MARK_LAYER_LIMITS = {
  /** Marks of one pipeline that are learned from; beyond, the oldest leaves. */
  marksMax: 1_000,
} as const;

/** One mark moves the log-odds of its own text by this times what it was wrong by (0 to 1). */
const RATE = 2;
/** After so many further marks one counts half. */
const HALF_LIFE_MARKS = 500;
const KEPT_PER_MARK = 0.5 ** (1 / HALF_LIFE_MARKS);

export interface LayerMark {
  /** Of the message, or of the mark where it names none: who marks a message again changes their mind, and the last word
   *  counts. */
  readonly key: string;
  /** Position in the stream. */
  readonly sequence: number;
  readonly keep: boolean;
  readonly features: MarkFeatures;
  /** What the model alone says of the text, 0 to 1. */
  readonly base: number;
}

/** What a layer has learned, as data. */
export interface LayerState {
  /** Marks held. */
  readonly marks: number;
  /** Of each bucket; undefined before the first mark. */
  readonly weights: Float64Array | undefined;
  /** What the weights are to be multiplied by: ageing all of them costs one multiplication. */
  readonly scale: number;
}

export interface MarkLayer {
  /** Another object each time marks came or went. */
  readonly state: LayerState;
  /** What the marks add to the log-odds of a text; not clamped. */
  correction(features: MarkFeatures): number;
}

/** A layer that learns no more: one that was learned elsewhere. */
export function layerOfState(state: LayerState): MarkLayer {
  return { state, correction: (features) => correctionBy(state, features) };
}

function correctionBy({ weights, scale }: Omit<LayerState, 'marks'>, features: MarkFeatures): number {
  if (weights === undefined) return 0;
  const { buckets, values } = features;
  let sum = 0;
  for (let at = 0; at < buckets.length; at += 1) sum += (weights[buckets[at] ?? 0] ?? 0) * (values[at] ?? 0);
  return sum * scale;
}

export class GrowingLayer implements MarkLayer {
  /** In stream order. */
  readonly #marks = new Map<string, LayerMark>();
  #weights: Float64Array | undefined;
  #scale = 1;
  #state: LayerState = { marks: 0, weights: undefined, scale: 1 };

  get state(): LayerState {
    return this.#state;
  }

  correction(features: MarkFeatures): number {
    return correctionBy({ weights: this.#weights, scale: this.#scale }, features);
  }

  /** Adds what comes next in the stream, and forgets what stands before `firstSequence`. Answers how many left because
   *  there were too many. */
  add(batch: readonly LayerMark[], firstSequence = 0): { readonly leftOut: number } {
    let isReplaced = false;
    for (const mark of batch) {
      isReplaced = this.#marks.delete(mark.key) || isReplaced; // So that it moves to the end.
      this.#marks.set(mark.key, mark);
    }
    let gone = 0;
    let leftOut = 0;
    for (const { key, sequence } of this.#marks.values()) {
      const isExpired = sequence < firstSequence;
      if (!isExpired && this.#marks.size <= MARK_LAYER_LIMITS.marksMax) break;
      this.#marks.delete(key);
      gone += 1;
      if (!isExpired) leftOut += 1;
    }
    if (isReplaced || gone > 0) this.#learnAll();
    else for (const mark of batch) this.#learn(mark);
    if (batch.length > 0 || gone > 0)
      this.#state = { marks: this.#marks.size, weights: this.#weights, scale: this.#scale };
    return { leftOut };
  }

  /** Forgetting is learning anew from what is left: a thousand marks take a few milliseconds. */
  #learnAll(): void {
    this.#weights = undefined;
    this.#scale = 1;
    for (const mark of this.#marks.values()) this.#learn(mark);
  }

  /** A step of stochastic gradient descent on the log-loss; the model's log-odds are an offset that is not learned, so a
   *  mark that says what the model says changes next to nothing. */
  #learn({ features, base, keep }: LayerMark): void {
    const weights = (this.#weights ??= new Float64Array(BUCKETS));
    const wrongBy = (keep ? 1 : 0) - logistic(logOddsOf(base) + this.correction(features));
    this.#scale *= KEPT_PER_MARK;
    const step = (RATE * wrongBy) / this.#scale;
    const { buckets, values } = features;
    for (let at = 0; at < buckets.length; at += 1) {
      const bucket = buckets[at] ?? 0;
      weights[bucket] = (weights[bucket] ?? 0) + step * (values[at] ?? 0);
    }
  }
}
