/** The posts of one group (a channel, or all channels together), the rules that judge them, and its open panes. */
import type { Post } from '../window/aggregate.ts';
import { OpenPanes, type ClosedPane } from '../window/open-panes.ts';
import { keeps, Series, viewPaneMs, type SeriesSpec, type SeriesState } from '../window/series.ts';
import type { WindowConfig } from '../window/window.config.ts';
import type { Alert, Observed } from './alert.ts';
import { Cell, type CellGroup, type CellOutput, type CellState } from './cell.ts';
import type { CompiledRule } from './rules.ts';

/** The span of the numbers that status and metrics show for a channel. */
export const STATUS_OVER_MS = 5 * 60_000;

/** What every group of one kind keeps. */
export interface GroupPlan {
  readonly rules: readonly CompiledRule[];
  readonly series: readonly SeriesSpec[];
  /** The configured pane, whose closing is reported; only channels report. */
  readonly reportPaneMs: number | undefined;
}

export interface GroupState {
  /** Absent for the group of all channels. */
  readonly channel?: string;
  readonly openPanes: readonly number[];
  readonly series: readonly SeriesState[];
  readonly cells: readonly CellState[];
}

export function planGroups(
  rules: readonly CompiledRule[],
  window: WindowConfig,
): { readonly whole: GroupPlan; readonly channel: GroupPlan } {
  const whole = rules.filter(({ byChannel }) => !byChannel);
  const byChannel = rules.filter((rule) => rule.byChannel);
  return {
    whole: { rules: whole, series: planSeries(whole, window, []), reportPaneMs: undefined },
    channel: {
      rules: byChannel,
      series: planSeries(byChannel, window, [window.pane]),
      reportPaneMs: window.pane,
    },
  };
}

/** One series for each length of pane that the rules' spans need. */
function planSeries(
  rules: readonly CompiledRule[],
  window: WindowConfig,
  reported: readonly number[],
): SeriesSpec[] {
  const oversMs = [...new Set(rules.map(({ config }) => config.over))];
  const paneMsOf = (overMs: number) => viewPaneMs(overMs, window.pane);
  return [...new Set([...reported, ...oversMs.map(paneMsOf)])].map((paneMs) => {
    const own = oversMs.filter((overMs) => paneMsOf(overMs) === paneMs);
    const status = reported.includes(paneMs) ? [STATUS_OVER_MS] : [];
    return {
      paneMs,
      retentionMs: Math.max(...own, ...status) + window.allowedLateness + paneMs,
      oversMs: own,
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
  /** Posts came since the last evaluation. */
  #changed = true;
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(id: CellGroup, plan: GroupPlan, window: WindowConfig, restored?: GroupState) {
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
    this.#cells = plan.rules.map((rule) => {
      const paneMs = viewPaneMs(rule.config.over, window.pane);
      const series = this.#series.find((one) => one.paneMs === paneMs);
      if (!series) throw new Error(`no series with panes of ${paneMs}ms for rule '${rule.config.name}'`);
      return new Cell(
        id,
        rule,
        series,
        restored?.cells.find((state) => isStateOf(state, rule)),
      );
    });
  }

  get channel(): string | undefined {
    return this.#id.channel;
  }

  /** Nothing to remember: no post, no alert. */
  get isIdle(): boolean {
    return (
      this.#series.every(({ size }) => size === 0) &&
      this.#openPanes.size === 0 &&
      this.#cells.every(({ isIdle }) => isIdle)
    );
  }

  add(post: Post, timeMs: number, nowMs: number, watermarkMs: number): void {
    for (const series of this.#series) series.add(post, timeMs, nowMs);
    this.#changed = true;
    if (!this.#reported) return;
    const startMs = this.#reported.startOf(timeMs);
    if (startMs + this.#reported.paneMs > watermarkMs) this.#openPanes.open(startMs);
  }

  closePanes(watermarkMs: number): readonly ClosedPane[] {
    return this.#reported ? this.#openPanes.close(this.#reported, watermarkMs) : [];
  }

  /** The next moment at which a rule has to be evaluated, when the next possible one is `soonestMs`. */
  dueMs(soonestMs: number): number {
    return this.#changed && this.#cells.length > 0 ? soonestMs : this.#dueMs;
  }

  evaluate(nowMs: number, emit: (output: CellOutput) => void): void {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const cell of this.#cells) {
      if (this.#changed || cell.dueMs <= nowMs) {
        const output = cell.evaluate(nowMs);
        if (output) emit(output);
      }
      nextMs = Math.min(nextMs, cell.dueMs);
    }
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
    };
  }
}

/** Whether the state was made by the rule as it is written now. */
export function isStateOf(state: CellState, { config, definition }: CompiledRule): boolean {
  return state.rule === config.name && state.definition === definition;
}
