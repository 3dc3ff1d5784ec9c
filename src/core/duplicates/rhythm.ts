/** When the copies of a text came: by hour, and the last times one by one. */

const HOUR_MS = 3_600_000;
/** The last times, by which regularity is told. */
const TIMES_MAX = 64;
/** Hours that are told apart: of a cluster that goes on for longer, those in which it began. */
const HOURS_MAX = 512;

export interface RhythmState {
  readonly hours: readonly (readonly [number, number])[];
  readonly times: readonly number[];
}

export class Rhythm {
  readonly #hours = new Map<number, number>();
  #busiest = 0;
  /** Ascending. */
  #times: number[] = [];

  /** Copies of the busiest hour, by the clock. */
  get busiestHour(): number {
    return this.#busiest;
  }

  add(timeMs: number): void {
    this.#addHour(Math.floor(timeMs / HOUR_MS), 1);
    const times = this.#times;
    let at = times.length;
    while (at > 0 && (times[at - 1] ?? 0) > timeMs) at -= 1;
    times.splice(at, 0, timeMs);
    if (times.length > TIMES_MAX) times.shift();
  }

  merge(other: Rhythm): void {
    for (const [hour, count] of other.#hours) this.#addHour(hour, count);
    this.#times = [...this.#times, ...other.#times].sort((a, b) => a - b).slice(-TIMES_MAX);
  }

  /** Copies of the hour in which it began and of the one after it, over those of the busiest hour. */
  earlyShare(firstMs: number): number {
    const first = Math.floor(firstMs / HOUR_MS);
    const early = (this.#hours.get(first) ?? 0) + (this.#hours.get(first + 1) ?? 0);
    return early / Math.max(1, this.#busiest);
  }

  /** How many pauses are known, and their standard deviation over their mean. */
  pauses(): { pauses: number; pauseVariation: number } {
    const times = this.#times;
    const pauses = times.length - 1;
    if (pauses < 1) return { pauses: 0, pauseVariation: 1 };
    const mean = ((times[pauses] ?? 0) - (times[0] ?? 0)) / pauses;
    if (mean === 0) return { pauses, pauseVariation: 1 }; // All at once: no clock to be seen.
    let squares = 0;
    for (let at = 1; at <= pauses; at++) squares += ((times[at] ?? 0) - (times[at - 1] ?? 0) - mean) ** 2;
    return { pauses, pauseVariation: Math.sqrt(squares / pauses) / mean };
  }

  toState(): RhythmState {
    return { hours: [...this.#hours], times: [...this.#times] };
  }

  static fromState({ hours, times }: RhythmState): Rhythm {
    const rhythm = new Rhythm();
    for (const [hour, count] of hours) rhythm.#addHour(hour, count);
    rhythm.#times = [...times];
    return rhythm;
  }

  #addHour(hour: number, copies: number): void {
    const before = this.#hours.get(hour);
    if (before === undefined && this.#hours.size >= HOURS_MAX) return;
    this.#hours.set(hour, (before ?? 0) + copies);
    this.#busiest = Math.max(this.#busiest, (before ?? 0) + copies);
  }
}
