/** Which panes of a channel have not been reported yet. A pane is reported once, when the watermark reaches its end; the
 *  empty pane after one with posts is reported too, so that a gauge does not stand still on a channel gone silent. */
import type { Observed } from '../alert/alert.ts';
import type { Series } from './series.ts';

export interface ClosedPane {
  readonly endMs: number;
  readonly observed: Observed;
}

export class OpenPanes {
  readonly #starts: Set<number>;

  constructor(restored: readonly number[] = []) {
    this.#starts = new Set(restored);
  }

  get size(): number {
    return this.#starts.size;
  }

  open(startMs: number): void {
    this.#starts.add(startMs);
  }

  /** The panes that end at `untilMs` or before, oldest first. */
  close(series: Series, untilMs: number): readonly ClosedPane[] {
    const closed: ClosedPane[] = [];
    for (;;) {
      const startMs = Math.min(...this.#starts);
      const endMs = startMs + series.paneMs;
      if (endMs > untilMs) return closed;
      this.#starts.delete(startMs);
      const pane = series.pane(startMs);
      closed.push({ endMs, observed: pane?.observe() ?? EMPTY });
      if (pane) this.#starts.add(endMs);
    }
  }

  toState(): readonly number[] {
    return [...this.#starts];
  }
}

const EMPTY: Observed = {
  volume: 0,
  negative: 0,
  neutral: 0,
  positive: 0,
  uncertain: 0,
  netSentiment: 0,
  negativeShare: 0,
  positiveShare: 0,
  meanScore: 0,
  authors: 0,
};
