/** What changed in the panes of a group since it was last told: what came in, pane by pane, or the whole pane where something was
 *  taken out, of which sums cannot be had by adding. */
import type { Counted, Post } from '../window/aggregate.ts';
import { Series, type SeriesSpec, type SeriesState } from '../window/series.ts';
import type { PanePart, TakenBack } from './report.ts';

export interface PaneNewsState {
  readonly added: SeriesState;
  /** Starts of panes. */
  readonly replaced: readonly number[];
}

interface SeriesNews {
  readonly spec: SeriesSpec;
  readonly series: Series;
  added: Series;
  readonly replaced: Set<number>;
}

export class PaneNews {
  readonly #all: readonly SeriesNews[];

  constructor(
    specs: readonly SeriesSpec[],
    all: readonly Series[],
    restored: readonly PaneNewsState[] | undefined,
  ) {
    this.#all = all.map((series, index) => {
      const spec = { ...(specs[index] ?? { paneMs: series.paneMs, retentionMs: 0 }), oversMs: [] };
      const known = restored?.find(({ added }) => added.paneMs === series.paneMs);
      return { spec, series, added: new Series(spec, known?.added), replaced: new Set(known?.replaced) };
    });
  }

  add(post: Post | Counted, timeMs: number, nowMs: number): void {
    for (const { added } of this.#all) added.add(post, timeMs, nowMs);
  }

  takeBack(timeMs: number): void {
    for (const { series, replaced } of this.#all) replaced.add(series.startOf(timeMs));
  }

  /** Nothing to tell. */
  get isEmpty(): boolean {
    return this.#all.every(
      ({ series, added, replaced }) => added.size + replaced.size + series.takenBack.length === 0,
    );
  }

  /** Ordered by what follows from the messages alone: length of pane and start. */
  take(): { readonly panes: readonly PanePart[]; readonly takenBack: readonly TakenBack[] } {
    const panes = this.#all.flatMap((news) => takeOf(news));
    const takenBack = this.#all.flatMap(({ series }): TakenBack[] => {
      const views = series.takenBack;
      series.settle();
      return views.length > 0 ? [{ paneMs: series.paneMs, views }] : [];
    });
    const byPane = (left: { readonly paneMs: number }, right: { readonly paneMs: number }) =>
      left.paneMs - right.paneMs;
    return {
      panes: panes.sort((left, right) => byPane(left, right) || left.startMs - right.startMs),
      takenBack: takenBack.sort(byPane),
    };
  }

  toState(): readonly PaneNewsState[] {
    return this.#all.map(({ added, replaced }) => ({ added: added.toState(), replaced: [...replaced] }));
  }
}

function takeOf(news: SeriesNews): PanePart[] {
  const { spec, series, added, replaced } = news;
  const { paneMs } = series;
  const fresh = added.toState().panes;
  const parts = fresh
    .filter(({ startMs }) => !replaced.has(startMs))
    .map((pane): PanePart => ({ paneMs, how: 'added', hasNew: true, ...pane }));
  for (const startMs of replaced) {
    const hasNew = fresh.some((pane) => pane.startMs === startMs);
    parts.push({ paneMs, how: 'replaced', hasNew, ...series.paneState(startMs) });
  }
  news.added = new Series(spec);
  replaced.clear();
  return parts;
}
