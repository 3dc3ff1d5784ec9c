/** Panes of one group of messages, and sliding views over them.
 *
 *  A view over a span at time t is the sum of the panes that overlap (t - span, t], the open one included: a rule sees a
 *  burst while it happens, on whichever side of a pane's edge. It may therefore hold up to one pane more than the span. */
import { Aggregate, type AggregateState, type Post } from './aggregate.ts';
import type { Observed } from '../alert/alert.ts';

/** Memory bound of a view. A longer span is summed over panes of a multiple of the configured length: 7d at 1m uses
 *  panes of 35m, 0.4% of the span. */
export const VIEW_PANES_MAX = 288;

/** The length of pane that a view over this span is made of. */
export function viewPaneMs(overMs: number, paneMs: number): number {
  return paneMs * Math.max(1, Math.ceil(overMs / (paneMs * VIEW_PANES_MAX)));
}

export interface SeriesSpec {
  readonly paneMs: number;
  /** A pane is kept for this long after its end, and takes late messages until then. */
  readonly retentionMs: number;
  readonly oversMs: readonly number[];
}

/** Whether the pane of this time is still kept at `nowMs`. */
export function keeps(spec: SeriesSpec, timeMs: number, nowMs: number): boolean {
  return startOf(spec, timeMs) + spec.paneMs > horizonOf(spec, nowMs);
}

function startOf({ paneMs }: SeriesSpec, timeMs: number): number {
  return Math.floor(timeMs / paneMs) * paneMs;
}

/** Panes that end here or earlier are gone. */
function horizonOf(spec: SeriesSpec, nowMs: number): number {
  return startOf(spec, nowMs - spec.retentionMs);
}

export interface SeriesState {
  readonly paneMs: number;
  readonly panes: readonly { readonly startMs: number; readonly aggregate: AggregateState }[];
}

export class Series {
  readonly #spec: SeriesSpec;
  /** Sparse: a pane without posts is not stored. */
  readonly #panes = new Map<number, Aggregate>();
  readonly #views = new Map<number, View>();
  #horizonMs = Number.NEGATIVE_INFINITY;

  constructor(spec: SeriesSpec, restored?: SeriesState) {
    this.#spec = spec;
    for (const { startMs, aggregate } of restored?.panes ?? [])
      this.#panes.set(startMs, Aggregate.fromState(aggregate));
    for (const overMs of spec.oversMs) {
      const view = new View(overMs);
      view.sum(this.#panes, spec.paneMs, Number.NEGATIVE_INFINITY);
      this.#views.set(overMs, view);
    }
  }

  get paneMs(): number {
    return this.#spec.paneMs;
  }

  get size(): number {
    return this.#panes.size;
  }

  startOf(timeMs: number): number {
    return startOf(this.#spec, timeMs);
  }

  /** False when the pane is no longer kept at `nowMs`; the post is then not counted. */
  add(post: Post, timeMs: number, nowMs: number): boolean {
    if (!keeps(this.#spec, timeMs, nowMs)) return false;
    const startMs = this.startOf(timeMs);
    const endMs = startMs + this.#spec.paneMs;
    let pane = this.#panes.get(startMs);
    if (!pane) this.#panes.set(startMs, (pane = new Aggregate()));
    pane.add(post);
    for (const view of this.#views.values()) if (endMs > nowMs - view.overMs) view.add(post, endMs);
    return true;
  }

  pane(startMs: number): Aggregate | undefined {
    return this.#panes.get(startMs);
  }

  /** The view over one of the spans of the spec. */
  view(overMs: number, nowMs: number): View {
    const view = this.#views.get(overMs);
    if (!view) throw new Error(`no view over ${overMs}ms; there are: ${[...this.#views.keys()].join(', ')}`);
    if (view.changesAtMs <= nowMs) view.sum(this.#panes, this.#spec.paneMs, nowMs);
    return view;
  }

  /** The numbers over any span, summed for this one question. */
  observe(overMs: number, nowMs: number): Observed {
    const view = new View(overMs);
    view.sum(this.#panes, this.#spec.paneMs, nowMs);
    return view.observe();
  }

  /** Frees the panes that nothing can need any more. */
  retire(nowMs: number): void {
    const horizonMs = horizonOf(this.#spec, nowMs);
    if (horizonMs <= this.#horizonMs) return;
    this.#horizonMs = horizonMs;
    for (const startMs of this.#panes.keys())
      if (startMs + this.#spec.paneMs <= horizonMs) this.#panes.delete(startMs);
  }

  toState(): SeriesState {
    return {
      paneMs: this.#spec.paneMs,
      panes: [...this.#panes].map(([startMs, aggregate]) => ({ startMs, aggregate: aggregate.toState() })),
    };
  }
}

/** A running sum: posts are added as they come, and it is summed anew only when a pane leaves it. */
export class View {
  readonly overMs: number;
  #aggregate = new Aggregate();
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

  add(post: Post, paneEndMs: number): void {
    this.#aggregate.add(post);
    this.#oldestEndMs = Math.min(this.#oldestEndMs, paneEndMs);
    this.#forget();
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
