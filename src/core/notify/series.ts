/** One series: what can be said of it, and when. */
import type { Alert } from '../alert/alert.ts';
import { quietMs } from './flapping.ts';
import type { MuteReason } from './notification.ts';
import type { NotifyConfig } from './notify.config.ts';
import type { AlertGroup, Series } from './policy-state.ts';

export interface Timing {
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
}

const NEVER = Number.POSITIVE_INFINITY;

export function timingOf({ groupWait, groupInterval, repeatInterval }: NotifyConfig): Timing {
  return { groupWaitMs: groupWait, groupIntervalMs: groupInterval, repeatIntervalMs: repeatInterval };
}

export function newSeries(key: string, alert: Alert): Series {
  return {
    key,
    alert,
    sinceMs: 0,
    level: 0,
    isEndTold: false,
    held: [],
    via: 'group',
    isDemoted: false,
    isToRemind: false,
  };
}

export function isFiring({ alert }: Series): boolean {
  return alert.state === 'firing';
}

/** It fires, nothing holds it back, and it is told with its group. */
export function isOpen(series: Series): boolean {
  return isFiring(series) && series.via === 'group' && series.held.length === 0;
}

/** It is open, and nobody believes that it fires. */
export function isNews(series: Series): boolean {
  return isOpen(series) && !series.told;
}

/** People believe that it fires, and its group tells when it does not. */
export function isBelieved({ told }: Series): boolean {
  return told?.via === 'group';
}

/** People were told of the very alert that fires. */
export function isTold({ told, alert }: Series): boolean {
  return told?.alert.id === alert.id && told.ended === undefined;
}

/** It fires, and people are told in the next digest only. */
export function digestReason(series: Series): MuteReason | undefined {
  if (!isFiring(series) || series.via !== 'digest' || isTold(series)) return undefined;
  return series.isDemoted ? 'over_budget' : 'kept_for_digest';
}

/** It has resolved, and stayed so for long enough. */
export function isOver(series: Series, nowMs: number, timing: Timing): boolean {
  return isBelieved(series) && !isFiring(series) && nowMs >= series.sinceMs + quietMs(series.level, timing);
}

/** No notification of the group before this. */
export function gateMs({ lastMs }: AlertGroup, { groupIntervalMs }: Timing): number {
  return lastMs === undefined ? Number.NEGATIVE_INFINITY : lastMs + groupIntervalMs;
}

/** News of a group: from here on `groupWait` counts, unless it counts already. That is kept for a `repeatInterval`, so that
 *  of alerts shorter than `groupWait` the second is told at once. */
export function touchNews(group: AlertGroup, nowMs: number, { repeatIntervalMs }: Timing): void {
  if (group.newsMs === undefined || nowMs - group.newsMs > repeatIntervalMs) group.newsMs = nowMs;
}

/** What was news is held back: when that was all, `groupWait` will count anew. */
export function forgetNews(group: AlertGroup & { readonly members: ReadonlySet<Series> }): void {
  for (const member of group.members) if (isNews(member)) return;
  group.newsMs = undefined;
}

/** When the group has something to say of it, as things are; may be past. */
export function dueMs(series: Series, group: AlertGroup, timing: Timing): number {
  const { told, sinceMs, level } = series;
  const gate = gateMs(group, timing);
  if (!isFiring(series)) {
    if (!isBelieved(series)) return NEVER;
    return Math.max(sinceMs + Math.max(timing.groupWaitMs, quietMs(level, timing)), gate);
  }
  if (!isOpen(series)) return NEVER;
  if (!told) return Math.max((group.newsMs ?? sinceMs) + timing.groupWaitMs, gate);
  return series.isToRemind ? gate : (group.lastMs ?? told.atMs) + timing.repeatIntervalMs;
}

/** Why nobody is told, or not yet; undefined when they have been. */
export function muteReason(
  series: Series,
  group: AlertGroup,
  nowMs: number,
  timing: Timing,
): MuteReason | undefined {
  const { told, held, sinceMs, level } = series;
  const waits = nowMs < gateMs(group, timing) ? 'waiting_for_interval' : 'waiting_for_group';
  if (!isFiring(series)) {
    if (!isBelieved(series)) return undefined;
    return nowMs < sinceMs + quietMs(level, timing) ? 'flapping' : waits;
  }
  if (held[0]) return held[0];
  if (isTold(series)) return undefined;
  return digestReason(series) ?? (told ? 'flapping' : waits);
}
