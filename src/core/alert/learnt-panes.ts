/** What a baseline has learnt, pane by pane, and can still learn otherwise: while its panes are kept, what is deleted, edited or
 *  comes late changes them, and everything from the first of them on is learnt anew. */
import { Baseline, type BaselineState } from '../baseline/baseline.ts';
import type { Reading } from '../baseline/reading.ts';
import type { SeriesKind } from '../baseline/baseline.config.ts';

/** Panes that can be learnt anew at least: the last ones. A pane of before stays as it was learnt. */
export const RELEARNT_PANES_MAX = 64;

/** Start, value (null: missing) and what a share is a share of. */
export type LearntPane = readonly [startMs: number, value: number | null, posts: number];

export interface LearntPanesState {
  /** Of before the panes. */
  readonly baseline?: BaselineState;
  readonly panes: readonly LearntPane[];
}

export class LearntPanes {
  readonly #config: { readonly kind: SeriesKind; readonly pane: number };
  #before: BaselineState | undefined;
  #panes: LearntPane[];
  #baseline: Baseline;
  #reading: Reading | undefined;

  constructor(config: { readonly kind: SeriesKind; readonly pane: number }, restored?: LearntPanesState) {
    this.#config = config;
    this.#before = restored?.baseline;
    this.#panes = [...(restored?.panes ?? [])];
    this.#baseline = new Baseline(config, this.#before);
    this.#replay(this.#panes);
  }

  /** Of the last pane. */
  get reading(): Reading | undefined {
    return this.#reading;
  }

  learn(pane: LearntPane): void {
    if (this.#panes.length >= 2 * RELEARNT_PANES_MAX) this.#settle();
    this.#panes.push(pane);
    this.#replay([pane]);
  }

  /** Learns anew what `read` says is different; undefined for a pane that is not kept any more. */
  relearn(read: (startMs: number) => LearntPane | undefined): void {
    this.#panes = this.#panes.map((pane) => (pane[1] === null ? pane : (read(pane[0]) ?? pane)));
    this.#baseline = new Baseline(this.#config, this.#before);
    this.#replay(this.#panes);
  }

  /** See `Baseline.preview`. */
  preview(startMs: number, count: number): Reading | undefined {
    return this.#baseline.preview(startMs, count);
  }

  toState(): LearntPanesState {
    return { ...(this.#before && { baseline: this.#before }), panes: [...this.#panes] };
  }

  /** The older half is beyond change. */
  #settle(): void {
    const baseline = new Baseline(this.#config, this.#before);
    for (const pane of this.#panes.splice(0, RELEARNT_PANES_MAX)) observe(baseline, pane);
    this.#before = baseline.snapshot();
  }

  #replay(panes: readonly LearntPane[]): void {
    for (const pane of panes) this.#reading = observe(this.#baseline, pane);
  }
}

function observe(baseline: Baseline, [startMs, value, posts]: LearntPane): Reading {
  return baseline.observe(startMs, value ?? undefined, posts);
}
