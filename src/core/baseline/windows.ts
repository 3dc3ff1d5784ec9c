/** The lengths of time over which a series is compared with what was expected of it, and how rare the deviation is: as rare
 *  as the more sceptical of two witnesses says, the noise (a negative binomial tail) and the series' own history (its largest
 *  deviations of the last four weeks). */
import type { BaselineConfig, SeriesKind } from './baseline.config.ts';
import { EXCEEDED_SHARE, Extremes, type ExtremesState } from './extremes.ts';
import type { Measure, Side } from './measure.ts';
import type { Expectation, WindowReading } from './reading.ts';
import { SlidingSum, type SlidingSumState, type Sum } from './sliding-sum.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** A burst and a long rise. Plateaus 5 to 20 minutes, 4 to 24 hours. Panes longer than half a window take its place. */
const WINDOWS = [
  { spanMs: 10 * MINUTE_MS, bucketsMax: 10 },
  { spanMs: 6 * HOUR_MS, bucketsMax: 72 },
] as const;
/** Rarity taken off before it counts. People fall silent for many reasons, and counts cannot fall below 0: a drop of a count
 *  must be e^3 = 20 times rarer than a surge (plateau 2 to 5). Of a plain value no noise is known that could object, its tail may
 *  be heavier than the one that is fitted, and both sides may alarm. */
const HANDICAP: Readonly<Record<SeriesKind, Readonly<Record<Side, number>>>> = {
  count: { up: 0, down: 3 },
  share: { up: 0, down: 0 },
  value: { up: 1.5, down: 1.5 },
};
/** A count of fewer than this in a window is no surge. */
const SURGE_COUNT_MIN = 3;

export interface WindowState {
  readonly sum: SlidingSumState;
  readonly up: ExtremesState;
  readonly down: ExtremesState;
}

interface Window {
  readonly sum: SlidingSum;
  readonly up: Extremes;
  readonly down: Extremes;
}

interface WindowSum {
  readonly window: Window;
  readonly sum: Sum;
}

/** Of the rarest window and side. */
export interface Rarity extends WindowSum {
  readonly side: Side;
  /** Units of `Extremes.rarity`. */
  readonly rarity: number;
}

export class Windows {
  readonly #kind: SeriesKind;
  readonly #measure: Measure;
  readonly #windows: readonly Window[];
  /** Alarms a week that a threshold at rarity 0 would raise, in any of the windows. */
  readonly unusualPerWeek: number;

  /** Of the largest deviation of each `blockMs`. */
  constructor(
    { kind, pane: paneMs }: Pick<BaselineConfig, 'kind' | 'pane'>,
    blockMs: number,
    measure: Measure,
    restored?: readonly WindowState[],
  ) {
    this.#kind = kind;
    this.#measure = measure;
    this.#windows = WINDOWS.filter(({ spanMs }, i) => i === 0 || spanMs >= 2 * paneMs).map((window, i) => ({
      sum: new SlidingSum({ paneMs, ...window, spanMs: Math.max(paneMs, window.spanMs) }, restored?.[i]?.sum),
      up: new Extremes(restored?.[i]?.up),
      down: new Extremes(restored?.[i]?.down),
    }));
    this.unusualPerWeek = this.#windows.length * (WEEK_MS / blockMs) * EXCEEDED_SHARE;
  }

  get state(): WindowState[] {
    return this.#windows.map(({ sum, up, down }) => ({ sum: sum.state, up: up.state, down: down.state }));
  }

  /** Blocks whose largest deviations are known. */
  get blocks(): number {
    return this.#windows[0]?.up.blocks ?? 0;
  }

  /** Ends the block; one that saw too little of the series does not count. */
  closeBlock(counts: boolean): void {
    for (const { up, down } of this.#windows) {
      up.closeBlock(counts);
      down.closeBlock(counts);
    }
  }

  /** What one observation usually stays between: the extremes of the shortest window. */
  usual(expected: number, size: number): Expectation {
    return this.#between(this.#windows[0], expected, size);
  }

  /** Adds the observation and learns its deviation. */
  add(timeMs: number, one: Sum): WindowSum[] {
    return this.#windows.map((window) => {
      const sum = window.sum.add(timeMs, one);
      const deviation = this.#measure.deviation(sum);
      window.up.offer(deviation);
      window.down.offer(-deviation);
      return { window, sum };
    });
  }

  /** As `add` would answer; nothing is learnt. */
  peek(timeMs: number, one: Sum): WindowSum[] {
    return this.#windows.map((window) => ({ window, sum: window.sum.peek(timeMs, one) }));
  }

  rarest(sums: readonly WindowSum[]): Rarity | undefined {
    let rarest: Rarity | undefined;
    for (const { window, sum } of sums) {
      const deviation = this.#measure.deviation(sum);
      for (const side of ['up', 'down'] as const) {
        const away = side === 'up' ? deviation : -deviation;
        let rarity = window[side].rarity(away);
        if (rarity > 0) rarity = Math.min(rarity, this.#rarityOfNoise(window.sum.spanMs, sum, side));
        rarity -= HANDICAP[this.#kind][side];
        if (side === 'up' && this.#kind === 'count' && isHandful(sum.observed)) rarity = Math.min(rarity, -1);
        if (!rarest || rarity > rarest.rarity) rarest = { side, rarity, window, sum };
      }
    }
    return rarest;
  }

  /** What was observed and expected in the window, and what that usually stays between. */
  reading({ window, sum }: WindowSum): WindowReading {
    const parts = this.#measure.parts(sum);
    return {
      spanMs: window.sum.spanMs,
      observed: sum.observed / parts,
      ...this.#between(window, sum.expected / parts, sum.posts),
    };
  }

  #between(window: Window | undefined, expected: number, posts: number): Expectation {
    return {
      expected,
      low: this.#measure.valueAt(expected, -(window?.down.location ?? 0), posts),
      high: this.#measure.valueAt(expected, window?.up.location ?? 0, posts),
    };
  }

  /** As if every window of a week, of each length, were one draw. */
  #rarityOfNoise(spanMs: number, sum: Sum, side: Side): number {
    const lnPerWeek = Math.log((this.#windows.length * WEEK_MS) / spanMs) + this.#measure.lnTail(sum, side);
    return Math.log(this.unusualPerWeek) - lnPerWeek;
  }
}

/** Where next to nothing is expected a single post is rare, and no surge. Only of what is counted in ones. */
function isHandful(observed: number): boolean {
  return observed < SURGE_COUNT_MIN && Number.isInteger(observed);
}
