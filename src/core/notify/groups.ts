/** The groups in which alerts are told, and when each has something to say. */
import { compareText } from '../order/compare-text.ts';
import { keyOf } from './compose.ts';
import { labelsOf, type Labels } from './matcher.ts';
import type { NotifyConfig } from './notify.config.ts';
import type { AlertGroup, Series } from './policy-state.ts';
import { dueMs, type Timing } from './series.ts';

export interface Group extends AlertGroup {
  readonly members: Set<Series>;
  dueMs: number;
}

const NEVER = Number.POSITIVE_INFINITY;

export class Groups {
  readonly #groupBy: NotifyConfig['groupBy'];
  readonly #timing: Timing;
  readonly #groups = new Map<string, Group>();
  readonly #of = new WeakMap<Series, Group>();

  constructor(groupBy: NotifyConfig['groupBy'], timing: Timing) {
    this.#groupBy = groupBy;
    this.#timing = timing;
  }

  /** Their times; the members have joined before. */
  restore(stored: readonly AlertGroup[]): void {
    for (const { key, labels, newsMs, lastMs } of stored) {
      const group = this.#groups.get(key) ?? this.#empty(key, labels);
      group.newsMs = newsMs;
      group.lastMs = lastMs;
      this.#groups.set(key, group);
    }
    for (const group of this.#groups.values()) this.schedule(group);
  }

  /** Throws for a series that has not joined. */
  of(series: Series): Group {
    const group = this.#of.get(series);
    if (!group) throw new Error(`series '${series.key}' has no group`);
    return group;
  }

  leave(series: Series): void {
    this.#of.get(series)?.members.delete(series);
    this.#of.delete(series);
  }

  /** By the labels of its alert, as they are now. */
  join(series: Series): void {
    const all = labelsOf(series.alert);
    const labels = Object.fromEntries(
      this.#groupBy.flatMap((label) => (all[label] === undefined ? [] : [[label, all[label]]])),
    );
    const key = keyOf(labels);
    const group = this.#groups.get(key) ?? this.#empty(key, labels);
    this.#groups.set(key, group);
    this.#of.set(series, group);
    group.members.add(series);
  }

  schedule(group: Group): void {
    group.dueMs = NEVER;
    for (const series of group.members)
      group.dueMs = Math.min(group.dueMs, dueMs(series, group, this.#timing));
  }

  nextMs(): number {
    let next = NEVER;
    for (const group of this.#groups.values()) next = Math.min(next, group.dueMs);
    return next;
  }

  /** By key: in which order groups came to be is not known after a restart, nor once one was swept. */
  due(nowMs: number): Group[] {
    return [...this.#groups.values()]
      .filter((group) => group.dueMs <= nowMs)
      .sort((left, right) => compareText(left.key, right.key));
  }

  /** Forgets those without members, and whose times mean nothing any more. */
  sweep(nowMs: number): void {
    for (const { key, members, newsMs = 0, lastMs = 0 } of this.#groups.values())
      if (members.size === 0 && nowMs - Math.max(newsMs, lastMs) > this.#timing.repeatIntervalMs)
        this.#groups.delete(key);
  }

  toState(): AlertGroup[] {
    return [...this.#groups.values()].map(({ key, labels, newsMs, lastMs }) => ({
      key,
      labels,
      newsMs,
      lastMs,
    }));
  }

  #empty(key: string, labels: Labels): Group {
    return { key, labels, members: new Set(), dueMs: NEVER };
  }
}
