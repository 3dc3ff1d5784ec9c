/** Whether a pipeline's sources were heard: tells a pane without posts, which is a zero, from one that nobody can speak for.
 *  It follows from the messages alone, so that a replay says the same.
 *
 *  A pane is missing when it lies in a silence of the whole pipeline that has lasted for SILENCE_MS, and when more messages
 *  came late during it than in time: then a backlog is being read. All others are as they were seen. */

/** A shorter silence is taken for nobody writing. */
export const SILENCE_MS = 86_400_000;

export interface PresenceState {
  /** Event time of the newest message; null before the first. */
  readonly lastMs: number | null;
  /** The last silence that was longer than SILENCE_MS. */
  readonly silence?: Silence;
  /** Of panes that have not been asked for yet: messages that came late less those in time. */
  readonly lateness: readonly (readonly [number, number])[];
}

interface Silence {
  readonly fromMs: number;
  readonly toMs: number;
}

export class Presence {
  readonly #paneMs: number;
  readonly #keepMs: number;
  #lastMs: number;
  #silence: Silence | undefined;
  readonly #lateness: Map<number, number>;

  /** `keepMs`: how long after its end a pane may still be asked for. */
  constructor({ paneMs, keepMs }: { paneMs: number; keepMs: number }, restored?: PresenceState) {
    this.#paneMs = paneMs;
    this.#keepMs = keepMs;
    this.#lastMs = restored?.lastMs ?? Number.NEGATIVE_INFINITY;
    this.#silence = restored?.silence;
    this.#lateness = new Map(restored?.lateness);
  }

  /** A message of any kind and channel, of this event time, counted at `nowMs`. */
  heard(timeMs: number, nowMs: number, late: boolean): void {
    if (timeMs - this.#lastMs > SILENCE_MS && Number.isFinite(this.#lastMs))
      this.#silence = { fromMs: this.#lastMs, toMs: timeMs };
    this.#lastMs = Math.max(this.#lastMs, timeMs);
    const startMs = Math.floor(nowMs / this.#paneMs) * this.#paneMs;
    this.#lateness.set(startMs, (this.#lateness.get(startMs) ?? 0) + (late ? 1 : -1));
    for (const oldest of this.#lateness.keys()) {
      if (oldest + this.#paneMs + this.#keepMs > nowMs - this.#paneMs) break;
      this.#lateness.delete(oldest);
    }
  }

  /** Whether this pane is missing, and from when on there is something to know again: infinite while nobody is heard. */
  missingUntil(startMs: number): number | undefined {
    const { fromMs, toMs } = this.#silence ?? { fromMs: 0, toMs: Number.NEGATIVE_INFINITY };
    const endMs = startMs + this.#paneMs;
    if (endMs <= toMs && startMs >= fromMs + SILENCE_MS)
      return Math.floor(toMs / this.#paneMs) * this.#paneMs;
    if (startMs >= this.#lastMs + SILENCE_MS) return Number.POSITIVE_INFINITY;
    return (this.#lateness.get(startMs) ?? 0) > 0 ? endMs : undefined;
  }

  toState(): PresenceState {
    return {
      lastMs: Number.isFinite(this.#lastMs) ? this.#lastMs : null,
      ...(this.#silence && { silence: this.#silence }),
      lateness: [...this.#lateness],
    };
  }
}
