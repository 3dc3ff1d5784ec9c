/** Mute times: spans of the calendar, on the wall clock of a time zone, with its daylight saving time. */
import { wallClock, WEEKDAYS } from './calendar.ts';
import type { MuteTimeConfig } from './notify.config.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
/** Offsets of time zones are multiples of this, and change at multiples of it. */
const QUARTER_MS = 15 * MINUTE_MS;

interface Day {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

export class MuteTime {
  readonly #config: MuteTimeConfig;
  readonly #format: Intl.DateTimeFormat;
  #memo: { readonly minute: number; readonly isActive: boolean } | undefined;

  constructor(config: MuteTimeConfig) {
    this.#config = config;
    this.#format = wallClock(config.timeZone);
  }

  isActive(nowMs: number): boolean {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (this.#memo?.minute !== minute) this.#memo = { minute, isActive: this.#judge(minute * MINUTE_MS) };
    return this.#memo.isActive;
  }

  /** A moment after now, no later than the next one at which `isActive` changes. */
  nextCheckMs(nowMs: number): number {
    const { from, to } = this.#config;
    const { minutes } = this.#local(nowMs);
    const quarterMs = (Math.floor(nowMs / QUARTER_MS) + 1) * QUARTER_MS;
    const edgesMs = [from, to].map((edge) => {
      const aheadMinutes = (edge - minutes + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
      return (Math.floor(nowMs / MINUTE_MS) + aheadMinutes) * MINUTE_MS;
    });
    return Math.min(quarterMs, ...edgesMs);
  }

  /** A span over midnight belongs to the day on which it began. */
  #judge(timeMs: number): boolean {
    const { from, to } = this.#config;
    const { minutes, ...today } = this.#local(timeMs);
    if (from < to) return minutes >= from && minutes < to && this.#isDay(today);
    if (minutes >= from) return this.#isDay(today);
    return minutes < to && this.#isDay(dayBefore(today));
  }

  #isDay({ year, month, day }: Day): boolean {
    const { weekdays, months, days } = this.#config;
    const date = new Date(Date.UTC(year, month - 1, day));
    const weekday = WEEKDAYS[date.getUTCDay()];
    const fromEnd = day - new Date(Date.UTC(year, month, 0)).getUTCDate() - 1;
    return (
      (!weekdays || weekdays.some((one) => one === weekday)) &&
      (!months || months.includes(month)) &&
      (!days || days.includes(day) || days.includes(fromEnd))
    );
  }

  #local(timeMs: number): Day & { readonly minutes: number } {
    const parts = this.#format.formatToParts(timeMs);
    const of = (type: Intl.DateTimeFormatPartTypes) =>
      Number(parts.find((part) => part.type === type)?.value);
    return {
      year: of('year'),
      month: of('month'),
      day: of('day'),
      minutes: of('hour') * 60 + of('minute'),
    };
  }
}

function dayBefore({ year, month, day }: Day): Day {
  const date = new Date(Date.UTC(year, month - 1, day - 1));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}
