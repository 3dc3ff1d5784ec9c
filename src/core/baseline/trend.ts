/** Growth or decline per day, taken into account only when the days show it: Theil and Sen's slope of the daily means once
 *  Mann and Kendall's test is sure of a direction. */
import { quantile } from './extremes.ts';

const DAYS_MAX = 28;
const DAYS_MIN = 10;
/** Standard deviations of Kendall's S. */
const SURE = 3;

export interface TrendState {
  /** Daily means, oldest first; of counts their logarithm. */
  readonly days: readonly number[];
}

export class Trend {
  readonly #days: number[];
  /** Per day; 0 while the days do not show a trend. */
  slope = 0;

  constructor(restored?: TrendState) {
    this.#days = [...(restored?.days ?? [])];
    this.#fit();
  }

  get state(): TrendState {
    return { days: [...this.#days] };
  }

  addDay(mean: number): void {
    this.#days.push(mean);
    if (this.#days.length > DAYS_MAX) this.#days.shift();
    this.#fit();
  }

  #fit(): void {
    const count = this.#days.length;
    this.slope = 0;
    if (count < DAYS_MIN) return;
    let agreement = 0;
    const slopes: number[] = [];
    this.#days.forEach((from, i) => {
      for (let j = i + 1; j < count; j++) {
        const rise = (this.#days[j] ?? 0) - from;
        agreement += Math.sign(rise);
        slopes.push(rise / (j - i));
      }
    });
    const deviation = Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18);
    if (Math.abs(agreement) > SURE * deviation)
      this.slope = quantile(
        slopes.sort((a, b) => a - b),
        0.5,
      );
  }
}
