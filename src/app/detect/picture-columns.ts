/** A series of any length as at most `COLUMNS_MAX` columns of time: when they are full, neighbours are merged. */
import type { Reading } from '../../core/baseline/reading.ts';

/** About two for each pixel of the drawing. */
const COLUMNS_MAX = 2_400;

export interface Column {
  min: number;
  max: number;
  /** Of the band: the lowest low and the highest high; undefined during the first observation. */
  low: number | undefined;
  high: number | undefined;
  /** Sum and number of expected values. */
  expected: number;
  expectedCount: number;
  /** The value of the alarm with the highest score. */
  alarm: { value: number; score: number } | undefined;
}

export class PictureColumns {
  #startMs = 0;
  #widthMs = 1_000;
  #columns: (Column | undefined)[] = [];
  #alarms = 0;

  get all(): readonly (Column | undefined)[] {
    return this.#columns;
  }
  get startMs(): number {
    return this.#startMs;
  }
  get widthMs(): number {
    return this.#widthMs;
  }
  /** Of the whole series. */
  get alarms(): number {
    return this.#alarms;
  }

  add({ timeMs, observed, expected, low, high, score, reason }: Reading, scoreMin: number): void {
    if (observed === undefined || reason === 'out_of_order' || reason === 'bad_value') return;
    if (this.#columns.length === 0) this.#startMs = timeMs;
    let index = Math.floor((timeMs - this.#startMs) / this.#widthMs);
    while (index >= COLUMNS_MAX) {
      this.#halve();
      index = Math.floor((timeMs - this.#startMs) / this.#widthMs);
    }
    const alarm = score >= scoreMin ? { value: observed, score } : undefined;
    if (alarm) this.#alarms += 1;
    const expectedCount = expected === undefined ? 0 : 1;
    const one = { min: observed, max: observed, low, high, expected: expected ?? 0, expectedCount, alarm };
    this.#columns[index] = merge(this.#columns[index], one);
  }

  #halve(): void {
    const half: (Column | undefined)[] = [];
    for (let i = 0; i < this.#columns.length; i += 2)
      half.push(merge(this.#columns[i], this.#columns[i + 1]));
    this.#columns = half;
    this.#widthMs *= 2;
  }
}

function merge(a: Column | undefined, b: Column | undefined): Column | undefined {
  if (!a || !b) return a ?? b;
  return {
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    low: a.low === undefined || b.low === undefined ? (a.low ?? b.low) : Math.min(a.low, b.low),
    high: a.high === undefined || b.high === undefined ? (a.high ?? b.high) : Math.max(a.high, b.high),
    expected: a.expected + b.expected,
    expectedCount: a.expectedCount + b.expectedCount,
    alarm: (b.alarm?.score ?? 0) > (a.alarm?.score ?? 0) ? b.alarm : a.alarm,
  };
}
