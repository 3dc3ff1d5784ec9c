/** A sliding view over the panes of a series. */
import type { Observed } from '../alert/alert.ts';
import { Aggregate, type AggregateState, type Counted, type Post } from './aggregate.ts';

export interface ViewState {
  readonly overMs: number;
  readonly aggregate: AggregateState;
}

/** A running sum: posts are added as they come, and it is summed anew only when a pane leaves it or a post is taken back. */
export class View {
  readonly overMs: number;
  #aggregate = new Aggregate();
  /** What was taken out since the last evaluation, less what stands in for it. */
  #takenBack: Aggregate | undefined;
  #oldestEndMs = Number.POSITIVE_INFINITY;
  #observed: Observed | undefined;
  #labelled: (Observed & { readonly channel: string }) | undefined;

  constructor(overMs: number) {
    this.overMs = overMs;
  }

  /** When its oldest pane leaves it; infinite when it is empty. */
  get changesAtMs(): number {
    return this.#oldestEndMs + this.overMs;
  }

  get aggregate(): Aggregate {
    return this.#aggregate;
  }

  observe(): Observed {
    this.#observed ??= this.#aggregate.observe();
    return this.#observed;
  }

  /** The numbers with the channel that they are of, which is always the same one. */
  observeChannel(channel: string): Observed & { readonly channel: string } {
    this.#labelled ??= { ...this.observe(), channel };
    return this.#labelled;
  }

  /** The numbers as they would be had nothing been taken back since the last evaluation; undefined when nothing was. */
  observeUntaken(): Observed | undefined {
    if (!this.#takenBack) return undefined;
    const untaken = new Aggregate();
    untaken.merge(this.#aggregate);
    untaken.merge(this.#takenBack);
    return untaken.observe();
  }

  noteTakenBack(post: Counted): void {
    this.#takenBack ??= new Aggregate();
    this.#takenBack.count(post);
  }

  noteReplaced(post: Counted): void {
    this.#takenBack ??= new Aggregate();
    this.#takenBack.takeBack(post);
  }

  settle(): void {
    this.#takenBack = undefined;
  }

  /** It has to be summed anew. */
  outdate(): void {
    this.#oldestEndMs = Number.NEGATIVE_INFINITY;
  }

  /** Undefined when the panes tell all. */
  toState(): ViewState | undefined {
    return this.#takenBack && { overMs: this.overMs, aggregate: this.#takenBack.toState() };
  }

  restore({ aggregate }: ViewState): void {
    this.#takenBack = Aggregate.fromState(aggregate);
  }

  add(post: Post | Counted, paneEndMs: number): void {
    addTo(this.#aggregate, post);
    this.#oldestEndMs = Math.min(this.#oldestEndMs, paneEndMs);
    this.#forget();
  }

  merge(aggregate: Aggregate, paneEndMs: number): void {
    this.#aggregate.merge(aggregate);
    this.#oldestEndMs = Math.min(this.#oldestEndMs, paneEndMs);
    this.#forget();
  }

  mergeTakenBack(aggregate: Aggregate): void {
    this.#takenBack ??= new Aggregate();
    this.#takenBack.merge(aggregate);
  }

  sum(panes: ReadonlyMap<number, Aggregate>, paneMs: number, nowMs: number): void {
    this.#aggregate = new Aggregate();
    this.#oldestEndMs = Number.POSITIVE_INFINITY;
    this.#forget();
    for (const [startMs, pane] of panes) {
      const endMs = startMs + paneMs;
      if (endMs <= nowMs - this.overMs) continue;
      this.#aggregate.merge(pane);
      this.#oldestEndMs = Math.min(this.#oldestEndMs, endMs);
    }
  }

  #forget(): void {
    this.#observed = undefined;
    this.#labelled = undefined;
  }
}

export function addTo(aggregate: Aggregate, post: Post | Counted): void {
  if ('evidence' in post) aggregate.add(post);
  else aggregate.count(post);
}
