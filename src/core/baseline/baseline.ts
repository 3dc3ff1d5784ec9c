/** What is expected of one series now, and how rare what was observed is. Streaming: one pass, no look-ahead, a bounded state of
 *  about 700 numbers (10 KB as JSON) whatever the length of the series and of its panes.
 *
 *  Two windows (10 minutes and 6 hours) are compared with what was expected of them; see `Windows` for how rare a deviation is. */
import { scoreOf, type BaselineConfig } from './baseline.config.ts';
import { createMeasure, type Measure, type NoiseState, type Side } from './measure.ts';
import { News, type NewsState } from './news.ts';
import { unscored, type Expectation, type Reading } from './reading.ts';
import { Season, type SeasonState } from './season.ts';
import { Trend, type TrendState } from './trend.ts';
import { Windows, type Rarity, type WindowState } from './windows.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Largest deviations are kept by this span, or by twelve panes when that is longer. Plateau 6 to 24 hours. */
const BLOCK_MS = 12 * HOUR_MS;
const BLOCK_PANES_MIN = 12;
/** A block that saw less of the series than this share says nothing of its largest deviation. */
const BLOCK_SEEN_MIN = 0.25;
/** No score before that many blocks: a day with panes of minutes, 36 hours with hourly ones. */
const WARM_UP_BLOCKS = 2;
/** The level follows over this long (an exponential mean's time constant), at least 14 panes. Plateau 5 to 14 days. */
const LEVEL_MS = 8 * DAY_MS;
const LEVEL_PANES_MIN = 14;
/** Noise is learnt over this long. */
const NOISE_MS = 7 * DAY_MS;
/** Observations before outliers are drawn in: what is expected is a guess until then. */
const TAME_AFTER = 12;
/** What is usual cannot alarm: with long panes, whose extremes are rare in any week, its score still stays below all
 *  thresholds. */
const USUAL_PER_WEEK_MIN = 2.5;
/** Posts that a share is of, when nobody says. */
const POSTS_UNKNOWN = 1_000;

export interface BaselineState {
  readonly version: 1;
  readonly kind: BaselineConfig['kind'];
  readonly paneMs: number;
  readonly lastMs: number;
  readonly observations: number;
  readonly level: number;
  /** Mean posts of a share. */
  readonly posts: number;
  readonly block: { readonly index: number; readonly panes: number };
  readonly day: { readonly index: number; readonly sum: number; readonly panes: number };
  readonly noise: NoiseState;
  readonly trend: TrendState;
  readonly season: SeasonState;
  readonly windows: readonly WindowState[];
  readonly news: Readonly<Record<Side, NewsState>>;
}

export class BaselineStateError extends Error {
  override readonly name = 'BaselineStateError';
  readonly code = 'BASELINE_STATE';
  readonly canRetry = false;
}

/** One per series. `observe` takes about a microsecond. */
export class Baseline {
  readonly #config: Pick<BaselineConfig, 'kind' | 'pane'>;
  readonly #blockMs: number;
  readonly #dayMs: number;
  readonly #measure: Measure;
  readonly #trend: Trend;
  readonly #windows: Windows;
  readonly #news: Readonly<Record<Side, News>>;
  #season: Season | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #observations = 0;
  #level = 0;
  #posts = 0;
  #block = { index: 0, panes: 0 };
  #day = { index: 0, sum: 0, panes: 0 };

  /** Throws a `BaselineStateError` when the state is of another kind of series or length of pane. */
  constructor(config: Pick<BaselineConfig, 'kind' | 'pane'>, restored?: BaselineState) {
    this.#config = config;
    const { kind, pane: paneMs } = config;
    if (restored) checkState(config, restored);
    this.#blockMs = Math.max(BLOCK_MS, BLOCK_PANES_MIN * paneMs);
    this.#dayMs = Math.max(DAY_MS, paneMs);
    this.#measure = createMeasure(kind, restored?.noise);
    this.#trend = new Trend(restored?.trend);
    this.#windows = new Windows(config, this.#blockMs, this.#measure, restored?.windows);
    this.#news = { up: new News(restored?.news.up), down: new News(restored?.news.down) };
    if (!restored) return;
    this.#season = new Season(
      { kind, paneMs, startMs: restored.season.startMs },
      this.#measure,
      restored.season,
    );
    this.#lastMs = restored.lastMs;
    this.#observations = restored.observations;
    this.#level = restored.level;
    this.#posts = restored.posts;
    this.#block = { ...restored.block };
    this.#day = { ...restored.day };
  }

  /** Everything there is to know, as JSON would keep it; undefined before the first observation. */
  snapshot(): BaselineState | undefined {
    if (!this.#season) return undefined;
    const { kind, pane } = this.#config;
    return {
      version: 1,
      kind,
      paneMs: pane,
      lastMs: this.#lastMs,
      observations: this.#observations,
      level: this.#level,
      posts: this.#posts,
      block: { ...this.#block },
      day: { ...this.#day },
      noise: this.#measure.state,
      trend: this.#trend.state,
      season: this.#season.state,
      windows: this.#windows.state,
      news: { up: this.#news.up.state, down: this.#news.down.state },
    };
  }

  /** `timeMs` epoch milliseconds, later than the one before. `value` undefined: there are no data for this pane (no call at
   *  all says the same). `posts` is what a share is a share of, when known. */
  observe(timeMs: number, value: number | undefined, posts: number = POSTS_UNKNOWN): Reading {
    if (timeMs <= this.#lastMs) return unscored(timeMs, value, 'out_of_order');
    if (value === undefined) {
      const expectation = this.#season ? this.#expectation(timeMs, posts) : undefined;
      return unscored(timeMs, value, 'no_data', expectation);
    }
    if (!isValid(this.#config.kind, value) || !(posts > 0)) return unscored(timeMs, value, 'bad_value');
    const size = this.#config.kind === 'share' ? posts : 1;
    const first = this.#season === undefined;
    if (first) this.#start(timeMs, value, size);
    this.#closePeriods(timeMs);
    const expectation = this.#expectation(timeMs, size);
    const { expected } = expectation;
    const one = { observed: value * size, expected: expected * size, panes: 1, posts: size };
    const isWarm = this.#isWarm;
    const rarity =
      this.#observations < TAME_AFTER ? undefined : this.#windows.rarest(this.#windows.add(timeMs, one));
    const reading =
      rarity && isWarm
        ? this.#judge(timeMs, value, expectation, rarity)
        : unscored(timeMs, value, 'warming_up', first ? undefined : expectation);
    this.#learn(timeMs, value, expected, size);
    this.#lastMs = timeMs;
    if (reading.reason !== 'unusual' || reading.direction === 'none') return reading;
    const isNews = this.#news[reading.direction].isNews(timeMs, rarity?.rarity ?? 0);
    return isNews ? reading : { ...reading, score: 0, reason: 'told' };
  }

  /** What `observe` would make of a count, if that were all of it: nothing is learnt. While the observation goes on it can
   *  only become more, so what is unusual upwards now is so when it is over (but for rounding; property-tested).
   *  Undefined while nothing is known of what is usual, and of what comes too late. */
  preview(timeMs: number, count: number): Reading | undefined {
    if (this.#config.kind !== 'count' || timeMs <= this.#lastMs || !isValid('count', count)) return undefined;
    if (this.#observations < TAME_AFTER) return undefined;
    this.#closePeriods(timeMs);
    if (!this.#isWarm) return undefined;
    const expectation = this.#expectation(timeMs, 1);
    const one = { observed: count, expected: expectation.expected, panes: 1, posts: 1 };
    const rarity = this.#windows.rarest(this.#windows.peek(timeMs, one));
    return rarity && this.#judge(timeMs, count, expectation, rarity);
  }

  get #isWarm(): boolean {
    return this.#windows.blocks >= WARM_UP_BLOCKS;
  }

  #start(timeMs: number, value: number, size: number): void {
    const { kind, pane: paneMs } = this.#config;
    this.#season = new Season({ kind, paneMs, startMs: timeMs }, this.#measure);
    this.#level = value;
    this.#posts = size;
    this.#block = { index: Math.floor(timeMs / this.#blockMs), panes: 0 };
    this.#day = { index: Math.floor(timeMs / this.#dayMs), sum: 0, panes: 0 };
  }

  #closePeriods(timeMs: number): void {
    const block = Math.floor(timeMs / this.#blockMs);
    if (block !== this.#block.index) {
      const counts = this.#block.panes >= (BLOCK_SEEN_MIN * this.#blockMs) / this.#config.pane;
      this.#windows.closeBlock(counts);
      this.#block = { index: block, panes: 0 };
    }
    const day = Math.floor(timeMs / this.#dayMs);
    if (day === this.#day.index) return;
    const { sum, panes } = this.#day;
    if (panes >= (BLOCK_SEEN_MIN * this.#dayMs) / this.#config.pane)
      this.#trend.addDay(this.#measure.toTrend(sum / panes));
    this.#day = { index: day, sum: 0, panes: 0 };
  }

  /** The level lags behind a trend by its own time constant. */
  #flatLevel(): number {
    const lagDays = Math.max(LEVEL_MS, LEVEL_PANES_MIN * this.#config.pane) / this.#dayMs;
    return this.#measure.fromTrend(this.#level, this.#trend.slope * lagDays);
  }

  #expectation(timeMs: number, size: number): Expectation {
    return this.#windows.usual(this.#season?.apply(this.#flatLevel(), timeMs) ?? this.#level, size);
  }

  #judge(timeMs: number, observed: number, { expected, low, high }: Expectation, rarest: Rarity): Reading {
    const { side, rarity } = rarest;
    const usual = rarity < 0;
    const { unusualPerWeek } = this.#windows;
    const perWeek = usual ? Math.max(USUAL_PER_WEEK_MIN, unusualPerWeek) : unusualPerWeek;
    const unusualness = scoreOf(perWeek * Math.exp(-rarity));
    return {
      ...{ timeMs, observed, expected, low, high },
      score: unusualness,
      unusualness,
      direction: usual ? 'none' : side,
      reason: usual ? 'usual' : 'unusual',
      window: this.#windows.reading(rarest),
    };
  }

  #learn(timeMs: number, value: number, expected: number, size: number): void {
    const { pane } = this.#config;
    const tame = this.#observations < TAME_AFTER ? value : this.#measure.tame(value, expected, size);
    const young = 1 / (this.#observations + 2);
    const levelMs = Math.max(LEVEL_MS, LEVEL_PANES_MIN * pane);
    this.#posts += Math.max(young, Math.min(1, pane / NOISE_MS)) * (size - this.#posts);
    const weight = Math.min(2, size / this.#posts);
    const level = this.#season?.remove(tame, timeMs) ?? tame;
    this.#season?.learn(timeMs, { value: tame, level: this.#flatLevel(), posts: size });
    this.#measure.learn(tame, expected, size, Math.max(young, Math.min(0.1, pane / NOISE_MS)));
    this.#level += Math.min(1, Math.max(young, pane / levelMs) * weight) * (level - this.#level);
    this.#block.panes += 1;
    this.#day.sum += tame;
    this.#day.panes += 1;
    this.#observations += 1;
  }
}

function isValid(kind: BaselineConfig['kind'], value: number): boolean {
  if (!Number.isFinite(value)) return false;
  return kind === 'value' || (value >= 0 && (kind === 'count' || value <= 1));
}

function checkState({ kind, pane }: Pick<BaselineConfig, 'kind' | 'pane'>, state: BaselineState): void {
  const found = `version ${state.version}, kind ${state.kind}, pane ${state.paneMs}ms`;
  const wanted = `version 1, kind ${kind}, pane ${pane}ms`;
  if (found !== wanted)
    throw new BaselineStateError(`baseline state is of ${found}; it must be of ${wanted}`);
}
