/** Hour of day and day of week (UTC), each used only while it predicts the series better than doing without it. */
import { NO_SEASON, type Measure } from './measure.ts';
import type { SeriesKind } from './baseline.config.ts';
import type { Sum } from './sliding-sum.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HOURS = 24;
const DAYS = 7;
/** 1970-01-01 was a Thursday; Sunday is 0. */
const EPOCH_WEEKDAY = 4;
/** A profile is used while its squared error, an hour ahead, is below this share of that without it. Plateau 0.8 to 1. */
const EVIDENCE = 0.9;
/** Errors are averaged over this long. */
const EVIDENCE_SPAN_MS = 14 * DAY_MS;
/** Errors are counted, and a profile may be used, only when the series has run so long. */
const HOURS_JUDGED_AFTER_MS = 2 * DAY_MS;
const WEEKDAYS_JUDGED_AFTER_MS = 14 * DAY_MS;
const HOURS_AFTER_MS = 3 * DAY_MS;
const WEEKDAYS_AFTER_MS = 17 * DAY_MS;
/** Repetitions a profile's entry remembers: days of an hour, weeks of a day. */
const HOUR_MEMORY = 14;
const WEEKDAY_MEMORY = 8;

/** One entry of a profile: mean of what its repetitions showed. */
interface Entry {
  readonly season: number;
  readonly seen: number;
}

interface Errors {
  readonly flat: number;
  readonly hours: number;
  readonly weekdays: number;
}

/** What was seen in an open period, against what several models expected. Added to in place: it is the hot path. */
interface Slot {
  index: number;
  observed: number;
  panes: number;
  posts: number;
  /** Of the level alone. */
  flat: number;
  /** With the hour, with the weekday on top of what is used, and with all that is used but the hour, or but the weekday. */
  hours: number;
  weekdays: number;
  withoutHour: number;
  withoutWeekday: number;
}

interface Uses {
  readonly hours: boolean;
  readonly weekdays: boolean;
}

export interface SeasonState {
  readonly startMs: number;
  readonly hours: readonly Entry[];
  readonly weekdays: readonly Entry[];
  readonly errors: Errors;
  readonly uses: Uses;
  /** The open slot (an hour, or a pane when that is longer), and the open day. */
  readonly slot: Readonly<Slot>;
  readonly day: Readonly<Slot>;
}

export class Season {
  readonly #measure: Measure;
  readonly #none: number;
  readonly #slotMs: number;
  /** Panes longer than an hour show no hour, those longer than a day no weekday. */
  readonly #possible: { readonly hours: boolean; readonly weekdays: boolean };
  readonly #hours: Entry[];
  readonly #weekdays: Entry[];
  readonly #startMs: number;
  #errors: Errors;
  #uses: Uses;
  #slot: Slot;
  #day: Slot;

  constructor(
    { kind, paneMs, startMs }: { kind: SeriesKind; paneMs: number; startMs: number },
    measure: Measure,
    restored?: SeasonState,
  ) {
    this.#measure = measure;
    this.#none = NO_SEASON[kind];
    this.#slotMs = Math.max(HOUR_MS, paneMs);
    this.#possible = { hours: paneMs <= HOUR_MS, weekdays: paneMs <= DAY_MS };
    const profile = (size: number) => new Array<Entry>(size).fill({ season: this.#none, seen: 0 });
    this.#hours = restored ? [...restored.hours] : profile(HOURS);
    this.#weekdays = restored ? [...restored.weekdays] : profile(DAYS);
    this.#startMs = restored?.startMs ?? startMs;
    this.#errors = restored?.errors ?? { flat: 0, hours: 0, weekdays: 0 };
    this.#uses = restored?.uses ?? { hours: false, weekdays: false };
    this.#slot = restored ? { ...restored.slot } : emptySlot(Math.floor(startMs / this.#slotMs));
    this.#day = restored ? { ...restored.day } : emptySlot(Math.floor(startMs / DAY_MS));
  }

  get state(): SeasonState {
    return {
      startMs: this.#startMs,
      hours: [...this.#hours],
      weekdays: [...this.#weekdays],
      errors: this.#errors,
      uses: this.#uses,
      slot: { ...this.#slot },
      day: { ...this.#day },
    };
  }

  /** What the season makes of a level at this time, as far as it is used. */
  apply(level: number, timeMs: number): number {
    const { hours, weekdays } = this.#uses;
    const base = hours ? this.#measure.withSeason(level, this.#hourAt(timeMs)) : level;
    return weekdays ? this.#measure.withSeason(base, this.#weekdayAt(timeMs)) : base;
  }

  /** The level a value is evidence of. */
  remove(value: number, timeMs: number): number {
    const { hours, weekdays } = this.#uses;
    const base = hours ? this.#measure.withoutSeason(value, this.#hourAt(timeMs)) : value;
    return weekdays ? this.#measure.withoutSeason(base, this.#weekdayAt(timeMs)) : base;
  }

  /** `value` is tame; `level` is what was expected without any season; `posts` weigh a share, else 1. */
  learn(timeMs: number, { value, level, posts }: { value: number; level: number; posts: number }): void {
    const slot = Math.floor(timeMs / this.#slotMs);
    if (slot !== this.#slot.index) this.#closeSlot(slot, timeMs);
    const today = Math.floor(timeMs / DAY_MS);
    if (today !== this.#day.index) this.#closeDay(today);
    const weekday = this.#weekdayAt(timeMs);
    const withHour = this.#possible.hours ? this.#measure.withSeason(level, this.#hourAt(timeMs)) : level;
    const withoutWeekday = this.#uses.hours ? withHour : level;
    const withoutHour = this.#uses.weekdays ? this.#measure.withSeason(level, weekday) : level;
    const weekdays = this.#measure.withSeason(withoutWeekday, weekday);
    const seen = { value, posts, flat: level, hours: withHour, weekdays, withoutHour, withoutWeekday };
    addTo(this.#slot, seen);
    addTo(this.#day, seen);
  }

  /** Between the middles of two hours the season goes over from one to the other. */
  #hourAt(timeMs: number): number {
    const place = (timeMs % DAY_MS) / HOUR_MS + HOURS - 0.5;
    const from = Math.floor(place);
    const part = place - from;
    const before = this.#hours[from % HOURS]?.season ?? this.#none;
    const after = this.#hours[(from + 1) % HOURS]?.season ?? this.#none;
    return before * (1 - part) + after * part;
  }

  #weekdayAt(timeMs: number): number {
    return this.#weekdays[weekdayOf(Math.floor(timeMs / DAY_MS))]?.season ?? this.#none;
  }

  #closeSlot(next: number, timeMs: number): void {
    const slot = this.#slot;
    this.#slot = emptySlot(next);
    if (slot.panes === 0) return;
    const ageMs = timeMs - this.#startMs;
    const rate = this.#slotMs / EVIDENCE_SPAN_MS;
    const missed = (expected: number, old: number) =>
      old + rate * (this.#measure.deviation(against(slot, expected)) ** 2 - old);
    const { flat, hours, weekdays } = this.#errors;
    const early = ageMs < HOURS_JUDGED_AFTER_MS;
    const errors = {
      flat: early ? 0 : missed(slot.flat, flat),
      hours: early ? 0 : missed(slot.hours, hours),
    };
    const base = this.#uses.hours ? errors.hours : errors.flat;
    const unproven = ageMs < WEEKDAYS_JUDGED_AFTER_MS;
    this.#errors = { ...errors, weekdays: unproven ? 1.2 * base : missed(slot.weekdays, weekdays) };
    this.#decide(ageMs);
    if (!this.#possible.hours) return;
    const hour = Math.floor((slot.index * this.#slotMs) / HOUR_MS) % HOURS;
    const shown = this.#measure.seasonOf(against(slot, slot.withoutHour));
    this.#hours[hour] = remember(this.#hours[hour], shown, HOUR_MEMORY);
  }

  #decide(ageMs: number): void {
    const { errors, possible } = { errors: this.#errors, possible: this.#possible };
    const hours = possible.hours && ageMs > HOURS_AFTER_MS && errors.hours < EVIDENCE * errors.flat;
    const base = hours ? errors.hours : errors.flat;
    const weekdays = possible.weekdays && ageMs > WEEKDAYS_AFTER_MS && errors.weekdays < EVIDENCE * base;
    this.#uses = { hours, weekdays };
  }

  #closeDay(next: number): void {
    const day = this.#day;
    this.#day = emptySlot(next);
    if (day.panes === 0) return;
    const weekday = weekdayOf(day.index);
    const shown = this.#measure.seasonOf(against(day, day.withoutWeekday));
    this.#weekdays[weekday] = remember(this.#weekdays[weekday], shown, WEEKDAY_MEMORY);
  }
}

function emptySlot(index: number): Slot {
  return {
    index,
    observed: 0,
    panes: 0,
    posts: 0,
    flat: 0,
    hours: 0,
    weekdays: 0,
    withoutHour: 0,
    withoutWeekday: 0,
  };
}

type Seen = Omit<Slot, 'index' | 'observed' | 'panes'> & { readonly value: number };

function addTo(slot: Slot, seen: Readonly<Seen>): void {
  const { posts } = seen;
  slot.observed += seen.value * posts;
  slot.panes += 1;
  slot.posts += posts;
  slot.flat += seen.flat * posts;
  slot.hours += seen.hours * posts;
  slot.weekdays += seen.weekdays * posts;
  slot.withoutHour += seen.withoutHour * posts;
  slot.withoutWeekday += seen.withoutWeekday * posts;
}

function against({ observed, panes, posts }: Slot, expected: number): Sum {
  return { observed, expected, panes, posts };
}

function weekdayOf(day: number): number {
  return (day + EPOCH_WEEKDAY) % DAYS;
}

/** A running mean that forgets beyond `memory` repetitions; the absence of a season counts as one. */
function remember(entry: Entry | undefined, season: number, memory: number): Entry {
  const [old, seen] = [entry?.season ?? season, (entry?.seen ?? 0) + 1];
  return { season: old + Math.max(1 / memory, 1 / (seen + 1)) * (season - old), seen };
}
