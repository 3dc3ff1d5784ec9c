/** An event is told once: while it goes on, only what is clearly rarer than what was told is news again. */

/** An event is over when nothing was unusual for this long. Plateau 6 to 18 hours. */
const OVER_AFTER_MS = 12 * 3_600_000;
/** News again when e times rarer than what was told. Plateau 0.7 to 1.5. */
const ESCALATION = 1;
/** What was told fades: the same level is news again after a day. Plateau 0.5 to 2 a day. */
const FADES_PER_MS = 1 / 86_400_000;

export interface NewsState {
  /** null: no event. */
  readonly told: { readonly rarity: number; readonly timeMs: number } | null;
  readonly unusualAtMs: number;
}

export class News {
  #state: NewsState;

  constructor(restored?: NewsState) {
    this.#state = restored ?? { told: null, unusualAtMs: 0 };
  }

  get state(): NewsState {
    return this.#state;
  }

  /** Whether this is news. What is usual (rarity < 0) never is. */
  isNews(timeMs: number, rarity: number): boolean {
    if (rarity < 0) return false;
    const { unusualAtMs } = this.#state;
    const told = timeMs - unusualAtMs > OVER_AFTER_MS ? null : this.#state.told;
    const barrier = told ? told.rarity - FADES_PER_MS * (timeMs - told.timeMs) + ESCALATION : 0;
    const news = rarity >= barrier;
    this.#state = { told: news ? { rarity, timeMs } : told, unusualAtMs: timeMs };
    return news;
  }
}
