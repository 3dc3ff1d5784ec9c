/** Trend rules: one alert for each trend that is strong enough, from then until the trend is over. */
import type { TrendEvent } from '../trend/board.ts';
import type { TrendView } from '../trend/trend-view.ts';
import type { TrendHead } from '../trend/trends.ts';
import { TREND_STEP_MS } from '../trend/trends.ts';
import { ceilToStep } from '../window/watermark.ts';
import type { Alert } from './alert.ts';
import { sightOfTrend } from './evidence.ts';
import { isStateOf, Life, type CellOutput, type Group, type LifeState } from './life.ts';
import type { TrendRule } from './rules.ts';
import type { TrendFeed } from './trend-feed.ts';
import type { Witness } from './witness.ts';

export interface TrendCellState {
  readonly trend: string;
  readonly group: Group;
  /** Of a trend that is over: how it ended. */
  readonly last?: TrendView;
  readonly life: LifeState;
}

interface TrendCell {
  readonly rule: TrendRule;
  readonly trend: string;
  readonly group: Group;
  readonly life: Life;
  last: TrendView | undefined;
}

interface TrendCellsContext {
  readonly pipeline: string;
  readonly feed: TrendFeed;
  readonly witness: Witness;
}

export class TrendCells {
  readonly #pipeline: string;
  readonly #rules: readonly TrendRule[];
  readonly #feed: TrendFeed;
  readonly #witness: Witness;
  /** By rule and trend; bounded by rules times `trends.limits.trendsMax`, and those that wait out their end. */
  readonly #cells = new Map<string, TrendCell>();
  #changed = true;

  constructor(
    { pipeline, feed, witness }: TrendCellsContext,
    rules: readonly TrendRule[],
    restored: readonly TrendCellState[] = [],
  ) {
    this.#pipeline = pipeline;
    this.#rules = rules;
    this.#feed = feed;
    this.#witness = witness;
    for (const { trend, group, last, life } of restored) {
      const rule = rules.find((one) => isStateOf(life, one));
      if (rule) this.#open(rule, trend, group, life).last = last;
    }
  }

  /** A post was counted. */
  touch(): void {
    this.#changed = true;
  }

  /** The next moment at which something can change, when the next possible one is `soonestMs`. */
  dueMs(soonestMs: number): number {
    const { isBehind, size } = this.#feed;
    if (isBehind) return Number.POSITIVE_INFINITY;
    if (this.#changed && size + this.#cells.size > 0) return soonestMs;
    let atMs = size > 0 ? Math.ceil(soonestMs / TREND_STEP_MS) * TREND_STEP_MS : Number.POSITIVE_INFINITY;
    for (const { life } of this.#cells.values()) atMs = Math.min(atMs, life.dueMs);
    return Math.max(soonestMs, ceilToStep(atMs));
  }

  /** Takes how trends ended; their alerts show it. */
  take(events: readonly TrendEvent[]): void {
    for (const { trend } of events) {
      if (trend.state !== 'over') continue;
      this.#changed = true;
      for (const rule of this.#rules) {
        const cell = this.#cells.get(keyOf(rule, trend.id));
        if (cell) cell.last = trend;
      }
    }
  }

  evaluate(nowMs: number, emit: (output: CellOutput) => void): void {
    this.#changed = false;
    for (const rule of this.#rules) for (const trend of this.#feed.live()) this.#consider(rule, trend);
    for (const [key, cell] of this.#cells) {
      const output = this.#step(cell, nowMs);
      if (output) emit(output);
      if (cell.life.isIdle) this.#cells.delete(key);
    }
  }

  alerts(): readonly Alert[] {
    return [...this.#cells.values()].flatMap(({ life }) => life.alert ?? []);
  }

  toState(): readonly TrendCellState[] {
    return [...this.#cells.values()].flatMap(({ trend, group, last, life }): TrendCellState[] => {
      const state = life.toState();
      return state ? [{ trend, group, ...(last && { last }), life: state }] : [];
    });
  }

  /** A trend that began while nothing was known of its channel is none for this rule. */
  #consider(rule: TrendRule, trend: TrendHead): void {
    const { kinds, warmUp } = rule.trend;
    if (trend.score < this.#scoreMin(rule) || this.#cells.has(keyOf(rule, trend.id))) return;
    if (trend.startMs < this.#feed.sinceMs(trend.channel) + warmUp) return;
    if (kinds && ![...trend.terms.values()].some(({ kind }) => kinds.includes(kind))) return;
    this.#open(rule, trend.id, this.#groupOf(rule, trend), undefined);
  }

  #step({ rule, trend, life, last }: TrendCell, nowMs: number): CellOutput | undefined {
    const head = this.#feed.head(trend);
    const scoreMin = this.#scoreMin(rule);
    const found = {
      conditionHolds: head !== undefined && head.score >= scoreMin,
      resolveHolds: head === undefined,
      retracted: last?.reason === 'retracted',
      nowMs,
    };
    return life.step(found, nowMs, (before) => {
      const view = this.#feed.get(trend) ?? last;
      if (view) return sightOfTrend(view, scoreMin, nowMs, this.#witness);
      if (before) return before; // What was known of the trend is lost.
      throw new Error(`trend ${trend} is not there`);
    });
  }

  #scoreMin({ trend }: TrendRule): number {
    return trend.scoreMin ?? this.#feed.scoreMin;
  }

  /** Named by the title that it has now, and told apart from another alert of that name. */
  #groupOf(rule: TrendRule, { id, channel }: TrendHead): Group {
    const title = this.#feed.get(id)?.title ?? id;
    const isTaken = [...this.#cells.values()].some(
      (cell) => cell.rule === rule && cell.group.term === title && cell.group.channel === channel,
    );
    return { channel, term: isTaken ? `${title} (${id})` : title };
  }

  #open(rule: TrendRule, trend: string, group: Group, restored: LifeState | undefined): TrendCell {
    const life = new Life({ pipeline: this.#pipeline, group }, rule, restored);
    const cell: TrendCell = { rule, trend, group, life, last: undefined };
    this.#cells.set(keyOf(rule, trend), cell);
    return cell;
  }
}

function keyOf({ config }: TrendRule, trend: string): string {
  return `${config.name} ${trend}`;
}
