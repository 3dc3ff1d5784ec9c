/** What an alert means for those who may be told of it: what holds it back, and why nobody is told. */
import type { Digest } from './digest.ts';
import type { Group, Groups } from './groups.ts';
import type { Ledger } from './ledger.ts';
import type { MuteReason } from './notification.ts';
import type { Series } from './policy-state.ts';
import { forgetNews, isBelieved, isNews, isTold, muteReason, touchNews, type Timing } from './series.ts';
import type { Suppression } from './suppression.ts';

interface StandingParts {
  readonly timing: Timing;
  readonly suppression: Suppression;
  readonly groups: Groups;
  readonly digest: Digest;
  readonly ledger: Ledger;
}

export class Standing {
  readonly #parts: StandingParts;

  constructor(parts: StandingParts) {
    this.#parts = parts;
  }

  /** What holds a firing series back, now. */
  look(series: Series, nowMs: number): Group {
    const { suppression, groups, digest, timing } = this.#parts;
    const was = series.held;
    series.held = suppression.reasons(series, nowMs);
    if (isBelieved(series) && was.some(isCalendar) && !series.held.some(isCalendar)) series.isToRemind = true;
    const group = groups.of(series);
    if (isNews(series)) touchNews(group, nowMs, timing);
    else if (!series.told && was.length === 0 && series.held.length > 0) forgetNews(group);
    if (series.via === 'digest' && series.held.length === 0 && !isTold(series)) digest.schedule(nowMs);
    this.explain(series, nowMs);
    return group;
  }

  /** Says why nobody is told, when that has changed. */
  explain(series: Series, nowMs: number): void {
    const { groups, ledger, timing, suppression } = this.#parts;
    const reason = muteReason(series, groups.of(series), nowMs, timing);
    if (reason === undefined) {
      if (isTold(series)) series.reason = undefined;
    } else if (reason !== series.reason)
      ledger.say(series, reason, suppression.holding(series, reason, nowMs));
  }
}

/** What ends by itself, at a time that somebody set. */
function isCalendar(reason: MuteReason): boolean {
  return reason === 'silenced' || reason === 'muted_by_time';
}
