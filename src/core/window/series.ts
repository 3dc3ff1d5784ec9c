/** Panes of one group of messages, and sliding views over them.
 *
 *  A view over a span at time t is the sum of the panes that overlap (t - span, t], the open one included: a rule sees a
 *  burst while it happens, on whichever side of a pane's edge. It may therefore hold up to one pane more than the span. */
import { Aggregate, type AggregateState, type Counted, type Post } from './aggregate.ts';
import type { Observed } from '../alert/alert.ts';
import { mergeBest, MOST_ENGAGED, type RankedPost } from './evidence.ts';
import {
  PaneEvidence,
  type PaneEvidenceState,
  type SampledPost,
  type SpanEvidence,
} from './pane-evidence.ts';
import { addTo, View, type ViewState } from './view.ts';

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
  /** Posts of a pane's sample; absent, panes keep nothing to show but what is strongest. */
  readonly samplePostsMax?: number;
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
  readonly panes: readonly PaneState[];
  /** Of the views from which posts were taken back since the last evaluation. */
  readonly takenBack?: readonly ViewState[];
}

export interface PaneState {
  readonly startMs: number;
  readonly aggregate: AggregateState;
  readonly evidence?: PaneEvidenceState;
}

export class Series {
  readonly #spec: SeriesSpec;
  /** Sparse: a pane without posts is not stored. */
  readonly #panes = new Map<number, Aggregate>();
  /** By start, as the panes; empty when nothing is kept to show. */
  readonly #evidence = new Map<number, PaneEvidence>();
  readonly #views = new Map<number, View>();
  /** Panes that a post was taken out of, and that still hold its author. */
  readonly #stale = new Set<number>();
  #horizonMs = Number.NEGATIVE_INFINITY;

  constructor(spec: SeriesSpec, restored?: SeriesState) {
    this.#spec = spec;
    for (const { startMs, aggregate, evidence } of restored?.panes ?? []) {
      this.#panes.set(startMs, Aggregate.fromState(aggregate));
      const { samplePostsMax } = spec;
      if (evidence && samplePostsMax !== undefined)
        this.#evidence.set(startMs, new PaneEvidence(samplePostsMax, evidence));
    }
    for (const overMs of spec.oversMs) {
      const view = new View(overMs);
      view.sum(this.#panes, spec.paneMs, Number.NEGATIVE_INFINITY);
      this.#views.set(overMs, view);
    }
    for (const state of restored?.takenBack ?? []) this.#views.get(state.overMs)?.restore(state);
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

  /** False when the pane is no longer kept at `nowMs`; the post is then not counted. What stands in for a post that was
   *  taken back is named as that. */
  add(post: Post | Counted, timeMs: number, nowMs: number, as: 'post' | 'replacement' = 'post'): boolean {
    if (!keeps(this.#spec, timeMs, nowMs)) return false;
    const startMs = this.startOf(timeMs);
    const endMs = startMs + this.#spec.paneMs;
    let pane = this.#panes.get(startMs);
    if (!pane) this.#panes.set(startMs, (pane = new Aggregate()));
    addTo(pane, post);
    if ('evidence' in post) this.#evidenceOf(startMs)?.add(post);
    for (const view of this.#views.values()) {
      if (endMs <= nowMs - view.overMs) continue;
      view.add(post, endMs);
      if (as === 'replacement') view.noteReplaced(post);
    }
    return true;
  }

  /** Takes back a post that was added with this time. Its author stays counted until `recount`. */
  takeBack(post: Counted, timeMs: number, nowMs: number): void {
    const startMs = this.startOf(timeMs);
    const pane = this.#panes.get(startMs);
    if (!pane || !keeps(this.#spec, timeMs, nowMs)) return;
    pane.takeBack(post);
    this.#evidence.get(startMs)?.takeBack(post.sequence);
    this.#stale.add(startMs);
    const endMs = startMs + this.#spec.paneMs;
    for (const view of this.#views.values()) {
      if (endMs > nowMs - view.overMs) view.noteTakenBack(post);
    }
  }

  /** From the earliest to the latest time whose posts `recount` has to see; undefined when there are none. */
  get staleSpan(): readonly [number, number] | undefined {
    if (this.#stale.size === 0) return undefined;
    return [Math.min(...this.#stale), Math.max(...this.#stale) + this.#spec.paneMs];
  }

  /** Begins to find authors and sequences anew in the panes that need it; each post that counts is then to be seen. Panes
   *  before `completeFromMs`, of which not every post is known, keep what they have. */
  beginRecount(completeFromMs: number): void {
    for (const startMs of this.#stale) {
      if (startMs >= completeFromMs) this.#panes.get(startMs)?.forgetSeen();
    }
  }

  see(post: Counted, timeMs: number): void {
    if (this.#stale.size === 0) return;
    const startMs = this.startOf(timeMs);
    if (this.#stale.has(startMs)) this.#panes.get(startMs)?.see(post);
  }

  endRecount(): void {
    for (const startMs of this.#stale) if (this.#panes.get(startMs)?.messages === 0) this.#drop(startMs);
    this.#stale.clear();
    for (const view of this.#views.values()) view.outdate();
  }

  /** Adds what a part of the group counted in a pane while event time stood at `atMs`. */
  merge({ startMs, aggregate: state, evidence }: PaneState, atMs: number): void {
    const endMs = startMs + this.#spec.paneMs;
    if (endMs <= this.#horizonMs) return;
    const aggregate = Aggregate.fromState(state);
    let pane = this.#panes.get(startMs);
    if (!pane) this.#panes.set(startMs, (pane = new Aggregate()));
    pane.merge(aggregate);
    if (evidence) this.#evidenceOf(startMs)?.merge(evidence);
    for (const view of this.#views.values()) if (endMs > atMs - view.overMs) view.merge(aggregate, endMs);
  }

  /** Puts these, summed, in the place of a pane. */
  replace(startMs: number, parts: readonly PaneState[]): void {
    this.#drop(startMs);
    for (const view of this.#views.values()) view.outdate();
    if (startMs + this.#spec.paneMs <= this.#horizonMs) return;
    const filled = parts.map((part) => ({ ...part, sum: Aggregate.fromState(part.aggregate) }));
    for (const { sum, evidence } of filled.filter((part) => part.sum.messages > 0)) {
      const pane = this.#panes.get(startMs);
      if (pane) pane.merge(sum);
      else this.#panes.set(startMs, sum);
      if (evidence) this.#evidenceOf(startMs)?.merge(evidence);
    }
  }

  /** The pane that begins here as it is; empty when it is not stored. */
  paneState(startMs: number): PaneState {
    const evidence = this.#evidence.get(startMs)?.toState();
    const aggregate = (this.#panes.get(startMs) ?? new Aggregate()).toState();
    return { startMs, aggregate, ...(evidence && { evidence }) };
  }

  /** What was taken back since the last evaluation, by view. */
  get takenBack(): readonly ViewState[] {
    return [...this.#views.values()].flatMap((view) => view.toState() ?? []);
  }

  mergeTakenBack({ overMs, aggregate }: ViewState): void {
    this.#views.get(overMs)?.mergeTakenBack(Aggregate.fromState(aggregate));
  }

  /** Everything was evaluated as it is without what was taken back. */
  settle(): void {
    for (const view of this.#views.values()) view.settle();
  }

  /** Whether the pane that begins here is kept: one without posts is not stored. */
  keeps(startMs: number, nowMs: number): boolean {
    return keeps(this.#spec, startMs, nowMs);
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

  /** What the panes of a view over this span have to show, each as its posts are many. */
  evidence(overMs: number, nowMs: number): SpanEvidence {
    const engaged: RankedPost[] = [];
    const sample: SampledPost[] = [];
    let firstMs = Number.POSITIVE_INFINITY;
    for (const [startMs, pane] of this.#panes) {
      if (startMs + this.#spec.paneMs <= nowMs - overMs) continue;
      firstMs = Math.min(firstMs, startMs);
      const kept = this.#evidence.get(startMs);
      if (!kept) continue;
      mergeBest(engaged, kept.engaged, MOST_ENGAGED);
      const stands = pane.messages / kept.sample.length;
      for (const ranked of kept.sample) sample.push({ ...ranked, stands });
    }
    sample.sort((left, right) => left.sequence - right.sequence);
    return { startMs: firstMs, engaged, sample };
  }

  /** Frees the panes that nothing can need any more. */
  retire(nowMs: number): void {
    const horizonMs = horizonOf(this.#spec, nowMs);
    if (horizonMs <= this.#horizonMs) return;
    this.#horizonMs = horizonMs;
    for (const startMs of this.#panes.keys())
      if (startMs + this.#spec.paneMs <= horizonMs) this.#drop(startMs);
  }

  toState(): SeriesState {
    const starts = [...this.#panes.keys()].sort((left, right) => left - right);
    const { takenBack } = this;
    return {
      paneMs: this.#spec.paneMs,
      panes: starts.map((startMs) => this.paneState(startMs)),
      ...(takenBack.length > 0 && { takenBack }),
    };
  }

  /** Undefined when nothing is kept to show. */
  #evidenceOf(startMs: number): PaneEvidence | undefined {
    const { samplePostsMax } = this.#spec;
    if (samplePostsMax === undefined) return undefined;
    let evidence = this.#evidence.get(startMs);
    if (!evidence) this.#evidence.set(startMs, (evidence = new PaneEvidence(samplePostsMax)));
    return evidence;
  }

  #drop(startMs: number): void {
    this.#panes.delete(startMs);
    this.#evidence.delete(startMs);
  }
}
