/** Three shifts of eight hours by the wall clock of a time zone, and how many pages fell into each. */
import { wallClock } from '../../core/notify/calendar.ts';
import type { Span } from './spans.ts';

export const SHIFTS = ['00-08', '08-16', '16-24'] as const;
const SHIFT_HOURS = 8;
const SHIFT_MS = SHIFT_HOURS * 3_600_000;
/** The first and the last message do not fall on the hour. */
const WHOLE = 0.99;
/** A span is walked through in quarters of an hour, as zones are offset by; a very long one in longer steps. */
const STEP_MS = 900_000;
const STEPS_MAX = 20_000;

export interface ShiftPages {
  readonly shift: (typeof SHIFTS)[number];
  readonly pages: number;
  /** Pages in a whole shift, on average; absent when the span holds less than a whole one. */
  readonly perShift?: number;
  /** The most that one of these shifts had. */
  readonly most: number;
}

/** Counts pages of a span; how much of each shift it holds is found once. Throws a RangeError for what is no time zone. */
export function shiftCounter(span: Span, timeZone: string): (pagesAtMs: readonly number[]) => ShiftPages[] {
  const shiftAt = shiftClock(timeZone);
  const covered = coveredMs(span, shiftAt);
  return (pagesAtMs) => {
    const byDay = SHIFTS.map(() => new Map<string, number>());
    for (const atMs of pagesAtMs) {
      const { shift, day } = shiftAt(atMs);
      byDay[shift]?.set(day, (byDay[shift].get(day) ?? 0) + 1);
    }
    return SHIFTS.map((shift, at) => {
      const counts = [...(byDay[at]?.values() ?? [])];
      const pages = counts.reduce((sum, count) => sum + count, 0);
      const shifts = (covered[at] ?? 0) / SHIFT_MS;
      const most = counts.reduce((a, b) => Math.max(a, b), 0);
      return { shift, pages, ...(shifts >= WHOLE && { perShift: pages / shifts }), most };
    });
  };
}

type ShiftClock = (atMs: number) => { readonly shift: number; readonly day: string };

/** By shift. */
function coveredMs({ startMs, endMs }: Span, shiftAt: ShiftClock): number[] {
  const covered = SHIFTS.map(() => 0);
  const stepMs = STEP_MS * Math.max(1, Math.ceil((endMs - startMs) / STEPS_MAX / STEP_MS));
  for (let atMs = startMs; atMs < endMs;) {
    const untilMs = Math.min(endMs, (Math.floor(atMs / stepMs) + 1) * stepMs);
    const { shift } = shiftAt(atMs);
    covered[shift] = (covered[shift] ?? 0) + untilMs - atMs;
    atMs = untilMs;
  }
  return covered;
}

/** The shift of a moment, and the day it belongs to. */
function shiftClock(timeZone: string): ShiftClock {
  const clock = wallClock(timeZone);
  return (atMs) => {
    const parts = clock.formatToParts(atMs);
    const value = (type: string) => parts.find((part) => part.type === type)?.value ?? '0';
    const shift = Math.floor(Number(value('hour')) / SHIFT_HOURS);
    return { shift, day: `${value('year')}-${value('month')}-${value('day')}` };
  };
}
