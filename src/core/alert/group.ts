/** The posts of one group (a channel, or all channels together), the rules that judge them, and its open panes. */
import type { Counted, Post } from '../window/aggregate.ts';
import type { Contribution } from '../window/ledger.ts';
import { OpenPanes, type ClosedPane } from '../window/open-panes.ts';
import {
  keeps,
  Series,
  viewPaneMs,
  type PaneState,
  type SeriesSpec,
  type SeriesState,
} from '../window/series.ts';
import { PaneNews, type PaneNewsState } from '../partition/pane-news.ts';
import type { PanePart, TakenBack } from '../partition/report.ts';
import { ceilToStep } from '../window/watermark.ts';
import type { WindowConfig } from '../window/window.config.ts';
import type { Alert, Observed } from './alert.ts';
import { AnomalyCell, ThresholdCell, type Cell, type CellGroup } from './cell.ts';
import { isStateOf, type CellOutput, type LifeState } from './life.ts';
import type { Presence } from './presence.ts';
import type { ObservedField } from './rule.config.ts';
import type { AnomalyRule, CompiledRule, ThresholdRule } from './rules.ts';
import { SignalBaseline, type SignalBaselineState } from './signal-baseline.ts';
import type { UsualState } from './usual.ts';

/** The span of the numbers that status and metrics show for a channel. */
export const STATUS_OVER_MS = 5 * 60_000;

/** Posts that show what a span's posts speak of: in its shortest view together, and at least in each pane. A share of one
 *  half is told within 0.09 (95%). */
const SAMPLE = { span: 128, paneMin: 4 };

/** Rules that judge the numbers of a group. */
export type GroupRule = ThresholdRule | AnomalyRule;

/** What every group of one kind keeps. */
export interface GroupPlan {
  readonly rules: readonly GroupRule[];
  /** What anomaly rules watch. */
  readonly signals: readonly ObservedField[];
  readonly series: readonly SeriesSpec[];
  /** The configured pane, whose closing is reported; only channels report. */
  readonly reportPaneMs: number | undefined;
}

export interface GroupState {
  /** Absent for the group of all channels. */
  readonly channel?: string;
  readonly openPanes: readonly number[];
  readonly series: readonly SeriesState[];
  readonly cells: readonly LifeState[];
  readonly baselines: readonly SignalBaselineState[];
  /** Of threshold rules; absent in states of earlier versions. */
  readonly usual?: readonly UsualState[];
  /** Of a part: what is not told yet. */
  readonly news?: readonly PaneNewsState[];
}

/** Who a group is, and what it shares with the others of its watcher. */
export interface GroupContext {
  readonly id: CellGroup;
  readonly plan: GroupPlan;
  readonly window: WindowConfig;
  readonly presence: Presence;
  /** It is a part of a larger one, whose owner it tells of its panes; it judges nothing. */
  readonly isPart?: boolean;
}

export function planGroups(
  all: readonly CompiledRule[],
  window: WindowConfig,
): { readonly whole: GroupPlan; readonly channel: GroupPlan } {
  const rules = all.filter((rule): rule is GroupRule => rule.kind !== 'trend');
  const whole = rules.filter(({ byChannel }) => !byChannel);
  const byChannel = rules.filter((rule) => rule.byChannel);
  const signals = signalsOf(whole);
  return {
    whole: {
      rules: whole,
      signals,
      series: planSeries(whole, window, signals.length > 0 ? [window.pane] : []),
      reportPaneMs: undefined,
    },
    channel: {
      rules: byChannel,
      signals: signalsOf(byChannel),
      series: planSeries(byChannel, window, [window.pane]),
      reportPaneMs: window.pane,
    },
  };
}

function signalsOf(rules: readonly GroupRule[]): ObservedField[] {
  return [...new Set(rules.flatMap((rule) => (rule.kind === 'anomaly' ? rule.anomaly.signal : [])))];
}

/** One series for each length of pane that the rules' spans need. */
function planSeries(
  rules: readonly GroupRule[],
  window: WindowConfig,
  reported: readonly number[],
): SeriesSpec[] {
  const oversMs = [...new Set(rules.map(({ config }) => config.over))];
  const paneMsOf = (overMs: number) => viewPaneMs(overMs, window.pane);
  return [...new Set([...reported, ...oversMs.map(paneMsOf)])].map((paneMs) => {
    const own = oversMs.filter((overMs) => paneMsOf(overMs) === paneMs);
    const status = reported.includes(paneMs) ? [STATUS_OVER_MS] : [];
    const panes = Math.ceil(Math.min(...own) / paneMs) + 1;
    return {
      paneMs,
      retentionMs: Math.max(...own, ...status) + window.allowedLateness + paneMs,
      oversMs: own,
      ...(own.length > 0 && { samplePostsMax: Math.max(SAMPLE.paneMin, Math.ceil(SAMPLE.span / panes)) }),
    };
  });
}

/** Whether a group of this plan still counts posts of this time. */
export function planKeeps(plan: GroupPlan, timeMs: number, nowMs: number): boolean {
  return plan.series.some((spec) => keeps(spec, timeMs, nowMs));
}

export class Group {
  readonly #id: CellGroup;
  readonly #series: readonly Series[];
  readonly #reported: Series | undefined;
  readonly #openPanes: OpenPanes;
  readonly #cells: readonly Cell[];
  readonly #baselines: readonly SignalBaseline[];
  readonly #news: PaneNews | undefined;
  /** Posts came since the last evaluation. */
  #changed = true;
  #dueMs = Number.POSITIVE_INFINITY;

  constructor({ id, plan, window, presence, isPart }: GroupContext, restored?: GroupState) {
    this.#id = id;
    this.#series = plan.series.map(
      (spec) =>
        new Series(
          spec,
          restored?.series.find(({ paneMs }) => paneMs === spec.paneMs),
        ),
    );
    this.#reported = this.#series.find(({ paneMs }) => paneMs === plan.reportPaneMs);
    const isSamePane = restored?.series.some(({ paneMs }) => paneMs === plan.reportPaneMs);
    this.#openPanes = new OpenPanes(isSamePane ? restored?.openPanes : []);
    if (isPart) this.#news = new PaneNews(plan.series, this.#series, restored?.news);
    this.#baselines = plan.signals.map((signal) => {
      const source = {
        series: this.#seriesOf(window.pane),
        presence,
        latenessMs: window.allowedLateness + window.sourceLagMax,
      };
      const known = restored?.baselines.find((state) => state.signal === signal);
      return new SignalBaseline(signal, source, known);
    });
    this.#cells = plan.rules.map((rule) => {
      const series = this.#seriesOf(viewPaneMs(rule.config.over, window.pane));
      const state = restored?.cells.find((one) => isStateOf(one, rule));
      if (rule.kind === 'threshold') {
        const usual = restored?.usual?.find((one) => isStateOf(one, rule));
        return new ThresholdCell(id, rule, series, { life: state, usual });
      }
      const signal = this.#baselines.find((one) => one.signal === rule.anomaly.signal);
      if (!signal) throw new Error(`no baseline of ${rule.anomaly.signal} for rule '${rule.config.name}'`);
      return new AnomalyCell(id, rule, { series, signal }, state);
    });
  }

  #seriesOf(paneMs: number): Series {
    const series = this.#series.find((one) => one.paneMs === paneMs);
    if (!series) throw new Error(`no series with panes of ${paneMs}ms`);
    return series;
  }

  get channel(): string | undefined {
    return this.#id.channel;
  }

  /** Nothing to remember: no post, no alert, nothing learnt. */
  get isIdle(): boolean {
    return (
      this.#baselines.every(({ isIdle }) => isIdle) &&
      this.#news?.isEmpty !== false &&
      this.#series.every(({ size }) => size === 0) &&
      this.#openPanes.size === 0 &&
      this.#cells.every(({ isIdle }) => isIdle)
    );
  }

  /** A `replacement` stands in for what was taken back. */
  add(
    post: Post | Counted,
    timeMs: number,
    { nowMs, watermarkMs }: { readonly nowMs: number; readonly watermarkMs: number },
    as: 'post' | 'replacement' = 'post',
  ): void {
    for (const series of this.#series) series.add(post, timeMs, nowMs, as);
    this.#news?.add(post, timeMs, nowMs);
    for (const baseline of this.#baselines) {
      baseline.begin(nowMs);
      baseline.touch(timeMs);
    }
    this.#changed = true;
    if (!this.#reported) return;
    const startMs = this.#reported.startOf(timeMs);
    if (startMs + this.#reported.paneMs > watermarkMs) this.#openPanes.open(startMs);
  }

  /** Takes back what was added. Distinct authors follow with the next recount. */
  takeBack(post: Contribution, nowMs: number): void {
    for (const series of this.#series) series.takeBack(post, post.timeMs, nowMs);
    this.#news?.takeBack(post.timeMs);
    for (const baseline of this.#baselines) baseline.touch(post.timeMs);
    this.#changed = true;
  }

  /** What changed in its panes since it was last asked, where it is a part. After a recount. */
  takeNews(): ReturnType<PaneNews['take']> | undefined {
    return this.#news?.take();
  }

  /** Adds what a part of it counted in a pane while event time stood at `atMs`. */
  merge(pane: PanePart, atMs: number): void {
    this.#series.find(({ paneMs }) => paneMs === pane.paneMs)?.merge(pane, atMs);
    this.#touch(pane, atMs);
  }

  /** Puts what all parts say of a pane in its place. */
  replace(pane: PanePart, parts: readonly PaneState[], atMs: number): void {
    this.#series.find(({ paneMs }) => paneMs === pane.paneMs)?.replace(pane.startMs, parts);
    this.#touch(pane, atMs);
  }

  mergeTakenBack({ paneMs, views }: TakenBack): void {
    const series = this.#series.find((one) => one.paneMs === paneMs);
    for (const view of views) series?.mergeTakenBack(view);
  }

  #touch({ paneMs, startMs, hasNew }: PanePart, atMs: number): void {
    this.#changed = true;
    for (const baseline of this.#baselines) {
      if (hasNew) baseline.begin(atMs);
      if (paneMs === baseline.paneMs) baseline.touch(startMs);
    }
  }

  /** From when to when it needs every post that counts, to count its authors anew. */
  get staleSpans(): readonly (readonly [number, number])[] {
    return this.#series.flatMap(({ staleSpan }) => (staleSpan ? [staleSpan] : []));
  }

  beginRecount(completeFromMs: number): void {
    for (const series of this.#series) series.beginRecount(completeFromMs);
  }

  see(post: Contribution): void {
    for (const series of this.#series) series.see(post, post.timeMs);
  }

  endRecount(): void {
    for (const series of this.#series) series.endRecount();
  }

  closePanes(watermarkMs: number): readonly ClosedPane[] {
    return this.#reported ? this.#openPanes.close(this.#reported, watermarkMs) : [];
  }

  /** The next moment at which a rule has to be evaluated, when the next possible one is `soonestMs`. */
  dueMs(soonestMs: number): number {
    if (this.#changed && this.#cells.length > 0) return soonestMs;
    const closesMs = this.#baselines.reduce((least, { dueMs }) => Math.min(least, dueMs), this.#dueMs);
    return Math.max(soonestMs, ceilToStep(closesMs));
  }

  evaluate(nowMs: number, emit: (output: CellOutput) => void): void {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const baseline of this.#baselines) if (baseline.advance(nowMs)) this.#changed = true;
    for (const cell of this.#cells) {
      if (this.#changed || cell.dueMs <= nowMs) {
        const output = cell.evaluate(nowMs);
        if (output) emit(output);
      }
      nextMs = Math.min(nextMs, cell.dueMs);
    }
    for (const series of this.#series) series.settle();
    this.#changed = false;
    this.#dueMs = nextMs;
  }

  retire(nowMs: number): void {
    for (const series of this.#series) series.retire(nowMs);
  }

  alerts(): readonly Alert[] {
    return this.#cells.flatMap(({ alert }) => alert ?? []);
  }

  status(nowMs: number): Observed | undefined {
    return this.#reported?.observe(STATUS_OVER_MS, nowMs);
  }

  toState(): GroupState {
    return {
      ...(this.#id.channel !== undefined && { channel: this.#id.channel }),
      openPanes: this.#openPanes.toState(),
      series: this.#series.map((series) => series.toState()),
      cells: this.#cells.flatMap((cell) => cell.toState() ?? []),
      baselines: this.#baselines.flatMap((baseline) => (baseline.isIdle ? [] : baseline.toState())),
      usual: this.#cells.flatMap(({ usual }) => usual ?? []),
      ...(this.#news && { news: this.#news.toState() }),
    };
  }
}
