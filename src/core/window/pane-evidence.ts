/** What a pane keeps of its posts besides their numbers, for alerts to show: the most engaged, and a sample of what is said.
 *  It depends on the posts alone, not on their order. */
import type { Post } from './aggregate.ts';
import { engagementOf, keepBest, mergeBest, MOST_ENGAGED, type RankedPost } from './evidence.ts';
import { Sample } from './sample.ts';

/** A post and how many it stands for, itself included. */
export interface SampledPost extends RankedPost {
  readonly stands: number;
}

/** What the panes of a span have to show. */
export interface SpanEvidence {
  /** Of the first pane: no post of the span is older. */
  readonly startMs: number;
  /** Most engaged first. */
  readonly engaged: readonly RankedPost[];
  readonly sample: readonly SampledPost[];
}

export interface PaneEvidenceState {
  readonly engaged: readonly RankedPost[];
  readonly sample: readonly RankedPost[];
}

export class PaneEvidence {
  readonly #sample: Sample;
  readonly #engaged: RankedPost[];

  constructor(samplePostsMax: number, restored?: PaneEvidenceState) {
    this.#sample = new Sample(samplePostsMax, restored?.sample);
    this.#engaged = [...(restored?.engaged ?? [])];
  }

  add({ message, sequence, evidence }: Post): void {
    this.#sample.add(message, sequence, evidence);
    const engagement = engagementOf(message);
    if (engagement > 0) keepBest(this.#engaged, { score: 0, engagement }, sequence, evidence, MOST_ENGAGED);
  }

  /** Adds what was kept of other posts of the pane. */
  merge({ engaged, sample }: PaneEvidenceState): void {
    for (const { post, sequence } of sample) this.#sample.add(post, sequence, () => post);
    mergeBest(this.#engaged, engaged, MOST_ENGAGED);
  }

  /** What it had displaced does not come back. */
  takeBack(sequence: number): void {
    this.#sample.takeBack(sequence);
    const at = this.#engaged.findIndex((ranked) => ranked.sequence === sequence);
    if (at >= 0) this.#engaged.splice(at, 1);
  }

  get engaged(): readonly RankedPost[] {
    return this.#engaged;
  }

  get sample(): readonly RankedPost[] {
    return this.#sample.posts;
  }

  /** A copy, and plain JSON; undefined when there is nothing. */
  toState(): PaneEvidenceState | undefined {
    if (this.#sample.posts.length + this.#engaged.length === 0) return undefined;
    return { engaged: [...this.#engaged], sample: this.#sample.toState() };
  }
}
